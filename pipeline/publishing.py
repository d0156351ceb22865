"""Warehouse -> one new published file, verified, then renamed over the old one.

A reader never meets a half-written file or a mixture of two nights: the new file is built beside, reopened read-only and
checked, synced to disk, and takes the old one's name in one step. What was open before keeps the old file, whole.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.duckdb import VERSION, Engine, EngineError, attach, open_engine
from pipeline.findings import Finding, KgiError, MachineError, Severity, finding
from pipeline.shapes import Column, Relation, comma, literal, quote

STORAGE_VERSION = "v1.2.0"
"""The newest file format that every BI client in use can read; DuckDB 2's own default can be opened by none of them."""

TYPES = ("BIGINT", "INTEGER", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN")
"""Column types that a published table may have, beside DECIMAL(18,2)."""


_MANIFEST_COMMENTS = {
    "run_id": "このファイルを書いた実行 / run that wrote this file",
    "as_of_date": "基準日 / business date whose end is the cut-off [date]",
    "published_at": "公開時刻(UTC) / when it was published, UTC",
    "kgi_version": "kgiの版 / version of kgi",
    "schema_version": "ウェアハウスのスキーマの版 / schema version of the warehouse",
    "duckdb_version": "書いたDuckDBの版 / version of DuckDB that wrote it",
    "storage_version": "ファイル形式の版 / version of the file format",
    "currency": "金額の通貨 / currency of its amounts",
}


@dataclass(frozen=True)
class PublishedTable:
    """A table of the published file: `query` is a SELECT against the warehouse. Comments are in ja and en.

    With `is_asked` the query is asked of the published tables themselves, so that nothing else can come into it, and its columns
    are cast to types that BI can read.
    """

    relation: Relation
    query: str
    comment: str
    column_comments: tuple[tuple[str, str], ...] = ()
    is_asked: bool = False


@dataclass(frozen=True)
class PublishedView:
    """A view of the published file over its own tables."""

    relation: Relation
    query: str
    comment: str
    column_comments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What the published file says of itself, one row in ops.manifest."""

    run_id: str
    as_of: dt.date
    published_at: dt.datetime
    kgi_version: str
    schema_version: int
    currency: str = ""


def publish(
    engine: Engine, path: Path, tables: Iterable[PublishedTable], views: Iterable[PublishedView], manifest: Manifest
) -> None:
    """Build a new file from the warehouse and put it at `path`. The old file stays whole when anything goes wrong.

    Raises KgiError (unsound) when a published value is not finite or a column has a type that BI cannot read, or when the new
    file does not open and say what it should; MachineError when the folder cannot be written.
    """
    beside = path.with_name(f".{path.stem}.{manifest.run_id}.building")
    _prepare(path)
    try:
        attach(engine, beside, "pub", storage_version=STORAGE_VERSION)
        try:
            _write(engine, tuple(tables), tuple(views), manifest)
            engine.execute("checkpoint pub")
        finally:
            engine.execute("use wh.main")
            engine.execute("detach pub")
        _verify(beside, manifest)
        _sync(beside)
        _refuse_wal(path)
        beside.chmod(0o444)
        beside.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise MachineError(finding("no_permission", path=str(path), problem=error.strerror or str(error))) from error
    finally:
        beside.unlink(missing_ok=True)
        _wal(beside).unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest | None:
    """Return what a published file says of itself; None where it is no file of kgi."""
    with open_engine(None) as engine:
        try:
            attach(engine, path, "pub", read_only=True)
            rows = engine.rows("select run_id, as_of_date, published_at, kgi_version, schema_version from pub.ops.manifest")
        except EngineError:
            return None
        return Manifest(*rows[0]) if rows else None


def _prepare(path: Path) -> None:
    """Make the folder and sweep what runs that died have left; the caller holds the warehouse, so nobody builds now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{path.stem}.*.building*"):
            left.unlink()
    except OSError as error:
        raise MachineError(finding("no_permission", path=str(path.parent), problem=error.strerror or str(error))) from error


def _write(engine: Engine, tables: tuple[PublishedTable, ...], views: tuple[PublishedView, ...], manifest: Manifest) -> None:
    named = [*(table.relation for table in tables), *(view.relation for view in views)]
    for schema in sorted({relation.schema for relation in named} | {"ops"}):
        engine.execute(f"create schema if not exists pub.{quote(schema)}")
    for table in tables:
        if not table.is_asked:
            _write_table(engine, table, table.query)
    _write_manifest(engine, manifest)
    engine.execute("use pub.main")  # a view must name the file's own tables, not those of a catalog that is gone tomorrow
    for table in tables:
        if table.is_asked:
            _write_table(engine, table, readable(table.query, engine.bind(table.query)))
    for view in views:
        engine.execute(f"create view {view.relation} as {view.query}")
        engine.execute(f"comment on view {view.relation} is {literal(view.comment)}")
        for column, comment in view.column_comments:
            engine.execute(f"comment on column {view.relation}.{quote(column)} is {literal(comment)}")


def _write_table(engine: Engine, table: PublishedTable, query: str) -> None:
    target = f"pub.{table.relation}"
    engine.execute(f"create table {target} as {query}")
    _gate(engine, table)
    engine.execute(f"comment on table {target} is {literal(table.comment)}")
    for column, comment in table.column_comments:
        engine.execute(f"comment on column {target}.{quote(column)} is {literal(comment)}")


def readable(query: str, columns: tuple[Column, ...]) -> str:
    """Return a query whose columns BI can read: whole numbers are BIGINT, amounts DECIMAL(18,2), other numbers DOUBLE."""
    listed = [f"cast({quote(column.name)} as {_readable_type(column.type)}) as {quote(column.name)}" for column in columns]
    return f"select {comma(listed)} from ({query})"


def _readable_type(type_: str) -> str:
    if type_ in ("HUGEINT", "UHUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "SMALLINT", "TINYINT", "INTEGER"):
        return "BIGINT"
    if type_.startswith("DECIMAL("):
        scale = int(type_.removesuffix(")").rpartition(",")[2])
        return "DECIMAL(18,2)" if scale <= 2 else "DOUBLE"
    if type_.startswith("ENUM(") or type_ in ("UUID", "JSON"):
        return "VARCHAR"
    return {"FLOAT": "DOUBLE", "TIMESTAMP_NS": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_S": "TIMESTAMP"}.get(
        type_, type_
    )


def _write_manifest(engine: Engine, manifest: Manifest) -> None:
    engine.execute(
        "create table pub.ops.manifest as select cast(? as varchar) as run_id, cast(? as date) as as_of_date,"
        " cast(? as timestamp) as published_at, cast(? as varchar) as kgi_version, cast(? as integer) as schema_version,"
        " cast(? as varchar) as duckdb_version, cast(? as varchar) as storage_version,"
        " cast(? as varchar) as currency",
        [
            manifest.run_id,
            manifest.as_of,
            manifest.published_at,
            manifest.kgi_version,
            manifest.schema_version,
            VERSION,
            STORAGE_VERSION,
            manifest.currency,
        ],
    )
    engine.execute("comment on table pub.ops.manifest is 'このファイルの素性 / What this file is: one row'")
    for column, comment in _MANIFEST_COMMENTS.items():
        engine.execute(f"comment on column pub.ops.manifest.{column} is {literal(comment)}")


def _gate(engine: Engine, table: PublishedTable) -> None:
    """Refuse types that BI clients cannot read and numbers that are not finite."""
    target = f"pub.{table.relation}"
    faults: list[Finding] = []
    doubles = []
    for column in engine.columns(target):
        if column.type == "DOUBLE":
            doubles.append(column.name)
        elif column.type not in TYPES and column.type != "DECIMAL(18,2)":
            place = f"{table.relation.schema}.{table.relation.name}"
            faults.append(finding("published_type", severity=Severity.UNSOUND, table=place, column=column.name, type=column.type))
    if doubles:
        counts = ", ".join(f"count(*) filter (where not isfinite({quote(name)}))" for name in doubles)
        for name, rows in zip(doubles, engine.row(f"select {counts} from {target}"), strict=True):
            if rows:
                place = f"{table.relation.schema}.{table.relation.name}"
                faults.append(finding("not_finite", severity=Severity.UNSOUND, table=place, column=name, rows=rows))
    if faults:
        raise KgiError(faults)


def _verify(path: Path, manifest: Manifest) -> None:
    """Open the new file as a reader would: its manifest must be this run's, its format the pinned one, no WAL beside it."""
    _refuse_wal(path)
    with open_engine(None) as engine:
        attach(engine, path, "pub", read_only=True)
        run_id = engine.value("select run_id from pub.ops.manifest")
        tags = str(engine.value("select tags from duckdb_databases() where database_name = 'pub'"))
    if run_id != manifest.run_id or STORAGE_VERSION.removesuffix(".0") not in tags:
        problem = f"run {run_id}, {tags}"
        raise KgiError(finding("published_not_readable", severity=Severity.UNSOUND, problem=problem))


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _refuse_wal(path: Path) -> None:
    """A WAL of another file beside the published path would make every reader fail, so nothing is published there."""
    if _wal(path).exists():
        raise KgiError(finding("wal_beside", severity=Severity.UNSOUND, path=str(_wal(path))))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
