"""A target for a period -> targets for its months, by business days and season, and the part that is due by a date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.goals.calendar import Calendar, business_days, month_end, months
from pipeline.goals.goal import Goal, Period

TOLERANCE = 1e-9
"""What a sum of binary fractions may be off, relative; a count this near above an integer is that integer."""


@dataclass(frozen=True)
class Month:
    """One month of a period, cut to the period. `weight` is its share of the period; the shares sum to 1."""

    start: dt.date
    end: dt.date
    business_days: int
    seasonal_index: float
    weight: float


def spread_months(goal: Goal, calendar: Calendar) -> tuple[Month, ...]:
    """Return the months of a goal's period with their weights: business days x seasonal index.

    Weights are 0 in every month when the period holds no business day. Source: docs/goals.md#spread.
    """
    cut = [
        (max(month, goal.period.start), min(month_end(month), goal.period.end))
        for month in months(goal.period.start, goal.period.end)
    ]
    first_month = calendar[0].fiscal_year_start.month
    days = [business_days(calendar, start, end) for start, end in cut]
    index = [goal.seasonal_index[(start.month - first_month) % 12] for start, _ in cut]
    total = math.fsum(count * factor for count, factor in zip(days, index, strict=True))
    return tuple(
        Month(start, end, count, factor, count * factor / total if total else 0.0)
        for (start, end), count, factor in zip(cut, days, index, strict=True)
    )


def largest_remainder(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Split an integer by weights into integers that sum to it exactly; of equal remainders the earlier one is rounded up.

    Weights are read as the decimals they are written as, so 0.7 and 0.70 tie as a person expects. All zero: nothing is split
    and every part is 0.
    """
    exact = [Fraction(repr(float(weight))) for weight in weights]
    whole = sum(exact)
    if not whole:
        return (0,) * len(exact)
    raw = [total * weight / whole for weight in exact]
    floors = [math.floor(each) for each in raw]
    by_remainder = sorted(range(len(raw)), key=lambda at: (floors[at] - raw[at], at))
    up = set(by_remainder[: total - sum(floors)])
    return tuple(floor + (at in up) for at, floor in enumerate(floors))


def whole_count(value: float) -> int:
    """Return the count that reaches a target: rounded up, but not because of the last binary digit."""
    return math.ceil(value - TOLERANCE * max(1.0, abs(value)))


def due_share(month: Month, calendar: Calendar, as_of: dt.date) -> float:
    """Return the share of a month's target that is due by the end of a day, by business days; between 0 and 1."""
    if as_of >= month.end:
        return 1.0
    if as_of < month.start or not month.business_days:
        return 0.0
    return business_days(calendar, month.start, as_of) / month.business_days


def target_to_date(target: float, months_: Sequence[Month], calendar: Calendar, as_of: dt.date) -> float:
    """Return the part of a period's target that is due by the end of a day: whole months and a part of the open one."""
    return math.fsum(target * month.weight * due_share(month, calendar, as_of) for month in months_)


def open_days(period: Period | Month, calendar: Calendar, as_of: dt.date) -> int:
    """Count the business days of a period that come after a date."""
    return business_days(calendar, max(period.start, as_of + dt.timedelta(days=1)), period.end)
