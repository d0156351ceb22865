"""A guardrail's metric -> counts by month and member that are old enough to be compared, all at one age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pipeline.engines.duckdb import EngineError, data_safe
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.calendar import add_months, month_end, months
from pipeline.goals.cohorts import DAYS_OF_AGE, Cohorts, read_cohorts
from pipeline.goals.guardrails.judging import Count
from pipeline.goals.measuring import TOTAL, MetricFact, Want, Window, measure
from pipeline.goals.scene import Scene

__all__ = ["Failed", "Monthly", "asked", "at_age", "last_month", "monthly", "settled_age", "values_of"]

SETTLED = 0.9
"""The share of all conversions within the window that must have come by the age at which cohorts are compared."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Failed:
    """Why a metric gives no numbers, and what must be said of it."""

    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Monthly:
    """Counts by month and member, of readable months only, every month with `total`; entries by month, unripe ones too.

    `age` is the number of weeks after which entries are compared; None for a ratio of the same period.
    """

    counts: Mapping[dt.date, Mapping[str, Count]]
    entries: Mapping[dt.date, float]
    age: int | None = None
    is_of: str | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def newest(self) -> dt.date | None:
        """The newest readable month in which there was anything: it moves when cohorts ripen, not because a month went by."""
        return max((month for month, by in self.counts.items() if by[TOTAL].n), default=None)

    def over(self, start: dt.date, end: dt.date) -> dict[str, Count]:
        """Return the counts of the months from start to end by member, the total among them."""
        found: dict[str, Count] = {TOTAL: Count()}
        for month, by in self.counts.items():
            if start <= month <= end:
                for member, count in by.items():
                    found[member] = found.get(member, Count()) + count
        return found

    def volume(self, start: dt.date, end: dt.date) -> float:
        """Return how many entered in the months from start to end."""
        return sum(count for month, count in self.entries.items() if start <= month <= end)


def last_month(as_of: dt.date) -> dt.date:
    """Return the first day of the last month that is over at the end of a date."""
    month = as_of.replace(day=1)
    return month if month_end(as_of) == as_of else add_months(month, -1)


def monthly(scene: Scene, fact: MetricFact, first: dt.date, by: str | None) -> Monthly | Failed:
    """Count a rate by month from `first` to the last month that is over, in total and by the members of a dimension.

    A rate that follows cohorts counts at one age, the least by which 90 % of the conversions have come; a ratio of the same
    period as it is. Failed where the metric is no rate, or could not be asked.
    """
    if fact.follows is not None and fact.matures_after_days is not None:
        since = (first - dt.timedelta(days=fact.matures_after_days + 31)).replace(day=1)
        found = asked(fact.name, lambda: read_cohorts(scene.ask, scene.facts, fact.name, since, scene.as_of, by=by))
        return found if isinstance(found, Failed) else _of_cohorts(found, first, scene.as_of)
    if fact.kind not in ("ratio", "rate") or not fact.divides_quantities:
        return Failed("not_a_rate")
    return _of_ratio(scene, fact, first, by)


def asked(name: str, ask: Callable[[], Found]) -> Found | Failed:
    """Ask, or say why there is no answer; a fault of the machine is passed on."""
    try:
        return ask()
    except (MachineError, HeldError):
        raise
    except KgiError as error:
        return Failed("metric_failed", tuple(replace(each, severity=Severity.WARNING) for each in error.findings))
    except EngineError as error:
        said = finding("goal_metric_failed", severity=Severity.WARNING, name=name, problem=data_safe(error))
        return Failed("metric_failed", (said,))


def settled_age(cohorts: Cohorts, as_of: dt.date) -> int:
    """Return the age in weeks by which 90 % of the conversions of cohorts had come whose horizon was over a month end ago.

    The horizon itself where no cohort is that old, or none converted.
    """
    over = month_end(last_month(as_of)) - dt.timedelta(days=DAYS_OF_AGE * cohorts.horizon)
    old = [each for each in cohorts.entrants if each.day <= over and each.ages >= cohorts.horizon]
    whole = sum(each.converted[-1] for each in old)
    for age in range(1, cohorts.horizon):
        if whole and sum(each.converted[age - 1] for each in old) >= SETTLED * whole:
            return age
    return cohorts.horizon


def at_age(cohorts: Cohorts, age: int) -> dict[str, Count]:
    """Count by member those who are `age` weeks old and had converted by then; the total among them."""
    found: dict[str, Count] = {TOTAL: Count()}
    for each in cohorts.entrants:
        if each.ages >= age:
            count = Count(each.converted[age - 1], each.entered)
            for member in dict.fromkeys((TOTAL, each.member)):
                found[member] = found.get(member, Count()) + count
    return found


def values_of(scene: Scene, fact: MetricFact, first: dt.date) -> dict[dt.date, float | None] | Failed:
    """Return a metric month by month, from `first` to the last month that is over; from its first value that is not 0."""
    windows = _windows(first, scene.as_of)
    measured = measure([Want(fact.name, None, windows)], scene.facts, scene.ask, scene.as_of)
    if measured.failed:
        return Failed("metric_failed", measured.findings)
    found = [(window.start, measured.total(fact.name, window).value) for window in windows]
    begun = next((at for at, (_, value) in enumerate(found) if value), len(found))
    return dict(found[begun:])


def _of_cohorts(cohorts: Cohorts, first: dt.date, as_of: dt.date) -> Monthly:
    age = settled_age(cohorts, as_of)
    counts, entries = {}, {}
    for month in months(first, last_month(as_of)):
        end = month_end(month)
        within = cohorts.between(month, end)
        entries[month] = within.entered
        if end + dt.timedelta(days=DAYS_OF_AGE * age) <= as_of:
            counts[month] = at_age(within, age)
    return Monthly(counts, entries, age, cohorts.earlier)


def _of_ratio(scene: Scene, fact: MetricFact, first: dt.date, by: str | None) -> Monthly | Failed:
    windows = _windows(first, scene.as_of)
    cut = fact.cut(by) if by else None
    wants = [Want(fact.name, each, windows) for each in dict.fromkeys((None, cut))]
    measured = measure(wants, scene.facts, scene.ask, scene.as_of)
    if (fact.name, None) in measured.failed:
        return Failed("metric_failed", measured.findings)
    counts = {}
    for window in windows:
        total = measured.total(fact.name, window)
        members = measured.readings.get((fact.name, cut, window), {}) if cut else {}
        counts[window.start] = {
            name: Count(reading.numerator or 0.0, reading.denominator or 0.0)
            for name, reading in (*members.items(), (TOTAL, total))
        }
    if any(count.hits > count.n for by_member in counts.values() for count in by_member.values()):
        return Failed("not_a_share", measured.findings)
    return Monthly(counts, {month: by_member[TOTAL].n for month, by_member in counts.items()}, findings=measured.findings)


def _windows(first: dt.date, as_of: dt.date) -> tuple[Window, ...]:
    return tuple(Window("month", month, month_end(month)) for month in _whole(first, as_of))


def _whole(first: dt.date, as_of: dt.date) -> Iterable[dt.date]:
    return months(first, last_month(as_of))
