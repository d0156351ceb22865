"""A goal's landing and the lags of its chain -> what a lever at each stage acts on, and how much of it comes in time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from pipeline.goals.calendar import add_months
from pipeline.goals.cells import Chain
from pipeline.goals.cohorts import conversion_of
from pipeline.goals.flow import FEWEST_MATURE, HISTORY_MONTHS, Flow, curve_of
from pipeline.goals.goal import Period
from pipeline.goals.landing import Landing, business_dates, line_of, positions
from pipeline.goals.levers.lever import Reach
from pipeline.goals.scene import Scene

__all__ = ["OF_USE", "Reaches"]

OF_USE = 0.1
"""A month is of use while this part of what its entries bring in the end comes inside the period."""
_DAY = dt.timedelta(days=1)
_MID = 0.5


class Reaches:
    """What levers on one goal act on. `flow` and `landing` are the goal's, `chain` its counts from the first entry on."""

    def __init__(self, scene: Scene, period: Period, chain: Chain, flow: Flow, landing: Landing) -> None:
        self.scene, self.period, self.chain, self.flow = scene, period, chain, flow
        self.parts = {each.name: each.expected for each in landing.components}
        self.days = business_dates(scene.calendar, scene.as_of + _DAY, period.end)

    def of_price(self) -> Reach:
        """Return what a price acts on: everything that is still to come."""
        remaining = math.fsum(self.parts[name] for name in ("in_flight", "planned", "outside"))
        return Reach(remaining, remaining, self.period.end.replace(day=1))

    def of_stage(self, at: int) -> Reach:
        """Return what a lever on the arrivals at a count of the chain acts on: those from tomorrow to the end of the period.

        At the goal's own count it is what is in flight and planned (all that is to come, where nothing leads to it); further up,
        what becomes of the arrivals, with the time that it takes them.
        """
        if at == len(self.chain.counts) - 1:
            remaining = self.parts["in_flight"] + self.parts["planned"] + (self.parts["outside"] if at == 0 else 0.0)
            return Reach(remaining, remaining, self.period.end.replace(day=1))
        if self.flow.curve is None:
            return Reach(reason="no_curve")
        if self.flow.path.earlier != self.chain.counts[-2]:
            return Reach(reason="not_followed")
        lag = self._lag(at)
        return Reach(reason=lag) if isinstance(lag, str) else self._landing(lag)

    def _landing(self, lag: Sequence[tuple[float, float]]) -> Reach:
        """Return what comes of arrivals that need so many weeks, by share, to become entries of the goal's own curve."""
        flow = self.flow
        curve = flow.late or flow.curve
        assert curve is not None
        line = line_of(curve)
        shares = math.fsum(part * flow.lift.get(member, 1.0) for member, part in flow.entries.shares)
        each_day = flow.entries.per_day * shares * (1.0 if flow.path.metric == flow.path.count else flow.price or 0.0)

        def inside(day: dt.date) -> float:
            _, low, high = positions(day, day - _DAY, self.period.start, self.period.end)
            return math.fsum(part * line.between(max(0.0, low - weeks), max(0.0, high - weeks)) for weeks, part in lag)

        found = {day: inside(day) for day in self.days}
        months: dict[dt.date, list[float]] = {}
        for day, share in found.items():
            months.setdefault(day.replace(day=1), []).append(share)
        useful = [month for month, own in months.items() if math.fsum(own) >= OF_USE * curve.eventual * len(own) > 0]
        latest = max(useful, default=None)
        eventual = each_day * curve.eventual * len(self.days)
        return Reach(eventual, each_day * math.fsum(found.values()), latest, None if useful else "too_late")

    def _lag(self, at: int) -> list[tuple[float, float]] | str:
        """Return how many weeks arrivals at a count need to reach the entries of the goal's curve, each with its share."""
        lag = [1.0]
        steps = 0
        for earlier, later in zip(self.chain.counts[at:-2], self.chain.counts[at + 1 : -1], strict=True):
            conversion = conversion_of(self.scene.facts, earlier, later)
            if conversion is None:
                return "not_followed"
            since = add_months(self.scene.as_of.replace(day=1), -HISTORY_MONTHS)
            cohorts = self.scene.flows.cohorts(conversion, since)
            if cohorts is None:
                return "metric_failed"
            curve = curve_of(cohorts)
            if cohorts.mature().entered < FEWEST_MATURE or not curve.eventual:
                return "no_curve"
            by_week = [(curve.at(age) - curve.at(age - 1)) / curve.eventual for age in range(len(curve.cumulative))]
            lag, steps = _one_after_another(lag, by_week), steps + 1
        return [(age + _MID * steps, share) for age, share in enumerate(lag) if share > 0]


def _one_after_another(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return how long two waits take together, both by share and week."""
    found = [0.0] * (len(first) + len(second) - 1)
    for at, one in enumerate(first):
        for after, other in enumerate(second):
            found[at + after] += one * other
    return found
