"""The DuckDB engine: one connection with explicit settings; its errors become `EngineError` or findings.

Everything that the rest of the product knows of the duckdb package is in this file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipeline.findings import MachineError, finding
from pipeline.shapes import Column, Relation, Table, literal, quote

VERSION: str = duckdb.__version__
DRIVER_ERRORS = {
    name: getattr(duckdb, name)
    for name in (
        "Error",
        "DatabaseError",
        "OperationalError",
        "ProgrammingError",
        "IntegrityError",
        "DataError",
        "InternalError",
        "NotSupportedError",
    )
}
"""DBAPI name -> class, handed to the dialect that Great Expectations runs on."""


class EngineError(Exception):
    """A statement that DuckDB refused. `offset` counts characters of the statement, None where DuckDB gives none."""

    def __init__(self, kind: str, message: str, offset: int | None, candidates: tuple[str, ...], subtype: str) -> None:
        super().__init__(message)
        self.kind, self.message, self.offset, self.candidates, self.subtype = kind, message, offset, candidates, subtype


class Engine:
    """One open connection. Close it, or use it as a context manager."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; what was not committed is rolled back."""
        self.connection.close()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement for its effect."""
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows; for results small enough to hold."""
        self._run(sql, parameters)
        return self.connection.fetchall()

    def row(self, sql: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
        """Run a query that gives exactly one row."""
        found = self.rows(sql, parameters)
        assert len(found) == 1, f"one row expected, {len(found)} came: {sql}"
        return found[0]

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """Run a query that gives exactly one value."""
        return self.row(sql, parameters)[0]

    def table(self, sql: str, parameters: Sequence[object] = ()) -> Table:
        """Run a query and return its rows with column names and types."""
        self._run(sql, parameters)
        columns = tuple(Column(each[0], str(each[1])) for each in self.connection.description or ())
        return Table(columns, tuple(self.connection.fetchall()))

    def batches(self, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Run a query and give its rows `size` at a time as they come; ask nothing else of this connection meanwhile."""
        self._run(sql, ())
        try:
            while rows := self.connection.fetchmany(size):
                yield rows
        except duckdb.Error as error:
            raise translate(error, sql) from error

    def insert(self, relation: Relation | str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert a few rows with bound values."""
        if rows:
            places = ", ".join("?" for _ in names)
            listed = ", ".join(quote(name) for name in names)
            for row in rows:
                self._run(f"insert into {relation} ({listed}) values ({places})", list(row))

    def columns(self, relation: Relation | str) -> tuple[Column, ...]:
        """Return the columns of a table or view; the relation must exist."""
        return tuple(Column(name, type_) for name, type_, *_ in self.rows(f"describe {relation}"))

    def exists(self, relation: Relation) -> bool:
        """Tell whether a table or view stands at this address of the current database."""
        return bool(
            self.rows(
                "select 1 from information_schema.tables"
                " where table_catalog = current_database() and table_schema = ? and table_name = ?",
                [relation.schema, relation.name],
            )
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside, or roll all of it back."""
        self._run("begin transaction", ())
        try:
            yield
        except BaseException:
            self._run("rollback", ())
            raise
        self._run("commit", ())

    def bind(self, sql: str) -> tuple[Column, ...]:
        """Check a query against the tables that exist without running it; return its columns."""
        return tuple(Column(name, type_) for name, type_, *_ in self.rows(f"describe {sql}"))

    def _run(self, sql: str, parameters: Sequence[object]) -> None:
        try:
            self.connection.execute(sql, list(parameters))
        except duckdb.Error as error:
            raise translate(error, sql) from error
        except RuntimeError as error:  # what the driver makes of Ctrl-C
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from error
            raise


def open_engine(
    path: Path | None,
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
    statement_timeout_seconds: float | None = None,
) -> Engine:
    """Open a database file (None: in memory) with every setting explicit: UTC session, no extension from the network.

    Raises EngineError of kind "IO" when another process holds the file.
    """
    config: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    if threads:
        config["threads"] = str(threads)
    if memory_limit:
        config["memory_limit"] = memory_limit
    if temp_directory:
        config["temp_directory"] = str(temp_directory)
    try:
        connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    except duckdb.Error as error:
        raise translate(error, "") from error
    engine = Engine(connection)
    engine.execute("set TimeZone = 'UTC'")
    engine.execute("set errors_as_json = true")
    engine.execute("set enable_progress_bar = false")
    if statement_timeout_seconds:
        engine.execute(f"set max_execution_time = {max(1, int(statement_timeout_seconds * 1000))}")
    return engine


def lock_down(engine: Engine) -> None:
    """Close every way out of the databases that are open: no files, no network, no other database, no setting changed,
    no variable of this process read as a table.
    """
    engine.execute("set python_enable_replacements = false")
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")


def attach(engine: Engine, path: Path, name: str, *, read_only: bool = False, storage_version: str | None = None) -> None:
    """Attach another database file under a catalog name."""
    options = []
    if read_only:
        options.append("read_only")
    if storage_version:
        options.append(f"storage_version {literal(storage_version)}")
    listed = f" ({', '.join(options)})" if options else ""
    engine.execute(f"attach {literal(str(path))} as {quote(name)}{listed}")


def translate(error: duckdb.Error, sql: str) -> Exception:
    """Turn a driver's error into an EngineError, or into the finding of exit code 4 for memory, disk and time limits."""
    kind, message, detail = _parts(error)
    if kind == "OutOfMemory" or isinstance(error, duckdb.OutOfMemoryException):
        full = "disk" in message.lower() or "max_temp_directory_size" in message
        return MachineError(finding("disk_full" if full else "out_of_memory", problem=_first_line(message)))
    if "No space left on device" in message:
        return MachineError(finding("disk_full", problem=_first_line(message)))
    if "maximum execution time" in message:
        return MachineError(finding("time_limit", seconds=_first_line(message)))
    candidates = tuple(part.strip().strip('"') for part in str(detail.get("candidates", "")).split(",") if part.strip())
    offset = detail.get("position")
    characters = len(sql.encode()[: int(offset)].decode(errors="ignore")) if offset is not None else None
    return EngineError(kind, message, characters, candidates, str(detail.get("error_subtype", "")))


_VALUE_KINDS = ("Conversion", "InvalidInput", "OutofRange", "OutOfRange", "Constraint", "Invalid", "MismatchType")


def data_safe(error: EngineError) -> str:
    """Return what an error says without values of the data: kinds that quote a value are named by their kind only."""
    if error.kind.replace(" ", "") in _VALUE_KINDS:
        return f"{error.kind} error: a value does not fit this expression (it is not shown: it may be personal)"
    return error.message.split("\nCandidate bindings")[0].split("\nDid you mean")[0].strip()


def _parts(error: duckdb.Error) -> tuple[str, str, dict[str, Any]]:
    text = str(error)
    kind, brace, rest = text.partition(": {")
    if brace:
        try:
            detail = json.loads("{" + rest.split("\n\nLINE")[0])
            return str(detail.get("exception_type", kind)), str(detail.get("exception_message", text)), detail
        except ValueError:
            pass
    kind, _, message = text.partition(" Error: ")
    return (kind, message, {}) if message else (type(error).__name__.removesuffix("Exception"), text, {})


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else text
