"""The past of a goal's factors -> their quarters: volumes by business day, rates of grown-old cohorts, prices."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from pipeline.goals.calendar import add_months, business_days, month_end
from pipeline.goals.flow import HISTORY_MONTHS
from pipeline.goals.levers.lever import Quarter
from pipeline.goals.measuring import Want, Window, measure
from pipeline.goals.scene import Scene

__all__ = ["History"]

QUARTERS = 8
_DAY = dt.timedelta(days=1)


class History:
    """The quarters of the last 24 whole months, the newest first; each metric is asked for once."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        whole = scene.as_of if scene.as_of == month_end(scene.as_of) else scene.as_of.replace(day=1) - _DAY
        self.last = whole
        first = add_months(whole.replace(day=1), 1 - HISTORY_MONTHS)
        starts = (add_months(first, at) for at in range(HISTORY_MONTHS))
        self.months = tuple(Window("month", start, month_end(start)) for start in starts)
        self._known: dict[str, dict[dt.date, float] | None] = {}

    def volume(self, metric: str) -> tuple[Quarter, ...] | None:
        """Return the quarters of a count, by business day; None where it cannot be asked."""
        counted = self._by_month(metric)
        if counted is None:
            return None
        found = []
        for start, end in _quarters(self.last):
            count = _sum(counted, start, end)
            found.append(Quarter(count, business_days(self.scene.calendar, start, end), count))
        return tuple(found)

    def price(self, amount: str, count: str) -> tuple[Quarter, ...] | None:
        """Return the quarters of what one of a count is worth; None where it cannot be asked."""
        above, below = self._by_month(amount), self._by_month(count)
        if above is None or below is None:
            return None
        spans = [(_sum(above, start, end), _sum(below, start, end)) for start, end in _quarters(self.last)]
        return tuple(Quarter(worth, number, number) for worth, number in spans)

    def rate(self, conversion: str) -> tuple[Quarter, ...] | None:
        """Return the quarters of a conversion rate by the day of entry, all entrants of which have grown old."""
        cohorts = self.scene.flows.cohorts(conversion, add_months(self.last.replace(day=1), 1 - HISTORY_MONTHS))
        if cohorts is None:
            return None
        old = self.scene.as_of - dt.timedelta(weeks=cohorts.horizon)
        last = old if old == month_end(old) else old.replace(day=1) - _DAY
        first = min((each.day for each in cohorts.entrants), default=self.scene.as_of)
        spans = [cohorts.between(start, end) for start, end in _quarters(last) if end >= first]
        return tuple(Quarter(each.converted, each.entered, each.entered) for each in spans)

    def _by_month(self, metric: str) -> dict[dt.date, float] | None:
        if metric not in self._known:
            measured = measure([Want(metric, None, self.months)], self.scene.facts, self.scene.ask, self.scene.as_of)
            counts = {window.start: measured.total(metric, window).value or 0.0 for window in self.months}
            self._known[metric] = None if measured.failed else counts
        return self._known[metric]


def _sum(counted: dict[dt.date, float], start: dt.date, end: dt.date) -> float:
    return math.fsum(value for month, value in counted.items() if start <= month <= end)


def _quarters(last: dt.date) -> Iterable[tuple[dt.date, dt.date]]:
    """Return eight times three whole months back from a last day of a month, the newest first."""
    for back in range(QUARTERS):
        end = month_end(add_months(last.replace(day=1), -3 * back))
        yield add_months(end.replace(day=1), -2), end
