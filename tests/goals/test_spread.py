"""Targets over months: the fiscal year of the design, and what holds for any weights."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.goals import fiscal_calendar
from pipeline.goals.spread import largest_remainder, spread_months, target_to_date, whole_count
from tests.goals.files import COMPANY, goal_of

CALENDAR = fiscal_calendar(COMPANY, dt.date(2025, 4, 1), dt.date(2027, 3, 31))
SEASON = "{by: business_days, seasonality: [0.8, 1, 1, 1, 0.7, 1.2, 1.2, 1.2, 0.9, 0.9, 1.1, 1]}"


@pytest.mark.parametrize(
    ("periodise", "expected"),
    [
        ("{by: business_days}", (17, 15, 18, 18, 17, 16, 17, 16, 17, 16, 15, 18)),
        (SEASON, (14, 15, 18, 18, 12, 19, 21, 19, 15, 14, 17, 18)),
    ],
)
def test_200_over_fiscal_2026(periodise: str, expected: tuple[int, ...]) -> None:
    months = spread_months(goal_of(periodise=periodise), CALENDAR)
    assert largest_remainder(200, [month.weight for month in months]) == expected
    assert math.isclose(math.fsum(month.weight for month in months), 1.0, rel_tol=1e-12)


def test_the_halves_of_200_are_101_and_99() -> None:
    months = spread_months(goal_of(), CALENDAR)
    counts = largest_remainder(200, [month.weight for month in months])
    assert (sum(counts[:6]), sum(counts[6:])) == (101, 99)


def test_the_target_to_date_follows_business_days() -> None:
    months = spread_months(goal_of(), CALENDAR)
    due = target_to_date(200, months, CALENDAR, dt.date(2026, 11, 20))
    assert due == pytest.approx(200 * 157 / 241, rel=1e-12)
    assert target_to_date(200, months, CALENDAR, dt.date(2026, 3, 31)) == 0
    assert target_to_date(200, months, CALENDAR, dt.date(2027, 3, 31)) == pytest.approx(200)


def test_a_period_in_the_middle_of_months_is_cut_to_its_days() -> None:
    months = spread_months(goal_of(period="{from: 2026-04-16, to: 2026-05-10}"), CALENDAR)
    assert [(month.start, month.end, month.business_days) for month in months] == [
        (dt.date(2026, 4, 16), dt.date(2026, 4, 30), 10),
        (dt.date(2026, 5, 1), dt.date(2026, 5, 10), 3),
    ]


def test_of_equal_remainders_the_earlier_month_is_rounded_up() -> None:
    assert largest_remainder(3, [0.7, 0.70, 0.7, 0.7]) == (1, 1, 1, 0)
    assert largest_remainder(5, [0, 0]) == (0, 0)


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=24))
def test_counts_sum_exactly_and_stay_within_one_of_their_share(total: int, weights: list[float]) -> None:
    parts = largest_remainder(total, weights)
    whole = math.fsum(weights)
    if whole:
        assert sum(parts) == total
        assert all(
            abs(part - total * weight / whole) <= 1 + 1e-6 * total / len(parts)
            for part, weight in zip(parts, weights, strict=True)
        )
    else:
        assert parts == (0,) * len(weights)


@given(st.integers(1, 10**6), st.permutations(range(12)))
def test_the_order_of_distinct_weights_does_not_change_who_gets_what(total: int, order: list[int]) -> None:
    weights = [1.0 + at * 0.37 + at**2 * 0.011 for at in range(12)]
    straight = largest_remainder(total, weights)
    shuffled = largest_remainder(total, [weights[at] for at in order])
    fractions = [total * weight / sum(weights) % 1 for weight in weights]
    if len({round(each, 6) for each in fractions}) == 12:
        assert [straight[at] for at in order] == list(shuffled)


@given(st.integers(0, 10**6))
def test_a_count_is_rounded_up_but_not_by_the_last_binary_digit(count: int) -> None:
    assert whole_count(float(count)) == count
    assert whole_count(count * 1.1 / 1.1) == count
    assert whole_count(count + 0.01) == count + 1
