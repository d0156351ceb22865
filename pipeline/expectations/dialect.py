"""An open DuckDB connection -> a data source of Great Expectations. Import it only where a check runs: it costs seconds.

Great Expectations knows no DuckDB. A SQLAlchemy dialect that bears the name `postgresql` makes it take its best-tested SQL
paths; the differences between the two databases are compiled away here. It runs on the connection that is already open, so
there is no second file handle and no lock. The rows of a cursor live until the next statement: one thread only.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect, PGIdentifierPreparer, PGTypeCompiler

from pipeline.engines.duckdb import DRIVER_ERRORS, Engine, EngineError, translate
from pipeline.findings import MachineError

OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around what may be shown of a driver's error, so that it can be found again in the text that others wrap it in."""

_SPEAKS_OF_THE_QUERY = frozenset({"Parser", "Syntax", "Binder", "Catalog", "Not implemented"})
"""Kinds of error that come before the first row is read; every other message may quote the value of a cell."""


class Borrowed:
    """The pipeline's connection, lent out: nothing here commits, rolls back or closes it.

    `fault` keeps an error that is the machine's (memory, disk, time limit); Great Expectations would hide it in a result.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fault: MachineError | None = None

    def cursor(self) -> Cursor:
        """Return a cursor over the same connection."""
        return Cursor(self)

    def commit(self) -> None:
        """Do nothing: checks only read."""

    rollback = close = commit


class Cursor:
    """A DBAPI cursor. Errors leave it without the values of cells, marked by `OPEN` and `CLOSE`."""

    arraysize, rowcount = 1, -1
    description: Any = None

    def __init__(self, borrowed: Borrowed) -> None:
        self._borrowed = borrowed
        self._connection = borrowed.engine.connection

    def execute(self, sql: str, parameters: Sequence[object] | None = None) -> None:
        """Run a statement; after a fault of the machine none is run any more, for it would only fail as slowly again."""
        if self._borrowed.fault is not None:
            raise DRIVER_ERRORS["OperationalError"](f"{OPEN}values|{type(self._borrowed.fault).__name__}{CLOSE}")
        try:
            self._connection.execute(sql, list(parameters or ()))
        except DRIVER_ERRORS["Error"] as error:
            raise type(error)(self._shown(translate(error, sql))) from None
        except RuntimeError as error:
            # what DuckDB makes of Ctrl-C; as it stands Great Expectations would take it for a failed check and go on
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise
        self.description = self._connection.description

    def _shown(self, error: Exception) -> str:
        if isinstance(error, MachineError):
            self._borrowed.fault = error
        if isinstance(error, EngineError) and error.kind in _SPEAKS_OF_THE_QUERY:
            return f"{OPEN}query|{error.message.strip().splitlines()[0]}{CLOSE}"
        return f"{OPEN}values|{error.kind if isinstance(error, EngineError) else type(error).__name__}{CLOSE}"

    def fetchone(self) -> Any:
        """Return the next row or None."""
        return self._connection.fetchone()

    def fetchmany(self, size: int | None = None) -> Any:
        """Return the next rows."""
        return self._connection.fetchmany(size or self.arraysize)

    def fetchall(self) -> Any:
        """Return all rows that are left."""
        return self._connection.fetchall()

    def close(self) -> None:
        """Do nothing: the connection is borrowed."""


class _DBAPI:
    """The module that SQLAlchemy expects of a driver."""

    apilevel, threadsafety, paramstyle = "2.0", 1, "numeric_dollar"
    InterfaceError = DRIVER_ERRORS["Error"]


for _name, _error in DRIVER_ERRORS.items():
    setattr(_DBAPI, _name, _error)


class _Compiler(PGCompiler):
    def visit_custom_op_binary(self, element: Any, operator: Any, **keywords: Any) -> str:
        # "~" is Postgres' partial match; in DuckDB before 2.0 it matched the whole text, regexp_matches is partial in both
        if operator.opstring in ("~", "!~"):
            left, right = self.process(element.left, **keywords), self.process(element.right, **keywords)
            return f"{'NOT ' if operator.opstring == '!~' else ''}regexp_matches({left}, {right})"
        return str(super().visit_custom_op_binary(element, operator, **keywords))  # type: ignore[no-untyped-call]

    def visit_table(self, table: Any, *arguments: Any, **keywords: Any) -> Any:
        # other_table_name: {{ ref('dim') }} is rendered to a whole address, which stands as it is
        if str(table.name).startswith('"'):
            return str(table.name)
        return super().visit_table(table, *arguments, **keywords)  # type: ignore[no-untyped-call]


class _TypeCompiler(PGTypeCompiler):
    def visit_FLOAT(self, type_: Any, **keywords: Any) -> str:  # noqa: N802
        return "DOUBLE"  # DuckDB's FLOAT has 32 bits

    def visit_NUMERIC(self, type_: Any, **keywords: Any) -> str:  # noqa: N802
        # a bare NUMERIC is DECIMAL(18,3) in DuckDB
        return super().visit_NUMERIC(type_, **keywords) if type_.precision else "DOUBLE"

    def visit_float(self, type_: Any, **keywords: Any) -> str:
        return self.visit_FLOAT(type_, **keywords)

    def visit_numeric(self, type_: Any, **keywords: Any) -> str:
        return self.visit_NUMERIC(type_, **keywords)


class _Preparer(PGIdentifierPreparer):
    def _requires_quotes(self, value: str) -> bool:
        return True  # the reserved words of Postgres are not those of DuckDB


class _DuckDBType(sa.types.UserDefinedType[Any]):
    """A type by the name that DESCRIBE prints: BIGINT, DECIMAL(12,2), VARCHAR[] ..."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class Dialect(PGDialect):
    """SQLAlchemy's way to DuckDB, under the name of Postgres."""

    name, driver = "postgresql", "kgi_duckdb"
    _backslash_escapes = False  # True in SQLAlchemy 2.0: a literal pattern would get its backslashes doubled
    default_paramstyle, div_is_floordiv, supports_statement_cache = "numeric_dollar", False, True
    statement_compiler, type_compiler_cls, preparer = _Compiler, _TypeCompiler, _Preparer

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return what stands for the driver's module."""
        return _DBAPI

    def initialize(self, connection: Any) -> None:
        """Ask the database nothing."""
        self.default_schema_name, self.server_version_info = "main", (15, 0)

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """Say that every statement stands for itself."""
        return "AUTOCOMMIT"

    def on_connect(self) -> None:
        """Set nothing: the connection has its settings."""
        return None

    def create_connect_args(self, url: Any) -> tuple[list[Any], dict[str, Any]]:
        """Take nothing from the URL."""
        return [], {}

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        """Return the columns as DESCRIBE tells them."""
        address = ".".join(self.identifier_preparer.quote(str(part)) for part in (schema, table_name) if part)
        try:
            rows = connection.exec_driver_sql(f"describe {address}").fetchall()
        except sa.exc.ProgrammingError as error:
            raise sa.exc.NoSuchTableError(address) from error
        return [{"name": row[0], "type": _DuckDBType(row[1]), "nullable": row[2] == "YES", "default": row[4]} for row in rows]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        """Return no key: the tables of the pipeline have none."""
        return {"constrained_columns": [], "name": None}

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Tell whether a table or view has this name."""
        return str(table_name) in self.get_table_names(connection, schema)

    def get_schema_names(self, connection: Any, **_: Any) -> list[str]:
        """Return the schemas."""
        return [row[0] for row in connection.exec_driver_sql("select distinct schema_name from duckdb_schemas()")]

    def get_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> list[str]:
        """Return tables and views."""
        sql = "select table_name from information_schema.tables where table_schema = $1"
        return [row[0] for row in connection.exec_driver_sql(sql, (schema or "main",))]

    def get_view_names(self, connection: Any, schema: str | None = None, **_: Any) -> list[str]:
        """Return none: views stand among the tables."""
        return []


registry.register("postgresql.kgi_duckdb", __name__, "Dialect")


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """The key under which the two metrics below are found; all other SQL metrics are inherited."""

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> Any:
        """Return the rows to look at, always as something to select from.

        With a row_condition the library gives a bare Select, which SQLAlchemy 2.1 no longer takes behind FROM; without this
        medians, quantiles and distinct values could have no row_condition.
        """
        records = super().get_domain_records(domain_kwargs)
        return records.subquery() if isinstance(records, sa.Select) else records


class _MatchStrftime(ColumnMapMetricProvider):
    """Great Expectations has no SQL version of this one."""

    condition_metric_name, condition_value_keys = "column_values.match_strftime_format", ("strftime_format",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _sqlalchemy(cls, column: Any, strftime_format: str, **_: Any) -> Any:  # noqa: N805
        return sa.func.try_strptime(column, strftime_format).isnot(None)


class _JsonParseable(ColumnMapMetricProvider):
    """Great Expectations has no SQL version of this one."""

    condition_metric_name = "column_values.json_parseable"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _sqlalchemy(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return sa.func.json_valid(column)


class DuckDBDatasource(SQLDatasource):
    """Makes `context.data_sources.add_duckdb` known."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    connection_string: str

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:  # `type` is the field above
        """The engine class that the metrics are registered for."""
        return DuckDBExecutionEngine


def add_source(context: Any, name: str, borrowed: Borrowed) -> Any:
    """Add the borrowed connection to a context as a data source and return it."""
    return context.data_sources.add_duckdb(
        name,
        # must be passed although it never changes: defaults are left out of what the engine is built from
        connection_string="postgresql+kgi_duckdb://",
        create_temp_table=False,
        kwargs={"creator": lambda: borrowed, "poolclass": sa.pool.StaticPool},
    )
