"""What a night leaves for others to read of the metrics: manifest, catalogue, saved queries as tables, what a change does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from pipeline.binding import bind_project
from pipeline.cli import kgi
from tests.project_builder import NOW, change, deliver, night, opened, replace_in, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path))
    return tmp_path


def rows(folder: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect() as reader:
        reader.execute(f"attach '{folder / 'target/kgi.duckdb'}' as pub (read_only)")
        reader.execute("use pub")
        done = reader.execute(sql)
        names = [each[0] for each in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def test_a_night_leaves_the_semantic_manifest_beside_the_published_file(folder: Path) -> None:
    night(folder)
    manifest = json.loads((folder / "target/semantic_manifest.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in manifest["metrics"]] == ["valid_opportunities", "pipeline_amount"]
    assert [each["node_relation"]["relation_name"] for each in manifest["semantic_models"]] == ['"marts"."fct_deals"']
    said = CliRunner().invoke(kgi, ["compile", "--semantic-manifest", "--project-dir", str(folder)])
    assert json.loads(said.stdout) == manifest


def test_a_night_that_is_not_sound_leaves_no_manifest(folder: Path) -> None:
    deliver(folder, "deals_20261120.csv", "deal_id,contact,valid_on,channel,amount\n")
    assert night(folder).outcome == "unsound"
    assert not (folder / "target/semantic_manifest.json").exists()
    assert opened(folder).semantics.public_metrics()


def test_the_catalogue_says_what_each_metric_is(folder: Path) -> None:
    night(folder)
    (row,) = rows(folder, "select * exclude (definition, sql) from ops.metric where metric = 'valid_opportunities'")
    assert (row["type"], row["value_kind"], row["unit"], row["label_ja"]) == (
        "simple",
        "count",
        "count",
        "Valid opportunities",
    )
    assert (row["version"], row["valid_from"], row["changed_at"]) == (1, dt.date(2026, 11, 20), NOW)
    (said,) = rows(folder, "select definition, sql from ops.metric where metric = 'pipeline_amount'")
    assert json.loads(said["definition"])["expr"] == "amount"
    assert [tuple(each.values()) for each in rows(folder, said["sql"] + " order by all")] == [
        (dt.date(2026, 4, 1), 100),
        (dt.date(2026, 5, 1), 200),
        (dt.date(2026, 11, 1), 300),  # d4 is valid the day after the as-of date
    ]


def test_the_catalogue_says_what_each_metric_can_be_cut_by_and_how_it_is_published(folder: Path) -> None:
    night(folder)
    found = rows(folder, "select * from ops.metric_dimension where metric = 'valid_opportunities'")
    assert [(each["dimension"], each["kind"], each["published_as"]) for each in found] == [
        ("deal", "entity", None),
        ("deal__channel", "categorical", "deal__channel"),
        ("deal__valid_date", "time", None),
        ("metric_time", "time", None),
    ]
    assert found[3]["grains"] == "day, week, month, quarter, year"
    by_channel = rows(folder, found[1]["sql"])
    assert {(each["deal__channel"], each["valid_opportunities"]) for each in by_channel} == {("Web", 1), ("Fair", 1)}


def test_a_dimension_that_does_not_leave_the_warehouse_is_none_of_the_catalogue(folder: Path) -> None:
    personal = "      - name: channel\n        config: {meta: {kgi: {personal: true}}}\n"
    replace_in(folder, "metrics/fct_deals.yml", "      - name: channel\n", personal)
    replace_in(folder, "metrics/fct_deals.yml", "publish: [month, deal__channel]", "publish: [month]")
    night(folder)
    names = {each["dimension"] for each in rows(folder, "select dimension from ops.metric_dimension")}
    assert names == {"deal", "deal__valid_date", "metric_time"}


def history(folder: Path) -> list[tuple[Any, ...]]:
    columns = "metric, version, change, valid_from, valid_to, changes"
    return [tuple(each.values()) for each in rows(folder, f"select {columns} from ops.metric_version order by metric, version")]


def test_the_history_of_a_definition_is_kept_over_nights_and_over_runs_of_one_date(folder: Path) -> None:
    day = [dt.date(2026, 11, number) for number in range(18, 22)]
    night(folder, "2026-11-18")
    replace_in(folder, "metrics/fct_deals.yml", "expr: amount", "expr: amount * 2")
    night(folder, "2026-11-19")
    replace_in(folder, "metrics/fct_deals.yml", "expr: amount * 2", "expr: amount * 3")
    night(folder, "2026-11-19", NOW + dt.timedelta(hours=1))  # the same date again: this definition takes the place of the other
    expected = [
        ("pipeline_amount", 1, "added", day[0], day[1], ""),
        ("pipeline_amount", 2, "changed", day[1], None, "expr: amount -> amount * 3"),
        ("valid_opportunities", 1, "added", day[0], None, ""),
    ]
    assert history(folder) == expected
    replace_in(folder, "metrics/fct_deals.yml", "label: Valid opportunities", "label: Valid  # a comment")
    night(folder, "2026-11-20", NOW + dt.timedelta(hours=2))
    assert history(folder) == expected
    (row,) = rows(folder, "select version, valid_from, changed_at from ops.metric where metric = 'pipeline_amount'")
    assert tuple(row.values()) == (2, day[1], NOW + dt.timedelta(hours=1))
    (row,) = rows(folder, "select definition, previous_definition from ops.metric_version where change = 'changed'")
    assert json.loads(row["definition"])["expr"] == "amount * 3" and json.loads(row["previous_definition"])["expr"] == "amount"


def test_a_metric_that_is_gone_and_comes_back_keeps_its_history(folder: Path) -> None:
    text = (folder / "metrics/fct_deals.yml").read_text(encoding="utf-8")
    gone = text[: text.index("      - name: pipeline_amount")]
    night(folder, "2026-11-18")
    change(folder, "metrics/fct_deals.yml", gone)
    night(folder, "2026-11-19")
    change(folder, "metrics/fct_deals.yml", text)
    night(folder, "2026-11-20")
    assert [(each[1], each[2]) for each in history(folder) if each[0] == "pipeline_amount"] == [
        (1, "added"),
        (2, "removed"),
        (3, "added"),
    ]


def test_a_backtest_leaves_the_history_alone(folder: Path) -> None:
    night(folder, "2026-11-20")
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    before = history(folder)
    replace_in(folder, "metrics/fct_deals.yml", "expr: amount", "expr: amount * 2")
    assert night(folder, "2026-11-20", NOW + dt.timedelta(days=1)).outcome == "published"
    assert history(folder) == before


def test_a_night_that_was_killed_between_publishing_and_sealing_keeps_its_versions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.release._seal", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        night(folder, "2026-11-19")
    monkeypatch.undo()
    night(folder, "2026-11-20")
    assert [(each[0], each[3]) for each in history(folder)] == [
        ("pipeline_amount", dt.date(2026, 11, 19)),
        ("valid_opportunities", dt.date(2026, 11, 19)),
    ]


def test_every_column_of_the_catalogue_is_explained_in_both_languages(folder: Path) -> None:
    night(folder)
    where = "schema_name = 'ops' and table_name like 'metric%'"
    assert rows(folder, f"select column_name from duckdb_columns() where {where} and comment not like '% / %'") == []
    assert rows(folder, f"select table_name from duckdb_tables() where {where} and comment not like '% / %'") == []


SAVED = """\
saved_queries:
  - name: by_channel
    label: Valid opportunities by channel
    query_params:
      metrics: [valid_opportunities, pipeline_amount, amount_per_deal]
      group_by: [metric_time__month, deal__channel]
      order_by: [metric_time__month, deal__channel]
    exports: [{name: rpt_by_channel, config: {export_as: view}}]
metrics:
  - {name: amount_per_deal, type: ratio, numerator: pipeline_amount, denominator: valid_opportunities}
"""


def test_an_exported_saved_query_is_a_table_of_the_published_file(folder: Path) -> None:
    change(folder, "metrics/saved.yml", SAVED)
    night(folder)
    assert [tuple(each.values()) for each in rows(folder, "from marts.rpt_by_channel")] == [
        (dt.date(2026, 4, 1), "Web", 1, 100, 100.0, 100, 1),
        (dt.date(2026, 5, 1), "Fair", 1, 200, 200.0, 200, 1),
        (dt.date(2026, 11, 1), "Web", 1, 300, 300.0, 300, 1),  # up to the as-of date
    ]
    columns = rows(folder, "select column_name, data_type, comment from duckdb_columns() where table_name = 'rpt_by_channel'")
    assert [tuple(each.values()) for each in columns] == [
        ("metric_time__month", "DATE", "集計の期間(month)の初日 / first day of the month of each metric's own time"),
        ("deal__channel", "VARCHAR", "deal__channel / deal__channel"),
        ("valid_opportunities", "BIGINT", "Valid opportunities / Valid opportunities [count]"),
        ("pipeline_amount", "DECIMAL(18,2)", "pipeline_amount / pipeline_amount [JPY]"),
        ("amount_per_deal", "DOUBLE", "amount_per_deal / amount_per_deal"),
        ("amount_per_deal__numerator", "DECIMAL(18,2)", "amount_per_dealの分子 / amount_per_deal, numerator"),
        ("amount_per_deal__denominator", "BIGINT", "amount_per_dealの分母 / amount_per_deal, denominator"),
    ]
    assert rows(folder, "select comment from duckdb_tables() where table_name = 'rpt_by_channel'") == [
        {"comment": "Valid opportunities by channel"}
    ]


def test_an_exported_table_follows_the_nights_and_a_second_run_does_nothing(folder: Path) -> None:
    night(folder, "2026-11-20")
    change(folder, "metrics/saved.yml", SAVED)
    assert night(folder, "2026-11-20").outcome == "published"  # a new export is reason enough
    assert night(folder, "2026-11-20").outcome == "nothing_to_do"
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    (row,) = rows(folder, "select pipeline_amount from marts.rpt_by_channel where metric_time__month = '2026-11-01'")
    assert row["pipeline_amount"] == 700
    apart = night(folder, "2026-11-20", NOW + dt.timedelta(days=1)).published
    with duckdb.connect(str(apart), read_only=True) as reader:
        assert reader.execute("select max(pipeline_amount) from marts.rpt_by_channel").fetchall() == [(300,)]


def exported(folder: Path, old: str, new: str) -> list[tuple[str, dict[str, object]]]:
    assert old in SAVED
    change(folder, "metrics/saved.yml", SAVED.replace(old, new))
    return [(each.code, dict(each.arguments)) for each in bind_project(opened(folder))]


@pytest.mark.parametrize(
    ("new", "code", "argument"),
    [
        ("fct_deals", "export_name_taken", ("what", "models/marts/fct_deals.sql")),
        ("FCT_Deals", "export_name_taken", ("what", "models/marts/fct_deals.sql")),
        ("kpi", "export_name_taken", ("what", "main.kpi")),
        ("v_latest_kgi", "export_name_taken", ("what", "main.v_latest_kgi")),
        ("v_ja_kpi", "export_name_taken", ("what", "main.v_ja_kpi")),
        ("x, config: {export_as: table, schema: main}}, {name: y", "export_schema", ("schema", "main")),
        ("X, config: {export_as: table}}, {name: x", "export_name_taken", ("what", "metrics/saved.yml:8:16")),
    ],
)
def test_an_export_never_stands_where_something_else_does(folder: Path, new: str, code: str, argument: tuple[str, str]) -> None:
    (found,) = exported(folder, "rpt_by_channel", new)
    assert found[0] == code and argument in found[1].items()


def test_an_export_reads_only_what_is_published(folder: Path) -> None:
    personal = "      - name: channel\n        config: {meta: {kgi: {personal: true}}}\n"
    replace_in(folder, "metrics/fct_deals.yml", "      - name: channel\n", personal)
    replace_in(folder, "metrics/fct_deals.yml", "publish: [month, deal__channel]", "publish: [month]")
    (found,) = exported(folder, "label: Valid", "label: valid")
    assert found[0] == "export_unanswerable" and "channel" in str(found[1]["problem"])
    where = "where: \"{{ Dimension('deal__channel') }} = 'Web'\""
    old = "group_by: [metric_time__month, deal__channel]\n      order_by: [metric_time__month, deal__channel]"
    (found,) = exported(folder, old, f"group_by: [metric_time__month]\n      {where}")
    assert found[0] == "export_unanswerable" and "channel" in str(found[1]["problem"])
