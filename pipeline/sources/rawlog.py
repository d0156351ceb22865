"""The append-only log: its tables, the order of its loads, what it holds at a load, and how a load is appended.

A snapshot stores what differs from the load before it in declared order, and tombstones for what is absent. The state at a load
is therefore the newest row of each key among the loads up to it, undone ones included: undoing is a mark, and what an undone load
was the first to say stands, for the loads after it that said the same, as if they had said it first (`standing.py`). A load that
comes between others gives copies to its successor, so that no state but its own changes.
"""

from __future__ import annotations

import datetime as dt
import json

from pipeline.engines.duckdb import Engine
from pipeline.findings import KgiError, finding
from pipeline.shapes import comma, literal, quote
from pipeline.sources.source import SourceTable
from pipeline.sources.staging import LOG_COLUMNS

Counted = dt.datetime | frozenset[int]
"""Which loads count, undone ones aside: those known up to an instant (naive UTC), or just these, undone since or not."""

_STATE = (
    "create schema if not exists raw",
    "create schema if not exists source",
    "create schema if not exists state",
    """create table if not exists state.load (
        load_id bigint not null, source_name varchar not null, table_name varchar not null, file varchar not null,
        size bigint, mtime_ns bigint, sha256 varchar, order_value timestamp not null, known_at timestamp,
        loaded_at timestamp not null, encoding varchar, rows_read bigint, rows_stored bigint, rows_unchanged bigint,
        rows_tombstoned bigint, rows_rejected bigint, footer_rows bigint, blank_rows bigint,
        skipped_rows bigint, new_columns varchar, status varchar not null,
        undone_at timestamp, reason varchar, findings varchar)""",
    """create table if not exists state.load_file (
        source_name varchar not null, table_name varchar not null, file varchar not null, size bigint not null,
        mtime_ns bigint not null, sha256 varchar not null, load_id bigint not null)""",
    """create table if not exists state.log (
        source_name varchar not null, table_name varchar not null, mode varchar not null, key varchar not null,
        key_rule varchar)""",
    """create table if not exists state.typed (
        source_name varchar not null, table_name varchar not null, fingerprint varchar not null, loads varchar not null)""",
)


def create_state(engine: Engine) -> None:
    """Create the schemas raw, source and state and the tables of the log that are not there yet."""
    with engine.transaction():
        for statement in _STATE:
            engine.execute(statement)


def copy_log(engine: Engine, database: str, known_until: dt.datetime) -> None:
    """Copy the log into an attached, empty database as it was known at an instant (naive UTC), for a run apart from this one.

    Loads known later stand in the copy as undone, so that typing there gives what was known; those that come after all the others
    in declared order are left out.
    """
    for schema in ("raw", "source", "state"):
        engine.execute(f"create schema if not exists {database}.{schema}")
    known = f"known_at <= timestamp {literal(known_until.isoformat(sep=' '))}"
    counts = f"(status = 'loaded' and {known})"
    last = f"max(order_value) filter ({counts}) over (partition by source_name, table_name)"
    engine.execute(
        f"create table {database}.state.load as select * replace (case when status = 'loaded' and not {counts} then 'undone'"
        f" else status end as status) from state.load where status <> 'refused' qualify order_value <= {last}"
    )
    for name in ("load_file", "log"):
        engine.execute(f"create table {database}.state.{name} as from state.{name}")
    engine.execute(f"create table {database}.state.typed as from state.typed limit 0")
    copied = f"(select load_id from {database}.state.load)"
    for source, name in engine.rows("select source_name, table_name from state.log"):
        raw = f"raw.{quote(f'{source}__{name}')}"
        engine.execute(f"create table {database}.{raw} as from {raw} where _load_id in {copied}")


def of(table: SourceTable) -> str:
    """Return the condition that picks a table's rows in the schema state."""
    return f"source_name = {literal(table.source)} and table_name = {literal(table.name)}"


def loads(table: SourceTable, counted: Counted | None = None) -> str:
    """Return a query of the loads that have rows: load_id, known_at, pos (declared order, from 1), whether each counts."""
    return (
        "select load_id, known_at, order_value, row_number() over (order by order_value, load_id) as pos,"
        f" {_counts(counted)} as counts, status = 'undone' as undone"
        f" from state.load where {of(table)} and status in ('loaded', 'undone')"
    )


def _counts(counted: Counted | None) -> str:
    match counted:
        case None:
            return "status = 'loaded'"
        case dt.datetime():
            return f"status = 'loaded' and known_at <= timestamp {literal(counted.isoformat(sep=' '))}"
        case _:
            return f"coalesce(load_id in ({comma([str(each) for each in sorted(counted)]) or 'NULL'}), false)"


def active_loads(engine: Engine, table: SourceTable, counted: Counted | None = None) -> tuple[int, ...]:
    """Return the loads that count, in declared order."""
    rows = engine.rows(f"select load_id from ({loads(table, counted)}) where counts order by pos")
    return tuple(load_id for (load_id,) in rows)


def create_log(engine: Engine, table: SourceTable) -> None:
    """Create a table's log, or add the columns that have been declared since. Inside the load's transaction."""
    own = comma([f"{name} {type_}" for name, type_ in LOG_COLUMNS.items()])
    engine.execute(f"create table if not exists {table.raw} ({own})")
    for column in table.columns:
        engine.execute(f"alter table {table.raw} add column if not exists {quote(column.header)} varchar")
    if not engine.rows(f"select 1 from state.log where {of(table)}"):
        key = json.dumps([table.column(name).header for name in table.key], ensure_ascii=False)
        row = [table.source, table.name, table.mode, key, table.key_rule]
        engine.execute("insert into state.log values (?, ?, ?, ?, ?)", row)


def check_log(engine: Engine, table: SourceTable) -> None:
    """Refuse a declaration whose mode or key is not the one that the log was written with. Raises KgiError."""
    for mode, key, rule in engine.rows(f"select mode, key, key_rule from state.log where {of(table)}"):
        headers = json.loads(key)
        columns = [table.column(name) for name in table.key]
        same = len(headers) == len(columns) and all(h in c.headers for h, c in zip(headers, columns, strict=True))
        if (mode, rule) != (table.mode, table.key_rule) or not same:
            now = f"{table.mode}, {', '.join(table.key)}, {table.key_rule or '-'}"
            then = f"{mode}, {', '.join(headers)}, {rule or '-'}"
            raise KgiError(finding("log_changed", table.place, table=table.full_name, now=now, then=then))


def state_at(table: SourceTable, pos: int) -> str:
    """Return a query of a snapshot log's state at a position: the newest row of each key up to it, tombstones among them."""
    row = "{'row': r.rowid, 'hash': r._record_hash, 'gone': r._is_tombstone, 'fault': r._fault, 'load': r._load_id}"
    return (
        f"select _key, s.row as rid, s.hash as hash, s.gone as gone, s.fault as fault, s.load as load_id from ("
        f"select r._key, arg_max({row}, l.pos) as s from {table.raw} r join ({loads(table)}) l on l.load_id = r._load_id"
        f" where l.pos <= {pos} group by r._key)"
    )


def position_before(engine: Engine, table: SourceTable, order: dt.datetime) -> int:
    """Return the position after which a new load of that order stands: behind all that are not newer."""
    return int(engine.value(f"select count(*) from ({loads(table)}) where order_value <= ?", [order]))


def compare_snapshot(engine: Engine, table: SourceTable, load_id: int, before: int) -> None:
    """Write to `staged_rows` what a staged snapshot adds to the log: new and changed records, tombstones for absent keys."""
    engine.execute(f"create or replace temp table staged_before as {state_at(table, before)}")
    engine.execute(
        "create or replace temp table staged_rows as select s.* from staged s left join staged_before b using (_key)"
        " where b._key is null or b.gone or b.hash is distinct from s._record_hash or b.fault is distinct from s._fault"
    )
    absent = "select _key from staged_before b where not gone and not exists (select 1 from staged s where s._key = b._key)"
    engine.execute(f"insert into staged_rows by name {_tombstones(load_id, absent)}")


def compare_successor(engine: Engine, table: SourceTable, before: int) -> None:
    """Write to `staged_moved` and `staged_held` what keeps the state of the next load in order as it was.

    `staged_moved` names rows that are to be copied under that load, `staged_held` holds tombstones for keys it does not have.
    Both are empty for the newest load.
    """
    found = engine.rows(f"select load_id from ({loads(table)}) where pos = {before + 1}")
    successor = found[0][0] if found else -1
    engine.execute(
        "create or replace temp table staged_moved as select s._key, b.rid, coalesce(b.gone, true) as gone,"
        f" {successor}::bigint as successor from staged_rows s left join staged_before b using (_key)"
        f" where {successor} >= 0 and s._key not in (select _key from {table.raw} where _load_id = {successor})"
    )
    gone = "select _key from staged_moved where gone"
    engine.execute(f"create or replace temp table staged_held as {_tombstones(successor, gone)}")


def _tombstones(load_id: int, keys: str) -> str:
    return f"select {load_id}::bigint as _load_id, _key, true as _is_tombstone from ({keys})"


def append_rows(engine: Engine, table: SourceTable) -> None:
    """Append what was staged to the log, in one statement. Inside the load's transaction.

    DuckDB 2.0.0 loses sight of rows that are appended behind an empty INSERT which followed a large one in its transaction;
    therefore one INSERT, and none where there is nothing to append.
    """
    rows = "select * from staged_rows"
    if table.mode == "snapshot":
        numbers = "NULL as _record_no, NULL as _line_start, NULL as _line_end"
        rows += (
            f" union all by name select r.* replace (m.successor as _load_id, r._load_id as _attributed_from, {numbers})"
            f" from {table.raw} r join staged_moved m on m.rid = r.rowid where not m.gone"
            " union all by name select * from staged_held"
        )
    if engine.value(f"select exists ({rows})"):
        engine.execute(f"insert into {table.raw} by name {rows}")
