"""What a guardrail says of counts: published intervals, chances that belong to them, and both directions alike."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.goals.guardrails.judging import Count, Volumes, compare, compared_tier, explain, lost_at_most, use_tier
from pipeline.goals.statistics.intervals import holm, newcombe

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("new", "base", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_the_interval_is_newcombe_s_in_both_directions(
    new: tuple[int, int], base: tuple[int, int], low: float, high: float
) -> None:
    for direction in ("up", "down"):
        found = compare(Count(*new), Count(*base), margin=0, confidence=0.95, direction=direction)
        assert found is not None
        assert found.interval == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, COUNTS, st.sampled_from([0.0, 0.03, 0.2]), st.sampled_from([0.9, 0.95]))
def test_a_chance_is_small_exactly_where_its_interval_shuts_the_bound_out(
    new: tuple[int, int], base: tuple[int, int], margin: float, confidence: float
) -> None:
    found = compare(Count(*new), Count(*base), margin=margin, confidence=confidence, direction="up")
    interval = newcombe(*new, *base, NormalDist().inv_cdf((1 + confidence) / 2))
    assert found is not None and interval is not None
    assert 0 <= found.p_worse <= found.p_beyond <= 1
    if not math.isclose(interval.high, -margin, abs_tol=1e-9):
        assert (found.p_beyond < (1 - confidence) / 2) == (interval.high < -margin)


@given(COUNTS, COUNTS, st.sampled_from([0.0, 0.05]))
def test_a_rate_that_should_fall_is_the_mirror_of_one_that_should_rise(
    new: tuple[int, int], base: tuple[int, int], margin: float
) -> None:
    up = compare(Count(*new), Count(*base), margin=margin, confidence=0.95, direction="up")
    mirrored = [Count(n - hits, n) for hits, n in (new, base)]
    down = compare(*mirrored, margin=margin, confidence=0.95, direction="down")
    assert up is not None and down is not None
    assert (up.p_worse, up.p_beyond) == pytest.approx((down.p_worse, down.p_beyond))
    assert up.diff == pytest.approx(-down.diff)


def test_a_breach_waits_for_holm_and_a_watch_does_not() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    found = compare(Count(73, 260), Count(80, 200), margin=0, confidence=0.95, direction="up")
    assert found is not None
    assert [compared_tier(found, p_value, 0.95) for p_value in (0.02, 0.03)] == ["breach", "watch"]


def test_nothing_to_compare_says_nothing() -> None:
    assert compare(Count(), Count(1, 2), margin=0, confidence=0.95, direction="up") is None
    assert explain({}, {}) is None
    assert Volumes(0, 10, 0).break_even(0.5) is None
    assert (Count().rate, Count(1, 2) + Count(2, 4)) == (None, Count(3, 6))


def test_what_is_lost_by_being_early_is_never_negative() -> None:
    assert lost_at_most([(300, 0.06, 0.14)]) == pytest.approx(24)
    assert lost_at_most([(300, 0.06, 0.14), (100, 0.2, 0.1)]) == pytest.approx(24)


def test_a_simpson_reversal_is_named() -> None:
    change = explain({"small": Count(234, 270), "large": Count(55, 80)}, {"small": Count(81, 87), "large": Count(192, 263)})
    assert change is not None
    assert (change.mix, change.within) == pytest.approx((0.0994, -0.0537), abs=5e-5)
    assert change.sign_reversal


@pytest.mark.parametrize(("use", "tier"), [(0.89, "ok"), (0.9, "watch"), (1.0, "watch"), (1.01, "breach")])
def test_the_use_of_hours(use: float, tier: str) -> None:
    assert use_tier(use, 0.9) == tier
