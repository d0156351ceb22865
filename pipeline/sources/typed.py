"""The log -> typed tables: current state, history and rejects. They depend on the log and the declaration alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, Severity, finding
from pipeline.profile import Company
from pipeline.shapes import Column, comma, quote
from pipeline.sources.rawlog import Counted, active_loads, check_log, loads, of
from pipeline.sources.source import SourceTable, declared_columns
from pipeline.sources.staging import MARK
from pipeline.sources.standing import changed_keys, write_standing
from pipeline.sources.survivors import write_survivors
from pipeline.sources.typing_sql import typed_query

_KEPT = (
    "_load_id",
    "_record_no",
    "_line_start",
    "_key",
    "_record_hash",
    "_known_at",
    "_pos",
    "_is_tombstone",
    "_fault",
)
_REJECT_COLUMNS = (
    "load_id bigint, record_no bigint, line bigint, key varchar, column_name varchar, value varchar, rule varchar,"
    " is_current boolean, _key varchar"
)


@dataclass(frozen=True)
class TypeResult:
    """What typing gave: rows of the typed table, rejected records that are current, and what to look at."""

    rows: int
    rejects: int
    findings: tuple[Finding, ...] = ()


def log_fingerprint(engine: Engine, table: SourceTable, known_until: dt.datetime | None = None) -> str:
    """Return a hash of the loads that count; it changes when the log could give another typed table.

    `known_until` is naive UTC: only loads with known_at up to it count.
    """
    return hashlib.sha256(repr(active_loads(engine, table, known_until)).encode()).hexdigest()[:16]


def type_table(engine: Engine, table: SourceTable, *, company: Company, known_until: dt.datetime | None = None) -> TypeResult:
    """Write a source table's typed table, its history and its rejects, in one transaction.

    Typed table: one row per key as it stands; absent keys are not in it. History: one row per key and readable version, in force
    from `_known_at` until `_valid_to` (NULL: still), both naive UTC; in mode append it is a view of the typed table. Rejects: one
    row per record and fault. Only what changed since the last typing is computed again where that gives the same. Naive UTC
    `known_until` leaves out loads known later. Raises KgiError where mode or key are no longer those of the log.
    """
    assert table.timezone == company.timezone, "the declaration was read for a company in another time zone"
    check_log(engine, table)
    counting = active_loads(engine, table, known_until)
    said = f"{table.fingerprint} {known_until}"
    with engine.transaction():
        changed = None if known_until else _loads_since(engine, table, said, counting)
        _write_versions(engine, table, known_until, changed)
        _write_tables(engine, table, afresh=changed is None)
        findings = write_survivors(engine, table) if table.merged_into is not None else ()
        engine.execute(f"delete from state.typed where {of(table)}")
        engine.execute("insert into state.typed values (?, ?, ?, ?)", [table.source, table.name, said, json.dumps(counting)])
    rows = engine.value(f"select count(*) from {table.relation}")
    rejects, told = _tell_rejects(engine, table)
    return TypeResult(rows, rejects, (*told, *findings))


def write_then(engine: Engine, table: SourceTable, then: frozenset[int], changed: tuple[int, ...], into: str) -> None:
    """Write to `into` the typed rows as they stood when just the loads `then` counted, of the keys that `changed` may have moved.

    `changed` are the loads that count at one of the two times only. The temporary table `typed_keys` holds those keys.
    """
    _write_versions(engine, table, then, changed)
    columns = declared_columns(table)
    stood = f"select * exclude (_valid_to) from ({_history(table, columns)}) where _valid_to is null"
    engine.execute(f"create or replace table {into} as {stood}")


def forget_typing(engine: Engine, table: SourceTable) -> None:
    """Let the next typing of a table compute everything again from its log."""
    engine.execute(f"delete from state.typed where {of(table)}")


def _loads_since(engine: Engine, table: SourceTable, said: str, counting: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the loads that count now and did not, or did and do not; None where all must be typed afresh."""
    rows = engine.rows(f"select fingerprint, loads from state.typed where {of(table)}")
    here = all(engine.exists(each) for each in (table.relation, table.history, table.reject))
    if not rows or rows[0][0] != said or not here:
        return None
    return tuple(sorted(set(counting) ^ set(json.loads(rows[0][1]))))


def _write_versions(engine: Engine, table: SourceTable, counted: Counted | None, changed: tuple[int, ...] | None) -> None:
    """Write `typed_versions`: one row per key and version that counts, typed; only the keys of `changed` where it is given."""
    if not engine.exists(table.raw):
        empty = comma([f"NULL::{each.type} as {quote(each.name)}" for each in table.columns])
        own = "NULL::bigint as _load_id, NULL::bigint as _record_no, NULL::bigint as _line_start, NULL::varchar as _key"
        more = "NULL::varchar as _record_hash, NULL::timestamp as _known_at, NULL::bigint as _pos, false as _is_tombstone"
        faults = 'NULL::struct("column" varchar, "value" varchar, "rule" varchar)[] as _faults'
        flags = f"NULL::varchar as _fault, false as _is_deleted, {empty}, {faults}"
        engine.execute(f"create or replace temp table typed_versions as select {own}, {more}, {flags} limit 0")
        engine.execute("create or replace temp table typed_keys as select NULL::varchar as _key limit 0")
        return
    wanted = "true"
    if changed is not None:
        engine.execute(f"create or replace temp table typed_keys as {changed_keys(table, changed)}")
        wanted = "r._key in (select _key from typed_keys)"
    if table.mode == "snapshot":
        write_standing(engine, table, counted, wanted)
        versions = _snapshot_versions(table)
    else:
        versions = _delta_versions(table, counted, wanted)
    present = [column.name for column in engine.columns(table.raw)]
    query = typed_query(table, f"({versions})", kept=_KEPT, present=present, extra=_extra_headers(engine, table))
    engine.execute(f"create or replace temp table typed_versions as {query}")


def _extra_headers(engine: Engine, table: SourceTable) -> set[str]:
    rows = engine.rows(f"select distinct new_columns from state.load where {of(table)} and status <> 'refused'")
    return {name for (text,) in rows for name in json.loads(text or "[]")}


def _delta_versions(table: SourceTable, counted: Counted | None, wanted: str) -> str:
    return (
        f"select r.*, l.known_at as _known_at, l.pos as _pos from {table.raw} r"
        f" join ({loads(table, counted)}) l on l.load_id = r._load_id where l.counts and {wanted}"
    )


def _snapshot_versions(table: SourceTable) -> str:
    numbers = [f"case when s.is_own then r.{each} end as {each}" for each in ("_record_no", "_line_start")]
    return (
        f"select r.* exclude (_load_id, _record_no, _line_start), l.load_id as _load_id, {comma(numbers)},"
        f" l.known_at as _known_at, s.pos as _pos"
        f" from standing s join {table.raw} r on r.rowid = s.rid join standing_loads l on l.pos = s.pos"
    )


def _rank(table: SourceTable) -> str:
    updated = f"{quote(table.updated_at)} nulls first, " if table.updated_at is not None else ""
    return "_pos" if table.mode == "snapshot" else f"{updated}_pos, _record_no"


def _write_tables(engine: Engine, table: SourceTable, *, afresh: bool) -> None:
    """Write the typed table, the history and the rejects from `typed_versions`: whole, or for the keys of `typed_keys`."""
    columns = declared_columns(table)
    engine.execute(f"create or replace temp table typed_history as {_history(table, columns)}")
    if afresh:
        for relation in (table.history, table.relation, table.reject):
            _drop(engine, str(relation))
        engine.execute(f"create table {table.relation} ({_definitions(columns)})")
        engine.execute(f"create table {table.reject} ({_REJECT_COLUMNS})")
        if table.mode == "append":
            engine.execute(f"create view {table.history} as select *, NULL::timestamp as _valid_to from {table.relation}")
        else:
            engine.execute(f"create table {table.history} ({_definitions(columns)}, _valid_to timestamp)")
    _put(engine, str(table.relation), "select * exclude (_valid_to) from typed_history where _valid_to is null", afresh=afresh)
    if table.mode != "append":
        _put(engine, str(table.history), "from typed_history", afresh=afresh)
    engine.execute(f"create or replace temp table typed_rejects as {_rejects(table)}")
    _put(engine, str(table.reject), "from typed_rejects", afresh=afresh)


def _definitions(columns: tuple[Column, ...]) -> str:
    return comma([f"{quote(each.name)} {each.type}" for each in columns])


def _drop(engine: Engine, relation: str) -> None:
    kinds = engine.rows(
        "select table_type from information_schema.tables where table_catalog = current_database()"
        " and '\"' || table_schema || '\".\"' || table_name || '\"' = ?",
        [relation],
    )
    for (kind,) in kinds:
        engine.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {relation}")


def _put(engine: Engine, relation: str, query: str, *, afresh: bool) -> None:
    if not afresh:
        engine.execute(f"delete from {relation} where _key in (select _key from typed_keys)")
    if engine.value(f"select exists ({query})"):
        engine.execute(f"insert into {relation} by name {query}")


def _history(table: SourceTable, columns: tuple[Column, ...]) -> str:
    """Put readable versions and absences in order, drop what repeats, and end each version when a later one was known."""
    rank = _rank(table)
    survivor = ", _key as _survivor_key" if table.merged_into is not None else ""
    first = "min(_known_at) filter (not _is_tombstone) over (partition by _key)"
    later = f"min(_known_at) over (partition by _key order by {rank} rows between 1 following and unbounded following)"
    repeats = " and ".join(f"{each} is not distinct from lag({each}) over w" for each in ("_record_hash", "_is_tombstone"))
    names = comma([quote(each.name) for each in columns])
    return (
        "with readable as (select * from typed_versions where _is_tombstone or (_fault is null and _faults is null)),"
        f" versions as (select * from readable window w as (partition by _key order by {rank})"
        f" qualify not ({repeats}) or row_number() over w = 1),"
        f" ended as (select *{survivor}, {first} as _first_known_at, {later} as later_at from versions)"
        f" select {names}, case when later_at is not null then greatest(_known_at, later_at) end as _valid_to"
        " from ended where not _is_tombstone"
    )


def _rejects(table: SourceTable) -> str:
    """One row per record and fault; `is_current`: the record is the newest of its key."""
    newest = "row_number() over (partition by _key order by _pos desc, _record_no desc) = 1"
    key = f"case when starts_with(_key, {MARK}) then case when _fault = 'duplicate_key' then {_doubled_key()} end else _key end"
    return (
        f"select _load_id as load_id, _record_no as record_no, _line_start as line, {key} as key, fault.column as column_name,"
        " case when _fault = 'duplicate_key' then key when _fault = 'key_missing' then NULL else fault.value end as value,"
        " fault.rule as rule, newest as is_current, _key from (select *, unnest(_faults) as fault from"
        f" (select *, {newest} as newest from typed_versions) where not _is_tombstone and _faults is not null)"
    )


def _doubled_key() -> str:
    return "regexp_extract(_key, '^.duplicate_key:\\d+:(.*)$', 1, 's')"


def _tell_rejects(engine: Engine, table: SourceTable) -> tuple[int, tuple[Finding, ...]]:
    rows = engine.rows(f"select column_name, rule, count(*) from {table.reject} where is_current group by all order by all")
    total = engine.value(f"select count(distinct _key) from {table.reject} where is_current")
    told = (
        finding(
            "records_rejected",
            table.place,
            severity=Severity.WARNING,
            table=table.full_name,
            column=column or "-",
            rule=rule,
            records=count,
            rejects=table.reject.name,
        )
        for column, rule, count in rows
    )
    return int(total), tuple(told)
