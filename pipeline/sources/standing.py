"""The log of snapshots -> which row of each key stands from which load on, whatever loads count."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.engines.duckdb import Engine
from pipeline.shapes import comma
from pipeline.sources.conversions import key_text
from pipeline.sources.rawlog import Counted, loads
from pipeline.sources.source import SourceTable
from pipeline.sources.staging import MARK

_UNREADABLE = "('wrong_number_of_fields', 'bad_quoting')"


def keys_in_unreadable(table: SourceTable, keys: str, records: str) -> str:
    """Return a query of the keys that stand among the pieces of unreadable records: columns of both, one row per pair.

    `keys` is a query with `_key`, `records` one of unreadable rows in the shape of the log. A key in an unreadable record is not
    absent; where it stands in the record cannot be known, so any piece that is the key's text will do.
    """
    columns = [table.column(name) for name in table.key]
    forms = [f"list_transform(pieces, lambda piece: {key_text(each, 'piece')})" for each in columns if each.rule]
    pieces = f"list_concat(pieces, {comma(forms)})" if forms else "pieces"
    listed = (
        f"select * replace ({pieces} as pieces) from (select *, from_json(_extra, '[\"VARCHAR\"]') as pieces from ({records}))"
    )
    if len(columns) == 1:
        each = f"select distinct * from (select * exclude (pieces), unnest(pieces) as piece from ({listed}))"
        return f"select k.*, u.* exclude (_key, piece) from ({keys}) k join ({each}) u on u.piece = k._key"
    parts = "list_has_all(u.pieces, from_json(k._key, '[\"VARCHAR\"]'))"
    return f"select k.*, u.* exclude (_key, pieces) from ({keys}) k join ({listed}) u on {parts}"


def write_standing(engine: Engine, table: SourceTable, counted: Counted | None, wanted: str) -> None:
    """Write `standing`: one row per key and version, `rid` its row in the log, `pos` the first load that counts and says it.

    `pos` is a position in declared order, `is_own` whether the row was read from that load's file. A row stands until the next
    row of its key, undone loads included, and belongs to the first load in between that counts. A tombstone waits for a load in
    which the key is not inside an unreadable record. A row that says what the one before it says is left out. `wanted` is a
    condition on `r`, true of all rows of a key or of none.
    """
    following = "order by pos rows between current row and unbounded following"
    engine.execute(
        f"create or replace temp table standing_loads as select *, min(pos) filter (counts) over ({following}) as first_pos"
        f" from ({loads(table, counted)})"
    )
    engine.execute(
        "create or replace temp table standing_rows as select r.rowid as rid, r._key, r._record_hash, r._fault, r._is_tombstone,"
        " l.pos as own_pos, l.first_pos, lead(l.pos) over (partition by r._key order by l.pos) as next_pos"
        f" from {table.raw} r join standing_loads l on l.load_id = r._load_id where {wanted}"
    )
    if engine.value(f"select exists (select 1 from {table.raw} where _fault in {_UNREADABLE})"):
        _let_tombstones_wait(engine, table)
    said = ("_record_hash", "_fault", "_is_tombstone")
    repeats = " and ".join(f"{each} is not distinct from lag({each}) over w" for each in said)
    engine.execute(
        "create or replace temp table standing as select rid, first_pos as pos, own_pos = first_pos as is_own from standing_rows"
        " where first_pos is not null and (next_pos is null or first_pos < next_pos)"
        f" window w as (partition by _key order by first_pos) qualify not ({repeats}) or row_number() over w = 1"
    )


def _let_tombstones_wait(engine: Engine, table: SourceTable) -> None:
    """Move the first load of a tombstone behind the loads whose unreadable records hold its key."""
    unread = (
        "select r._key, r._extra, l.pos as from_pos, lead(l.pos) over (partition by r._key order by l.pos) as to_pos,"
        f" r._is_tombstone as gone from {table.raw} r join standing_loads l on l.load_id = r._load_id where r._key in"
        f" (select _key from {table.raw} where _fault in {_UNREADABLE})"
    )
    buried = f"select rid, _key, own_pos, next_pos from standing_rows where _is_tombstone and not starts_with(_key, {MARK})"
    engine.execute(
        f"create or replace temp table standing_held as {keys_in_unreadable(table, buried, f'from ({unread}) where not gone')}"
    )
    engine.execute(
        "update standing_rows s set first_pos = (select min(l.pos) from standing_loads l where l.counts and l.pos >= s.own_pos"
        " and (s.next_pos is null or l.pos < s.next_pos) and not exists (select 1 from standing_held h where h.rid = s.rid"
        " and l.pos >= h.from_pos and (h.to_pos is null or l.pos < h.to_pos)))"
        " where s.rid in (select rid from standing_held)"
    )


def changed_keys(table: SourceTable, load_ids: Collection[int]) -> str:
    """Return a query of the keys whose typed rows may differ once these loads count, or no longer count: one row each, `_key`.

    Among them are keys of a snapshot that another undone load was the first to say, or that wait inside an unreadable record: any
    load may move them. The table must have a log. Keys that begin with U+001F belong to records without a key of their own.
    """
    listed = comma([str(each) for each in load_ids]) or "NULL"
    if table.mode != "snapshot":
        return f"select distinct _key from {table.raw} where _load_id in ({listed})"
    undone = f"select load_id from ({loads(table)}) where undone"
    buried = f"select distinct _key from {table.raw} where _is_tombstone and not starts_with(_key, {MARK})"
    unread = f"select _key, _extra from {table.raw} where _fault in {_UNREADABLE}"
    return (
        f"select _key from {table.raw} where _load_id in ({listed}) or _load_id in ({undone})"
        f" union select _key from ({keys_in_unreadable(table, buried, unread)})"
    )


def staged_in_unreadable(table: SourceTable) -> str:
    """Return a query of the keys that a staged snapshot does not hold but in unreadable records."""
    absent = "select _key from staged_rows where _is_tombstone"
    unread = f"select _key, _extra from staged where _fault in {_UNREADABLE}"
    return f"select distinct _key from ({keys_in_unreadable(table, absent, unread)})"
