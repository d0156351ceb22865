"""A flow and some days -> where the count or the amount lands: what is closed, in flight, still to come, with its chances.

What is expected is worked out exactly; how far it may miss is drawn, with the error of the curve in it. Nothing here is a plan:
those who are still to enter come at the pace of the last months. Source: docs/goals.md#landing.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from pipeline.goals.calendar import Calendar, add_months, business_dates, business_days, month_end
from pipeline.goals.flow import Flow, Pace
from pipeline.goals.line import line_of, positions
from pipeline.goals.measuring import TOTAL
from pipeline.goals.statistics.hazard import Curve, draw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Draws = NDArray[np.float64]

SEED = 20261123
DRAWS = 2000
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Component:
    """One part of a landing, in the goal's unit: what is expected of it and its 10th, 50th and 90th percentile."""

    name: str
    expected: float
    variance: float
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class Landing:
    """Where a goal lands. `components` are closed, in_flight, planned, outside and, last, total; `n_open` those in flight.

    `by_member` is what is expected of each member, closed parts included; `p_attain` the chance to reach the target, None
    without one.
    """

    components: tuple[Component, ...]
    by_member: Mapping[str, float]
    n_open: float
    model: str
    p_attain: float | None

    @property
    def total(self) -> Component:
        """The whole."""
        return self.components[-1]


@dataclass(frozen=True)
class Coming:
    """What is expected of the count from the day after as_of to an end, by member."""

    in_flight: Mapping[str, float]
    planned: Mapping[str, float]
    outside: float

    @property
    def total(self) -> float:
        """All of it."""
        return math.fsum((*self.in_flight.values(), *self.planned.values(), self.outside))


def coming(flow: Flow, calendar: Calendar, start: dt.date, end: dt.date) -> Coming:
    """Return what is expected of the count in the days from start to end that come after the flow's date."""
    first = max(start, flow.as_of + _DAY)
    if end < first:
        return Coming({}, {}, 0.0)
    if flow.curve is None:
        days = business_days(calendar, first, end)
        return Coming({}, {member: flow.entries.per_day * days * share for member, share in flow.entries.shares}, 0.0)
    lines = {id(each): line_of(each) for each in (flow.curve, flow.late) if each is not None}
    in_flight: dict[str, float] = {}
    for each in flow.open:
        now, low, high = positions(each.day, flow.as_of, first, end)
        chance = lines[id(flow.curve_on(each.day))].chance(now, low, high, flow.lift.get(each.member, 1.0))
        in_flight[each.member] = in_flight.get(each.member, 0.0) + each.open * chance
    days_to_come = business_dates(calendar, flow.as_of + _DAY, end)
    share = lines[id(flow.late or flow.curve)]
    yielded = math.fsum(share.between(*positions(day, day - _DAY, first, end)[1:]) for day in days_to_come)
    planned = {member: flow.entries.per_day * part * yielded * flow.lift.get(member, 1.0) for member, part in flow.entries.shares}
    outside = flow.outside.per_day * business_days(calendar, first, end) if flow.outside else 0.0
    return Coming(in_flight, planned, outside)


def land(
    flow: Flow,
    calendar: Calendar,
    start: dt.date,
    end: dt.date,
    closed: float,
    target: float | None,
    *,
    name: str,
    closed_by_member: Mapping[str, float] | None = None,
    up: bool = True,
    draws: int = DRAWS,
) -> Landing:
    """Return where a goal lands over some days, of which `closed` (in its unit) has happened by the flow's date."""
    import numpy as np

    rng = np.random.default_rng([SEED, crc32(name.encode()), flow.as_of.toordinal(), start.toordinal()])
    soon = coming(flow, calendar, start, end)
    counts = _drawn(flow, soon, calendar, start, end, rng, draws)
    price = 1.0 if flow.path.metric == flow.path.count else flow.price or 0.0
    worth = {part: _worth(flow, each, rng) for part, each in counts.items()}
    total = closed + sum(worth.values(), np.zeros(draws))
    expected = {
        "in_flight": math.fsum(soon.in_flight.values()) * price,
        "planned": math.fsum(soon.planned.values()) * price,
        "outside": soon.outside * price,
    }
    parts = [Component("closed", closed, 0.0, closed, closed, closed)]
    parts += [_component(part, expected[part], worth[part]) for part in expected]
    parts.append(_component("total", closed + math.fsum(expected.values()), total))
    members = dict(closed_by_member or {})
    for each in (soon.in_flight, soon.planned, {TOTAL: soon.outside} if soon.outside else {}):
        for member, count in each.items():
            members[member] = members.get(member, 0.0) + count * price
    slack = 1e-9 * max(1.0, abs(target or 0.0))
    reached = None if target is None else float(np.mean(total >= target - slack if up else total <= target + slack))
    n_open = math.fsum(each.open for each in flow.open)
    return Landing(tuple(parts), members, n_open, "hazard" if flow.curve else "pace", reached)


def eta(
    flow: Flow, calendar: Calendar, start: dt.date, actual: float, target: float, last: dt.date
) -> tuple[dt.date | None, str | None]:
    """Return the end of the first month by which the expected landing reaches the target, or why there is none.

    `attained` where it is reached already, `beyond_horizon` where no month up to `last` reaches it.
    """
    if actual >= target - 1e-9 * max(1.0, abs(target)):
        return None, "attained"
    price = 1.0 if flow.path.metric == flow.path.count else flow.price or 0.0
    month = flow.as_of.replace(day=1)
    while month <= last:
        end = min(month_end(month), last)
        if actual + coming(flow, calendar, start, end).total * price >= target - 1e-9:
            return end, None
        month = add_months(month, 1)
    return None, "beyond_horizon"


def _drawn(
    flow: Flow, soon: Coming, calendar: Calendar, start: dt.date, end: dt.date, rng: np.random.Generator, draws: int
) -> dict[str, Draws]:
    """Draw the count of each component. The mean of every draw is what is expected; the curve's own error is drawn with it."""
    import numpy as np

    first = max(start, flow.as_of + _DAY)
    days = business_days(calendar, first, end) if end >= first else 0
    none = np.zeros(draws)
    if end < first:
        return {"in_flight": none, "planned": none, "outside": none}
    if flow.curve is None:
        return {"in_flight": none, "planned": _entered(flow.entries, days, rng, draws), "outside": none}
    outside = _entered(flow.outside, days, rng, draws) if flow.outside else none
    drawn = {id(each): (line_of(each), *_lines(each, rng, draws)) for each in (flow.curve, flow.late) if each is not None}
    in_flight = np.zeros(draws)
    for each in flow.open:
        line, done, open_ = drawn[id(flow.curve_on(each.day))]
        now, low, high = positions(each.day, flow.as_of, first, end)
        known = line.chance(now, low, high, flow.lift.get(each.member, 1.0))
        if known > 0:
            chance = _centred(_between(done, low, high) / np.maximum(_at(open_, now), 1e-12), known)
            whole = math.ceil(each.open)
            in_flight += rng.binomial(whole, chance) * (each.open / whole)
    ahead = business_days(calendar, flow.as_of + _DAY, end)
    entered = _entered(flow.entries, ahead, rng, draws)
    expected = flow.entries.per_day * ahead
    known = min(1.0, math.fsum(soon.planned.values()) / expected) if expected else 0.0
    _, done, _ = drawn[id(flow.late or flow.curve)]
    spread = _centred(_at(done, done.shape[1] - 1.0), known)
    planned = rng.binomial(entered.astype(int), spread).astype(float)
    swung = _swung(flow.swing, math.fsum((*soon.in_flight.values(), *soon.planned.values())), rng, draws)
    return {"in_flight": in_flight * swung, "planned": planned * swung, "outside": outside}


def _swung(swing: float, expected: float, rng: np.random.Generator, draws: int) -> Draws | float:
    """Draw by what factor all conversions of the days miss together: mean 1; variance / mean of what is expected becomes `swing`.

    1 where months were never seen to swing more than by chance.
    """
    if swing <= 1 or expected <= 0:
        return 1.0
    shape = expected / (swing - 1)
    found: Draws = rng.gamma(shape, 1 / shape, size=draws)
    return found


def _lines(curve: Curve, rng: np.random.Generator, draws: int) -> tuple[Draws, Draws]:
    """Draw whole curves: the share converted and the share still open, each with the entry's own day in front."""
    import numpy as np

    hazards = draw(curve, rng, draws)
    kept = np.cumprod(np.maximum(0.0, 1 - hazards.sum(axis=-1)), axis=1)
    open_ = np.concatenate([np.ones((draws, 1)), kept], axis=1)
    done = np.concatenate([np.zeros((draws, 1)), np.cumsum(open_[:, :-1] * hazards[:, :, 0], axis=1)], axis=1)
    return done, open_


def _at(values: Draws, position: float) -> Any:
    last = values.shape[1] - 1
    position = min(max(position, 0.0), float(last))
    low = int(position)
    high = min(low + 1, last)
    return values[:, low] + (values[:, high] - values[:, low]) * (position - low)


def _between(values: Draws, low: float, high: float) -> Any:
    return _at(values, high) - _at(values, low)


def _centred(chances: Any, known: float) -> Any:
    """Give drawn chances the mean that is known: the half event that stands behind each age must not move the landing."""
    import numpy as np

    mean = float(chances.mean())
    return np.clip(chances * (known / mean), 0.0, 1.0) if mean > 0 else np.full(chances.shape, known)


def _entered(pace: Pace, days: int, rng: np.random.Generator, draws: int) -> Draws:
    """Draw how many enter in so many business days: Gamma-Poisson over the observed months, wider where these vary more."""
    import numpy as np

    if not pace.days or not pace.events:
        return np.zeros(draws)
    rate = rng.gamma((pace.events + 0.5) / pace.dispersion, pace.dispersion / pace.days, size=draws)
    mean = rate * (pace.events / (pace.events + 0.5)) * days
    if pace.dispersion > 1.5:
        mean = rng.gamma(np.maximum(mean / (pace.dispersion - 1), 1e-12), pace.dispersion - 1)
    found: Draws = rng.poisson(mean).astype(float)
    return found


def _worth(flow: Flow, counts: Draws, rng: np.random.Generator) -> Draws:
    """Give drawn counts their amounts, drawn from what one was worth lately; the counts themselves where it is counted."""
    import numpy as np

    if flow.path.metric == flow.path.count:
        return counts
    if not flow.amounts:
        return np.zeros(len(counts))
    amounts = np.asarray(flow.amounts)
    whole = np.rint(counts).astype(int)
    ends = np.cumsum(whole)
    drawn = np.concatenate([[0.0], np.cumsum(rng.choice(amounts, size=int(ends[-1])))])
    found: Draws = drawn[ends] - drawn[ends - whole]
    return found


def _component(name: str, expected: float, draws: Draws) -> Component:
    import numpy as np

    p10, p50, p90 = (float(each) for each in np.quantile(draws, (0.1, 0.5, 0.9), method="inverted_cdf"))
    return Component(name, expected, float(draws.var()), p10, p50, p90)
