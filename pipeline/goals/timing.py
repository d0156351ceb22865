"""A flow and a plan -> how the path's entrants lead into a period: volume, eventual rate, phasing and speed, by channel.

Two groups of entrants lead into a period: those who entered before it (carried in) and those who enter in it. Of each, the value
is entries x eventual rate x share that falls into the period x price; the share is the one that the curve of the past gives for
the days of entry (phasing) times what it really is (speed). Source: docs/goals.md#gap.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.goals.calendar import Calendar, business_dates
from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.flow import Flow
from pipeline.goals.landing import coming
from pipeline.goals.line import line_of, positions
from pipeline.goals.spread import Month
from pipeline.goals.statistics.hazard import Curve, land

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Group:
    """Entrants of one channel, as they are and as the plan has them.

    `entered` and `planned` are how many; `rate` is the part that converts in the end; `converted` falls into the period.
    `shape` is the share of the eventual conversions that the curve of the past puts into the period for their days of entry,
    `planned_shape` the same for the days of the plan. `seen` and `so_far` say how much of the rate is known.
    """

    entered: float
    planned: float
    rate: float
    converted: float
    shape: float
    planned_shape: float
    seen: float = 0.0
    so_far: float = 0.0

    @property
    def speed(self) -> float | None:
        """What falls into the period against what the curve of the past would have put there; None where it would put nothing."""
        expected = self.entered * self.rate * self.shape
        return self.converted / expected if expected else None


def groups_of(
    flow: Flow, calendar: Calendar, months: Sequence[Month], planned: Mapping[str, float]
) -> dict[str, tuple[Group, Group]]:
    """Return by channel those carried in and those of the period; `planned` is the plan's entries by channel."""
    cohorts, curve = flow.cohorts, flow.curve
    assert cohorts is not None and curve is not None
    start, end = months[0].start, months[-1].end
    first = start - dt.timedelta(days=7 * cohorts.horizon)
    plan_shape = _plan_shape(curve, calendar, months, end)
    soon = coming(flow, calendar, start, end)
    found = {}
    for member in sorted({*cohorts.members, *planned, *dict(flow.entries.shares)}):
        before = cohorts.between(first, start - _DAY, member)
        within = cohorts.between(start, min(end, flow.as_of), member)
        carried = _group(flow, before, start, end)
        carried = Group(carried.entered, carried.entered, carried.rate, carried.converted, carried.shape, carried.shape)
        own = _with_those_to_come(flow, _group(flow, within, start, end), calendar, member, start, end)
        own = replace(own, converted=own.converted + soon.planned.get(member, 0.0))
        found[member] = (carried, replace(own, planned=planned.get(member, 0.0), planned_shape=plan_shape))
    return found


def _group(flow: Flow, cohorts: Cohorts, start: dt.date, end: dt.date) -> Group:
    """Sum up those who have entered."""
    assert flow.curve is not None
    eventually, converted, shape, seen = 0.0, 0.0, 0.0, 0.0
    for each in cohorts.entrants:
        curve = flow.curve_on(each.day) or flow.curve
        left = land(each.entered, each.so_far, each.lost_so_far, each.ages, curve) - each.so_far
        eventually += each.so_far + left * flow.lift.get(each.member, 1.0)
        converted += _within(each, start, end) + _still(flow, each, curve, start, end)
        shape += each.entered * _shape(flow.curve, each.day, start, end)
        seen += each.entered * (curve.at(each.ages - 1) / curve.eventual if curve.eventual else 0.0)
    entered = cohorts.entered
    rate, share = (eventually / entered, shape / entered) if entered else (0.0, 0.0)
    return Group(entered, entered, rate, converted, share, 0.0, seen, cohorts.converted)


def _with_those_to_come(flow: Flow, own: Group, calendar: Calendar, member: str, start: dt.date, end: dt.date) -> Group:
    """Add those of a channel who are still to enter at the pace of the last months; their conversions are added by the caller."""
    assert flow.curve is not None
    days = business_dates(calendar, flow.as_of + _DAY, end)
    ahead = flow.entries.per_day * len(days) * dict(flow.entries.shares).get(member, 0.0)
    entered = own.entered + ahead
    if not ahead or not entered:
        return own
    rate = (flow.late or flow.curve).eventual * flow.lift.get(member, 1.0)
    shape = math.fsum(_shape(flow.curve, day, start, end) for day in days) / len(days)
    return replace(
        own,
        entered=entered,
        rate=(own.entered * own.rate + ahead * rate) / entered,
        shape=(own.entered * own.shape + ahead * shape) / entered,
    )


def _within(each: Entrants, start: dt.date, end: dt.date) -> float:
    """Count the known conversions of a day's entrants that fall into the period; a week's lie in its middle."""
    found, before = 0.0, 0.0
    for age, done in enumerate(each.converted):
        found += (done - before) * (start <= each.day + dt.timedelta(days=7 * age + 3) <= end)
        before = done
    late = each.day + dt.timedelta(days=7 * each.ages)
    return found + (each.so_far - before) * (start <= late <= end)


def _still(flow: Flow, each: Entrants, curve: Curve, start: dt.date, end: dt.date) -> float:
    """Return what is expected of those still open in the days of the period that are left."""
    if end <= flow.as_of or each.ages >= flow.cohorts.horizon or each.open <= 0:  # type: ignore[union-attr]
        return 0.0
    now, low, high = positions(each.day, flow.as_of, max(start, flow.as_of + _DAY), end)
    return each.open * line_of(curve).chance(now, low, high, flow.lift.get(each.member, 1.0))


def _shape(curve: Curve, day: dt.date, start: dt.date, end: dt.date) -> float:
    """Return the share of the eventual conversions of a day's entrants that falls into the period, by the curve of the past."""
    if not curve.eventual:
        return 0.0
    _, low, high = positions(day, day - _DAY, start, end)
    return line_of(curve).between(low, high) / curve.eventual


def _plan_shape(curve: Curve, calendar: Calendar, months: Sequence[Month], end: dt.date) -> float:
    """Return the same for entries as the plan spreads them over the months."""
    found = 0.0
    for month in months:
        days = business_dates(calendar, month.start, month.end)
        if days:
            found += month.weight / len(days) * math.fsum(_shape(curve, day, months[0].start, end) for day in days)
    return found
