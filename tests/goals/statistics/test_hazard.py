"""Completion of young cohorts: the vectors of the design, DuckDB's own arithmetic, and a simulated business."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.goals.statistics.hazard import (
    Cohort,
    Curve,
    curve,
    draw,
    expected_between,
    land,
    simulate,
    stationarity,
)
from tests.goals.statistics.sql import rows

AGES = [(2.0, 4.0, 3.0, 1.0), (2.0, 4.0, 3.0), (2.0, 4.0), (2.0,)]
FOUR = curve([Cohort(100, events) for events in AGES])
LAG = (0.0, 0.1, 0.3, 0.3, 0.2, 0.1)


def lagged(rate: float, lag: tuple[float, ...]) -> Curve:
    return curve([Cohort(1.0, tuple(rate * share for share in lag))])


def test_four_cohorts_of_a_hundred_complete_to_ten_percent() -> None:
    assert (FOUR.events, FOUR.at_risk) == ((8, 12, 6, 1), (400, 294, 188, 91))
    assert FOUR.cumulative == pytest.approx((0.02, 0.06, 0.09, 0.10), abs=1e-15)
    assert FOUR.standard_error[-1] == pytest.approx(0.019988, abs=5e-7)
    assert not FOUR.tail_unobserved
    for events in AGES:
        assert land(100, sum(events), 0, len(events), FOUR) == pytest.approx(10.0, abs=1e-12)


def test_duckdb_finds_the_same_hazards_from_the_same_cohorts() -> None:
    found = rows(
        """
        with
            coh(cohort, n, d) as (values (1, 100, [2, 4, 3, 1]), (2, 100, [2, 4, 3]), (3, 100, [2, 4]), (4, 100, [2])),
            e as (select cohort, n, unnest(range(len(d))) age, unnest(d) d from coh),
            r as (
                select *, n - coalesce(sum(d) over (
                    partition by cohort order by age rows between unbounded preceding and 1 preceding), 0) at_risk from e
            ),
            h as (select age, sum(d) d, sum(at_risk) n, sum(d) / sum(at_risk) h from r group by age)
        select
            d::int, n::int, h, 1 - exp(sum(ln(1 - h)) over w) f,
            exp(sum(ln(1 - h)) over w) * sqrt(sum(d / (n * (n - d))) over w) se
        from h window w as (order by age) order by age
        """
    )
    columns = list(zip(*found, strict=True))
    for mine, theirs in zip((FOUR.events, FOUR.at_risk, FOUR.hazard, FOUR.cumulative, FOUR.standard_error), columns, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-12)


def test_a_young_cohort_without_conversions_is_not_written_off() -> None:
    assert land(50, 0, 0, 1, FOUR) == pytest.approx(50 * 0.08 / 0.98, abs=1e-12)
    assert land(50, 0, 0, 1, FOUR) == pytest.approx(4.0816, abs=5e-5)
    assert land(50, 0, 0, 0, FOUR) == pytest.approx(5.0)
    assert land(50, 3, 0, 9, FOUR) == 3.0


def test_the_remission_times_of_freireich_have_the_published_survival() -> None:
    """6-MP: 21 patients, relapses at 6, 6, 6, 7, 10, 13, 16, 22, 23 weeks, the others censored."""
    relapses, censored = (6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    patients = [Cohort(1, tuple(float(week == at) for week in range(at + 1))) for at in relapses]
    patients += [Cohort(1, (0.0,) * (at + 1)) for at in censored]
    survival = [curve(patients).survival[week] for week in (6, 7, 10, 13, 16, 22, 23)]
    assert survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)


THREE_MONTHS = [Cohort(85, (5, 10, 7), (20, 15, 14)), Cohort(10, (0, 0), (0, 0)), Cohort(5, (0,), (0,))]


def test_lost_deals_compete_with_won_ones() -> None:
    three = curve(THREE_MONTHS)
    assert three.at_risk == (100, 70, 35)
    assert three.cumulative == pytest.approx((0.05, 0.157143, 0.253571), abs=5e-7)
    assert three.survival[-1] == pytest.approx(0.192857, abs=5e-7)
    lost = curve([Cohort(each.entered, each.lost, each.converted) for each in THREE_MONTHS])
    assert lost.eventual == pytest.approx(0.553571, abs=5e-7)
    assert three.eventual + lost.eventual + three.survival[-1] == pytest.approx(1.0)
    as_censored = 1 - math.prod(1 - hazard for hazard in three.hazard)
    assert as_censored == pytest.approx(0.3486, abs=5e-5)  # what treating lost as censored would say: too high
    assert land(40, 2, 9, 1, three) == pytest.approx(2 + 29 * (0.253571 - 0.05) / 0.75, abs=1e-4)


def test_duckdb_finds_the_same_cumulative_incidence() -> None:
    found = rows(
        """
        with
            m(age, n, won, lost) as (values (0, 100, 5, 20), (1, 70, 10, 15), (2, 35, 7, 14)),
            s as (select *, exp(sum(ln(1 - (won + lost) / n)) over (order by age)) s from m),
            b as (select *, coalesce(lag(s) over (order by age), 1) before from s)
        select sum(before * won / n) over (order by age) from b order by age
        """
    )
    assert curve(THREE_MONTHS).cumulative == pytest.approx([row[0] for row in found], abs=1e-12)


def test_the_error_of_two_outcomes_is_the_spread_of_resampled_cohorts() -> None:
    """A second way to the delta method: redraw all 100 entries of uncensored cohorts many times."""
    rng = np.random.default_rng(20261123)
    chances = np.array([0.05, 0.2, 0.1, 0.2, 0.07, 0.18, 0.2])  # won, lost at ages 0, 1, 2; still open
    found = rng.multinomial(200, chances, size=4000)[:, [0, 2, 4]].sum(axis=1) / 200
    exact = curve([Cohort(200, (10, 20, 14), (40, 40, 36))]).standard_error[-1]
    assert exact == pytest.approx(math.sqrt(0.22 * 0.78 / 200), rel=1e-12)
    assert exact == pytest.approx(float(np.std(found)), rel=0.04)


def test_an_age_at_which_nobody_was_at_risk_is_told() -> None:
    gap = curve([Cohort(0, (0.0, 0.0)), Cohort(10, (1.0,))])
    assert gap.tail_unobserved and gap.cumulative == pytest.approx((0.1, 0.1)) and gap.hazard[1] == 0.0
    all_gone = curve([Cohort(10, (10.0, 0.0))])
    assert not all_gone.tail_unobserved and all_gone.eventual == 1.0 and all_gone.standard_error == (0.0, 0.0)
    nothing = curve([])
    assert nothing.tail_unobserved and nothing.eventual == 0.0 and nothing.at(3) == 0.0
    assert land(10, 1, 2, 3, nothing) == 1.0


def test_conversions_and_losses_of_a_cohort_cover_the_same_ages() -> None:
    with pytest.raises(ValueError, match="different ages"):
        Cohort(10, (1.0, 2.0), (1.0,))


def test_a_cohort_that_is_partly_observed_lands_by_what_is_known() -> None:
    """September: 20 entered, 2 won by age 2; of what is left, the months January to March see ages 4 to 6."""
    agreed = lagged(0.10, LAG)
    assert expected_between(20 - 2, 3, agreed, 4, 6) == pytest.approx(0.5625, abs=1e-12)
    assert expected_between(20, 0, agreed, 4, 6) == pytest.approx(0.60, abs=1e-12)
    assert expected_between(18, 3, agreed, 0, 6) == pytest.approx(18 * 0.1 * 0.6 / 0.96)
    assert expected_between(18, 3, agreed, 5, 4) == 0.0


@given(st.integers(0, 2), st.floats(0, 30), st.floats(0, 30))
def test_windows_side_by_side_add_up_to_the_landing(observed: int, converted: float, lost: float) -> None:
    three = curve(THREE_MONTHS)
    still_open = 100 - converted - lost
    parts = [expected_between(still_open, observed, three, age, age) for age in range(6)]
    assert converted + sum(parts) == pytest.approx(land(100, converted, lost, observed, three))


def test_a_curve_that_moved_is_noticed() -> None:
    slow, fast = [Cohort(200, (2.0, 4.0))] * 4, [Cohort(200, (20.0, 10.0))] * 4
    assert stationarity([*slow, *slow], 1).holds is True
    moved = stationarity([*slow, *fast, Cohort(10, (1.0,))], 1)
    assert moved.holds is False and moved.earlier is not None and moved.later is not None
    assert moved.earlier.holds(24 / 800) and moved.later.holds(120 / 800)
    assert stationarity([Cohort(10, (1.0,))], 0).holds is None


def test_drawn_hazards_have_the_mean_and_the_spread_of_their_posterior() -> None:
    drawn = draw(FOUR, np.random.default_rng(1), 40_000)
    assert drawn.shape == (40_000, 4, 2) and not drawn[:, :, 1].any()
    for age, (d, n) in enumerate(zip(FOUR.events, FOUR.at_risk, strict=True)):
        mean = (d + 0.125) / (n + 0.625)  # half an event over four ages, half a survivor at each
        assert drawn[:, age, 0].mean() == pytest.approx(mean, rel=0.02)
        assert drawn[:, age, 0].std() == pytest.approx(math.sqrt(mean * (1 - mean) / (n + 1.625)), rel=0.02)
    two = draw(curve(THREE_MONTHS), np.random.default_rng(1), 40_000)
    assert two[:, 0].mean(axis=0) == pytest.approx([(5 + 1 / 6) / (100 + 5 / 6), (20 + 1 / 6) / (100 + 5 / 6)], rel=0.02)
    assert np.corrcoef(two[:, 2, 0], two[:, 2, 1])[0, 1] < -0.1
    unobserved = draw(curve([Cohort(0, (0.0, 0.0)), Cohort(10, (1.0,))]), np.random.default_rng(1), 10)
    assert not unobserved[:, 1].any()
    assert draw(curve([]), np.random.default_rng(1), 7).shape == (7, 0, 2)


def test_simulated_remainders_have_the_mean_that_is_expected() -> None:
    many = curve([Cohort(1e6, (2e4, 4e4, 3e4, 1e4), (1e5, 1e5, 1e5, 1e5))])  # so many that the curve itself is known
    groups: list[tuple[float, int, int] | tuple[float, int, int, int]] = [
        (60.0, 1, 3),
        (40.0, 0, 9),
        (30.0, 2, 2),
        (50.0, 0, 3, 2),
        (7.5, 0, 3),
        (0.0, 0, 3),
        (10.0, 4, 9),
    ]
    expected = [
        expected_between(60, 1, many, 1, 3),
        expected_between(40, 0, many, 0, 9),
        expected_between(30, 2, many, 2, 2),
        expected_between(50, 0, many, 2, 3),
        expected_between(7.5, 0, many, 0, 3),
    ]
    totals = simulate(groups, many, np.random.default_rng(20261123), 20_000)
    assert totals.shape == (20_000,) and totals.mean() == pytest.approx(sum(expected), rel=0.01)
    assert simulate([], many, np.random.default_rng(1), 5).tolist() == [0.0] * 5
    assert simulate([(10.0, 0, 3)], curve([]), np.random.default_rng(1), 5).tolist() == [0.0] * 5


def business(rng: np.random.Generator, cohorts: int, chances: list[float]) -> tuple[list[Cohort], float]:
    """Draw monthly cohorts of about 20 as they are seen today, and all conversions they will ever have."""
    ages = len(chances) - 1
    entered = [int(n) for n in rng.poisson(20, cohorts)]
    whole = [rng.multinomial(n, chances)[:ages] for n in entered]
    seen = [Cohort(n, tuple(map(float, e[: cohorts - at]))) for at, (n, e) in enumerate(zip(entered, whole, strict=True))]
    return seen, float(np.sum(whole))


def remainder(cohorts: list[Cohort]) -> list[tuple[float, int]]:
    return [(each.entered - sum(each.converted), len(each.converted)) for each in cohorts]


def covers(draws: object, actual: float) -> bool:
    low, high = np.quantile(np.asarray(draws), [0.1, 0.9])
    return bool(low <= actual <= high)


def test_completed_landings_are_right_and_their_interval_covers_while_the_naive_rate_is_not() -> None:
    """T06b: 12 monthly cohorts of about 20, 12 % in the end, over six months (mean lag 2.5), 2,000 runs, seed 20261123.

    The design found naive -5.92 (RMSE 6.38), hazard +0.07 (2.74), coverage .848, and .794 without the error of the hazards.
    Tolerances are three standard errors of the difference of two such simulations. The design does not tell its lag; ours has
    the naive bias it found.
    """
    rng, runs = np.random.default_rng(20261123), 2_000
    naive, completed, covered, plug_in = [], [], 0, 0
    for _ in range(runs):
        cohorts, target = business(rng, 12, [0.02] * 6 + [0.88])
        so_far, pooled, left = math.fsum(sum(each.converted) for each in cohorts), curve(cohorts), remainder(cohorts)
        naive.append(so_far - target)
        completed.append(sum(land(c.entered, sum(c.converted), 0, len(c.converted), pooled) for c in cohorts) - target)
        covered += covers(simulate([(n, ages, 5) for n, ages in left], pooled, rng, 400), target - so_far)
        plug_in += covers(
            sum(rng.binomial(int(n), expected_between(1, ages, pooled, ages, 5), 400) for n, ages in left), target - so_far
        )
    assert np.mean(naive) == pytest.approx(-5.92, abs=0.25)
    assert np.mean(completed) == pytest.approx(0.07, abs=0.26)
    assert np.sqrt(np.mean(np.square(completed))) == pytest.approx(2.74, abs=0.15)
    assert covered / runs == pytest.approx(0.848, abs=0.025)
    assert plug_in / runs == pytest.approx(0.794, abs=0.03)


def test_the_interval_of_a_small_company_with_slow_deals_covers_too() -> None:
    """24 cohorts of about 20, of which 3 % convert over 18 months: half an event at every age would cover 15 % of the time."""
    rng, lag, covered = np.random.default_rng(20261123), 0.75 ** np.arange(18), 0
    for _ in range(400):
        cohorts, target = business(rng, 24, [*(0.03 * lag / lag.sum()), 0.97])
        so_far = math.fsum(sum(each.converted) for each in cohorts)
        covered += covers(simulate([(n, ages, 17) for n, ages in remainder(cohorts)], curve(cohorts), rng, 400), target - so_far)
    assert 0.8 <= covered / 400 <= 0.97
