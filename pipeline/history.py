"""Two sealed nights of a published file -> which past numbers and goals are others, by how much, and why.

The causes are those that each night in between has told in `restatement`; what none of them told is left `unsplit`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import KgiError, Place, did_you_mean, finding
from pipeline.goals import Window
from pipeline.numbers import PARTS, Number, changed_numbers
from pipeline.query import open_locked
from pipeline.shapes import Column, Table, comma, literal

_SHOWN = 12


@dataclass(frozen=True)
class PastChange:
    """A past number that changed. `causes` sum to the change; empty where a rate has no value on one side.

    `split` says why something could not be told apart, empty where all was; `loads` brought the change.
    """

    number: Number
    causes: Mapping[str, float]
    split: str
    loads: str


@dataclass(frozen=True)
class GoalChange:
    """What a goal says otherwise: `what` is target, plan_version or (of days that were over) actual."""

    kgi_id: str
    labels: tuple[str, str]
    window: Window
    unit: str
    what: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class History:
    """What differs between two sealed nights."""

    before: dt.date
    after: dt.date
    numbers: tuple[PastChange, ...]
    goals: tuple[GoalChange, ...]

    @property
    def table(self) -> Table:
        """The numbers as a table, one row per metric, period and member."""
        names = ("metric", "grain", "period_start", "period_end", "dimension", "member", "unit", "before", "after", "change")
        texts = [Column(name, "DATE" if name.startswith("period") else "VARCHAR") for name in names[:7]]
        numbers = [Column(name, "DOUBLE") for name in (*names[7:], *PARTS)]
        columns = (*texts, *numbers, Column("split", "VARCHAR"), Column("loads", "VARCHAR"))
        return Table(columns, tuple(_cells(each) for each in self.numbers))


def past_changes(database: Path, before: str, after: str | None = None, *, metrics: tuple[str, ...] = ()) -> History:
    """Compare what two sealed as-of dates said of periods that were over on the first; `after` is the newest one by default.

    Raises KgiError for a date that was never published, for dates in the wrong order and for unknown metrics.
    """
    with open_locked(database) as engine:
        try:
            sealed = [
                day
                for (day,) in engine.rows(
                    "select distinct as_of_date from main.kpi union select as_of_date from main.kgi order by all"
                )
            ]
        except EngineError as error:
            raise KgiError(finding("diff_no_catalogue", Place(str(database)), path=str(database))) from error
        start, end = _date(before, sealed), _date(after, sealed) if after is not None else sealed[-1]
        if start >= end:
            raise KgiError(finding("diff_order", before=str(start), after=str(end)))
        _refuse_unknown(engine, metrics)
        told = _told(engine, start, end)
        found = changed_numbers(engine, _kpi(start, metrics), _kpi(end, metrics), start)
        return History(start, end, tuple(_with_causes(each, told) for each in found), _goals(engine, start, end))


def _date(text: str, sealed: list[dt.date]) -> dt.date:
    """Read a date that must be a sealed one; the nearest is named where it is not."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day in sealed:
        return day
    near = min(sealed, key=lambda each: abs(each - day), default=None) if day is not None else None
    hint = str(near) if near is not None else did_you_mean(text, [str(each) for each in sealed])
    known = ", ".join(str(each) for each in sealed[-_SHOWN:])
    more = f"... {known}" if len(sealed) > _SHOWN else known
    raise KgiError(finding("date_not_sealed", hint=hint, date=text, known=more or "-"))


def _refuse_unknown(engine: Engine, metrics: tuple[str, ...]) -> None:
    known = [name for (name,) in engine.rows("select distinct metric from main.kpi order by all")]
    unknown = [name for name in metrics if name not in known]
    if unknown:
        raise KgiError([finding("metric_unknown", hint=did_you_mean(name, known), name=name) for name in unknown])


def _kpi(day: dt.date, metrics: tuple[str, ...]) -> str:
    only = f" and metric in ({comma([literal(name) for name in metrics])})" if metrics else ""
    return f"from main.kpi where as_of_date = date {literal(day.isoformat())}{only}"


_Key = tuple[str, Window, str, str]


def _told(engine: Engine, start: dt.date, end: dt.date) -> dict[_Key, tuple[dict[str, float], str, str]]:
    """Sum up what the nights after `start` up to `end` have told of each number: causes, how they were split, loads."""
    sums = comma([f"coalesce(sum({part}), 0)" for part in PARTS])
    rows = engine.rows(
        f"select metric, grain, period_start, period_end, dimension, member, {sums},"
        " coalesce(string_agg(distinct split, ',' order by split) filter (split <> 'split'), ''),"
        " coalesce(string_agg(loads, ',' order by as_of_date), '')"
        " from main.restatement where as_of_date > ? and as_of_date <= ? and as_of_before >= ? group by all",
        [start, end, start],
    )
    return {
        (metric, Window(grain, first, last), dimension, member): (dict(zip(PARTS, parts, strict=True)), split, loads)
        for metric, grain, first, last, dimension, member, *parts, split, loads in rows
    }


def _with_causes(number: Number, told: Mapping[_Key, tuple[dict[str, float], str, str]]) -> PastChange:
    causes, split, loads = told.get(number.key, (dict.fromkeys(PARTS, 0.0), "", ""))
    if number.change is None:
        return PastChange(number, {}, split or "no_value", loads)
    rest = number.change - math.fsum(value for part, value in causes.items() if part != "unsplit")
    unsplit = 0.0 if abs(rest) <= 1e-9 * max(abs(number.before or 0), abs(number.after or 0)) else rest
    said = split or ("not_recorded" if unsplit else "")
    return PastChange(number, {**causes, "unsplit": unsplit}, said if unsplit else "", loads)


def _goals(engine: Engine, start: dt.date, end: dt.date) -> tuple[GoalChange, ...]:
    """Return targets, plan versions and (of days that were over) actuals of goals that both nights know and tell otherwise."""
    sides = "select * from main.kgi where as_of_date = ?"
    rows = engine.rows(
        f"with a as ({sides}), b as ({sides}), both_tell as (select kgi_id, b.label_ja, b.label_en, grain, period_start,"
        " b.period_end, b.unit, unnest(["
        "{'what': 'plan_version', 'before': a.plan_version::double, 'after': b.plan_version::double},"
        " {'what': 'target', 'before': a.target, 'after': b.target},"
        " {'what': 'actual', 'before': a.actual, 'after': if(b.period_end <= a.as_of_date, b.actual, a.actual)}"
        "], recursive := true) from a join b using (kgi_id, grain, period_start))"
        " select kgi_id, label_ja, label_en, grain, period_start, period_end, unit, what, before, after from both_tell"
        " where before is distinct from after"
        " and not coalesce(abs(before - after) <= 1e-9 * greatest(abs(before), abs(after)), false)"
        " and (what <> 'plan_version' or grain = 'period')"
        " order by kgi_id, grain = 'month', period_start, what desc",
        [start, end],
    )
    return tuple(
        GoalChange(kgi, (ja, en), Window(grain, first, last), unit, what, before, after)
        for kgi, ja, en, grain, first, last, unit, what, before, after in rows
    )


def _cells(each: PastChange) -> tuple[object, ...]:
    number = each.number
    window = (number.window.grain, number.window.start, number.window.end)
    values = (number.before, number.after, number.change, *(each.causes.get(part) for part in PARTS))
    return number.metric, *window, number.dimension, number.member, number.unit, *values, each.split or None, each.loads or None
