"""A failed expectation -> a query for exactly its failing rows, and the private table that keeps them.

What the library offers itself is capped at some rows or forgets the row_condition; its own condition is not and does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.expectations.preparing import Request
from pipeline.shapes import Column, Relation, literal, quote

SCHEMA = "quarantine"
_OURS = ("run_id", "position")


def failing_rows_sql(context: Any, batch: Any, expectation: Any, request: Request) -> str | None:
    """Return a SELECT of every failing row; None where the library has no condition for single rows."""
    if request.type == "unexpected_rows_expectation":
        return str(request.arguments["unexpected_rows_query"])
    import sqlalchemy as sa
    from great_expectations.expectations.registry import get_metric_kwargs
    from great_expectations.validator.metric_configuration import MetricConfiguration

    validator = context.get_validator(batch_list=[batch])
    engine = validator.execution_engine
    metric = expectation.map_metric
    asked = get_metric_kwargs(f"{metric}.unexpected_count", configuration=expectation.configuration)
    domain = {**asked["metric_domain_kwargs"], "batch_id": validator.active_batch_id}
    if ignored := getattr(expectation, "ignore_row_if", None):
        domain["ignore_row_if"] = ignored
    if metric in ("column_values.unique", "compound_columns.unique"):
        return _repeated(engine, domain)
    condition, *_ = validator.get_metric(
        MetricConfiguration(f"{metric}.condition", metric_domain_kwargs=domain, metric_value_kwargs=asked["metric_value_kwargs"])
    )
    rows = engine.get_domain_records(domain)
    return _written(engine, sa.select(sa.text("*")).select_from(rows).where(condition))


def _repeated(engine: Any, domain: Mapping[str, Any]) -> str:
    """Write the rows whose key stands more than once; the library's condition for it brings a FROM of its own."""
    import sqlalchemy as sa

    columns: list[Any] = [sa.column(name) for name in domain.get("column_list") or [domain["column"]]]
    rows = engine.get_domain_records({key: each for key, each in domain.items() if not key.startswith("column")})
    # the library joins by equality, so a key with a null in it is never a repetition, whatever ignore_row_if says
    present = sa.select(sa.text("*")).select_from(rows).where(*(column.isnot(None) for column in columns))
    window: Any = sa.func.count().over(partition_by=columns)
    return f"{_written(engine, present)} qualify {_written(engine, window)} > 1"


def _written(engine: Any, query: Any) -> str:
    return str(query.compile(engine.engine, compile_kwargs={"literal_binds": True}))


def keep(
    engine: Engine, name: str, relation: Relation, queries: Mapping[int, str], *, run_id: str, limit: int
) -> dict[int, int | EngineError]:
    """Keep up to `limit` failing rows per position in quarantine."<name>"; return how many were kept, or why none were.

    The table holds what failed in this check and nothing older; where nothing failed there is no table. Columns of the checked
    table that are called run_id or position get `row_` in front.
    """
    table = Relation(SCHEMA, name)
    engine.execute(f"create schema if not exists {quote(SCHEMA)}")
    if not queries:
        engine.execute(f"drop table if exists {table}")
        return {}
    columns = engine.columns(relation)
    listed = ", ".join(f"{quote(each.name)} as {quote(_stored(each))}" for each in columns)
    engine.execute(
        f"create or replace table {table} as"
        f" select ''::varchar as run_id, 0::integer as position, {listed} from {relation} limit 0"
    )
    kept: dict[int, int | EngineError] = {}
    for position, sql in queries.items():
        try:
            kept[position] = _insert(engine, table, columns, sql, position, run_id=run_id, limit=limit)
        except EngineError as error:
            kept[position] = error
    return kept


def _insert(
    engine: Engine, table: Relation, columns: tuple[Column, ...], sql: str, position: int, *, run_id: str, limit: int
) -> int:
    """Insert the columns that a query shares with the table; a query that gives none of them has no rows to keep."""
    given = {each.name.casefold() for each in engine.bind(sql)}
    shared = [each for each in columns if each.name.casefold() in given]
    if not shared:
        return 0
    into = ", ".join(quote(_stored(each)) for each in shared)
    taken = ", ".join(quote(each.name) for each in shared)
    engine.execute(
        f"insert into {table} (run_id, position, {into}) select {literal(run_id)}, {position}, {taken} from ({sql}) limit {limit}"
    )
    return int(engine.value(f"select count(*) from {table} where position = {position}"))


def _stored(column: Column) -> str:
    return f"row_{column.name}" if column.name.casefold() in _OURS else column.name
