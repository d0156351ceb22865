"""What history says of a path: how entries become the count and when, how many enter lately, and what one is worth."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import SupportsFloat

from pipeline.goals.calendar import Calendar, add_months, business_days, month_end
from pipeline.goals.cohorts import Cohorts, Entrants, read_cohorts
from pipeline.goals.drift import Drift, fit_drift, slowed
from pipeline.goals.measuring import TOTAL, Ask, MetricFact, Want, Window, measure
from pipeline.goals.path import Path
from pipeline.goals.statistics.hazard import Cohort, Curve, curve
from pipeline.goals.statistics.intervals import shrunken_rate
from pipeline.goals.swing import swing_of
from pipeline.metrics import Question

PACE_MONTHS = 6
"""How many whole months say how much enters lately."""
HISTORY_MONTHS = 24
"""How far back cohorts are followed."""
FEWEST_MATURE = 20
"""How many entrants must have grown old before their curve is used at all."""
DRIFTS = (3, 4, 5, 6, 8)
"""How many months ago those who entered may have begun to convert at another speed."""
MOST_AMOUNTS = 20_000


@dataclass(frozen=True)
class Pace:
    """What came in the whole months before a date. `shares` says which member it came from; they sum to 1 where anything came.

    `dispersion` is variance / mean of the months, at least 1.
    """

    events: float
    days: int
    dispersion: float = 1.0
    shares: tuple[tuple[str, float], ...] = ()

    @property
    def per_day(self) -> float:
        """What came per business day; 0 where there was none."""
        return self.events / self.days if self.days else 0.0

    def part(self, share: float) -> Pace:
        """Return a part of it, of the same members."""
        return Pace(self.events * share, self.days, self.dispersion, self.shares)


@dataclass(frozen=True)
class Flow:
    """A path with its history as of a date.

    `cohorts` and `curve` are None where nothing leads to the count, or too little has grown old. `lift` is a member's eventual
    rate against all; `entries` is the pace of those who enter (of the count itself without a curve), `outside` of the count
    that came on no path. `amounts` are what one of the count was worth in the last twelve months, unknown ones as 0.
    """

    path: Path
    as_of: dt.date
    cohorts: Cohorts | None
    curve: Curve | None
    lift: Mapping[str, float]
    entries: Pace
    outside: Pace | None
    amounts: tuple[float, ...]
    drift: Drift | None = None
    """Whether those who entered lately convert at another speed; looked for where no outcome competes."""
    late: Curve | None = None
    """The curve of those who entered since the drift began and of those still to enter; None where there is none."""
    swing: float = 1.0
    """Variance / mean of a month's conversions beside what the curves expect; 1 where chance alone explains it."""

    def curve_on(self, day: dt.date) -> Curve | None:
        """Return the curve that holds for those who enter on a day."""
        return self.late if self.late is not None and self.drift is not None and day >= self.drift.since else self.curve

    @property
    def price(self) -> float | None:
        """What one of the count is worth on average; None where it is counted, or nothing is known."""
        return math.fsum(self.amounts) / len(self.amounts) if self.amounts else None

    @cached_property
    def open(self) -> tuple[Entrants, ...]:
        """Those who entered, are still open and young enough to convert."""
        if self.cohorts is None:
            return ()
        return tuple(each for each in self.cohorts.entrants if each.ages < self.cohorts.horizon and each.open > 0)


def read_flow(
    path: Path,
    ask: Ask,
    facts: Mapping[str, MetricFact],
    calendar: Calendar,
    as_of: dt.date,
    *,
    by: str | None = None,
    strength: float = 20.0,
    now: Ask | None = None,
) -> Flow:
    """Ask for the history of a path: its cohorts, its pace over six months, its amounts over twelve.

    `now` asks the metrics as they are defined tonight for all dates, where a definition changed on the way: what is to come will
    be counted by it, so curve, pace and price are taken from it; the cohorts stay as they were counted.

    `strength` is how many cases of the whole stand behind a member's rate (shrinkage, goals.md 2.4c).
    """
    first = as_of.replace(day=1)
    since = add_months(first, -path.months)
    own = now or ask
    seen, line = None, None
    if path.conversion is not None:
        seen = read_cohorts(own, facts, path.conversion, since, as_of, by=by, competing=path.competing)
        line = curve_of(seen) if seen.mature().entered >= FEWEST_MATURE else None
    counted, amounts = _pace(path.count, own, facts, calendar, as_of, by), amounts_of(path, own, facts, as_of)
    if seen is None or line is None or path.earlier is None or path.conversion is None:
        return Flow(path, as_of, None, None, {}, counted, None, amounts)
    entries = _pace(path.earlier, own, facts, calendar, as_of, by)
    window = Window("lag", since, as_of)
    total = measure([Want(path.count, None, (window,))], facts, own, as_of).total(path.count, window).value or 0.0
    share = max(0.0, 1 - seen.converted / total) if total else 0.0
    lift = lifts(seen, line, strength)
    drift, before = (None, line) if path.competing else _drift(seen, first)
    late = slowed(before, drift) if drift is not None and drift.is_real and before is not None else None
    kept = before if late is not None and before is not None else line
    cohorts = read_cohorts(ask, facts, path.conversion, since, as_of, by=by, competing=path.competing) if now else seen
    flow = Flow(path, as_of, cohorts, kept, lift, entries, counted.part(share), amounts, drift, late)
    return replace(flow, swing=swing_of(seen, flow.curve_on, as_of))


def _drift(cohorts: Cohorts, first: dt.date) -> tuple[Drift | None, Curve | None]:
    """Look for a drift that began with one of the last months; return it with the curve of those who entered before."""
    tried = [(add_months(first, -back), replace(cohorts, entrants=_before(cohorts, add_months(first, -back)))) for back in DRIFTS]
    curves = {since: curve_of(before) for since, before in tried if before.mature().entered >= FEWEST_MATURE}
    found = fit_drift(cohorts, curves.items())
    return found, curves[found.since] if found else None


def _before(cohorts: Cohorts, since: dt.date) -> tuple[Entrants, ...]:
    return tuple(each for each in cohorts.entrants if each.day < since)


def curve_of(cohorts: Cohorts) -> Curve:
    """Pool entrants into hazards by week of age."""
    pooled: dict[int, list[Entrants]] = {}
    for each in cohorts.entrants:
        pooled.setdefault(each.ages, []).append(each)
    return curve(
        Cohort(
            sum(each.entered for each in group),
            _by_age([each.converted for each in group], ages),
            _by_age([each.lost for each in group], ages),
        )
        for ages, group in pooled.items()
    )


def _by_age(cumulative: list[tuple[float, ...]], ages: int) -> tuple[float, ...]:
    sums = [math.fsum(each[age] for each in cumulative) for age in range(ages)]
    return tuple(later - earlier for earlier, later in zip([0.0, *sums], sums, strict=False))


def lifts(cohorts: Cohorts, line: Curve, strength: float) -> Mapping[str, float]:
    """Return each member's eventual rate against that of all, shrunk towards it: 1 where a member is unknown.

    A young cohort counts with what it would have converted by now at the rate of all, so a member is not punished for being new.
    Only whole weeks count, and what the curve misses is shared by all: the members average to all, and one alone is 1.
    """
    eventual = line.eventual
    done, due = dict.fromkeys(cohorts.members, 0.0), dict.fromkeys(cohorts.members, 0.0)
    for each in cohorts.entrants:
        done[each.member] += each.converted[-1] if each.ages else 0.0
        due[each.member] += each.entered * line.at(each.ages - 1)
    whole, expected = math.fsum(done.values()), math.fsum(due.values())
    if not eventual or not whole or not expected:
        return dict.fromkeys(cohorts.members, 1.0)
    seen = {member: each / eventual * whole / expected for member, each in due.items()}
    return {member: shrunken_rate(done[member], seen[member], eventual, strength) / eventual for member in done}


def _pace(metric: str, ask: Ask, facts: Mapping[str, MetricFact], calendar: Calendar, as_of: dt.date, by: str | None) -> Pace:
    first = as_of.replace(day=1) if as_of != month_end(as_of) else as_of + dt.timedelta(days=1)
    starts = [add_months(first, -back) for back in range(PACE_MONTHS, 0, -1)]
    windows = tuple(Window("month", start, month_end(start)) for start in starts)
    cut = facts[metric].cut(by) if by else None
    measured = measure([Want(metric, cut, windows)], facts, ask, as_of)
    months: list[float] = []
    members: dict[str, float] = {}
    for window in windows:
        readings = measured.readings.get((metric, cut, window), {})
        months.append(math.fsum(each.value or 0.0 for each in readings.values()))
        for member, each in readings.items():
            members[member] = members.get(member, 0.0) + (each.value or 0.0)
    total = math.fsum(months)
    mean = total / len(months)
    variance = math.fsum((each - mean) ** 2 for each in months) / (len(months) - 1)
    shares = tuple((member, value / total) for member, value in sorted(members.items())) if total else ((TOTAL, 1.0),)
    days = business_days(calendar, windows[0].start, windows[-1].end)
    return Pace(total, days, max(1.0, variance / mean) if mean else 1.0, shares)


def amounts_of(path: Path, ask: Ask, facts: Mapping[str, MetricFact], as_of: dt.date) -> tuple[float, ...]:
    """Return what each of the count was worth in the last twelve months."""
    if path.metric == path.count:
        return ()
    since = add_months(as_of.replace(day=1), -12)
    entity = facts[path.metric].entity
    if entity is None:
        return ()
    question = Question(
        metrics=(path.metric,),
        group_by=(entity,),
        start_time=since.isoformat(),
        end_time=as_of.isoformat(),
        cutoff=as_of,
        order_by=(entity,),
        limit=MOST_AMOUNTS,
    )
    table = ask(question)
    at = [name.casefold() for name in table.names].index(path.metric.casefold())
    return tuple(float(value) if isinstance(value := row[at], SupportsFloat) else 0.0 for row in table.rows)
