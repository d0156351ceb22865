"""Effects of initiatives: textbook numbers, hand arithmetic and simulated coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipeline.goals.statistics.effects import (
    Effect,
    Observation,
    difference_in_differences,
    difference_of_means,
    series_effect,
)
from tests.goals.statistics.sql import rows

SMALL = [
    Observation(value, treated, after)
    for treated, after, values in (
        (False, False, (10, 12)),
        (False, True, (11, 13)),
        (True, False, (20, 22)),
        (True, True, (21, 29)),
    )
    for value in values
]


def test_the_minimum_wage_of_card_and_krueger() -> None:
    """Card and Krueger 1994, mean employment; 2.76 is published from unrounded numbers."""
    assert difference_of_means(21.03, 20.44, 21.17, 23.33) == pytest.approx(2.75)


def finds_nothing(effect: Effect | None) -> bool | None:
    return None if effect is None or effect.interval is None else effect.interval.holds(0.0)


def test_eight_numbers_are_no_claim() -> None:
    found = difference_in_differences(SMALL)
    assert found is not None and found.estimate == pytest.approx(3.0)
    assert found.standard_error == pytest.approx(4.359, abs=5e-4)
    assert found.standard_error == pytest.approx(math.sqrt(38 / 4 * 4 / 2))
    assert found.interval is not None and found.interval.holds(0) and (found.treated, found.control) == (4, 4)
    assert found.interval.high - 3.0 == pytest.approx(stats.t(4).ppf(0.975) * found.standard_error)
    assert finds_nothing(found) is True and finds_nothing(None) is None and found.errors == "ordinary"
    values = ", ".join(f"({each.value}, {each.treated}, {each.after})" for each in SMALL)
    (by_sql,) = rows(
        f"""
        with o(y, t, p) as (values {values}), m as (select t, p, avg(y) y, var_samp(y) v, count(*) n from o group by all)
        select sum(if(t = p, y, -y)), sqrt(sum(v * (n - 1)) / (sum(n) - 4) * sum(1 / n)) from m
        """
    )
    assert (found.estimate, found.standard_error) == pytest.approx(by_sql)


def test_an_empty_group_and_nothing_left_for_an_error() -> None:
    assert difference_in_differences(SMALL[:6]) is None and difference_in_differences([]) is None
    four = difference_in_differences(SMALL[::2])
    assert four is not None and four.estimate == pytest.approx(0.0) and four.standard_error is None and four.interval is None
    assert finds_nothing(four) is None


def segmented(rng: np.random.Generator, effect: float) -> list[Observation]:
    """Draw 12 segments, half treated, each with its own level and its own drift, of 6 periods on either side."""
    found = []
    for at in range(12):
        treated, level, drift = at % 2 == 0, 10.0 + 0.1 * at, rng.normal(0, 2)
        for period in range(12):
            after = period >= 6
            value = level + after * (1.0 + drift + effect * treated) + rng.normal(0, 1)
            found.append(Observation(value, treated, after, f"s{at}"))
    return found


def test_segments_that_drift_are_no_effect_and_errors_by_cluster_know_it() -> None:
    rng, runs, clustered, ordinary = np.random.default_rng(20261123), 400, 0, 0
    for _ in range(runs):
        observations = segmented(rng, 0.0)
        found = difference_in_differences(observations)
        assert found is not None and found.errors == "clustered"
        clustered += finds_nothing(found) is True
        ordinary += finds_nothing(difference_in_differences([each._replace(segment=None) for each in observations])) is True
    assert 0.90 <= clustered / runs <= 0.99 and ordinary / runs < 0.80
    found = difference_in_differences(segmented(rng, 8.0))
    assert found is not None and found.interval is not None and found.interval.low > 0


def test_errors_by_cluster_are_those_of_the_segments_own_changes() -> None:
    """With as many periods for each segment the clustered error is, but for its correction, that of the segments' changes."""
    observations = segmented(np.random.default_rng(1), 2.0)
    found = difference_in_differences(observations)
    assert found is not None and found.standard_error is not None
    changes: dict[bool, list[float]] = {True: [], False: []}
    for at in range(12):
        mine = [each for each in observations if each.segment == f"s{at}"]
        change = np.mean([e.value for e in mine if e.after]) - np.mean([e.value for e in mine if not e.after])
        changes[mine[0].treated].append(float(change))
    by_hand = math.sqrt(sum(float(np.var(each)) / 6 for each in changes.values()))
    assert found.estimate == pytest.approx(np.mean(changes[True]) - np.mean(changes[False]))
    assert found.standard_error == pytest.approx(by_hand * math.sqrt(12 / 11 * 143 / 140))


def test_too_few_segments_take_ordinary_errors() -> None:
    observations = [each._replace(segment="treated" if each.treated else "control") for each in SMALL]
    found = difference_in_differences(observations)
    assert found is not None and found.errors == "ordinary" and found.standard_error == pytest.approx(4.359, abs=5e-4)


def test_a_series_that_follows_its_control_and_rises_by_five() -> None:
    control = [1.0, 4, 2, 6, 3, 5, 7, 2, 8, 4]
    treated = [2 * value + 3 + (5 if at >= 7 else 0) for at, value in enumerate(control)]
    found = series_effect(treated, [control], 7, np.random.default_rng(1))
    assert found is not None
    assert found.by_period == pytest.approx((5, 5, 5)) and found.total == pytest.approx(15)
    assert found.interval == pytest.approx((15, 15))


def test_a_series_without_enough_before_or_anything_after_says_nothing() -> None:
    rng = np.random.default_rng(1)
    assert series_effect([1, 2, 3, 4, 5], [[1, 2, 3, 4, 5]], 3, rng) is None
    assert series_effect([1.0] * 9, [[1.0] * 9], 9, rng) is None
    alone = series_effect([1.0, 2, 1, 2, 1, 2, 9, 9], [], 6, rng)
    assert alone is not None and alone.total == pytest.approx(15)


def test_the_interval_of_a_series_covers_no_effect() -> None:
    rng, runs, covered = np.random.default_rng(20261123), 300, 0
    for _ in range(runs):
        control = rng.normal(20, 4, 36)
        shocks = rng.normal(0, 1, 37)
        treated = 5 + 1.5 * control + shocks[1:] + 0.5 * shocks[:-1]
        found = series_effect(treated.tolist(), [control.tolist()], 30, rng, draws=300)
        covered += found is not None and found.interval.holds(0.0)
    assert 0.85 <= covered / runs <= 0.99
