"""A metric question -> its SQL and its rows, from the published file (or any DuckDB file with the metrics' tables)."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError, attach, lock_down, open_engine
from pipeline.files import agreement_documents, read_yaml_files
from pipeline.findings import Finding, HeldError, KgiError, Place, Severity, did_you_mean, finding
from pipeline.manifest_cache import kept_manifest
from pipeline.metrics import (
    Compiled,
    Question,
    SemanticManifest,
    bind,
    comparison_dates,
    compile_question,
    misfits_of,
    read_semantics,
)
from pipeline.shapes import Column, Relation, Table, literal, quote

TIMEOUT_SECONDS = 600.0
"""How long one question may run when nothing else is said."""

_PREFERRED = ("marts", "main")


@dataclass(frozen=True)
class Answer:
    """The SQL of a question and its rows. `as_of`: the last date whose events were counted, None where all were.

    `notes` say what a reader must know beside the numbers, such as which days a comparison looked at.
    """

    sql: str
    table: Table
    as_of: dt.date | None
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Desk:
    """Where questions are answered: a read-only, locked-down connection, and the metrics that may be asked for."""

    engine: Engine
    semantics: SemanticManifest
    as_of: dt.date | None

    def compile(self, question: Question) -> Compiled:
        """Return the SQL of a question; facts end at the file's as-of date unless the question names an end."""
        return self._compiled(question)[0]

    def _compiled(self, question: Question) -> tuple[Compiled, tuple[Finding, ...]]:
        is_open = question.end_time is None or question.cohorts is not None
        if question.cutoff is None and is_open and self.as_of is not None:
            question = replace(question, cutoff=self.as_of)
        if question.compare is None:
            return compile_question(self.semantics, question), ()
        with _told():
            found = self.engine.rows(comparison_dates(self.semantics, question))
        if not found:
            raise KgiError(finding("metric_compare_outside_calendar"))
        own_start, start, until, aligned_by, days = found[0]
        comparison = replace(question.compare, own_start=own_start, start=start, until=until)
        note = finding(f"metric_compared_{aligned_by}", severity=Severity.INFO, until=str(until), days=days)
        return compile_question(self.semantics, replace(question, compare=comparison)), (note,)

    def answer(self, question: Question) -> Answer:
        """Compile and run a question. Raises KgiError where the question is wrong or the file lacks a table it needs."""
        compiled, notes = self._compiled(question)
        if wrong := misfits_of(self.semantics, question, self._columns):
            raise KgiError(wrong)
        try:
            with _told():
                table = self.engine.table(compiled.sql)
        except KgiError as error:
            if lacking := self._lacking(compiled, str(error)):
                raise KgiError(lacking) from error
            raise
        return Answer(compiled.sql, table, self.as_of if question.end_time is None else None, notes)

    def _lacking(self, compiled: Compiled, problem: str) -> list[Finding]:
        """Return where the columns are written that a question failed for."""
        tables = {relation.name for relation in compiled.reads}
        told = [
            (each, dict(each.arguments)) for each in bind(self.semantics, self._columns) if each.code == "metric_unknown_column"
        ]
        return [each for each, words in told if words["table"] in tables and f'"{words["name"]}"' in problem]

    def _columns(self, relation: Relation) -> tuple[Column, ...] | None:
        try:
            return self.engine.columns(relation)
        except EngineError:  # the table is not there: told when it is asked
            return None


@contextmanager
def _told() -> Iterator[None]:
    """Say what DuckDB refuses as a finding."""
    try:
        yield
    except EngineError as error:
        raise KgiError(finding("query_failed", problem=error.message.splitlines()[0])) from error


@contextmanager
def open_desk(
    folder: Path, database: Path, *, schema: str | None = None, timeout_seconds: float | None = TIMEOUT_SECONDS
) -> Iterator[Desk]:
    """Open a DuckDB file for the metrics of a folder. `schema`: where ref() finds its tables; else marts, then main, then any.

    A warehouse gives a draft: the models as they were built last, checked or not, up to the date of its newest run.
    Raises KgiError where the file is not there, is held by another process, gives a function of DuckDB another meaning, or the
    YAML has mistakes.
    """
    with open_locked(database, timeout_seconds=timeout_seconds) as engine:
        tables = _tables(engine)
        if schema is not None and schema not in (known := {each for listed in tables.values() for each in listed}):
            raise KgiError(finding("unknown_schema", Place(str(database)), hint=did_you_mean(schema, known), name=schema))
        semantics = kept_manifest(
            folder,
            f"{schema} {tables}",
            lambda: _read_semantics(folder, lambda name: _find(name, schema, tables)),
        )
        yield Desk(engine, semantics, _as_of(engine, tables))


def _read_semantics(folder: Path, relation_of: Callable[[str], Relation | None]) -> SemanticManifest:
    """Read the metrics of a folder, counted as its agreements say."""
    metrics, agreements = read_yaml_files(folder), agreement_documents(folder)
    if not agreements:
        return read_semantics(metrics, relation_of)
    from pipeline.goals import read_definitions  # the room of goals is needed for agreements alone

    return read_definitions(metrics, agreements, relation_of).semantics


@contextmanager
def open_locked(database: Path, *, timeout_seconds: float | None = TIMEOUT_SECONDS) -> Iterator[Engine]:
    """Open a DuckDB file for asking and nothing else: read-only, every way out closed, its tables in the current database.

    Raises KgiError where the file is not there, is held by another process, or gives a function of DuckDB another meaning.
    """
    if not _is_file(database):
        raise KgiError(finding("not_published_yet", path=str(database)))
    with open_engine(None, statement_timeout_seconds=timeout_seconds) as engine:
        try:
            attach(engine, database, "pub", read_only=True)
        except EngineError as error:
            problem = error.message.splitlines()[0]
            if "Could not set lock" in problem:
                raise HeldError(finding("database_held", Place(str(database)))) from error
            raise KgiError(finding("database_unreadable", Place(str(database)), problem=problem)) from error
        lock_down(engine)
        _refuse_shadows(engine, database)
        engine.execute("use pub")
        yield engine


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _refuse_shadows(engine: Engine, database: Path) -> None:
    """Refuse a file whose macros stand in front of DuckDB's own functions: `sum` or `+` would mean what the file says."""
    macros = "select lower(function_name) from duckdb_functions() where database_name = 'pub' and not internal"
    if not engine.rows(f"{macros} limit 1"):  # looking through all functions twice takes longer than most questions
        return
    rows = engine.rows(
        f"select distinct lower(function_name) from duckdb_functions() where internal and lower(function_name) in ({macros})"
        " order by all"
    )
    if rows:
        names = ", ".join(name for (name,) in rows)
        raise KgiError(finding("database_shadows_functions", Place(str(database)), names=names))


def _tables(engine: Engine) -> dict[str, list[str]]:
    """Return the schemas in which each table or view of the file stands."""
    found: dict[str, list[str]] = {}
    for schema, name in engine.rows(
        "select schema_name, table_name from duckdb_tables() where database_name = 'pub' and not internal union all"
        " select schema_name, view_name from duckdb_views() where database_name = 'pub' and not internal order by all"
    ):
        found.setdefault(name, []).append(schema)
    return found


def _find(name: str, schema: str | None, tables: dict[str, list[str]]) -> Relation | None:
    if schema is not None:
        return Relation(schema, name)
    schemas = tables.get(name, [])
    chosen = next((each for each in _PREFERRED if each in schemas), schemas[0] if schemas else _PREFERRED[0])
    return Relation(chosen, name)


def _as_of(engine: Engine, tables: dict[str, list[str]]) -> dt.date | None:
    """Return the date up to which a file speaks: a published one's, a warehouse's newest run's, None for any other file."""
    if "ops" in tables.get("manifest", []):
        as_of = engine.value("select as_of_date from ops.manifest")
    elif "state" in tables.get("schema_version", []):
        as_of = engine.value("select max(as_of_date) from state.run")
    else:
        return None
    assert as_of is None or isinstance(as_of, dt.date)
    return as_of


def parquet_of(table: Table) -> bytes:
    """Return a result as a Parquet file, with the types that its columns have; a HUGEINT becomes DECIMAL(38,0)."""
    types = ["DECIMAL(38,0)" if column.type == "HUGEINT" else column.type for column in table.columns]
    listed = ", ".join(
        f"unnest(?::{type_}[]) as {quote(column.name)}" for column, type_ in zip(table.columns, types, strict=True)
    )
    values = [[row[at] for row in table.rows] for at in range(len(table.columns))]
    with tempfile.TemporaryDirectory() as folder, open_engine(None, threads=1) as engine:
        path = Path(folder) / "answer.parquet"
        engine.execute(f"copy (select {listed}) to {literal(str(path))} (format parquet)", values)
        return path.read_bytes()
