"""The loads that counted then and those that count now -> the keys whose typed rows differ and why; mixtures of then and now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.engines.duckdb import Engine
from pipeline.shapes import Relation, comma, literal, quote
from pipeline.sources.rawlog import active_loads
from pipeline.sources.source import SourceTable, declared_columns
from pipeline.sources.survivors import write_survivors
from pipeline.sources.typed import write_then

CAUSES = ("late_rows", "corrected_rows", "deleted_rows", "undone_loads", "later_days")
"""Why a key is another one now, in the order in which their effects are told apart.

late_rows: its first version came after the earlier night and happened up to it (or it is not declared when it happened).
corrected_rows: it had a version then and has another one now. deleted_rows: it is gone or marked deleted. undone_loads: a load
that counted then does not count now. later_days: it happened after the earlier night.
"""


@dataclass(frozen=True)
class Difference:
    """What differs in one table: the causes that have keys, and (cause, load) for the loads that brought them."""

    table: SourceTable
    causes: frozenset[str]
    loads: frozenset[tuple[str, int]]


def write_difference(
    engine: Engine, table: SourceTable, then: frozenset[int], *, until: tuple[dt.date, dt.datetime], beside: str
) -> Difference:
    """Write to the attached database `beside` which keys differ and their rows of then, when just the loads `then` counted.

    `until`: the earlier night's date and the first instant after it (naive UTC). The typed table must be as of now.
    """
    now = frozenset(active_loads(engine, table))
    changed = tuple(sorted(now ^ then))
    if not changed:
        return Difference(table, frozenset(), frozenset())
    for schema in ("then", "cause"):
        engine.execute(f"create schema if not exists {beside}.{quote(schema)}")
    rows, causes = f"{beside}.{_then(table)}", f"{beside}.{_cause(table)}"
    write_then(engine, table, then, changed, rows)
    engine.execute(f"create table {causes} as {_causes(table, rows, changed, sorted(then - now), until)}")
    found = engine.rows(f"select distinct cause, load_id from {causes}")
    return Difference(table, frozenset(cause for cause, _ in found), frozenset(found))


def put_mixture(engine: Engine, table: SourceTable, applied: Collection[str], *, of: str) -> None:
    """Put a typed table into the current database: rows of now, but those of then where a key's cause is not among `applied`.

    `of` names the database with the rows of now. Chains of merged records are followed anew.
    """
    names = comma([quote(each.name) for each in declared_columns(table)])
    left_out = f"select _key from {_cause(table)} where cause not in ({comma([literal(each) for each in applied]) or 'NULL'})"
    if not applied:
        left_out = f"select _key from {_cause(table)}"
    query = (
        f"select {names} from {quote(of)}.{table.relation} where _key not in ({left_out})"
        f" union all select {names} from {_then(table)} where _key in ({left_out})"
    )
    if table.merged_into is None:
        engine.execute(f"create view {table.relation} as {query}")
        return
    engine.execute(f"create table {table.relation} as select * replace (_key as _survivor_key) from ({query})")
    write_survivors(engine, table)


def _then(table: SourceTable) -> Relation:
    return Relation("then", table.relation.name)


def _cause(table: SourceTable) -> Relation:
    return Relation("cause", table.relation.name)


def _causes(
    table: SourceTable, rows: str, changed: Collection[int], undone: Collection[int], until: tuple[dt.date, dt.datetime]
) -> str:
    """Return the query of the keys that differ: `_key`, `cause`, `load_id`."""
    listed = comma([str(each) for each in changed])
    names = [quote(each.name) for each in table.columns] + ["_is_deleted"]
    is_same = f"row({comma([f'a.{name}' for name in names])}) is not distinct from row({comma([f'b.{name}' for name in names])})"
    return (
        "select k._key, case"
        f" when r.has_undone then 'undone_loads'"
        f" when a._key is null then case when {_is_later(table, until)} then 'later_days' else 'late_rows' end"
        " when b._key is null or (b._is_deleted and not a._is_deleted) then 'deleted_rows' else 'corrected_rows' end as cause,"
        f" coalesce(case when b._load_id in ({listed}) then b._load_id end, r.load_id) as load_id"
        f" from typed_keys k left join {rows} a using (_key) left join {table.relation} b using (_key) left join"
        f" (select _key, max(_load_id) as load_id, {_any(undone)} as has_undone from {table.raw}"
        f" where _load_id in ({listed}) group by _key) r using (_key)"
        f" where (a._key is not null or b._key is not null) and not (a._key is not null and b._key is not null and {is_same})"
    )


def _any(loads: Collection[int]) -> str:
    return f"bool_or(_load_id in ({comma([str(each) for each in loads])}))" if loads else "false"


def _is_later(table: SourceTable, until: tuple[dt.date, dt.datetime]) -> str:
    if table.event_time is None:
        return "false"
    column = table.column(table.event_time)
    day, end = until
    if column.type == "DATE":
        return f"b.{quote(column.name)} > date {literal(day.isoformat())}"
    return f"b.{quote(column.name)} >= timestamp {literal(end.isoformat(sep=' '))}"
