"""Metrics of the built marts, held against the goals -> the scored tables of one as-of date.

Scored rows stand beside the sealed ones (`<table>__scored`) until the night is sound; `release` moves them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding
from pipeline.goals import (
    TABLES,
    Ask,
    Row,
    TableSpec,
    add_months,
    facts_of,
    fiscal_start,
    fiscal_year_of,
    publish_requests,
    write_calendar,
)
from pipeline.metrics import SemanticManifest, compile_question
from pipeline.profile import Company
from pipeline.project import Project
from pipeline.shapes import Relation, Table, comma, quote

SCORED_TABLES = tuple(table for table in TABLES if table.kept != "itself")
SEALED_TABLES = tuple(table for table in SCORED_TABLES if table.sealed)
SEALED = {table.name: Relation("goals", table.name) for table in SEALED_TABLES}
SCORED = {table.name: Relation("goals", f"{table.name}__scored") for table in SCORED_TABLES}
_YEARS_BEFORE, _YEARS_AFTER = 10, 5


def score_night(engine: Engine, project: Project, *, run_id: str) -> tuple[int, tuple[Finding, ...]]:
    """Measure, hold against the goals and write the scored tables. Returns how many rows and what was noticed."""
    from pipeline.goals import check_scorecard, score  # a night with nothing new goes without

    facts = facts_of(project.semantics)
    card = score(
        project.goals,
        facts,
        _asker(engine, project.semantics),
        project.target.company,
        project.as_of,
        run_id,
        publish=publish_requests(project.semantics),
        frozen=_frozen(engine, project.as_of),
        memory=_Nights(engine, project.as_of),
        table=_marts(engine, project),
        definitions=project.definitions,
        ask_of=lambda semantics: _asker(engine, semantics),
        initiatives=project.initiatives,
    )
    count = 0
    for table in SCORED_TABLES:
        rows = card.rows(table.name)
        write_scored(engine, table, rows)
        count += len(rows)
    return count, (*card.findings, *check_scorecard(card))


def write_calendar_table(engine: Engine, relation: Relation, company: Company, as_of: dt.date) -> int:
    """Write the company's calendar around a date: ten fiscal years before to five after. Returns the number of days."""
    year = fiscal_year_of(company, as_of)
    first = fiscal_start(company, year - _YEARS_BEFORE)
    last = add_months(fiscal_start(company, year + _YEARS_AFTER), 12) - dt.timedelta(days=1)
    write_calendar(engine, relation, company, first, last)
    return (last - first).days + 1


def _asker(engine: Engine, semantics: SemanticManifest) -> Ask:
    """Return what answers questions of the marts, which stay as they are while a night is scored: each is asked once."""
    return cache(lambda question: engine.table(compile_question(semantics, question).sql))


def _frozen(engine: Engine, as_of: dt.date) -> Mapping[tuple[str, int], float]:
    """Return the targets that sealed nights have derived from data: a plan version keeps the number it was made with."""
    rows = engine.rows(
        f"select kgi_id, plan_version, min_by(target, as_of_date) from {SEALED['kgi']}"
        " where grain = 'period' and target is not null and as_of_date < ? group by all",
        [as_of],
    )
    return {(name, version): target for name, version, target in rows}


@dataclass(frozen=True)
class _Nights:
    """The sealed nights before a date."""

    engine: Engine
    as_of: dt.date

    def first(self, table: str, *key: str, monthly: bool = False) -> tuple[Row, ...]:
        by = comma([*(quote(name) for name in key), *(("date_trunc('month', as_of_date)",) if monthly else ())])
        return self._rows(table, f"rank() over (partition by {by} order by as_of_date)")

    def last(self, table: str) -> tuple[Row, ...]:
        return self._rows(table, "rank() over (order by as_of_date desc)")

    def _rows(self, table: str, rank: str) -> tuple[Row, ...]:
        found = self.engine.table(f"select * from {SEALED[table]} where as_of_date < ? qualify {rank} = 1", [self.as_of])
        return tuple(dict(zip(found.names, row, strict=True)) for row in found.rows)


def _marts(engine: Engine, project: Project) -> Callable[[str], Table | None]:
    """Give the rows of a model that was built and that the project may publish; None where there is no such model."""

    def table(name: str) -> Table | None:
        model = project.model.get(name)
        return engine.table(f"select * from {model.relation}") if model is not None else None

    return table


def prepare_scores(engine: Engine) -> None:
    """Make the goal tables where they are not there, and give the sealed ones columns that a newer kgi brought."""
    for table in SCORED_TABLES:
        listed = comma([f"{quote(column.name)} {column.type}" for column in table.columns])
        engine.execute(f"create table if not exists {SCORED[table.name]} ({listed})")
        if not table.sealed:
            continue
        engine.execute(f"create table if not exists {SEALED[table.name]} ({listed})")
        have = {column.name for column in engine.columns(SEALED[table.name])}
        for column in table.columns:
            if column.name not in have:
                engine.execute(f"alter table {SEALED[table.name]} add column {quote(column.name)} {column.type}")


def write_scored(engine: Engine, table: TableSpec, rows: tuple[Row, ...]) -> None:
    """Write scored rows through arrays, one per column: thousands of rows take one statement."""
    scored = SCORED[table.name]
    listed = comma([f"{quote(column.name)} {column.type}" for column in table.columns])
    engine.execute(f"create or replace table {scored} ({listed})")
    if rows:
        values = [[row[column.name] for row in rows] for column in table.columns]
        unnested = comma([f"unnest(?::{column.type}[]) as {quote(column.name)}" for column in table.columns])
        engine.execute(f"insert into {scored} by name select {unnested}", values)
