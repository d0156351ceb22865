"""Intervals, tests and charts: published vectors, scipy.stats, DuckDB and a simulated year of looking every month."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.goals.statistics.intervals import (
    Interval,
    benjamini_hochberg,
    binomial_interval,
    binomial_tail,
    binomial_upper,
    e_value,
    holm,
    mean_interval,
    minimal_detectable,
    newcombe,
    p_chart,
    poisson_interval,
    poisson_intervals,
    process_chart,
    rule_of_three,
    sample_size,
    shrunken_rate,
    supply_tier,
    wilson,
)
from tests.goals.statistics.sql import rows


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_as_newcombe_published_it(successes: int, trials: int, expected: tuple[float, float]) -> None:
    found = wilson(successes, trials)
    assert found is not None and found == pytest.approx(expected, abs=5e-5)
    theirs = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    assert found == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    (by_sql,) = rows(
        f"""
        with v as (select {successes} x, {trials} n, 1.959963984540054::double z)
        select greatest(0, (x/n + z*z/(2*n) - z*sqrt(x/n*(1-x/n)/n + z*z/(4*n*n))) / (1 + z*z/n)),
            least(1, (x/n + z*z/(2*n) + z*sqrt(x/n*(1-x/n)/n + z*z/(4*n*n))) / (1 + z*z/n)) from v
        """
    )
    assert found == pytest.approx(by_sql, abs=1e-12)


@given(st.integers(1, 10_000), st.data())
def test_wilson_stays_between_0_and_1_and_holds_the_share(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    found = wilson(successes, trials)
    assert found is not None and 0 <= found.low <= successes / trials <= found.high <= 1
    mirrored = wilson(trials - successes, trials)
    assert mirrored is not None and mirrored == pytest.approx((1 - found.high, 1 - found.low), abs=1e-12)


def test_nothing_observed_has_no_interval() -> None:
    assert wilson(0, 0) is None and newcombe(1, 2, 0, 0) is None and binomial_interval(0, 0) is None
    assert binomial_upper(0, 0) is None and rule_of_three(0) is None and mean_interval([1.0]) is None
    assert minimal_detectable(0.25, 0) is None


@pytest.mark.parametrize(
    ("new", "base", "expected"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((73, 260), (80, 200), (-0.205, -0.032)),  # T20: a push for appointments that lowered quality
        ((15, 1200), (4, 1000), (0.0006, 0.0169)),  # T33: opting out
    ],
)
def test_differences_as_newcombe_published_them(
    new: tuple[int, int], base: tuple[int, int], expected: tuple[float, float]
) -> None:
    assert newcombe(*new, *base) == pytest.approx(expected, abs=5e-4 if base == (80, 200) else 5e-5)


def test_counts_have_the_exact_poisson_interval() -> None:
    assert poisson_interval(230) == pytest.approx((201.23, 261.72), abs=5e-3)
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=5e-4) and not poisson_interval(230).holds(200)
    many = poisson_intervals([0, 1, 7, 230, 40_000], 0.8)
    for count, found in zip((0, 1, 7, 230, 40_000), many, strict=True):
        low = stats.chi2(2 * count).ppf(0.1) / 2 if count else 0.0
        assert found == pytest.approx((low, stats.chi2(2 * count + 2).ppf(0.9) / 2), rel=1e-9)
    assert poisson_intervals([]) == ()


def test_the_price_of_five_deals_does_not_differ_from_its_plan() -> None:
    found = mean_interval([2.5, 3.0, 3.2, 2.8, 3.0])
    assert found == pytest.approx((2.571, 3.229), abs=5e-4) and found is not None and found.holds(3.0)


def test_nothing_seen_in_twenty_is_not_never() -> None:
    assert binomial_upper(0, 20) == pytest.approx(0.1391, abs=5e-5) and rule_of_three(20) == pytest.approx(0.15)
    assert rule_of_three(2) == 1.0 and binomial_upper(3, 3) == 1.0
    theirs = stats.binomtest(3, 40).proportion_ci(method="exact")
    assert binomial_interval(3, 40) == pytest.approx((theirs.low, theirs.high))
    assert binomial_interval(0, 5) == pytest.approx((0, 1 - 0.025 ** (1 / 5))) and binomial_interval(5, 5) == pytest.approx(
        (0.025 ** (1 / 5), 1)
    )


def test_several_looks_are_corrected_by_holm_and_by_benjamini_and_hochberg() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005]
    assert holm(p_values) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert benjamini_hochberg(p_values) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))
    assert holm([0.9, 0.8]) == (1.0, 1.0) and holm([]) == () == benjamini_hochberg([])


def test_supply_without_orders_breaches_by_its_e_value_and_watches_by_its_chance() -> None:
    assert binomial_tail(2, 40, 0.25) == pytest.approx(0.001016, abs=5e-7)
    assert binomial_tail(0, 12, 0.25) == pytest.approx(0.0317, abs=5e-5)
    assert [e_value(wins, 40, 0.25) for wins in (2, 5, 10)] == pytest.approx([27.984, 0.8957, 0.1689], abs=5e-4)
    assert [supply_tier(wins, 40, 0.25)[0] for wins in (2, 5, 10)] == ["breach", "watch", "ok"]
    assert supply_tier(5, 40, 0.25)[1] == pytest.approx(0.0433, abs=5e-5)
    assert supply_tier(0, 0, 0.25) == ("insufficient_data", 1.0, 1.0)
    assert supply_tier(35, 40, 0.25)[0] == "ok"  # strong evidence, but of a better rate
    assert e_value(3, 10, 0.0) == math.inf and e_value(3, 10, 1.0) == math.inf and e_value(0, 10, 0.0) == pytest.approx(1 / 11)


def test_looking_every_month_alarms_falsely_by_chance_and_hardly_ever_by_e_value() -> None:
    """T41: 20 new mature ones a month, looked at twelve times; seed 20261123, 20,000 years."""
    rng, looks = np.random.default_rng(20261123), range(20, 241, 20)
    reached = {}
    for true in (0.25, 0.15, 0.12):
        wins = rng.binomial(20, true, size=(20_000, 12)).cumsum(axis=1)
        table = np.array([[supply_tier(w, n, 0.25)[1:] for w in range(241)] for n in looks])
        chance, evidence = (table[np.arange(12), wins, kind] for kind in (0, 1))
        watch, breach = chance < 0.05, (evidence >= 20) & (wins / np.array(looks) < 0.25)
        first = [np.where(flag.any(axis=1), flag.argmax(axis=1) + 1, 13) for flag in (watch, breach)]
        reached[true] = [(float(np.mean(month < 13)), int(np.median(month))) for month in first]
        if true == 0.25:
            twice = (watch[:, 1:] & watch[:, :-1]).any(axis=1).mean()
            assert twice == pytest.approx(0.089, abs=0.008)
    assert [share for share, _ in reached[0.25]] == pytest.approx([0.1535, 0.0029], abs=0.008)
    assert [share for share, _ in reached[0.15]] == pytest.approx([0.993, 0.735], abs=0.012)
    assert [month for _, month in reached[0.15]] == [3, 9]
    assert [share for share, _ in reached[0.12]] == pytest.approx([1.000, 0.976], abs=0.005)
    assert [month for _, month in reached[0.12]] == [2, 5]


def test_a_process_chart_of_ten_points() -> None:
    found = process_chart([30, 28, 33, 29, 31, 27, 32, 30, 29, 31])
    assert found is not None and not found.enough
    assert (found.mean, found.moving_range) == (30, 3) and (found.low, found.high) == pytest.approx((22.02, 37.98))
    assert found.range_limit == pytest.approx(9.801) and found.outside == () == found.runs
    (by_sql,) = rows(
        """
        with x(t, v) as (select unnest(range(10)), unnest([30, 28, 33, 29, 31, 27, 32, 30, 29, 31])),
            m as (select v, abs(v - lag(v) over (order by t)) r from x)
        select avg(v) - 2.660 * avg(r), avg(v) + 2.660 * avg(r) from m
        """
    )
    assert (found.low, found.high) == pytest.approx(by_sql)
    assert process_chart([30.0] * 9) is None


def test_a_process_chart_names_points_outside_and_runs_of_eight() -> None:
    base = [30.0, 28, 33, 29, 31, 27, 32, 30, 29, 31, 30, 30]
    found = process_chart([*base, 60, 31, 31, 31, 31, 31, 31, 31, 31, 30, 29], baseline=12)
    assert found is not None and found.enough and found.mean == 30
    assert found.outside == (12,) and found.runs == (19, 20)


def test_a_chart_of_rates_widens_with_few_and_is_not_drawn_below_twenty() -> None:
    assert p_chart(0.4, 200) == pytest.approx((0.2961, 0.5039), abs=5e-5)
    assert p_chart(0.4, 50) == pytest.approx((0.1922, 0.6078), abs=5e-5)
    assert p_chart(0.4, 19) is None and p_chart(0.05, 20) == pytest.approx((0, 0.05 + 3 * math.sqrt(0.0475 / 20)))


def test_how_many_are_needed_to_tell_two_rates_apart() -> None:
    sizes = [sample_size(0.10, 0.15), sample_size(0.25, 0.35), sample_size(0.25, 0.30)]
    assert sizes == pytest.approx([685.6, 328.5, 1250.7], abs=0.05)
    assert sample_size(0.2, 0.2) == math.inf
    found = [minimal_detectable(0.25, 200), minimal_detectable(0.25, 40)]
    assert found == pytest.approx([0.121, 0.271], abs=5e-4)
    wanted = sample_size(0.25, 0.35)
    p, q = stats.norm.ppf(0.975), stats.norm.ppf(0.8)
    root = p * math.sqrt(2 * 0.3 * 0.7) + q * math.sqrt(0.25 * 0.75 + 0.35 * 0.65)
    assert wanted == pytest.approx(root**2 / 0.01)


def test_small_campaigns_are_drawn_towards_the_rate_of_all() -> None:
    assert [shrunken_rate(3, 5, 0.2), shrunken_rate(40, 200, 0.2)] == pytest.approx([0.28, 0.20])  # T25: alpha 4, beta 16
    assert shrunken_rate(4, 20, 0.25) == pytest.approx(0.225)  # T28
    assert shrunken_rate(0, 0, 0.25) == 0.25 and shrunken_rate(0, 0, 0.25, strength=0) == 0.25


def test_an_interval_holds_its_ends() -> None:
    assert Interval(1, 2).holds(1) and Interval(1, 2).holds(2) and not Interval(1, 2).holds(2.1)
