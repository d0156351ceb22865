"""A goal's landing and the lags of its chain -> what a lever at each stage acts on, and how much of it comes in time."""

from __future__ import annotations

import datetime as dt
import math

from pipeline.goals.arrivals import Waits, steps_of, waits_of
from pipeline.goals.calendar import business_dates
from pipeline.goals.cells import Chain
from pipeline.goals.flow import Flow
from pipeline.goals.goal import Period
from pipeline.goals.landing import Landing
from pipeline.goals.levers.lever import Reach
from pipeline.goals.line import line_of, positions
from pipeline.goals.scene import Scene

__all__ = ["OF_USE", "Reaches"]

OF_USE = 0.1
"""A month is of use while this part of what its entries bring in the end comes inside the period."""
_DAY = dt.timedelta(days=1)


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
        steps = steps_of(self.scene.flows, self.chain.counts[at:-1])
        return Reach(reason=steps) if isinstance(steps, str) else self._landing(waits_of(steps))

    def _landing(self, lag: Waits) -> Reach:
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
