"""How far conversions swing from month to month: against months worked out by hand, and the interval that follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.goals.calendar import add_months, fiscal_calendar
from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.flow import Flow, Pace, curve_of
from pipeline.goals.landing import Component, land
from pipeline.goals.path import Path
from pipeline.goals.swing import swing_of
from tests.goals.files import COMPANY

CALENDAR = fiscal_calendar(COMPANY, dt.date(2024, 4, 1), dt.date(2028, 3, 31))
AS_OF, END = dt.date(2026, 6, 30), dt.date(2027, 3, 31)
MONTHS = [add_months(dt.date(2026, 6, 10), -back) for back in range(12)]


def cohorts(*by_month: float, young: float = 0) -> Cohorts:
    """100 entrants on the 10th of each month, of whom so many convert within a week, and some that entered today."""
    old = [Entrants(day, "web", 100, (came,), came, (0.0,), 0.0) for day, came in zip(MONTHS, by_month, strict=True)]
    return Cohorts("rate", "appointments", "valid", 1, (*old, Entrants(AS_OF, "web", young, (), 0.0, (), 0.0)))


def swing(known: Cohorts, as_of: dt.date = AS_OF) -> float:
    line = curve_of(known)
    return swing_of(known, lambda day: line, as_of)


def test_months_of_thirty_and_ten_swing_as_far_as_worked_out_by_hand() -> None:
    """20 are expected of each of 12 months and each is off by 10: 12 x 10 x 10 / 20 = 60, over 11."""
    assert swing(cohorts(*(30, 10) * 6)) == pytest.approx(60 / 11)


def test_what_chance_alone_may_do_is_no_swing() -> None:
    """12 x 2 x 2 / 20 = 2.4; chance passes 24.7 once in a hundred (chi-squared, 11 degrees of freedom)."""
    assert swing(cohorts(*(22, 18) * 6)) == 1
    almost, beyond = (20 + (20 * total / 12) ** 0.5 for total in (24.6, 24.8))
    assert swing(cohorts(*(almost, 40 - almost) * 6)) == 1
    assert swing(cohorts(*(beyond, 40 - beyond) * 6)) == pytest.approx(24.8 / 11)


def test_only_whole_months_with_enough_to_expect_are_looked_at() -> None:
    wild = cohorts(*(30, 10) * 6)
    assert swing(wild, dt.date(2026, 6, 29)) == pytest.approx(55 / 10)  # June is not over
    assert swing(cohorts(*(6, 2) * 6)) == 1  # 4 are expected of a month
    assert swing_of(wild, lambda day: None, AS_OF) == 1


def test_a_swing_widens_the_interval_and_leaves_what_is_expected() -> None:
    known = cohorts(*(30, 10) * 6, young=200)
    ahead = Pace(600, 120, 1.0, (("web", 1.0),))
    path = Path("valid", "valid", None, "appointments", "rate")
    calm = Flow(path, AS_OF, known, curve_of(known), {"web": 1.0}, ahead, None, ())

    def total(flow: Flow) -> Component:
        return land(flow, CALENDAR, AS_OF, END, 0.0, None, name="goal", draws=20_000).total

    plain, wide = total(calm), total(replace(calm, swing=6.0))
    assert wide.expected == plain.expected
    assert wide.variance == pytest.approx(plain.variance + 5 * (plain.expected + plain.variance / plain.expected), rel=0.05)
    assert wide.p10 < plain.p10 < plain.p90 < wide.p90
    assert wide.p50 == pytest.approx(plain.p50, rel=0.02)
