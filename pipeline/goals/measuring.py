"""What the goals need to know -> questions to the metric layer -> readings, each metric and window asked once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, SupportsFloat

from pipeline.engines.duckdb import EngineError, data_safe
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.calendar import month_end
from pipeline.metrics import Question
from pipeline.shapes import Table

ValueKind = Literal["count", "amount", "rate", "ratio"]
TOTAL = "total"
NO_MEMBER = "(none)"


Ask = Callable[[Question], Table]


@dataclass(frozen=True)
class MetricFact:
    """What the goals must know of a metric beside its numbers.

    `rate` follows a cohort to its end, `ratio` compares what happened in the same period; neither can be summed.
    """

    name: str
    kind: ValueKind
    unit: str
    label_ja: str
    label_en: str
    sums_over_time: bool = True
    """False for a stock or a running total: a quantity, but not one whose months sum to the year."""
    matures_after_days: int | None = None
    """For a rate that follows cohorts: how many days after the last entry its number is final. None where it always is."""
    divides_quantities: bool = False
    """Whether a rate divides counts or amounts, of which there are zero where there is no row."""
    follows: tuple[str, str] | None = None
    """For a rate that follows cohorts: the metric of those who enter and the metric of what becomes of them."""
    divides: tuple[str, str] | None = None
    """For a ratio: the metric above and the metric below."""
    less_is_better: bool = False
    """Whether the metric is declared to be good when it falls."""
    entity: str | None = None
    """The name by which one row of a simple metric's table is asked for; None where it has no key."""
    dimensions: tuple[str, ...] = ()
    """The names by which the metric can be cut, as the metric layer is asked by them."""

    def cut(self, word: str) -> str | None:
        """Return the name by which a dimension is asked for: `channel` for `funnel__channel`, the nearest of several.

        None where there is none, or where two are equally near.
        """
        ending = [name for name in self.dimensions if name.endswith(f"__{word}")]
        nearest = [name for name in ending if name.count("__") == min(each.count("__") for each in ending)]
        return word if word in self.dimensions else nearest[0] if len(nearest) == 1 else None

    @property
    def is_quantity(self) -> bool:
        """Whether nothing is zero of it: counts and amounts, not rates."""
        return self.kind in ("count", "amount")

    @property
    def is_additive(self) -> bool:
        """Whether a target for a period is divided among its months."""
        return self.is_quantity and self.sums_over_time


@dataclass(frozen=True, order=True)
class Window:
    """The days of one row, both ends included, and the name of its length."""

    grain: str
    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Reading:
    """A measured value; `reason` says why it is None. Rates carry what was divided by what."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Want:
    """One metric by one dimension (None: the total) over some windows."""

    metric: str
    dimension: str | None
    windows: tuple[Window, ...]


Members = Mapping[str, Reading]


@dataclass(frozen=True)
class Measured:
    """The readings of (metric, dimension, window) by member, and what could not be answered."""

    readings: Mapping[tuple[str, str | None, Window], Members] = field(default_factory=dict)
    failed: frozenset[tuple[str, str | None]] = frozenset()
    findings: tuple[Finding, ...] = ()

    def total(self, metric: str, window: Window) -> Reading:
        """Return the reading of a metric over all members; a reason where it was not or could not be asked."""
        if (metric, None) in self.failed:
            return Reading(None, reason="metric_failed")
        return self.readings.get((metric, None, window), {}).get(TOTAL, Reading(None, reason="not_measured"))


def measure(wants: Iterable[Want], facts: Mapping[str, MetricFact], ask: Ask, as_of: dt.date) -> Measured:
    """Ask for everything that is wanted, each (metric, dimension) over all its windows at once.

    Whole calendar months are one question by month; another window is a question of its own. Windows that start after `as_of`
    are left out. A metric that cannot be answered becomes a warning and a reason, not the end of the night; a fault of the
    machine is passed on.
    """
    readings: dict[tuple[str, str | None, Window], Members] = {}
    failed: set[tuple[str, str | None]] = set()
    findings: list[Finding] = []
    for want in _merged(wants, as_of):
        fact = facts[want.metric]
        try:
            found = _answers(fact, want, ask, as_of)
        except (MachineError, HeldError):
            raise
        except KgiError as error:
            failed.add((fact.name, want.dimension))
            findings.extend(replace(each, severity=Severity.WARNING) for each in error.findings)
        except EngineError as error:
            failed.add((fact.name, want.dimension))
            findings.append(finding("goal_metric_failed", severity=Severity.WARNING, name=fact.name, problem=data_safe(error)))
        else:
            readings.update({(fact.name, want.dimension, window): by for window, by in found.items()})
    return Measured(readings, frozenset(failed), tuple(dict.fromkeys(findings)))


def _merged(wants: Iterable[Want], as_of: dt.date) -> tuple[Want, ...]:
    windows: dict[tuple[str, str | None], dict[Window, None]] = {}
    for want in wants:
        started = {window: None for window in want.windows if window.start <= as_of}
        windows.setdefault((want.metric, want.dimension), {}).update(started)
    return tuple(Want(metric, dimension, tuple(each)) for (metric, dimension), each in windows.items() if each)


def _answers(fact: MetricFact, want: Want, ask: Ask, as_of: dt.date) -> dict[Window, Members]:
    """Return the readings of every window; a member seen in one window has a reading in all of them."""
    dimensions = (want.dimension,) if want.dimension else ()
    by_month = [window for window in want.windows if _is_month(window)]
    found: dict[Window, dict[str, Reading]] = {window: {} for window in want.windows}
    if len(by_month) > 1:
        start, end = min(each.start for each in by_month), max(each.end for each in by_month)
        table = ask(_question(fact, ("metric_time__month", *dimensions), start, min(end, as_of), as_of))
        for month, member, reading in _readings(fact, want.dimension, table):
            for window in by_month:  # a goal of one month has two windows of the same days
                if window.start == month:
                    found[window][member] = reading
    for window in want.windows:
        if len(by_month) < 2 or window not in by_month:
            table = ask(_question(fact, dimensions, window.start, min(window.end, as_of), as_of))
            found[window].update({member: reading for _, member, reading in _readings(fact, want.dimension, table)})
    members = sorted({member for by in found.values() for member in by} | (set() if want.dimension else {TOTAL}))
    silent = _silence(fact)
    return {window: {member: by.get(member, silent) for member in members} for window, by in found.items()}


def _is_month(window: Window) -> bool:
    return window.start.day == 1 and window.end == month_end(window.start)


def _question(fact: MetricFact, group_by: tuple[str, ...], start: dt.date, end: dt.date, cutoff: dt.date) -> Question:
    return Question(
        metrics=(fact.name,),
        group_by=group_by,
        start_time=start.isoformat(),
        end_time=end.isoformat(),
        cutoff=cutoff,
        parts=not fact.is_quantity,
    )


def _readings(fact: MetricFact, dimension: str | None, table: Table) -> Iterable[tuple[dt.date | None, str, Reading]]:
    time = next((at for at, name in enumerate(table.names) if name.startswith("metric_time")), None)
    by = _position(table.names, dimension) if dimension else None
    value = _position(table.names, fact.name)
    top, bottom = (_position(table.names, f"{fact.name}__{part}") for part in ("numerator", "denominator"))
    for row in table.rows:
        member = TOTAL if by is None else _member(row[by])
        cells = [_number(row[at]) if at is not None else None for at in (value, top, bottom)]
        yield (_date(row[time]) if time is not None else None), member, _reading(fact, *cells)


def _member(value: object) -> str:
    """Name a member; a text that reads like the mark for "no value" is put in quotes, so that the two never become one row."""
    if value is None:
        return NO_MEMBER
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}'" if text.strip("'") == NO_MEMBER else text


def _position(names: Sequence[str], name: str | None) -> int | None:
    folded = [each.casefold() for each in names]
    return folded.index(name.casefold()) if name is not None and name.casefold() in folded else None


def _reading(fact: MetricFact, value: float | None, numerator: float | None, denominator: float | None) -> Reading:
    """Judge one answer: what has no value says why, what is not finite is no value."""
    if fact.divides_quantities:
        numerator, denominator = numerator or 0.0, denominator or 0.0
        value = numerator / denominator if value is None and denominator else value
    if value is not None and not math.isfinite(value):
        return Reading(None, numerator, denominator, "not_finite")
    if value is not None:
        return Reading(value, numerator, denominator)
    if fact.is_quantity:
        return Reading(0.0)
    return Reading(None, numerator, denominator, "zero_denominator" if not (denominator or 0) else "no_data")


def _silence(fact: MetricFact) -> Reading:
    """What it means when there is no row: nothing happened, so a count is 0 and a rate has nothing to divide by."""
    if fact.is_quantity:
        return Reading(0.0)
    return Reading(None, 0.0 if fact.divides_quantities else None, 0.0, "zero_denominator")


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, SupportsFloat) else None


def _date(value: object) -> dt.date:
    assert isinstance(value, dt.date)
    return value.date() if isinstance(value, dt.datetime) else value
