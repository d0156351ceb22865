"""The demo company under a second version of 有効商談: the bridge, the counts and the goal against the company's books."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.project import open_project
from pipeline.scoring import SCORED, score_night
from tests.companies import Companies, Ran

SECOND = """
    - version: 2
      effective_from: 2026-07-01
      agreed_on: 2026-06-18
      agreed_by: {marketing: hmihon, sales: tsato}
      predicate: is_budget_known and is_decision_maker_attended and purchase_within_months <= 12
      evidence: [is_budget_known, is_decision_maker_attended, purchase_within_months]
      review_by: 2027-03-31
"""
Rows = list[tuple[Any, ...]]


class Scored:
    """The goal tables of one scoring of a company's newest night, asked where they were written."""

    def __init__(self, ran: Ran, agreement: str = "") -> None:
        self.folder, self.day = ran.folder, ran.nights[-1]
        file = ran.folder / "metrics/agreements/valid_opportunity.yml"
        file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n" + agreement, encoding="utf-8")
        now = dt.datetime.fromisoformat(self.day) + dt.timedelta(days=1)
        self.project = open_project(ran.folder, now=now, as_of=dt.date.fromisoformat(self.day))
        with open_engine(ran.folder / "target/warehouse.duckdb") as engine:
            _, self.findings = score_night(engine, self.project, run_id="run")

    def rows(self, sql: str) -> Rows:
        with open_engine(self.folder / "target/warehouse.duckdb", read_only=True) as engine:
            return list(engine.rows(sql.format(**SCORED)))


@pytest.fixture(scope="module")
def changed(companies: Companies, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Scored]:
    ran = companies.ran()
    return ran, Scored(ran.copy(tmp_path_factory.mktemp("changed")), SECOND)


def noted(ran: Ran, measure: str) -> dict[dt.date, int]:
    months = ran.books["notes"]["by_month"]
    return {dt.date.fromisoformat(f"{month}-01"): round(each[measure]) for month, each in months.items()}


def test_the_bridge_of_a_company_is_what_its_books_say(changed: tuple[Ran, Scored]) -> None:
    ran, scored = changed
    found = scored.rows(
        "select period_start, value_old, value_new from {definition_bridge} where metric = 'valid_opportunities' order by 1"
    )
    old, new = noted(ran, "valid_version_1"), noted(ran, "valid_version_2")
    months = [dt.date(2026, month, 1) for month in range(4, 12)]
    assert found == [(month, old[month], new[month]) for month in months]
    assert sum(old[month] - new[month] for month in months) > 10


def test_months_before_the_change_stay_as_they_were_and_those_after_are_counted_anew(changed: tuple[Ran, Scored]) -> None:
    ran, scored = changed
    kpi = "from {kpi} where metric = 'valid_opportunities' and grain = 'month' and dimension = 'total' order by 1"
    counted: dict[dt.date, float] = dict(scored.rows(f"select period_start, value {kpi}"))
    old, new = noted(ran, "valid_version_1"), noted(ran, "valid_version_2")
    change = dt.date(2026, 7, 1)
    assert {month: counted[month] for month in old if month in counted} == {
        month: (new if month >= change else old)[month] for month in old if month in counted
    }


def test_what_is_made_of_the_metric_follows(changed: tuple[Ran, Scored]) -> None:
    _, scored = changed
    by_hand = scored.rows(
        """select sum(amount) / count(*) from marts.fct_funnel
        where stage = 'valid_opportunity' and is_counted and date_trunc('month', entered_date) = '2026-09-01'
        and is_budget_known and is_decision_maker_attended and purchase_within_months <= 12"""
    )
    price = "select value from {kpi} where metric = 'avg_pipeline_amount' and grain = 'month' and dimension = 'total'"
    assert scored.rows(f"{price} and period_start = '2026-09-01'") == [(pytest.approx(float(by_hand[0][0])),)]


def test_the_first_version_of_the_demo_keeps_every_deal(companies: Companies) -> None:
    ran = companies.ran()
    total = sum(noted(ran, "valid_version_1").values())
    assert total == ran.books["total"]["valid_opportunities"]
    assert ran.rows("select count(*) from definition_bridge") == [(0,)]
    assert ran.rows("select distinct state from plan_version") == [("agreed",)]


def test_both_departments_counts_of_a_company_are_those_of_its_books(companies: Companies) -> None:
    ran = companies.ran()
    found = dict(ran.rows("select period_start, count_both from count_agreement order by 1"))
    assert found == {month: each for month, each in noted(ran, "judged_valid_by_both").items() if month in found}
    marketing = dict(ran.rows("select period_start, count_marketing from count_agreement order by 1"))
    assert marketing == {month: each for month, each in noted(ran, "valid_version_1").items() if month in marketing}
    share = "select sum(count_both)::double / sum(count_either), max(count_agreement) from count_agreement"
    ((whole, most),) = ran.rows(share)
    assert 0.5 < whole <= most <= 1
