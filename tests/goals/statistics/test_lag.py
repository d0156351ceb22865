"""Lags and needed entries: the vectors of the design, DuckDB, brute force and another solver."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipeline.goals.statistics.hazard import Cohort, curve
from pipeline.goals.statistics.lag import (
    convolve,
    joint_rate,
    needed_entries,
    pmf_of,
    required_entries,
    window_shares,
)
from tests.goals.statistics.sql import rows

LAG = (0.0, 0.1, 0.3, 0.3, 0.2, 0.1)
QUARTER = (10, 12)  # January to March, counted from April


def test_two_lags_one_after_the_other() -> None:
    assert convolve([0.5, 0.5], [0.2, 0.8]) == pytest.approx((0.1, 0.5, 0.4))
    assert convolve([], [1.0]) == ()
    found = rows(
        """
        with a(l, p) as (values (0, 0.5::double), (1, 0.5)), b(l, p) as (values (0, 0.2::double), (1, 0.8))
        select sum(a.p * b.p) from a, b group by a.l + b.l order by a.l + b.l
        """
    )
    assert [row[0] for row in found] == pytest.approx([0.1, 0.5, 0.4])


def test_the_lag_of_a_curve_is_that_of_those_who_convert() -> None:
    assert pmf_of(curve([Cohort(100, (2, 4, 3, 1))])) == pytest.approx((0.2, 0.4, 0.3, 0.1))
    assert pmf_of(curve([Cohort(100, (0, 0))])) == () == pmf_of(curve([]))


def test_which_share_of_each_month_lands_in_the_last_quarter() -> None:
    assert window_shares(LAG, range(4, 13), QUARTER) == pytest.approx((0, 0.1, 0.3, 0.6, 0.8, 0.7, 0.4, 0.1, 0))
    assert window_shares(LAG, [13, -5], QUARTER) == (0, 0)
    found = rows(
        """
        with g(l, p) as (values (0, 0.0::double), (1, 0.1), (2, 0.3), (3, 0.3), (4, 0.2), (5, 0.1))
        select sum(p) filter (c + l between 10 and 12) from range(4, 13) m(c), g group by c order by c
        """
    )
    assert window_shares(LAG, range(4, 13), QUARTER) == pytest.approx([row[0] or 0.0 for row in found])


def test_how_many_appointments_win_twenty_in_the_last_quarter() -> None:
    existing = 20 * 0.10 * math.fsum(window_shares(LAG, range(4, 9), QUARTER))
    assert existing == pytest.approx(3.6)
    shares = window_shares(LAG, range(9, 13), QUARTER)
    flat = needed_entries(20, existing, 0.10, shares, [1, 1, 1, 1])
    assert flat.total == pytest.approx(546.67, abs=5e-3) and flat.by_month == pytest.approx((136.67,) * 4, abs=5e-3)
    assert flat.latest_useful == 2  # February
    december = needed_entries(20, existing, 0.10, shares, [1, 0, 0, 0])
    assert december.total == pytest.approx(234.3, abs=0.05) and december.by_month[1:] == (0, 0, 0)
    earlier = needed_entries(20, 0, 0.10, window_shares(LAG, range(4, 10), QUARTER), [1] * 6)
    assert earlier.total == pytest.approx(480, abs=1e-9)
    landed = math.fsum(n * 0.10 * share for n, share in zip(flat.by_month, shares, strict=True))
    assert existing + landed == pytest.approx(20)


def test_what_begins_after_the_last_useful_month_is_too_late() -> None:
    assert needed_entries(20, 3.6, 0.1, window_shares(LAG, [12], QUARTER), [1.0]) == (None, (), None, "too_late")
    assert needed_entries(20, 3.6, 0.1, [], []) == (None, (), None, "too_late")
    assert needed_entries(20, 3.6, 0.0, [0.7, 0.0], [1, 1]) == (None, (), 0, "rate_is_zero")
    assert needed_entries(20, 24, 0.1, [0.7, 0.1], [1, 1]) == (0.0, (0.0, 0.0), 1, None)
    assert needed_entries(20, 24, 0.1, [0.0], [1]) == (0.0, (0.0,), None, None)


def test_a_cohort_observed_in_part_takes_the_share_of_what_is_left() -> None:
    """(A - C) r (F(t2 - c) - F(t1 - 1 - c)) / (1 - r F(a)), against the hazards of the same lag."""
    (share,) = window_shares(LAG, [6], QUARTER)
    assert (20 - 2) * 0.1 * share / (1 - 0.1 * math.fsum(LAG[:3])) == pytest.approx(0.5625)


@pytest.mark.parametrize(("successes", "failures", "target"), [(20, 60, 20), (0, 0, 3), (3, 47, 7.2), (400, 100, 250)])
def test_required_entries_are_the_fewest_that_reach_the_confidence(successes: float, failures: float, target: float) -> None:
    for confidence in (0.5, 0.8):
        found = required_entries(target, successes, failures, confidence)
        assert found is not None
        chances = [stats.betabinom(n, successes + 0.5, failures + 0.5).sf(math.ceil(target) - 1) for n in (found - 1, found)]
        assert chances[0] < confidence <= chances[1] + 1e-9


def test_a_certain_target_and_one_out_of_reach() -> None:
    assert required_entries(0, 1, 9, 0.8) == 0 and required_entries(-3, 1, 9, 0.8) == 0
    assert required_entries(1000, 0, 1e9, 0.8) is None
    half, four_fifths = required_entries(20, 20, 60, 0.5), required_entries(20, 20, 60, 0.8)
    assert (half, four_fifths) == (79, 99)


def test_two_stages_are_as_uncertain_as_their_product() -> None:
    successes, failures = joint_rate([(40, 60), (20, 60)])
    rng = np.random.default_rng(20261123)
    drawn = rng.beta(40.5, 60.5, 400_000) * rng.beta(20.5, 60.5, 400_000)
    joint = stats.beta(successes + 0.5, failures + 0.5)
    assert (joint.mean(), joint.std()) == pytest.approx((drawn.mean(), drawn.std()), rel=0.01)
    assert [joint.ppf(q) for q in (0.1, 0.5, 0.9)] == pytest.approx(np.quantile(drawn, [0.1, 0.5, 0.9]), rel=0.01)
    assert joint_rate([(20, 60)]) == pytest.approx((20, 60))
