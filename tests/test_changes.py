"""What changed definitions would change in the published numbers; each number counted by hand from the five deals."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.changes import Changes, changed_numbers
from pipeline.cli import kgi
from pipeline.findings import KgiError
from tests.project_builder import DEALS, NOW, change, deliver, night, opened, replace_in, write

LATER = NOW + dt.timedelta(days=1)
METRICS = "metrics/fct_deals.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path))
    night(tmp_path)
    return tmp_path


def changes(folder: Path, **options: Any) -> Changes:
    # the working tree's own as-of date is later: both sides still end at the file's
    return changed_numbers(opened(folder, "2026-11-21", LATER), folder / "target/kgi.duckdb", **options)


def numbers(found: Changes, metric: str = "valid_opportunities") -> list[tuple[object, ...]]:
    return [row[1:] for row in found.table.rows if row[0] == metric]


def said(found: Changes) -> list[str]:
    return [each.code for each in found.findings]


def test_nothing_is_said_of_words_and_layout(folder: Path) -> None:
    replace_in(folder, METRICS, "label: Valid opportunities", "label: 有効商談  # agreed in May")
    found = changes(folder)
    assert found.numbers == () and said(found) == ["diff_nothing"]


def test_a_changed_filter_changes_the_total_and_the_dimensions_it_is_published_by(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: deal_id", "expr: deal_id\n        filter: \"{{ Dimension('deal__channel') }} <> 'Fair'\"")
    found = changes(folder)
    assert numbers(found) == [
        ("definition", "2026-05-01", "total", "total", 1.0, None, None),
        ("definition", "2026-05-01", "deal__channel", "Fair", 1.0, None, None),
    ]
    assert said(found) == ["diff_changed"]
    told = dict(found.findings[0].arguments)
    assert told["changes"] == ("filters: - -> deal__channel <> 'Fair'; names.deal__channel: - -> marts.fct_deals: channel")


def test_the_difference_is_new_minus_published(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 1.5")
    assert numbers(changes(folder), "pipeline_amount") == [
        ("definition", "2026-04-01", "total", "total", 100.0, 150.0, 50.0),
        ("definition", "2026-05-01", "total", "total", 200.0, 300.0, 100.0),
        ("definition", "2026-11-01", "total", "total", 300.0, 450.0, 150.0),  # d4 is after the file's date
    ]


def test_a_definition_that_changes_no_number_is_said_to(folder: Path) -> None:
    replace_in(folder, METRICS, "agg: count\n        expr: deal_id", "agg: count_distinct\n        expr: deal_id")
    found = changes(folder)
    assert numbers(found) == [("same_numbers", None, None, None, None, None, None)]
    assert said(found) == ["diff_changed"]


def test_metrics_that_stand_on_a_changed_one_are_compared_too(folder: Path) -> None:
    ratio = "metrics:\n  - {name: price, type: ratio, numerator: pipeline_amount, denominator: valid_opportunities}\n"
    change(folder, "metrics/price.yml", ratio)
    found = changes(folder)
    assert said(found) == ["diff_added"]
    assert numbers(found, "price")[0] == ("added", "2026-04-01", "total", "total", None, 100.0, None)
    night(folder)
    replace_in(folder, METRICS, "expr: amount", "expr: amount + 1")
    found = changes(folder)
    assert said(found) == ["diff_changed", "diff_changed"]
    assert numbers(found, "price")[0] == ("definition", "2026-04-01", "total", "total", 100.0, 101.0, 1.0)
    assert numbers(changes(folder, metrics=("pipeline_amount",)), "price") == []


def test_a_metric_that_is_gone_shows_what_will_be_missing(folder: Path) -> None:
    text = (folder / METRICS).read_text(encoding="utf-8")
    change(folder, METRICS, text[: text.index("      - name: pipeline_amount")])
    found = changes(folder)
    assert said(found) == ["diff_removed"]
    assert numbers(found, "pipeline_amount")[0] == ("removed", "2026-04-01", "total", "total", 100.0, None, None)


def test_sealed_numbers_that_late_rows_have_changed_stand_apart(folder: Path) -> None:
    late = DEALS + "d6,f@example.com,2026-05-20,Fair,50\n"
    deliver(folder, "deals_20261121.csv", late)
    night(folder, "2026-11-21", LATER)
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 2")
    found = changed_numbers(opened(folder, "2026-11-21", LATER), folder / "target/kgi.duckdb")
    assert [row for row in numbers(found, "pipeline_amount") if row[1] == "2026-05-01"] == [
        ("definition", "2026-05-01", "total", "total", 250.0, 500.0, 250.0),
        ("late_rows", "2026-05-01", "total", "total", 200.0, 250.0, 50.0),
    ]


def test_a_column_that_is_not_published_yet_is_named(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: amount", "expr: net_amount")
    found = changes(folder)
    assert said(found) == ["diff_changed", "diff_unanswerable"] and found.numbers == ()
    assert "net_amount" in str(dict(found.findings[1].arguments)["problem"])


def test_what_cannot_be_compared_is_told(folder: Path) -> None:
    with pytest.raises(KgiError) as caught:
        changes(folder, metrics=("pipelin_amount",))
    assert caught.value.findings[0].code == "metric_unknown" and "pipeline_amount" in str(caught.value.findings[0].hint)
    with pytest.raises(KgiError) as caught:
        changed_numbers(opened(folder), folder / "target/warehouse.duckdb")
    assert caught.value.findings[0].code == "diff_no_catalogue"
    with pytest.raises(KgiError) as caught:
        changed_numbers(opened(folder), folder / "target/none.duckdb")
    assert caught.value.findings[0].code == "not_published_yet"


def test_the_command_writes_a_table_and_what_changed(folder: Path) -> None:
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 2")
    where = ["--project-dir", str(folder)]
    done = CliRunner().invoke(kgi, ["diff", *where, "--format", "json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0] == {
        "metric": "pipeline_amount",
        "change": "definition",
        "period_start": "2026-04-01",
        "dimension": "total",
        "member": "total",
        "published": 100.0,
        "new": 200.0,
        "difference": 100.0,
    }
    assert "the definition of 'pipeline_amount' changed: expr: amount -> amount * 2" in done.stderr
    assert CliRunner().invoke(kgi, ["diff", *where, "--format", "csv"]).stdout.splitlines()[1] == (
        "pipeline_amount,definition,2026-04-01,total,total,100.0,200.0,100.0"
    )
