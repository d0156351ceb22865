"""An initiative's KPI, asked of the metric layer -> its numbers before and after, and how much of them is mature."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.findings import Finding, Severity, did_you_mean, finding
from pipeline.goals.acting.estimate import Cell, Monthly
from pipeline.goals.calendar import month_end, months
from pipeline.goals.cohorts import DAYS_OF_AGE, Cohorts, Entrants, read_cohorts
from pipeline.goals.goal import Period
from pipeline.goals.initiative import Initiative, Side
from pipeline.goals.measuring import Members, MetricFact, Reading, Want, Window, measure
from pipeline.goals.scene import Scene
from pipeline.goals.statistics.hazard import Cohort, Curve, curve, land

__all__ = ["MATURE", "Maturity", "Outcome", "monthly", "rates"]

MATURE = 0.8
"""The part of an outcome that has to be known before its effect is read."""


@dataclass(frozen=True)
class Maturity:
    """How much of the outcome is known, and the first day on which enough of it is."""

    share: float
    readable_from: dt.date


@dataclass(frozen=True)
class Outcome:
    """What was asked for: by month for a quantity or a ratio, by cells (treated, control) for a rate that follows cohorts.

    `reason` says why nothing can be compared. `read_share` is the part of the initiative's months that is read.
    """

    maturity: Maturity
    months: Monthly | None = None
    after: tuple[Cell, Cell | None] | None = None
    before: tuple[Cell, Cell | None] | None = None
    halves: tuple[tuple[Cell, Cell | None], tuple[Cell, Cell | None]] | None = None
    read_share: float = 1.0
    reason: str | None = None
    findings: tuple[Finding, ...] = ()


def monthly(scene: Scene, each: Initiative, fact: MetricFact) -> Outcome:
    """Ask for a KPI by month: the whole months before, and those of the initiative that are over."""
    after = _months(each.comparison.after or each.days)
    over = [window for window in after if window.end <= scene.as_of]
    days = [(window.end - window.start).days + 1 for window in after]
    known = math.fsum(days[: len(over)]) / math.fsum(days)
    enough = next(at for at in range(1, len(after) + 1) if math.fsum(days[:at]) / math.fsum(days) >= MATURE)
    maturity = Maturity(known, after[enough - 1].end)
    before = _months(each.comparison.before) if each.comparison.before else []
    before = [window for window in before if window.end <= scene.as_of]
    compare = each.comparison
    if not before and not over:
        return Outcome(maturity, reason="not_yet_readable")
    measured = measure([Want(fact.name, compare.treated.group_by, (*before, *over))], {fact.name: fact}, scene.ask, scene.as_of)
    if measured.failed:
        return Outcome(maturity, reason="metric_failed", findings=measured.findings)
    read = [measured.readings[fact.name, compare.treated.group_by, window] for window in (*before, *over)]
    members = sorted({member for by in read for member in by})
    if wrong := _unknown(each, members):
        return Outcome(maturity, reason="member_unknown", findings=wrong)
    empty = next((at for at, by in enumerate(read) if any(_speaks(one) for one in by.values())), len(read))
    start = max(0, len(before) - empty)
    read = read[len(before) - start :]
    sides = [_rows(fact, side, read) for side in (compare.treated, compare.control) if side is not None]
    if any(side is None for side in sides):
        return Outcome(maturity, reason="zero_denominator", read_share=known)
    treated, control = sides[0] or (), (sides[1] or ()) if len(sides) > 1 else ()
    return Outcome(maturity, Monthly(treated, control, start), read_share=known)


def rates(scene: Scene, each: Initiative, fact: MetricFact) -> Outcome:
    """Follow the cohorts of a rate: who entered on either side, before and after, and how many of them convert in the end."""
    compare = each.comparison
    window = compare.after or each.days
    since = min(window.start, compare.before.start) if compare.before else window.start
    if since > scene.as_of:
        weeks = -(-(fact.matures_after_days or 0) // DAYS_OF_AGE)
        return Outcome(_ripening(scene, window, (), None, weeks), reason="not_yet_readable")
    cohorts = read_cohorts(scene.ask, scene.facts, fact.name, since, scene.as_of, by=compare.treated.dimension)
    if (wrong := _unknown(each, cohorts.members)) and cohorts.entrants:
        return Outcome(_ripening(scene, window, (), None, cohorts.horizon), reason="member_unknown", findings=wrong)
    hazards = curve([_cohort(one) for one in cohorts.entrants])
    treated = [one for one in cohorts.between(window.start, window.end).entrants if one.member in compare.treated.members]
    maturity = _ripening(scene, window, treated, hazards, cohorts.horizon)

    def cells(days: Period) -> tuple[Cell, Cell | None]:
        inside = cohorts.between(days.start, days.end)
        return _cell(inside, compare.treated, hazards), _cell(inside, compare.control, hazards) if compare.control else None

    before = compare.before
    halves = None
    if before is not None:
        middle = before.start + (before.end - before.start) // 2
        first, second = (before.start, middle), (middle + dt.timedelta(days=1), before.end)
        halves = (cells(Period(*first, "")), cells(Period(*second, "")))
    return Outcome(maturity, after=cells(window), before=cells(before) if before else None, halves=halves)


def _months(period: Period) -> list[Window]:
    return [Window("month", month, month_end(month)) for month in months(period.start, period.end)]


def _unknown(each: Initiative, members: Iterable[str]) -> tuple[Finding, ...]:
    """Warn of members that the KPI has never had: their silence would look like an effect."""
    known = tuple(members)
    sides = (each.comparison.treated, each.comparison.control)
    named = [member for side in sides if side is not None for member in side.members if member not in known]
    return tuple(
        finding(
            "initiative_unknown_member",
            each.place,
            hint=did_you_mean(member, known),
            severity=Severity.WARNING,
            name=each.name,
            member=member,
            dimension=each.comparison.treated.dimension,
        )
        for member in named
    )


def _speaks(reading: Reading) -> bool:
    return bool(reading.value) or bool(reading.denominator)


def _rows(fact: MetricFact, side: Side, read: Sequence[Members]) -> tuple[tuple[float, ...], ...] | None:
    """Return a row per member for what can be summed; of a ratio one row for the whole side, None where a month has none."""
    silent = Reading(0.0 if fact.is_quantity else None, 0.0, 0.0)
    by = [[month.get(member, silent) for month in read] for member in side.members]
    if fact.is_quantity:
        return tuple(tuple(one.value or 0.0 for one in row) for row in by)
    values = [_ratio([row[at] for row in by]) for at in range(len(read))]
    return (tuple(value for value in values if value is not None),) if None not in values else None


def _ratio(readings: Sequence[Reading]) -> float | None:
    """Return the ratio of several members: what they divide, over what they divide by."""
    if len(readings) == 1:
        return readings[0].value
    below = math.fsum(one.denominator or 0.0 for one in readings)
    return math.fsum(one.numerator or 0.0 for one in readings) / below if below else None


def _cohort(one: Entrants) -> Cohort:
    return Cohort(one.entered, _steps(one.converted), _steps(one.lost))


def _steps(cumulative: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(now - then for now, then in zip(cumulative, (0.0, *cumulative), strict=False))


def _cell(cohorts: Cohorts, side: Side, hazards: Curve) -> Cell:
    """Add up who entered and where they land; what has converted in the week that is not over counts as it is."""
    inside = [one for one in cohorts.entrants if one.member in side.members]
    landed = [
        max(one.so_far, land(one.entered, *((one.converted[-1], one.lost[-1]) if one.ages else (0.0, 0.0)), one.ages, hazards))
        for one in inside
    ]
    return Cell(math.fsum(one.entered for one in inside), math.fsum(landed))


def _ripening(scene: Scene, window: Period, treated: Sequence[Entrants], hazards: Curve | None, horizon: int) -> Maturity:
    """Weigh each day of entry by its entrants, days to come by their mean, and look when enough of them will have converted."""
    entered: dict[dt.date, float] = {}
    for one in treated:
        entered[one.day] = entered.get(one.day, 0.0) + one.entered
    days = [window.start + dt.timedelta(days=at) for at in range((window.end - window.start).days + 1)]
    past = [day for day in days if day <= scene.as_of]
    usual = math.fsum(entered.values()) / len(past) if past and entered else 1.0
    weights = {day: entered.get(day, 0.0) if day <= scene.as_of and entered else usual for day in days}
    complete = _completion(hazards, horizon)

    def share(on: dt.date) -> float:
        known = math.fsum(weight * complete((on - day).days // DAYS_OF_AGE) for day, weight in weights.items() if day <= on)
        return known / math.fsum(weights.values())

    last = (window.end - window.start).days + 1 + (horizon + 1) * DAYS_OF_AGE
    readable = next(day for at in range(last + 1) if share(day := window.start + dt.timedelta(days=at)) >= MATURE)
    return Maturity(share(scene.as_of), readable)


def _completion(hazards: Curve | None, horizon: int) -> Callable[[int], float]:
    """Return the share of the conversions that has come after so many whole weeks; evenly over the horizon without experience."""
    if hazards is None or not hazards.eventual:
        return lambda weeks: min(1.0, weeks / horizon)
    return lambda weeks: hazards.at(weeks - 1) / hazards.eventual if weeks < horizon else 1.0
