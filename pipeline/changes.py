"""Definitions of the working tree against those that a file was published with -> what its numbers would become.

Both definitions are asked of the same published tables, so whatever differs comes from the definition. Numbers that were sealed
once and are others today, by the published definition itself, come from late rows and stand apart.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import Finding, KgiError, Place, Severity, did_you_mean, finding
from pipeline.goals import NO_MEMBER, TOTAL
from pipeline.metric_facts import monthly_sql
from pipeline.metrics import definition_changes, definition_hash
from pipeline.project import Project
from pipeline.publishing import read_manifest
from pipeline.query import open_locked
from pipeline.shapes import Column, Table
from pipeline.versions import definitions

Kind = Literal["definition", "same_numbers", "added", "removed", "late_rows"]
Cell = tuple[str, str, str]
"""A period, a dimension and a member of it."""


@dataclass(frozen=True)
class ChangedNumber:
    """A number that is another one. `published` is the old, `new` the coming value; null where there is none.

    `late_rows`: `published` is what was sealed when the period had ended, `new` what the published definition gives today.
    `same_numbers`: the definition is another one, and no number is.
    """

    metric: str
    change: Kind
    period_start: str | None = None
    dimension: str | None = None
    member: str | None = None
    published: float | None = None
    new: float | None = None
    difference: float | None = None


@dataclass(frozen=True)
class Changes:
    """What differs, and what must be said about it: each definition that changed, each metric that cannot be compared."""

    numbers: tuple[ChangedNumber, ...]
    findings: tuple[Finding, ...]

    @property
    def table(self) -> Table:
        """The numbers as a table."""
        types = {"published": "DOUBLE", "new": "DOUBLE", "difference": "DOUBLE"}
        columns = tuple(Column(field.name, types.get(field.name, "VARCHAR")) for field in fields(ChangedNumber))
        return Table(columns, tuple(astuple(each) for each in self.numbers))


@dataclass(frozen=True)
class _Published:
    """A metric as the file says it was published. `by` pairs each dimension's name in kpi with its group-by and its SQL."""

    name: str
    definition: dict[str, Any]
    definition_hash: str
    sql: str
    valid_from: dt.date
    by: tuple[tuple[str, str, str], ...]


def changed_numbers(project: Project, database: Path, *, metrics: tuple[str, ...] = ()) -> Changes:
    """Compare the definitions of the working tree with the published ones; `metrics` narrows it down.

    Raises KgiError where there is no published file, where it says nothing of definitions, and for unknown metrics.
    """
    with open_locked(database) as engine:
        manifest = read_manifest(database)
        published = _published(engine, database)
        if manifest is None:
            raise KgiError(finding("diff_no_catalogue", path=str(database)))
        comparison = _Comparison(engine, replace(project, as_of=manifest.as_of), published)
        return comparison.run(metrics)


def _published(engine: Engine, database: Path) -> dict[str, _Published]:
    try:
        said = engine.rows("select metric, definition, definition_hash, sql, valid_from from ops.metric")
        cuts = engine.rows("select metric, published_as, dimension, sql from ops.metric_dimension where published_as is not null")
    except EngineError as error:
        raise KgiError(finding("diff_no_catalogue", Place(str(database)), path=str(database))) from error
    by: dict[str, list[tuple[str, str, str]]] = {}
    for metric, name, dimension, sql in cuts:
        by.setdefault(metric, []).append((name, dimension, sql))
    return {
        name: _Published(name, json.loads(definition), hashed, sql, valid_from, tuple(by.get(name, ())))
        for name, definition, hashed, sql, valid_from in said
    }


@dataclass(frozen=True)
class _Comparison:
    engine: Engine
    project: Project
    published: Mapping[str, _Published]

    def run(self, wanted: tuple[str, ...]) -> Changes:
        defined = definitions(self.project)
        names = list(dict.fromkeys((*defined, *self.published)))
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise KgiError([finding("metric_unknown", hint=did_you_mean(name, names), name=name) for name in unknown])
        numbers: list[ChangedNumber] = []
        said: list[Finding] = []
        for name in wanted or names:
            old, new = self.published.get(name), defined.get(name)
            if old and new and definition_hash(new) == old.definition_hash:
                continue
            said.append(_told(name, old, new))
            try:
                numbers.extend(self._numbers(name, old, is_defined=new is not None))
            except EngineError as error:
                problem = error.message.splitlines()[0]
                said.append(finding("diff_unanswerable", severity=Severity.WARNING, name=name, problem=problem))
        if not said:
            said.append(finding("diff_nothing", severity=Severity.INFO, as_of=str(self.project.as_of)))
        return Changes(tuple(numbers), tuple(said))

    def _numbers(self, name: str, old: _Published | None, *, is_defined: bool) -> Iterator[ChangedNumber]:
        before = self._old_cells(old) if old else {}
        after = self._new_cells(name, old) if is_defined else {}
        change: Kind = "definition" if old and is_defined else "added" if is_defined else "removed"
        changed = [
            ChangedNumber(name, change, *cell, before.get(cell), after.get(cell), _difference(before.get(cell), after.get(cell)))
            for cell in sorted({*before, *after}, key=_order)
            if not _is_same(before.get(cell), after.get(cell))
        ]
        yield from changed or [ChangedNumber(name, "same_numbers")]
        if old:
            yield from self._late(old, before)

    def _old_cells(self, old: _Published) -> dict[Cell, float | None]:
        cells = self._cells(old.sql, TOTAL)
        for name, _, sql in old.by:
            cells |= self._cells(sql, name)
        return cells

    def _new_cells(self, metric: str, old: _Published | None) -> dict[Cell, float | None]:
        """Ask for the new numbers in total, and by the dimensions that the old ones are published by."""
        cells = self._cells(monthly_sql(self.project, metric), TOTAL)
        for name, dimension, _ in old.by if old else ():
            cells |= self._cells(monthly_sql(self.project, metric, dimension), name)
        return cells

    def _cells(self, sql: str, dimension: str) -> dict[Cell, float | None]:
        """Ask for a period, perhaps a member, and a value. The text may come from a file: it can only be a query."""
        if not sql:
            return {}
        found: dict[Cell, float | None] = {}
        for row in self.engine.rows(f"select * from ({sql}) as asked"):
            member = TOTAL if dimension == TOTAL else NO_MEMBER if row[1] is None else str(row[1])
            found[str(row[0]), dimension, member] = None if row[-1] is None else float(row[-1])
        return found

    def _late(self, old: _Published, now: Mapping[Cell, float | None]) -> Iterator[ChangedNumber]:
        """Give the sealed numbers of ended months that the same definition would not give today."""
        rows = self.engine.rows(
            "select cast(period_start as varchar), dimension, member, min_by(value, as_of_date) from main.kpi"
            " where metric = ? and grain = 'month' and period_end <= as_of_date and as_of_date >= ? and value is not null"
            " group by all order by all",
            [old.name, old.valid_from],
        )
        for period, dimension, member, sealed in rows:
            cell = (period, dimension, member)
            today = now.get(cell)
            if not _is_same(sealed, today) and not (sealed == 0 and today is None):
                yield ChangedNumber(old.name, "late_rows", *cell, sealed, today, _difference(sealed, today))


def _told(name: str, old: _Published | None, new: dict[str, Any] | None) -> Finding:
    if old and new:
        changes = "; ".join(definition_changes(old.definition, new))
        return finding("diff_changed", severity=Severity.INFO, name=name, changes=changes)
    return finding("diff_added" if new else "diff_removed", severity=Severity.INFO, name=name)


def _order(cell: Cell) -> tuple[bool, str, str, str]:
    period, dimension, member = cell
    return dimension != TOTAL, dimension, period, member


def _is_same(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is new
    return math.isclose(old, new, rel_tol=1e-9)


def _difference(old: float | None, new: float | None) -> float | None:
    return new - old if old is not None and new is not None else None
