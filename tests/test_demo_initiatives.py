"""Initiatives of the demo company: what was planted is found, what was not is not claimed, and the numbers are counted again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.project import open_project
from pipeline.scoring import SCORED, score_night
from tests.companies import Companies, Ran

FAIR = """
initiative:
  name: july_exhibition
  label: {ja: 7月の展示会, en: Exhibition in July}
  owner: hmihon
  kpi: leads
  expected: {effect: 40, unit: count}
  planned: {from: 2026-07-01, to: 2026-07-31, cost: 3000000}
  compare:
    method: did
    treated: {channel: 展示会}
    control: {channel: コンテンツ}
    before: {from: 2026-03-01, to: 2026-04-30}
  done: {from: 2026-07-01, to: 2026-07-31, cost: 3000000}
"""
SPRING = """
initiative:
  name: spring_calls
  label: {ja: 春の架電, en: Calls in spring}
  owner: kaomi
  kpi: lead_to_mql_rate
  expected: {effect: 0.2, unit: rate, cases: 80}
  planned: {from: 2026-03-01, to: 2026-04-30}
  compare: {method: did, treated: {channel: ウェビナー}, control: {channel: コンテンツ}}
  done: {from: 2026-03-01, to: 2026-04-30}
"""


class Night:
    """The newest night of a company with some initiatives more, scored where nothing else reads it."""

    def __init__(self, ran: Ran, **initiatives: str) -> None:
        self.warehouse = ran.folder / "target/warehouse.duckdb"
        for name, text in initiatives.items():
            (ran.folder / f"metrics/initiatives/{name}.yml").write_text(text, encoding="utf-8")
        now = dt.datetime.fromisoformat(ran.nights[-1]) + dt.timedelta(days=1)
        project = open_project(ran.folder, now=now, as_of=dt.date.fromisoformat(ran.nights[-1]))
        with open_engine(self.warehouse) as engine:
            _, self.findings = score_night(engine, project, run_id="run")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with open_engine(self.warehouse, read_only=True) as engine:
            return list(engine.rows(sql))

    def effect(self, name: str) -> Mapping[str, Any]:
        with open_engine(self.warehouse, read_only=True) as engine:
            table = engine.table(f"select * from {SCORED['initiative_effect']} where initiative = '{name}'")
        (row,) = table.rows
        return dict(zip(table.names, row, strict=True))


@pytest.fixture(scope="module")
def night(companies: Companies, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(companies.ran().copy(tmp_path_factory.mktemp("initiatives")), fair=FAIR, spring=SPRING)


COUNTED = """
    select channel, date_trunc('month', entered_date)::date, count(distinct entity_id)
    from marts.fct_funnel where stage = '{stage}' and is_counted group by all
"""


def by_month(night: Night, stage: str) -> dict[tuple[str, dt.date], int]:
    return {(channel, month): count for channel, month, count in night.rows(COUNTED.format(stage=stage))}


def mean(counted: dict[tuple[str, dt.date], int], channel: str, year: int, *months: int) -> float:
    return sum(counted.get((channel, dt.date(year, month, 1)), 0) for month in months) / len(months)


def test_a_month_with_an_exhibition_is_found_and_counted_again(night: Night) -> None:
    """Planted: `展示会` brings 30 % of the leads of July instead of 6 %."""
    row, leads = night.effect("july_exhibition"), by_month(night, "lead")
    by_hand = (mean(leads, "展示会", 2026, 7) - mean(leads, "展示会", 2026, 3, 4)) - (
        mean(leads, "コンテンツ", 2026, 7) - mean(leads, "コンテンツ", 2026, 3, 4)
    )
    assert row["effect"] == pytest.approx(by_hand)
    assert (row["claim"], row["ci_low"] > 0) == ("effect", True)
    assert float(row["cost_per_effect"]) == pytest.approx(3_000_000 / by_hand, abs=0.01)
    assert row["kgi_effect"] > 0


def test_a_summer_in_which_nothing_was_planted_claims_nothing(night: Night) -> None:
    row, set_ = night.effect("webinar_series"), by_month(night, "appointment")

    def change(channel: str) -> float:
        before = (
            sum(mean(set_, channel, 2025, *range(6, 13)) * 7 + mean(set_, channel, 2026, *range(1, 6)) * 5 for _ in (0,)) / 12
        )
        return mean(set_, channel, 2026, 6, 7, 8) - before

    assert row["effect"] == pytest.approx(3 * (change("ウェビナー") - change("コンテンツ")))
    assert row["ci_low"] < 0 < row["ci_high"]
    assert (row["claim"], row["kgi_effect"], row["cost_per_effect"]) == ("none", None, None)


def test_a_rate_is_read_from_its_cohorts_and_claims_nothing_where_nothing_was_done(night: Night) -> None:
    row = night.effect("spring_calls")
    (((entered,),),) = [
        night.rows(
            "select count(*) from marts.fct_funnel where stage = 'lead' and is_counted and channel = 'ウェビナー'"
            " and entered_date between date '2026-03-01' and date '2026-04-30'"
        )
    ]
    assert row["n_treated"] == entered
    assert row["maturity"] > 0.95
    assert row["ci_low"] < 0 < row["ci_high"]
    assert (row["claim"], row["grade"]) == ("none", "B")


def test_one_that_is_running_says_when_it_can_be_read(night: Night) -> None:
    row = night.effect("reference_cases")
    assert (row["effect"], row["readable_from"]) == (None, dt.date(2026, 12, 31))
    assert [dict(each.arguments)["name"] for each in night.findings if each.code == "initiative_not_readable"] == [
        "reference_cases",
        "exhibition_follow_up",
    ]


def test_coverage_and_closure_are_those_of_the_rows_below_them(night: Night) -> None:
    kgi, initiative, pdca = SCORED["kgi"], SCORED["initiative"], SCORED["pdca"]
    ((covered, gap),) = night.rows(
        f"select initiative_coverage, -gap_landing from {kgi} where kgi_id = 'pipeline_fy2026' and grain = 'period'"
    )
    ((brought,),) = night.rows(
        f"select sum(expected_kgi_effect * time_share) from {initiative}"
        " where state in ('planned', 'running', 'late') and kgi_id = 'pipeline_fy2026'"
    )
    assert covered == pytest.approx(brought / gap) if gap > 0 else covered is None
    ((rate,),) = night.rows(f"select pdca_closure_rate from {SCORED['collaboration']} where kgi_id = 'total'")
    ((closed, due),) = night.rows(
        f"select count(*) filter (closed_in_time), count(*) from {pdca} where step = 'act' and due <= as_of_date"
    )
    assert rate == pytest.approx(closed / due)
    shares = night.rows(f"select time_share from {initiative} where initiative = 'exhibition_follow_up'")
    assert 0 < shares[0][0] < 1, "an initiative of January on leads comes too late for a part of its deals"


MOVED = """
initiative:
  name: move_to_content
  label: {ja: コンテンツへの移行, en: Move to content}
  owner: hmihon
  kpi: leads
  expected: {effect: 60, unit: count}
  planned: {from: 2026-07-01, to: 2026-10-31, cost: 2000000}
  compare: {method: did, treated: {channel: コンテンツ}, control: {channel: Web問合せ}}
  done: {from: 2026-07-01, to: 2026-10-31, cost: 2000000}
"""


def test_leads_that_move_to_a_channel_are_found_there_and_not_in_the_company_where_none_moved(
    companies: Companies, tmp_path: Path
) -> None:
    claims = []
    for number, switches in enumerate((("channel_mix_shift=2026-07",), ())):
        ran = companies.ran(*switches).copy(tmp_path / str(number))
        row = Night(ran, moved=MOVED).effect("move_to_content")
        claims.append((row["claim"], row["ci_low"] > 0))
    assert claims == [("effect", True), ("none", False)]
