"""A sound night -> sealed rows and a new published file. What is published is named here, table by table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.listing import kind_of
from pipeline.models import Model
from pipeline.project import Project
from pipeline.publishing import Manifest, PublishedTable, PublishedView, publish
from pipeline.scoring import SCORED, SEALED, SEALED_TABLES
from pipeline.shapes import Relation, comma, literal, quote
from pipeline.warehouse import SCHEMA_VERSION


def release(engine: Engine, project: Project, *, run_id: str, now: dt.datetime, fingerprint: str) -> None:
    """Seal what was scored for the as-of date and publish.

    Rows of earlier dates are not touched. Raises KgiError (unsound) when the new file does not pass its gate; then the old file
    stands, and the next run for this date or a later one replaces what was sealed now.
    """
    _seal(engine, project.as_of)
    manifest = Manifest(run_id, project.as_of, now, __version__, SCHEMA_VERSION)
    publish(engine, project.target.publish, _tables(project, run_id), _views(), manifest)
    engine.execute(
        "insert into state.publication (as_of_date, run_id, published_at, fingerprint, target) values (?, ?, ?, ?, ?)",
        [project.as_of, run_id, now, fingerprint, project.target.name],
    )


def _seal(engine: Engine, as_of: dt.date) -> None:
    """Move the scored rows of a date to the sealed tables; what an unpublished run left for this date or later ones goes."""
    with engine.transaction():
        for table in SEALED_TABLES:
            sealed, scored = SEALED[table.name], SCORED[table.name]
            engine.execute(f"delete from {sealed} where as_of_date >= ?", [as_of])
            engine.execute(f"insert into {sealed} by name select * from {scored}")


def _tables(project: Project, run_id: str) -> Iterable[PublishedTable]:
    for model in project.marts:
        yield _mart(model, project.target.company.publish_account_names)
    for table in SEALED_TABLES:
        yield PublishedTable(
            Relation("main", table.name),
            f"select * from {SEALED[table.name]} order by all",
            f"{table.ja} / {table.en}",
            tuple((c.name, f"{c.ja} / {c.en}" + (f" [{c.unit}]" if c.unit else "")) for c in table.columns),
        )
    yield from _run_facts(project, run_id)


def _views() -> Iterable[PublishedView]:
    for table in SEALED_TABLES:
        name = quote(table.name)
        yield PublishedView(
            Relation("main", f"v_latest_{table.name}"),
            f"select * from main.{name} where as_of_date = (select max(as_of_date) from main.{name})",
            f"{table.ja} (最新の基準日) / {table.en} (newest as-of date)",
        )


def _mart(model: Model, with_account_names: bool) -> PublishedTable:
    """Publish the declared columns of a mart; columns that hold personal data never leave the warehouse."""
    columns = [c for c in model.description.columns if not c.personal and (with_account_names or not c.account_name)]
    said = model.description
    return PublishedTable(
        model.relation,
        f"select {comma([quote(column.name) for column in columns])} from {model.relation}",
        " / ".join(part for part in (said.label_ja, said.description) if part),
        tuple(
            (c.name, " / ".join(part for part in (c.label_ja, c.description) if part) + (f" [{c.unit}]" if c.unit else ""))
            for c in columns
        ),
    )


def _run_facts(project: Project, run_id: str) -> Iterable[PublishedTable]:
    yield _ops(
        "run",
        "select run_id, as_of_date, started_at, ended_at,"
        f" case when run_id = {literal(run_id)} then 'published' else outcome end as outcome, kgi_version, target"
        " from state.run order by started_at",
        "実行の記録 / What each run did",
    )
    yield _ops(
        "load",
        "select load_id, source_name || '.' || table_name as source_table, file, known_at, loaded_at, rows_read, rows_stored,"
        " rows_unchanged, rows_tombstoned, rows_rejected, status from state.load order by load_id",
        "取り込みの記録 / What was loaded, one row per file",
    )
    yield _ops("reject_count", _rejects(project), "読めなかった行の数 / Rejected values by load, column and rule; counts only")
    yield _ops(
        "check_result",
        "select suite, on_name, position, expectation, column_name, severity, status, element_count, unexpected_count,"
        " unexpected_percent, observed, description_ja, description_en, path, line, run_id from state.check_result"
        " qualify dense_rank() over (partition by suite order by run_id desc) = 1 order by suite, position",
        "検査の結果 / The newest result of each check",
    )
    yield _ops("lineage", _lineage(project), "データの流れ / What each table reads")
    yield _ops("metric", _catalogue(project), "指標の一覧 / The metrics: type, label, description, unit, owner, place")


def _ops(name: str, query: str, comment: str) -> PublishedTable:
    return PublishedTable(Relation("ops", name), query, comment)


def _rejects(project: Project) -> str:
    empty = (
        "select cast(null as bigint) as load_id, cast(null as varchar) as source_table, cast(null as varchar) as column_name,"
        " cast(null as varchar) as rule, cast(null as bigint) as row_count where false"
    )
    counted = (
        f"select load_id, {literal(name)} as source_table, column_name, rule, count(*)::bigint as row_count"
        f" from {table.reject} group by all"
        for name, table in project.source_tables.items()
    )
    return " union all by name ".join((empty, *counted))


def _lineage(project: Project) -> str:
    rows = [(model.name, name) for model in project.models for name in project.reads[model.name]]
    return _values(("object", "reads"), rows)


def _catalogue(project: Project) -> str:
    rows = [
        (m.name, kind_of(m), m.label_in("ja"), m.label_in("en"), m.description, m.unit or "", m.owner or "", str(m.place))
        for m in project.semantics.public_metrics()
    ]
    return _values(("metric", "type", "label_ja", "label_en", "description", "unit", "owner", "place"), rows)


def _values(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a SELECT of text constants with these columns, also where there is no row."""
    blank = tuple("" for _ in names)
    listed = comma([f"({comma([literal(value) for value in row])})" for row in (blank, *rows)])
    named = comma([quote(name) for name in names])
    return f"select * from (values {listed}) as t({named}) where t.{quote(names[0])} <> '' order by all"
