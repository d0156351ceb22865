"""Saved queries that are exported -> tables of the published file, asked of the published marts and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.engines.duckdb import Engine, EngineError, open_engine
from pipeline.findings import Finding, KgiError, Place, finding
from pipeline.goal_views import names_in_main
from pipeline.listing import described
from pipeline.metrics import Compiled, Metric, Question, SavedQuery, compile_question, cuts_of
from pipeline.project import Project
from pipeline.publishing import PublishedTable, readable
from pipeline.shapes import Column, Relation, comma, quote

SCHEMA = "marts"
_RESERVED = frozenset({"main", "ops", "kgi", "temp", "pg_catalog", "information_schema", "system"})


@dataclass(frozen=True)
class SavedTable:
    """An export of a saved query, and the table that it becomes. A view is written as a table too: the file never changes."""

    name: str
    query: SavedQuery
    relation: Relation
    place: Place


def saved_tables(project: Project) -> Iterator[PublishedTable]:
    """Return the tables of all exports. Rates stand with their numerator and denominator; facts end at the as-of date."""
    for table in _exports(project):
        compiled = _compiled(project, table)
        query = table.query
        comment = " / ".join(dict.fromkeys(part for part in (query.label or query.name, query.description) if part))
        yield PublishedTable(table.relation, compiled.sql, comment, tuple(_comments(project, query, compiled)), is_asked=True)


def saved_findings(project: Project, columns: Mapping[Relation, tuple[Column, ...]]) -> Iterator[Finding]:
    """Find exports that would stand where something else does, and those that the published marts cannot answer.

    `columns` gives the columns of each model, with their types.
    """
    tables = tuple(_exports(project))
    taken = _taken(project)
    for table in tables:
        relation = table.relation
        if relation.schema.casefold() in _RESERVED:
            yield finding("export_schema", table.place, name=table.name, schema=relation.schema)
        key = (relation.schema.casefold(), relation.name.casefold())
        what = taken.get(("", key[1])) or taken.get(key)
        if what:
            target = f"{relation.schema}.{relation.name}"
            yield finding("export_name_taken", table.place, name=table.name, table=target, what=what)
        taken.setdefault(key, str(table.place))
    if tables:
        with open_engine(None, threads=1) as engine:
            _make_marts(engine, project, columns)
            for table in tables:
                yield from _unanswerable(engine, project, table)


def _exports(project: Project) -> Iterator[SavedTable]:
    for query in project.semantics.saved_queries:
        for each in query.exports:
            yield SavedTable(each.name, query, Relation(each.schema or SCHEMA, each.alias or each.name), each.place)


def _compiled(project: Project, table: SavedTable) -> Compiled:
    asked = Question(saved_query=table.query.name, cutoff=project.as_of, parts=True)
    return compile_question(project.semantics, asked)


def _taken(project: Project) -> dict[tuple[str, str], str]:
    """Name what stands in the published file already; a model keeps its name in every schema, for ref() finds it there."""
    taken = {("", model.name.casefold()): model.path for model in project.models}
    return taken | {("", name.casefold()): f"main.{name}" for name in names_in_main(project)}


def _make_marts(engine: Engine, project: Project, columns: Mapping[Relation, tuple[Column, ...]]) -> None:
    """Make the published marts without rows, with the columns that leave the warehouse and no others."""
    for relation, published in project.published_columns.items():
        names = {column.name.casefold() for column in published}
        listed = [f"{quote(c.name)} {c.type}" for c in columns.get(relation, ()) if c.name.casefold() in names]
        if listed:
            engine.execute(f"create schema if not exists {quote(relation.schema)}")
            engine.execute(f"create table {relation} ({comma(listed)})")


def _unanswerable(engine: Engine, project: Project, table: SavedTable) -> Iterator[Finding]:
    try:
        sql = _compiled(project, table).sql
        odd = [column for column in engine.bind(readable(sql, engine.bind(sql))) if not _is_plain(column)]
    except KgiError as error:
        yield from error.findings
    except EngineError as error:
        problem = error.message.splitlines()[0]
        yield finding("export_unanswerable", table.place, name=table.name, problem=problem)
    else:
        for column in odd:
            problem = f"{column.name} {column.type}"
            yield finding("export_unanswerable", table.place, name=table.name, problem=problem)


def _is_plain(column: Column) -> bool:
    return "[" not in column.type and "(" not in column.type.replace("DECIMAL(18,2)", "")


def _comments(project: Project, query: SavedQuery, compiled: Compiled) -> Iterator[tuple[str, str]]:
    metrics = {name: project.semantics.metric(name) for name in query.metrics}
    cuts = {each.name: described(project, each) for each in (cuts_of(project.semantics, query.metrics) if metrics else ())}
    for name in compiled.columns:
        metric_name, _, part = name.partition("__") if name not in metrics else (name, "", "")
        metric = metrics.get(metric_name) if part in ("", "numerator", "denominator") else None
        yield name, _of_metric(metric, part) if metric else _of_dimension(name, cuts)


_PARTS = {"": ("", ""), "numerator": ("の分子", ", numerator"), "denominator": ("の分母", ", denominator")}


def _of_metric(metric: Metric, part: str) -> str:
    ja, en = _PARTS[part]
    unit = f" [{metric.unit}]" if metric.unit and not part else ""
    return f"{metric.label_in('ja')}{ja} / {metric.label_in('en')}{en}{unit}"


def _of_dimension(name: str, cuts: Mapping[str, tuple[str, str, str]]) -> str:
    """Return label in ja, then in en or else the description; the name where neither is known."""
    base, _, grain = name.rpartition("__")
    if name in cuts:
        ja, en, description = cuts[name]
        return f"{ja or name} / {en or description or name}"
    if base == "metric_time":
        return f"集計の期間({grain})の初日 / first day of the {grain} of each metric's own time"
    ja, en, description = cuts.get(base, ("", "", ""))
    return f"{ja or base}({grain}) / {en or description or base} ({grain})"
