"""An agreement in a whole project: nights, questions, the exported manifest and their versions all count alike."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.binding import bind_project
from pipeline.findings import KgiError
from pipeline.metrics import Question
from pipeline.query import open_desk
from tests.project_builder import change, deliver, night, opened, replace_in, write

FILE = "metrics/agreements/valid_opportunity.yml"
AGREEMENT = """\
agreement:
  name: valid_opportunity
  label: {ja: 有効商談, en: Valid opportunity}
  metrics: [valid_opportunities]
  versions:
    - version: 1
      effective_from: 2026-04-01
      agreed_on: 2026-03-24
      agreed_by: {marketing: sato, sales: tanaka}
      predicate: channel is not null
"""
SECOND = """\
    - version: 2
      effective_from: 2026-05-01
      agreed_on: 2026-04-20
      agreed_by: {marketing: sato, sales: tanaka}
      predicate: channel = 'Web' and amount >= 300
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path, {FILE: AGREEMENT}))
    replace_in(
        tmp_path, "metrics/goals/fy2026.yml", "    effective_from", "    definition: valid_opportunity\n    effective_from"
    )
    replace_in(tmp_path, "metrics/goals/fy2026.yml", "2026-04-01", "2026-04-01\n    agreed_by: {marketing: sato, sales: tanaka}")
    return tmp_path


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "target/kgi.duckdb"), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def asked(folder: Path) -> list[tuple[Any, ...]]:
    with open_desk(folder, folder / "target/kgi.duckdb") as desk:
        question = Question(metrics=("valid_opportunities",), group_by=("metric_time__month",), order_by=("metric_time__month",))
        return list(desk.answer(question).table.rows)


def test_kpi_questions_and_manifest_count_by_the_version_of_each_event(folder: Path) -> None:
    change(folder, FILE, AGREEMENT + SECOND)
    night(folder)
    expected = [(dt.date(2026, 4, 1), 1), (dt.date(2026, 11, 1), 1)]  # d2 of May is neither Web nor big enough
    assert asked(folder) == expected
    kpi = "select period_start, value from kpi where metric = 'valid_opportunities' and member = 'total' and grain = 'month'"
    assert [row for row in sorted(rows(folder, kpi)) if row[1]] == expected
    assert rows(folder, "select version, state, effective_to from agreement order by version") == [
        (1, "superseded", dt.date(2026, 4, 30)),
        (2, "agreed", None),
    ]
    assert rows(folder, "select state, definition, definition_version from plan_version") == [("agreed", "valid_opportunity", 1)]
    bridge = "select period_start, value_old, value_new from definition_bridge where effect <> 0 order by 1"
    assert rows(folder, bridge) == [(dt.date(2026, 4, 1), 1, 0), (dt.date(2026, 5, 1), 1, 0)]
    manifest = json.loads((folder / "target/semantic_manifest.json").read_text(encoding="utf-8"))
    (model,) = manifest["semantic_models"]
    (dimension,) = [each for each in model["dimensions"] if each["name"] == "is_agreed_valid_opportunity"]
    by_hand = f"select count(*) from marts.fct_deals where ({dimension['expr']}) and valid_date <= '2026-11-20'"
    assert rows(folder, by_hand) == [(2,)]


def test_a_question_follows_the_agreement_as_soon_as_it_changes(folder: Path) -> None:
    night(folder)
    assert [count for _, count in asked(folder)] == [1, 1, 1]
    assert [count for _, count in asked(folder)] == [1, 1, 1]  # from what is kept of the files
    change(folder, FILE, AGREEMENT + SECOND)
    assert [count for _, count in asked(folder)] == [1, 1]
    (folder / FILE).unlink()
    replace_in(folder, "metrics/goals/fy2026.yml", "    definition: valid_opportunity\n", "")
    assert [count for _, count in asked(folder)] == [1, 1, 1]


def test_a_folder_that_is_no_project_has_its_agreements_among_its_files(folder: Path) -> None:
    change(folder, FILE, AGREEMENT + SECOND)
    night(folder)
    (folder / "profiles.yml").rename(folder / "target/profiles.yml")
    with open_desk(folder / "metrics", folder / "target/kgi.duckdb") as desk:
        assert desk.answer(Question(metrics=("valid_opportunities",))).table.rows == ((2,),)


def test_a_changed_definition_is_a_new_version_of_the_metrics_that_follow(folder: Path) -> None:
    night(folder, "2026-11-19")
    change(folder, FILE, AGREEMENT + SECOND)
    record = night(folder)
    versions = "select metric, version, changes from ops.metric_version order by metric, version"
    found = rows(folder, versions)
    assert [(metric, version) for metric, version, _ in found] == [
        ("pipeline_amount", 1),
        ("valid_opportunities", 1),
        ("valid_opportunities", 2),
    ]
    assert "amount >= 300" in str(found[2][2])
    told = [each.code for step in record.steps for each in step.findings]
    assert "agreement_changed_late" in told
    sealed = "select as_of_date, actual from kgi where grain = 'period' order by 1"
    assert rows(folder, sealed) == [(dt.date(2026, 11, 19), 2), (dt.date(2026, 11, 20), 2)]


def test_a_version_from_tomorrow_on_changes_nothing_tonight(folder: Path) -> None:
    night(folder, "2026-11-19")
    before = asked(folder)
    change(folder, FILE, AGREEMENT + SECOND.replace("2026-05-01", "2026-11-20"))
    record = night(folder, "2026-11-20")
    assert [each.code for step in record.steps for each in step.findings if each.code.startswith("agreement")] == []
    assert asked(folder)[:2] == before


def test_a_project_says_what_does_not_fit_its_tables(folder: Path) -> None:
    change(folder, FILE, AGREEMENT.replace("channel is", "chanel is") + "      evidence: [amuont]\n")
    found = [(each.code, str(each.place), each.hint) for each in bind_project(opened(folder))]
    assert found == [
        ("metric_unknown_column", f"{FILE}:10:18", "channel"),
        ("metric_unknown_column", f"{FILE}:11:7", "amount"),
    ]


def test_a_column_that_is_marked_as_current_is_warned_of(folder: Path) -> None:
    replace_in(
        folder,
        "metrics/fct_deals.yml",
        "data_type: decimal(18,2)",
        "data_type: decimal(18,2)\n        config: {meta: {kgi: {known: current}}}",
    )
    change(folder, FILE, AGREEMENT + SECOND)
    (warning,) = bind_project(opened(folder))
    assert (warning.code, str(warning.place)) == ("agreement_not_monotone", f"{FILE}:15:38")
    night(folder)
    assert rows(folder, "select version, is_monotone from agreement order by 1") == [(1, True), (2, False)]


def test_a_goal_of_an_unknown_agreement_stops_the_start(folder: Path) -> None:
    replace_in(folder, "metrics/goals/fy2026.yml", "definition: valid_opportunity", "definition: valid_oportunity")
    with pytest.raises(KgiError, match="there is no such agreement"):
        opened(folder)
