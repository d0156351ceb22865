"""Models beside the goal tables in main, and the views of main: what is published, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.binding import bind_project
from pipeline.findings import KgiError
from pipeline.goal_views import JAPANESE, LATEST, goal_views, japanese_names
from pipeline.goals import TABLES
from tests.project_builder import NOW, change, deliver, night, opened, outcomes, replace_in, write

SQL = """\
-- One row per channel.
select cast('{{ var('as_of_date') }}' as date) as as_of_date, channel, count(*) as deals, sum(amount) as amount, 'x' as inside
from {{ ref('fct_deals') }}
group by channel
"""
YAML = """\
models:
  - name: by_channel
    description: One row per channel.
    config: {contract: {enforced: true}, meta: {kgi: {schema: main, label: {ja: チャネル別}}}}
    columns:
      - {name: as_of_date, description: The date., data_type: date, config: {meta: {kgi: {label: {ja: 基準日}}}}}
      - {name: channel, description: The channel., data_type: varchar, config: {meta: {kgi: {label: {ja: チャネル}}}}}
      - {name: deals, description: Deals., data_type: bigint, config: {meta: {kgi: {label: {ja: 商談数}, unit: count}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path, {"models/goals/by_channel.sql": SQL, "models/goals/by_channel.yml": YAML}))
    return tmp_path


def published(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "target/kgi.duckdb"), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def found(folder: Path) -> list[tuple[str, str, dict[str, Any]]]:
    return [(each.code, str(each.place), dict(each.arguments)) for each in bind_project(opened(folder))]


def test_a_model_is_published_in_main_with_its_declared_columns_only(folder: Path) -> None:
    assert night(folder).outcome == "published"
    assert published(folder, "select * from main.by_channel order by channel") == [
        (opened(folder).as_of, "Fair", 1),
        (opened(folder).as_of, "Web", 3),
    ]
    comments = published(folder, "select comment from duckdb_columns() where table_name = 'by_channel' order by column_index")
    assert [each for (each,) in comments] == ["基準日 / The date.", "チャネル / The channel.", "商談数 / Deals. [count]"]
    tables = published(folder, "select schema_name, comment from duckdb_tables() where table_name = 'by_channel'")
    assert tables == [("main", "チャネル別 / One row per channel.")]


def test_a_model_in_main_is_checked_like_any_other_and_built_again_for_a_new_date(folder: Path) -> None:
    suite = "expectations:\n  - {type: expect_column_values_to_be_unique, column: channel}\n"
    change(folder, "expectations/by_channel.yml", suite)
    assert outcomes(night(folder))["check by_channel"] == "done"
    again = outcomes(night(folder, "2026-11-21", NOW + dt.timedelta(days=1)))
    assert again["build by_channel"] == "done" and again["check by_channel"] == "done"
    assert "build fct_deals" not in again


def test_a_japanese_view_gives_the_same_rows_under_japanese_names(folder: Path) -> None:
    night(folder)
    assert published(folder, 'select "チャネル", "商談数" from v_ja_by_channel where "商談数" > 1') == [("Web", 3)]
    assert published(folder, 'select "達成率", "状態" from v_ja_kgi where "粒度" = \'period\'') == [(0.25, "behind")]
    assert published(folder, "select * from v_ja_kgi order by all") == published(folder, "select * from kgi order by all")
    views = dict(published(folder, "select view_name, comment from duckdb_views() where not internal"))
    assert views["v_ja_by_channel"] == "チャネル別(日本語の列名) / by_channel with Japanese column names"
    assert views["v_ja_kgi"] == "KGI進捗(日本語の列名) / kgi with Japanese column names"


def test_every_goal_table_has_its_views_and_every_view_answers(folder: Path) -> None:
    night(folder)
    views = {name for (name,) in published(folder, "select view_name from duckdb_views() where not internal")}
    in_main = {table for table in TABLES if table.kept != "itself"}
    sealed = {f"{LATEST}{table.name}" for table in in_main if table.sealed}
    assert views == sealed | {f"{JAPANESE}{table.name}" for table in in_main} | {"v_ja_by_channel"}
    for view in views:
        name = view.removeprefix(LATEST).removeprefix(JAPANESE)
        (rows,), (of_table,) = (published(folder, f"select count(*) from {each}")[0] for each in (view, name))
        assert rows == of_table, view  # one night: the newest is all there is


def test_japanese_names_are_unique_in_every_table_and_short(folder: Path) -> None:
    for view in goal_views(opened(folder)):
        if view.relation.name.startswith(JAPANESE):
            names = [name for name, _ in view.column_comments]
            assert [name for name, times in Counter(map(str.casefold, names)).items() if times > 1] == [], view.relation
            assert [name for name in names if len(name) > 24] == [], view.relation


def test_a_name_is_what_stands_before_the_bracket_or_all_of_it_where_two_would_be_one() -> None:
    texts = ("基準日(この日まで)", "表示名(日本語)", "表示名(英語)", "", "件数。合計")
    said = [(name, ja, "") for name, ja in zip("abcde", texts, strict=True)]
    assert japanese_names(said) == ("基準日", "表示名(日本語)", "表示名(英語)", "d", "件数")


def test_another_schema_than_main_is_refused_at_its_place(folder: Path) -> None:
    replace_in(folder, "models/goals/by_channel.yml", "schema: main", "schema: ops")
    with pytest.raises(KgiError) as caught:
        opened(folder)
    (told,) = caught.value.findings
    assert (told.code, str(told.place)) == ("published_schema", "models/goals/by_channel.yml:4:55")


def test_without_the_setting_the_folder_goals_is_the_pipelines_own(folder: Path) -> None:
    replace_in(folder, "models/goals/by_channel.yml", "schema: main, ", "")
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert [each.code for each in caught.value.findings] == ["schema_reserved"]


@pytest.mark.parametrize(("name", "what"), [("kpi", "main.kpi"), ("v_latest_by", "v_latest_*"), ("v_ja_kgi", "v_ja_*")])
def test_a_model_cannot_take_the_name_of_a_goal_table_or_view(folder: Path, name: str, what: str) -> None:
    for suffix in ("sql", "yml"):
        (folder / f"models/goals/by_channel.{suffix}").rename(folder / f"models/goals/{name}.{suffix}")
    replace_in(folder, f"models/goals/{name}.yml", "name: by_channel", f"name: {name}")
    assert found(folder) == [("goal_table_taken", f"models/goals/{name}.yml:2:5", {"name": name, "what": what})]


def test_two_columns_of_one_japanese_name_are_refused(folder: Path) -> None:
    replace_in(folder, "models/goals/by_channel.yml", "ja: 商談数", "ja: チャネル")
    ((code, place, said),) = found(folder)
    assert (code, place) == ("ja_name_twice", "models/goals/by_channel.yml:8:10")
    assert said == {"model": "by_channel", "column": "deals", "other": "channel", "ja": "チャネル"}
