"""Levers and phases of the demo company: what they are worked out of is counted again in hand SQL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.companies import Companies, Ran
from tests.test_demo_guardrails import MET_AND_VALID

HALF = "between date '2026-05-01' and date '2026-10-31'"
"""The six whole months before the newest night, 2026-11-20."""


def lever(ran: Ran, factor: str, kgi: str = "pipeline_fy2026") -> dict[str, Any]:
    names = ("now", "best", "headroom", "time_effectiveness", "recovery", "cost", "recovery_per_yen", "rank")
    (row,) = ran.rows(f"select {', '.join(names)} from main.lever where kgi_id = '{kgi}' and factor = '{factor}'")
    return dict(zip(names, row, strict=True))


def test_the_level_of_each_kind_of_factor_is_what_hand_sql_counts(companies: Companies) -> None:
    usual = companies.ran()
    ((leads, days),) = usual.rows(
        f"select (select count(*) from marts.fct_funnel where stage = 'lead' and is_counted and entered_date {HALF}),"
        f" (select count(*) from marts.dim_fiscal_calendar where is_business_day and date {HALF})"
    )
    assert lever(usual, "leads")["now"] == pytest.approx(leads / days)
    ((worth, deals),) = usual.rows(
        "select sum(amount), count(*) from marts.fct_funnel"
        f" where stage = 'valid_opportunity' and is_counted and entered_date {HALF}"
    )
    assert lever(usual, "avg_pipeline_amount")["now"] == pytest.approx(float(worth) / deals)
    # 26 weeks before 2026-11-20 is 2026-05-22: appointments up to the end of April have grown old
    ((valid, met),) = usual.rows(MET_AND_VALID.format(start="2025-11-01", end="2026-04-30", age=180))
    assert lever(usual, "valid_rate")["now"] == pytest.approx(valid / met)


def test_what_levers_recover_stays_within_the_gap_and_is_ranked_by_its_cost(companies: Companies) -> None:
    usual = companies.ran()
    for kgi, gap in usual.rows("select kgi_id, -gap_landing from main.v_latest_kgi where grain = 'period'"):
        rows = usual.rows(
            "select factor, recovery, headroom, recovery_per_yen, rank from main.lever"
            f" where kgi_id = '{kgi}' and recovery is not null order by rank"
        )
        assert all(0 <= recovery <= gap + 1e-6 for _, recovery, *_ in rows)
        together = max(recovery for factor, recovery, *_ in rows if factor == "all")
        assert all(recovery <= together + 1e-6 for _, recovery, *_ in rows)
        worth = [per_yen if kgi == "pipeline_fy2026" else recovery for factor, recovery, _, per_yen, _ in rows if factor != "all"]
        assert worth == sorted(worth, reverse=True) and worth
        (first,) = usual.rows(f"select action, expected_recovery from main.action where kgi_id = '{kgi}' and source = 'lever'")
        assert first == (f"lever_{rows[0][0]}", rows[0][1])


def test_what_the_next_phase_needs_is_what_hand_sql_counts(companies: Companies) -> None:
    usual = companies.ran()
    found = {
        criterion: (value, missing)
        for criterion, value, missing in usual.rows("select criterion, value, missing from main.phase_readiness")
    }
    ((said, held),) = usual.rows(
        "select count(*) filter (disposition is not null), count(*) from marts.fct_appointments"
        " where status = 'held' and held_date between date '2025-11-01' and date '2026-10-31'"
    )
    assert found["dispositions_recorded"] == (pytest.approx(said / held), max(0, -(-(9 * held - 10 * said) // 10)))
    ((quarter,),) = usual.rows(
        "select count(*) from marts.fct_appointments where status = 'held' and disposition is not null"
        " and held_date between date '2026-07-01' and date '2026-09-30'"
    )
    assert found["dispositions"] == (quarter, max(0, 30 - quarter))
    ((known, deals, late),) = usual.rows(
        "select count(*) filter (amount is not null), count(*),"
        " count(*) filter (entered_date between date '2026-07-01' and date '2026-09-30')"
        " from marts.fct_funnel where stage = 'valid_opportunity' and is_counted"
        " and entered_date between date '2025-11-01' and date '2026-10-31'"
    )
    assert found["amounts_known"] == (pytest.approx(known / deals), max(0, -(-(9 * deals - 10 * known) // 10)))
    assert found["valid_opportunities"] == (late, max(0, 30 - late))
    assert found["definition"] == (2, 0)
    assert usual.rows("select count(*) from main.phase_readiness where kgi_id = 'pipeline_fy2026'") == [(0,)]
