"""The demo company's four nights: every past number of the books that changes is told, by as much, and for the planted reason."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.numbers import PARTS
from tests.companies import NIGHTS, Companies, Ran

PAIRS = tuple(pairwise(NIGHTS))
Changes = dict[tuple[str, str, str], float]  # measure, month, channel -> change


@pytest.fixture(scope="module")
def company(companies: Companies) -> Ran:
    return companies.ran(nights=NIGHTS)


def books_say(company: Ran, before: str, after: str, measures: set[str], channels: bool) -> Changes:
    """Return the changes of the books in the months that were over on a night, this fiscal year's and last's."""
    old, new = (company.books["nights"][night] for night in (before, after))
    found: Changes = {}
    for month in old["by_month"]:
        over = (dt.date.fromisoformat(f"{month}-28") + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        if month < "2025-04" or over > dt.date.fromisoformat(before):
            continue
        said = [(each["by_month_channel"][month] if channels else {"total": each["by_month"][month]}) for each in (old, new)]
        for member, measure in ((member, measure) for member in {*said[0], *said[1]} for measure in measures):
            change = said[1].get(member, {}).get(measure, 0) - said[0].get(member, {}).get(measure, 0)
            if change:
                found[measure, month, member] = float(change)
    return found


def restated(company: Ran, after: str, dimension: str, measures: set[str]) -> Changes:
    rows = company.rows(
        "select metric, strftime(period_start, '%Y-%m'), member, change from restatement"
        f" where as_of_date = date '{after}' and grain = 'month' and dimension = '{dimension}'"
    )
    return {(metric, month, member): change for metric, month, member, change in rows if metric in measures}


def causes(company: Ran, after: str, metric: str, month: str) -> dict[str, float]:
    """Return the causes of a total that are not zero."""
    listed = ", ".join(PARTS)
    rows = company.rows(
        f"select {listed} from restatement where as_of_date = date '{after}' and metric = '{metric}' and grain = 'month'"
        f" and dimension = 'total' and period_start = date '{month}-01'"
    )
    return {part: value for row in rows for part, value in zip(PARTS, row, strict=True) if value}


def exported(company: Ran, file: str, night: str, encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    path = company.folder / f"inbox/{file}_{night.replace('-', '')}.csv"
    with path.open(encoding=encoding, newline="") as stream:
        yield from csv.DictReader(stream)


def planted(company: Ran, night: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = company.books["nights"][night]["planted"][kind]
    return found


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_totals_of_closed_months_change_as_the_books_do(company: Ran, before: str, after: str) -> None:
    told = {metric for (metric,) in company.rows("select distinct metric from kpi where grain = 'month'")}
    measures = told & set(company.books["nights"][after]["total"])
    assert {"leads", "mqls", "valid_opportunities", "won", "won_amount", "created_pipeline_amount"} <= measures
    changes = books_say(company, before, after, measures, channels=False)
    assert changes and restated(company, after, "total", measures) == changes


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_channels_of_closed_months_change_as_the_books_do(company: Ran, before: str, after: str) -> None:
    told = company.rows("select distinct metric from kpi where grain = 'month' and dimension = 'channel'")
    measures = {metric for (metric,) in told} & set(company.books["nights"][after]["total"])
    assert measures
    assert restated(company, after, "channel", measures) == books_say(company, before, after, measures, channels=True)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_causes_of_every_change_sum_to_it(company: Ran, before: str, after: str) -> None:
    rows = company.rows(
        f"select {', '.join(PARTS)}, change, value_after - value_before, as_of_before, split from restatement"
        f" where as_of_date = date '{after}'"
    )
    assert rows
    for *parts, change, difference, earlier, split in rows:
        assert sum(parts) == pytest.approx(change, rel=1e-9) and change == difference
        assert (str(earlier), split) == (before, "split")


def test_a_late_change_to_mql_is_late(company: Ran) -> None:
    (late,) = planted(company, "2026-11-13", "late_activity")
    (row,) = [
        row for row in exported(company, "marketo/activities", "2026-11-13") if row["leadId"] == late["id"] and "MQL" in str(row)
    ]
    assert row["activityDate"] < "2026-10-31T15:00" < row["recordedAt"]
    assert causes(company, "2026-11-13", "mqls", "2026-10") == {"late_rows": 1.0}


def test_a_late_stage_is_late(company: Ran) -> None:
    (late,) = planted(company, "2026-11-19", "late_history")
    deal = late["id"]
    (row,) = [
        row
        for row in exported(company, "salesforce/opportunity_history", "2026-11-19")
        if row["OpportunityId"][:15] == deal and row["StageName"] == "受注"
    ]
    assert row["CreatedDate"] < "2026-10-31T15:00" < "2026-11-13T15:00" < row["SystemModstamp"]
    assert causes(company, "2026-11-19", "won", "2026-10") == {"late_rows": 1.0}


def amounts(company: Ran, night: str) -> dict[str, int]:
    rows = exported(company, "salesforce/opportunity", night, "cp932")
    return {row["商談 ID"]: int(row["金額"].replace(",", "") or 0) for row in rows if row.get("金額") and "X" not in row["金額"]}


def test_a_corrected_amount_and_a_deal_that_is_open_again_are_two_causes_of_one_number(company: Ran) -> None:
    (corrected,) = planted(company, "2026-11-13", "corrected_amount")
    (reopened,) = planted(company, "2026-11-13", "reopened_open")
    old, new = amounts(company, "2026-10-31"), amounts(company, "2026-11-13")
    assert causes(company, "2026-11-13", "won_amount", "2026-09") == {
        "corrected_rows": float(new[corrected["id"]] - old[corrected["id"]]),
        "later_days": -float(old[reopened["id"]]),
    }
    assert causes(company, "2026-11-13", "won", "2026-09") == {"later_days": -1.0}
    assert causes(company, "2026-11-13", "lost", "2026-08") == {"later_days": -1.0}  # lost then, open again in November


def test_a_corrected_date_moves_a_deal_into_the_month_before(company: Ran) -> None:
    assert planted(company, "2026-11-13", "corrected_stage_date")
    assert causes(company, "2026-11-13", "valid_opportunities", "2026-09") == {"corrected_rows": 1.0}


def test_merged_persons_are_counted_once_and_told_as_corrections(company: Ran) -> None:
    leads = {
        night: {row["id"]: row for row in exported(company, "marketo/leads", night, "utf-8-sig")}
        for night in ("2026-10-31", "2026-11-13")
    }
    (merged,) = planted(company, "2026-11-13", "merged_lead")
    since = {
        key: row
        for key, row in leads["2026-11-13"].items()
        if row["mergedIntoId"] != "null" and leads["2026-10-31"].get(key, {"mergedIntoId": "null"})["mergedIntoId"] == "null"
    }
    assert merged["id"] in since
    tokyo = {key: dt.datetime.fromisoformat(row["createdAt"][:19]) + dt.timedelta(hours=9) for key, row in since.items()}
    september = [key for key, at in tokyo.items() if f"{at:%Y-%m}" == "2026-09"]
    assert causes(company, "2026-11-13", "leads", "2026-09") == {"corrected_rows": -float(len(september))}


def test_a_deleted_deal_is_told_as_deleted(company: Ran) -> None:
    assert [case["id"] for case in planted(company, "2026-11-19", "deleted_opportunity")] == ["006IS00000006jZ"]
    assert causes(company, "2026-11-19", "opportunities", "2026-10") == {"deleted_rows": -1.0}
    assert causes(company, "2026-11-19", "valid_opportunities", "2026-10") == {"deleted_rows": -1.0}


def test_a_mended_record_is_told_by_the_load_that_mended_it(company: Ran) -> None:
    ((loads, corrected),) = company.rows(
        "select loads, corrected_rows from restatement where as_of_date = date '2026-11-20' and dimension = 'total'"
        " and metric = 'created_pipeline_amount' and period_start = date '2026-10-01'"
    )
    assert corrected == amounts_of_october(company)
    files = {file for (file,) in company.rows(f"select file from ops.load where load_id in ({loads})")}
    assert "salesforce/opportunity_20261120.csv" in files and not any("activities" in file for file in files)


def amounts_of_october(company: Ran) -> float:
    """Return by how much the books' pipeline of October changed in the last night."""
    old, new = (company.books["nights"][night]["by_month"]["2026-10"] for night in PAIRS[-1])
    return float(new["created_pipeline_amount"] - old["created_pipeline_amount"])


def test_the_run_said_how_many_numbers_changed(company: Ran) -> None:
    ((count,),) = company.rows("select count(*) from v_latest_restatement where as_of_date = date '2026-11-20'")
    assert count > 0
    assert Path(company.folder / "target/kgi.status.json").read_text(encoding="utf-8").count("numbers_restated") == 1
