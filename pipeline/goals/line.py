"""A curve by week of age -> read at fractions of a week, for entries of a day and the days of a period."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pipeline.goals.statistics.hazard import Curve

_DAY = dt.timedelta(days=1)
_MID = 0.5
"""An entry is taken to have happened in the middle of its day."""


class Line:
    """A curve read between its ages: shares at fractions of a week."""

    def __init__(self, cumulative: tuple[float, ...], survival: tuple[float, ...]) -> None:
        self.cumulative, self.survival = cumulative, survival

    def at(self, values: tuple[float, ...], position: float) -> float:
        """Read values by age at a fraction of an age."""
        position = min(max(position, 0.0), len(values) - 1.0)
        low = int(position)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (position - low)

    def by(self, position: float) -> float:
        """Return the share that has converted by an age."""
        return self.at(self.cumulative, position)

    def between(self, low: float, high: float) -> float:
        """Return the share that converts between two ages."""
        return self.by(high) - self.by(low)

    def chance(self, now: float, low: float, high: float, lift: float) -> float:
        """Return the chance that one who is still open now converts between two later ages, lifted to a member's own rate."""
        left = self.at(self.survival, now)
        return min(1.0, max(0.0, lift * self.between(low, high) / left)) if left > 0 else 0.0


@cache
def line_of(curve: Curve) -> Line:
    """Return a curve to be read at fractions of a week."""
    return Line((0.0, *curve.cumulative), (1.0, *curve.survival))


def positions(entry: dt.date, now: dt.date, first: dt.date, end: dt.date) -> tuple[float, float, float]:
    """Return the ages in weeks at the end of `now`, at the start of `first` and at the end of `end`; not before the entry."""
    at_now, before, last = (max(0.0, ((each - entry).days + 1 - _MID) / 7) for each in (now, first - _DAY, end))
    return at_now, before, last
