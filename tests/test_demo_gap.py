"""What explains the gap of a planted company is what was planted; the same company without it does not show it."""

from __future__ import annotations

import datetime as dt
import math
import statistics

import pytest
from scipy import stats

from tests.companies import SEEDS, Companies, Ran

GOAL = "valid_opportunities_fy2026"
ROWS = f"from v_latest_gap_decomposition where kgi_id = '{GOAL}'"


def factors(ran: Ran, basis: str) -> dict[str, tuple[float, bool | None]]:
    """Return the contribution of each factor over all channels, and whether it is noise."""
    found = ran.rows(f"select factor, contribution, within_noise {ROWS} and basis = '{basis}' and kind = 'subtotal'")
    return {factor: (value, noise) for factor, value, noise in found}


def total(ran: Ran, basis: str) -> tuple[float, float]:
    ((plan, actual),) = ran.rows(f"select plan, actual {ROWS} and basis = '{basis}' and kind = 'total'")
    return plan, actual


@pytest.mark.parametrize("basis", ["to_date", "cohort_landing"])
def test_the_parts_sum_to_the_gap_and_the_actual_is_what_hand_sql_counts(companies: Companies, basis: str) -> None:
    ran = companies.ran()
    plan, actual = total(ran, basis)
    parts = ran.rows(f"select sum(contribution) {ROWS} and basis = '{basis}' and kind = 'part'")
    assert parts[0][0] == pytest.approx(actual - plan, abs=1e-6)
    counted = ran.rows(
        "select count(*) from marts.fct_funnel where stage = 'valid_opportunity' and is_counted"
        " and entered_date between '2026-04-01' and '2026-11-20'"
    )[0][0]
    if basis == "to_date":
        assert actual == counted
    else:
        assert actual > counted
        lands = ran.rows(f"select landing_expected from v_latest_kgi where kgi_id = '{GOAL}' and grain = 'period'")[0][0]
        assert actual == pytest.approx(lands)


def test_a_rate_says_how_many_cases_it_divides_by(companies: Companies) -> None:
    ran = companies.ran()
    counted = dict(
        ran.rows(
            "select coalesce(channel, 'unattributed'), count(*) from marts.fct_funnel where stage = 'appointment' and is_counted"
            " and entered_date between '2026-04-01' and '2026-11-20' group by all"
        )
    )
    by_period = ran.rows(
        f"select channel, n, null_reason {ROWS} and basis = 'to_date' and kind = 'part' and factor = 'valid_rate'"
    )
    assert len(by_period) > 4 and {channel: n for channel, n, _ in by_period} == {name: counted[name] for name, _, _ in by_period}
    by_cohort = ran.rows(f"select channel, n {ROWS} and basis = 'cohort_landing' and kind = 'part' and factor = 'valid_rate'")
    assert by_cohort and all(0 <= n <= counted[channel] for channel, n in by_cohort)  # those who have had their time
    volume = ran.rows(
        f"select distinct n, null_reason like '%n=not_a_rate%' {ROWS} and factor in ('leads', 'phasing', 'outside')"
    )
    assert volume == [(None, True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_slower_deals_are_found_as_speed_and_the_same_company_without_them_shows_none(companies: Companies, seed: int) -> None:
    usual, slow = companies.ran(seed=seed), companies.ran("slower_deals=2026-07", seed=seed)
    value, noise = factors(slow, "cohort_landing")["speed"]
    assert noise is False
    assert value < -2
    assert factors(usual, "cohort_landing")["speed"][1] is True
    assert value < factors(usual, "cohort_landing")["speed"][0]


def test_a_changed_definition_stands_apart_from_performance(companies: Companies) -> None:
    usual, changed = companies.ran(), companies.ran("definition_change=2026-07")
    assert "definition_change" not in factors(usual, "to_date")
    value, _ = factors(changed, "to_date")["definition_change"]
    months = changed.books["notes"]["by_month"]
    since = [each for month, each in months.items() if "2026-07" <= month <= "2026-11"]
    assert value == sum(each["valid_version_2"] - each["valid_version_1"] for each in since) < 0
    for factor, (contribution, _) in factors(usual, "to_date").items():
        assert factors(changed, "to_date")[factor][0] == pytest.approx(contribution)
    assert total(changed, "to_date")[1] == total(usual, "to_date")[1] + value
    lands, _ = factors(changed, "cohort_landing")["definition_change"]
    assert lands < value
    rate = factors(usual, "cohort_landing")["valid_rate"][0]
    assert factors(changed, "cohort_landing")["valid_rate"][0] == pytest.approx(rate, abs=0.25 * abs(lands))


def test_a_channel_mix_that_moves_is_mix_and_not_worse_channels(companies: Companies) -> None:
    usual, moved = companies.ran(), companies.ran("channel_mix_shift=2026-07")
    sql = f"select factor, contribution {ROWS} and basis = 'to_date' and kind = 'view'"
    before, after = dict(usual.rows(sql)), dict(moved.rows(sql))
    assert after["mix"] < before["mix"] - 2
    assert dt.date(2026, 11, 20) == moved.rows("select max(as_of_date) from gap_decomposition")[0][0]


def test_the_price_in_total_is_held_against_the_deals_of_twelve_months(companies: Companies) -> None:
    ran = companies.ran()
    known = ran.rows(
        "select coalesce(amount, 0)::double from marts.fct_opportunities"
        " where valid_opportunity_date between '2025-11-01' and '2026-11-20'"
    )
    amounts = [amount for (amount,) in known]
    reach = stats.t(len(amounts) - 1).ppf(0.975) * statistics.stdev(amounts) / math.sqrt(len(amounts))
    inside = abs(statistics.fmean(amounts) - 3_000_000) <= reach
    found = ran.rows(
        "select distinct within_noise from v_latest_gap_decomposition"
        " where kgi_id = 'pipeline_fy2026' and factor = 'avg_pipeline_amount' and kind = 'subtotal'"
    )
    assert found == [(inside,)]


def test_each_count_on_the_way_says_how_many_more_it_takes(companies: Companies) -> None:
    sql = f"select metric, required_p50, required_p80 from v_latest_kpi_target where kgi_id = '{GOAL}' and grain = 'period'"
    needs = {metric: (even, safe) for metric, even, safe in companies.ran().rows(sql) if even is not None}
    assert set(needs) == {"appointments", "mqls", "leads"}
    assert needs["appointments"][0] < needs["mqls"][0] < needs["leads"][0]
    assert all(even < safe for even, safe in needs.values())
