"""Effects of initiatives: published numbers, numbers that can be worked out by hand, and how often chance is called an effect."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from pipeline.goals.acting.estimate import (
    Cell,
    Monthly,
    minimal_effect,
    of_months,
    of_rates,
    placebo_months,
    rate_error,
)
from pipeline.goals.statistics.effects import series_effect


def months(treated: list[float], control: list[float], start: int) -> Monthly:
    return Monthly((tuple(treated),), (tuple(control),), start)


def test_t14_the_minimum_wage_of_new_jersey() -> None:
    found = of_months("did", months([20.44, 21.03], [23.33, 21.17], 1), sums=False)
    assert found is not None
    assert found.effect == pytest.approx(2.75)
    assert (found.error, found.interval) == (None, None)


def test_t14b_an_effect_of_three_with_an_error_of_four_claims_nothing() -> None:
    found = of_months("did", months([20, 22, 21, 29], [10, 12, 11, 13], 2), sums=False)
    assert found is not None
    assert [found.effect, found.error] == pytest.approx([3.0, 4.359], abs=5e-4)
    assert found.interval is not None
    assert found.interval.holds(0)
    summed = of_months("did", months([20, 22, 21, 29], [10, 12, 11, 13], 2), sums=True)
    assert summed is not None
    assert [summed.effect, summed.error] == pytest.approx([6.0, 2 * 19**0.5])


def test_t14c_a_series_that_follows_its_control_and_gains_five() -> None:
    control = [3.0, 5, 4, 8, 6, 7, 9, 4, 6, 8]
    treated = [2 * x + 3 + (5 if at >= 7 else 0) for at, x in enumerate(control)]
    summed = of_months("series", months(treated, control, 7), sums=True)
    mean = of_months("series", months(treated, control, 7), sums=False)
    assert summed is not None
    assert mean is not None
    assert [summed.effect, mean.effect] == pytest.approx([15.0, 5.0])


def test_before_and_after_is_the_two_sample_t_interval() -> None:
    """Checked against the textbook form: s^2 = (0.02 + 2) / 3, t(3; .975) = 3.18245."""
    found = of_months("before_after", months([10.0, 10.1, 9.9, 13.0, 15.0], [], 3), sums=False)
    assert found is not None
    assert found.effect == pytest.approx(4.0)
    error = math.sqrt(2.02 / 3 * (1 / 3 + 1 / 2))
    assert found.error == pytest.approx(error)
    assert found.interval is not None
    assert found.interval.high - found.effect == pytest.approx(3.18245 * error, rel=1e-5)


def test_a_difference_of_two_differences_is_wider_than_either() -> None:
    after, before = (Cell(70, 56), Cell(80, 48)), (Cell(80, 48), Cell(80, 48))
    own = of_rates("before_after", after, before)
    both = of_rates("did", after, before)
    assert own is not None
    assert both is not None
    assert own.interval is not None
    assert both.interval is not None
    assert list(own.interval) == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert both.effect == pytest.approx(0.2)
    assert both.interval.high - both.interval.low > own.interval.high - own.interval.low
    held = of_rates("holdout", (Cell(10, 9), Cell(10, 3)), None)
    assert held is not None
    assert held.interval is not None
    assert list(held.interval) == pytest.approx([0.1705, 0.8090], abs=5e-5)


@pytest.mark.parametrize(("after", "before"), [((Cell(0, 0), None), (Cell(5, 1), None)), ((Cell(5, 1), None), None)])
def test_nobody_in_a_cell_is_no_effect_of_zero(after: tuple[Cell, None], before: tuple[Cell, None] | None) -> None:
    assert of_rates("before_after", after, before) is None


def test_the_smallest_effect_that_is_found_is_the_published_one() -> None:
    """T15: 12.1 points at a share of .25 with 200 each, 27.1 with 40."""
    for cases, expected in ((200, 0.121), (40, 0.271)):
        assert minimal_effect(rate_error([(0.25, cases), (0.25, cases)])) == pytest.approx(expected, abs=5e-4)
    assert rate_error([(0.25, 200), (0.25, 0)]) is None
    assert minimal_effect(None) is None


def test_members_of_both_sides_are_segments_and_their_effects_sum() -> None:
    treated = ((10.0, 12, 11, 18, 19), (20.0, 21, 19, 27, 26))
    control = ((5.0, 6, 5, 5, 6), (8.0, 9, 8, 9, 8))
    found = of_months("did", Monthly(treated, control, 3), sums=True)
    one = of_months("did", months([30, 33, 30, 45, 45], [13, 15, 13, 14, 14], 3), sums=True)
    assert found is not None
    assert one is not None
    by_hand = (sum([18, 19, 27, 26]) / 4 - sum([10, 12, 11, 20, 21, 19]) / 6) - (
        sum([5, 6, 9, 8]) / 4 - sum([5, 6, 5, 8, 9, 8]) / 6
    )
    assert found.effect == pytest.approx(by_hand * 4)
    assert one.effect == pytest.approx((45 - 31 - (14 - 41 / 3)) * 2)


def test_a_placebo_tells_sides_that_drift_apart() -> None:
    steady = [10.0, 11, 9, 10, 10, 11, 9, 10]
    drifting = [10.0, 11, 12, 14, 30, 31, 33, 34]
    assert placebo_months("did", months([*steady, 20], [*steady, 10], 8), sums=True) is True
    assert placebo_months("did", months([*drifting, 20], [*steady, 10], 8), sums=True) is False
    assert placebo_months("did", months([10, 11, 9, 20], [10, 11, 9, 10], 3), sums=True) is None


@pytest.mark.parametrize("method", ["did", "series", "before_after"])
def test_chance_is_rarely_called_an_effect(method: str) -> None:
    """300 companies without an effect, 12 months before and 3 after; the nominal rate is 5 %."""
    rng = random.Random(20261123)
    claimed = 0
    for _ in range(300):
        control = [rng.gauss(40, 5) for _ in range(15)]
        treated = [20 + 0.5 * (x - 40) + rng.gauss(0, 4) for x in control]
        found = of_months(method, months(treated, control, 12), sums=True)  # type: ignore[arg-type]
        assert found is not None
        assert found.interval is not None
        claimed += not found.interval.holds(0)
    assert claimed / 300 < 0.075


def test_redrawn_residuals_alone_would_claim_too_often() -> None:
    rng, numbers = random.Random(20261123), np.random.default_rng(1)
    claimed = 0
    for _ in range(200):
        control = [rng.gauss(40, 5) for _ in range(15)]
        found = series_effect([20 + 0.5 * (x - 40) + rng.gauss(0, 4) for x in control], [control], 12, numbers, draws=400)
        assert found is not None
        claimed += not found.interval.holds(0)
    assert claimed / 200 > 0.12
