"""Past numbers that became others between two nights: each change counted by hand from a handful of deals, with its cause."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.findings import KgiError
from pipeline.numbers import PARTS
from pipeline.records import RunRecord
from pipeline.sources import undo_load
from pipeline.warehouse import open_warehouse
from tests.project_builder import DEALS, NOW, change, deliver, night, opened, replace_in, write

DAY = dt.timedelta(days=1)
METRICS = "metrics/fct_deals.yml"
MODEL = "models/marts/fct_deals.sql"
SOURCES = "models/staging/crm/_sources.yml"
LATE = "d6,f@example.com,2026-05-20,Web,50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose first night is sealed: one deal of 100 in April, one of 200 in May, both over."""
    deliver(write(tmp_path))
    night(tmp_path)
    return tmp_path


def next_night(folder: Path, text: str | None = DEALS, *, days: int = 1) -> RunRecord:
    as_of = dt.date(2026, 11, 20) + days * DAY
    if text is not None:
        deliver(folder, f"deals_{as_of:%Y%m%d}.csv", text)
    record = night(folder, as_of.isoformat(), NOW + days * DAY)
    assert record.exit_code == 0, record.findings
    return record


def restated(folder: Path, dimension: str = "total") -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the changes of tonight: (metric, month, member) -> change, the causes that are not zero, how it was split."""
    with open_engine(folder / "target/kgi.duckdb", read_only=True) as engine:
        table = engine.table(
            "select * from v_latest_restatement where dimension = ? and grain = 'month' order by all",
            [dimension],
        )
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in table.records():
        parts = {part: row[part] for part in PARTS if row[part]}
        assert sum(value for value in parts.values() if isinstance(value, float)) == row["change"]
        said = {"change": row["change"], **parts, **({"split": row["split"]} if row["split"] != "split" else {})}
        found[str(row["metric"]), str(row["period_start"])[:7], str(row["member"])] = said
    return found


def told(record: RunRecord) -> list[str]:
    return [each.text("en") for each in record.findings if each.code == "numbers_restated"]


def test_a_night_that_changes_nothing_tells_of_no_past_number(folder: Path) -> None:
    record = next_night(folder)
    assert restated(folder) == {} and told(record) == []


def test_late_corrected_and_deleted_rows_are_told_apart(folder: Path) -> None:
    text = DEALS.replace("d1,a@example.com,2026-04-10,Web,100\n", "").replace("Fair,200", "Fair,260") + LATE
    record = next_night(folder, text)
    assert restated(folder) == {
        ("pipeline_amount", "2026-04", "total"): {"change": -100.0, "deleted_rows": -100.0},
        ("pipeline_amount", "2026-05", "total"): {"change": 110.0, "late_rows": 50.0, "corrected_rows": 60.0},
        ("valid_opportunities", "2026-04", "total"): {"change": -1.0, "deleted_rows": -1.0},
        ("valid_opportunities", "2026-05", "total"): {"change": 1.0, "late_rows": 1.0},
    }
    assert restated(folder, "deal__channel") == {
        ("valid_opportunities", "2026-04", "Web"): {"change": -1.0, "deleted_rows": -1.0},
        ("valid_opportunities", "2026-05", "Web"): {"change": 1.0, "late_rows": 1.0},
    }
    (sentence,) = told(record)
    assert sentence.startswith("6 past numbers are others than on 2026-11-20 (late_rows 3, corrected_rows 1, deleted_rows 3)")


def test_a_deal_that_moves_into_another_month_is_a_correction_of_both(folder: Path) -> None:
    next_night(folder, DEALS.replace("2026-05-11", "2026-04-30"))
    assert restated(folder)["valid_opportunities", "2026-04", "total"] == {"change": 1.0, "corrected_rows": 1.0}
    assert restated(folder)["valid_opportunities", "2026-05", "total"] == {"change": -1.0, "corrected_rows": -1.0}


def test_the_loads_that_brought_a_change_are_named(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    with open_engine(folder / "target/kgi.duckdb", read_only=True) as engine:
        assert engine.rows("select distinct loads from restatement") == [("2",)]
        assert engine.rows("select file from ops.load where load_id = 2") == [("deals_20261121.csv",)]


def test_a_load_that_is_taken_back_is_a_cause_of_its_own(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    project = opened(folder, "2026-11-22", NOW + 2 * DAY)
    with open_warehouse(project.target, now=NOW) as engine:
        undo_load(engine, 2, now=NOW)
    next_night(folder, DEALS.replace("Web,100", "Web,130"), days=2)
    assert restated(folder)["valid_opportunities", "2026-05", "total"] == {"change": -1.0, "undone_loads": -1.0}
    assert restated(folder)["pipeline_amount", "2026-04", "total"] == {"change": 30.0, "corrected_rows": 30.0}


def test_another_definition_is_told_as_definition_and_beside_it_what_the_data_did(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 2")
    next_night(folder, DEALS + LATE)
    found = restated(folder)
    assert found["pipeline_amount", "2026-04", "total"] == {"change": 100.0, "definition": 100.0}
    # 200 -> 400 by the definition, then 50 x 2 of a late row
    assert found["pipeline_amount", "2026-05", "total"] == {"change": 300.0, "late_rows": 100.0, "definition": 200.0}
    assert found["valid_opportunities", "2026-05", "total"] == {"change": 1.0, "late_rows": 1.0}


def test_another_model_is_told_as_logic(folder: Path) -> None:
    replace_in(folder, MODEL, "where valid_on is not null", "where valid_on is not null and amount > 100")
    next_night(folder, DEALS + LATE)
    found = restated(folder)
    assert found["valid_opportunities", "2026-04", "total"] == {"change": -1.0, "logic": -1.0}
    assert ("valid_opportunities", "2026-05", "total") not in found  # the late deal of 50 does not count by the new model


def test_a_definition_and_a_model_that_change_in_the_same_night_are_told_apart(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 2")
    replace_in(folder, MODEL, "    amount,", "    cast(amount + 7 as decimal(18, 2)) as amount,")
    next_night(folder, DEALS + LATE)
    # 200 -> 207 by the model, -> 414 by the definition, + 2 x 57 of the late row
    said = {"change": 328.0, "late_rows": 114.0, "definition": 207.0, "logic": 7.0}
    assert restated(folder)["pipeline_amount", "2026-05", "total"] == said


def test_a_changed_declaration_of_an_export_is_logic(folder: Path) -> None:
    replace_in(folder, SOURCES, 'nulls: [""]', 'nulls: ["", "100"]')
    next_night(folder)
    assert restated(folder)["pipeline_amount", "2026-04", "total"] == {"change": -100.0, "logic": -100.0}


def test_rows_of_later_days_that_change_the_past_are_told_apart_from_late_rows(folder: Path) -> None:
    replace_in(
        folder, SOURCES, "        config:\n          meta:", "        config:\n          event_time: valid_on\n          meta:"
    )
    # the model counts a deal again in April for every deal of later days, as a deal does that is won and opened again
    replace_in(folder, MODEL, "valid_on as valid_date", "if(deal_id = 'd7', date '2026-04-01', valid_on) as valid_date")
    next_night(folder)  # the model is sealed with its own night
    next_night(folder, DEALS + LATE + "d7,g@example.com,2026-11-22,Web,9\n", days=2)
    found = restated(folder)
    assert found["valid_opportunities", "2026-04", "total"] == {"change": 1.0, "later_days": 1.0}
    assert found["valid_opportunities", "2026-05", "total"] == {"change": 1.0, "late_rows": 1.0}


def test_an_event_time_must_be_a_column_of_times(folder: Path) -> None:
    config = "        config:\n          meta:"
    replace_in(folder, SOURCES, config, config.replace("meta:", "event_time: channel\n          meta:"))
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert "event_time names the column 'channel', which is VARCHAR" in caught.value.findings[0].text("en")
    replace_in(folder, SOURCES, "event_time: channel", "event_time: valid_onn")
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert caught.value.findings[0].code == "unknown_column" and "valid_on" in str(caught.value.findings[0].hint)


def test_changes_of_data_are_left_whole_where_the_time_is_over(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "lock_timeout_seconds: 1", "lock_timeout_seconds: 1, restatement_seconds: 0")
    next_night(folder, DEALS.replace("Fair,200", "Fair,260") + LATE)
    assert restated(folder)["pipeline_amount", "2026-05", "total"] == {"change": 110.0, "unsplit": 110.0, "split": "over_budget"}


def test_a_night_that_an_older_kgi_published_leaves_the_causes_untold(folder: Path) -> None:
    with open_warehouse(opened(folder).target, now=NOW) as engine:
        engine.execute("delete from state.night")
    next_night(folder, DEALS + LATE)
    assert restated(folder)["pipeline_amount", "2026-05", "total"] == {"change": 50.0, "unsplit": 50.0, "split": "loads_unknown"}


def test_a_model_that_cannot_stand_on_the_rows_of_then_leaves_the_causes_untold(folder: Path) -> None:
    model = "if(count(*) over () < 5, error('too few'), amount) as amount,"
    replace_in(folder, MODEL, "    amount,", f"    {model}")
    record = next_night(folder, DEALS + LATE)
    assert restated(folder)["pipeline_amount", "2026-05", "total"]["split"] == "replay_failed"
    (warning,) = [each for each in record.findings if each.code == "restatement_unsplit"]
    assert "why numbers are others than on 2026-11-20 could not be told apart" in warning.text("en")


def test_a_rate_that_gains_or_loses_its_value_has_no_change(folder: Path) -> None:
    change(
        folder,
        "metrics/rates.yml",
        "metrics:\n  - name: unit_price\n    label: Unit price\n    type: ratio\n    numerator: pipeline_amount\n"
        "    denominator: valid_opportunities\n    config: {meta: {kgi: {unit: JPY, publish: true}}}\n",
    )
    next_night(folder)
    next_night(folder, DEALS.replace("d1,a@example.com,2026-04-10,Web,100\n", "") + LATE, days=2)
    with open_engine(folder / "target/kgi.duckdb", read_only=True) as engine:
        rows = engine.rows(
            "select strftime(period_start, '%m'), value_before, value_after, change, late_rows, split, null_reason is not null"
            " from v_latest_restatement where metric = 'unit_price' order by all"
        )
    assert rows == [("04", 100.0, None, None, None, "no_value", True), ("05", 200.0, 125.0, -75.0, -75.0, "split", False)]


def test_a_number_that_only_one_night_tells_is_no_changed_number(folder: Path) -> None:
    replace_in(folder, METRICS, "publish: [month, deal__channel]", "publish: [month]")
    replace_in(folder, METRICS, "unit: JPY, publish: true", "unit: JPY")
    next_night(folder)
    assert restated(folder) == {} and restated(folder, "deal__channel") == {}


def test_what_an_earlier_night_said_of_changes_stays(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    next_night(folder, DEALS + LATE.replace("50", "70"), days=2)
    next_night(folder, None, days=3)
    assert restated(folder) == {}  # the newest night said nothing; what the others said stands in the table
    with open_engine(folder / "target/kgi.duckdb", read_only=True) as engine:
        rows = engine.rows(
            "select as_of_before, as_of_date, change, late_rows, corrected_rows from restatement"
            " where metric = 'pipeline_amount' order by as_of_date"
        )
    assert rows == [
        (dt.date(2026, 11, 20), dt.date(2026, 11, 21), 50.0, 50.0, 0.0),
        (dt.date(2026, 11, 21), dt.date(2026, 11, 22), 20.0, 0.0, 20.0),
    ]


def test_a_second_run_of_a_date_compares_with_the_same_night_again(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    deliver(folder, "deals_20261122.csv", DEALS + LATE.replace("50", "80"))
    night(folder, "2026-11-21", NOW + 2 * DAY)
    assert restated(folder)["pipeline_amount", "2026-05", "total"] == {"change": 80.0, "late_rows": 80.0}


def test_a_backtest_tells_of_no_changes(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    next_night(folder, DEALS, days=2)
    record = night(folder, "2026-11-21", NOW + 3 * DAY)
    assert record.exit_code == 0 and record.published is not None
    with open_engine(record.published, read_only=True) as engine:
        assert engine.value("select count(*) from restatement") == 0


def test_nothing_of_the_rebuild_is_left_behind(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    assert sorted(path.name for path in (folder / "target").iterdir() if "replay" in path.name or "spool" in path.name) == []


def test_a_metric_may_stand_on_a_model_that_is_published_beside_the_goals(folder: Path) -> None:
    contract = "config: {contract: {enforced: true}"
    replace_in(folder, METRICS, contract, contract + ", meta: {kgi: {schema: main}}")
    next_night(folder)
    next_night(folder, DEALS.replace("Fair,200", "Fair,260") + LATE, days=2)
    said = {"change": 110.0, "late_rows": 50.0, "corrected_rows": 60.0}
    assert restated(folder)["pipeline_amount", "2026-05", "total"] == said
