"""One file -> the temporary table `staged`: its records in the shape of the raw log, hashed, keyed, faults marked.

Text is decoded and split by Python into a spool file of quoted UTF-8, which DuckDB reads with every column explicit.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.engines.duckdb import Engine
from pipeline.shapes import comma, literal, quote
from pipeline.sources.conversions import key_text
from pipeline.sources.formats import Opened
from pipeline.sources.headers import Header
from pipeline.sources.records import Record
from pipeline.sources.source import SourceTable

STAGED = "temp.main.staged"
LOG_COLUMNS = {
    "_load_id": "BIGINT",
    "_record_no": "BIGINT",
    "_line_start": "BIGINT",
    "_line_end": "BIGINT",
    "_record_hash": "VARCHAR",
    "_key": "VARCHAR",
    "_fault": "VARCHAR",
    "_is_tombstone": "BOOLEAN",
    "_attributed_from": "BIGINT",
    "_extra": "VARCHAR",
    "_unparsed": "VARCHAR",
}
"""The raw log's own columns; the declared ones stand after them under their exported headers."""

MARK = "chr(31)"
"""What the key of a record begins with that has none of its own: unreadable ones and later ones of a doubled key."""

_USUAL_LINE = 2_000_000
_NUMBERS = ("_record_no", "_line_start", "_line_end")
_FAULTS = ("_fault", "_unparsed", "_extra")


@dataclass(frozen=True)
class Counts:
    """What a file holds, in records. `read` are all that are neither footer nor blank nor skipped."""

    read: int
    footer: int = 0
    blank: int = 0
    skipped: int = 0


def stage_text(engine: Engine, table: SourceTable, opened: Opened, header: Header, *, load_id: int, folder: Path) -> Counts:
    """Write the records of an opened file to `staged`, one row per record that is data. Returns the counts.

    Faults of this stage: wrong_number_of_fields and bad_quoting keep the record's text in `_unparsed` and its pieces, a JSON
    list, in `_extra`; key_missing and, in a snapshot, duplicate_key (all but the first) keep the record as it is.
    """
    spool = _Spool(table, opened, header)
    spool.write(folder / "records.csv", folder / "faults.csv")
    fields = tuple(f"f{index}" for index in range(header.width))
    _view(engine, "staged_file", folder / "records.csv", fields, spool.longest)
    _view(engine, "staged_faults", folder / "faults.csv", _FAULTS, spool.longest)
    declared = {name: f"f{index}" for name, index in header.declared.items()}
    extra = {name: f"f{index}" for name, index in header.extra.items()}
    shape_records(engine, table, declared, extra, load_id=load_id)
    return Counts(spool.read, opened.body.footer_rows, opened.body.blank_rows, spool.skipped)


class _Spool:
    """Writes records as quoted CSV, numbered; what has the wrong number of fields goes to a file of its own."""

    def __init__(self, table: SourceTable, opened: Opened, header: Header) -> None:
        self._opened, self._width = opened, header.width
        skip = table.skip_when
        self._skip_at = -1 if skip is None else header.declared.get(skip.column, -1)
        self._skip_values = frozenset(skip.values if skip else ())
        self._has_nulls = table.format == "jsonl"
        self.read = self.skipped = self.longest = 0

    def write(self, good: Path, bad: Path) -> None:
        """Write both files; one pass over the records."""
        with _writing(good) as out, _writing(bad) as faults:
            row = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
            fault = csv.writer(faults, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
            for record in self._opened.body:
                fields = record.fields
                if record.is_broken or len(fields) != self._width:
                    self.read += 1
                    fault(self._fault(record))
                elif self._skip_at >= 0 and fields[self._skip_at] in self._skip_values:
                    self.skipped += 1
                else:
                    self.read += 1
                    self.longest = max(self.longest, sum(map(len, filter(None, fields))))
                    if self._has_nulls:
                        out.write(_quoted(self.read, record))
                    else:
                        row((self.read, record.line_start, record.line_end, *fields))

    def _fault(self, record: Record) -> tuple[object, ...]:
        rule = "bad_quoting" if record.is_broken else "wrong_number_of_fields"
        text = self._opened.text_of(record)
        self.longest = max(self.longest, 3 * len(text))
        pieces = json.dumps(list(record.fields), ensure_ascii=False)
        return (self.read, record.line_start, record.line_end, rule, text, pieces)


def _writing(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _quoted(number: int, record: Record) -> str:
    """Write a record with nulls: the CSV writer has no way to tell a null from an empty text."""
    fields = ",".join("" if each is None else '"' + each.replace('"', '""') + '"' for each in record.fields)
    return f"{number},{record.line_start},{record.line_end},{fields}\n"


def _view(engine: Engine, name: str, path: Path, fields: Sequence[str], longest: int) -> None:
    types = {**dict.fromkeys(_NUMBERS, "BIGINT"), **dict.fromkeys(fields, "VARCHAR")}
    columns = comma([f"{literal(each)}: {literal(type_)}" for each, type_ in types.items()])
    line = max(_USUAL_LINE, 8 * longest)
    engine.execute(
        f"create or replace temp view {name} as select * from read_csv({literal(str(path))}, auto_detect = false, header = false,"
        " delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,"
        f" strict_mode = true, max_line_size = {line}, columns = {{{columns}}})"
    )


def shape_records(
    engine: Engine, table: SourceTable, declared: Mapping[str, str], extra: Mapping[str, str], *, load_id: int
) -> None:
    """Turn `staged_file` (and `staged_faults`) into `staged`. `declared` and `extra` say which field holds which column."""
    texts = {each.name: quote(declared[each.name]) if each.name in declared else "NULL" for each in table.columns}
    data = [f"{texts[each.name]} as {quote(each.header)}" for each in table.columns]
    pairs = comma([f"{literal(name)}, {quote(field)}" for name, field in extra.items()])
    rest = f"json_object({pairs})::varchar" if pairs else "NULL::varchar"
    own = comma([f"{name}" for name in _NUMBERS])
    engine.execute(
        f"create or replace temp table staged_keyed as select {own}, {_hash(table, declared, extra)} as _record_hash,"
        f" {_key(table, texts)} as _key, {rest} as _extra, {comma(data)} from staged_file"
    )
    engine.execute(f"create or replace temp table staged_doubled as {_doubled(table)}")
    engine.execute(f"create or replace temp table staged as {_together(table, load_id)}")


def _hash(table: SourceTable, declared: Mapping[str, str], extra: Mapping[str, str]) -> str:
    """Hash a record: MD5 over `bytes of name:name bytes of value:value` of every field that is not null, by exported name.

    Declaring a column that used to be extra, giving a column another name of ours or adding an alias does not change it.
    """
    fields = {table.column(name).header: field for name, field in declared.items()} | dict(extra)
    parts = []
    for name in sorted(fields):
        field, head = quote(fields[name]), literal(f"{len(name.encode())}:{name}")
        parts.append(f"coalesce({head} || strlen({field}) || ':' || {field}, '')")
    return f"md5({' || '.join(parts)})"


def _key(table: SourceTable, texts: Mapping[str, str]) -> str:
    """Write a record's key: the text of its one key column, or a JSON list; NULL where a part is a declared null."""
    parts = [key_text(table.column(name), texts[name]) for name in table.key]
    if not parts:
        return "NULL::varchar"
    text = parts[0]
    if len(parts) > 1:
        text = f"case when {' and '.join(f'({each}) is not null' for each in parts)} then to_json([{comma(parts)}])::varchar end"
    return f"nullif(list_transform([{text}], lambda k: case when not contains(k, {MARK}) then k end)[1], '')"


def _doubled(table: SourceTable) -> str:
    """Number the records of a key from the second on; in a snapshot only one of them can be the record."""
    if table.mode != "snapshot":
        return "select 0::bigint as _record_no, 0::bigint as turn limit 0"
    doubled = "select _key from staged_keyed where _key is not null group by _key having count(*) > 1"
    turn = "row_number() over (partition by _key order by _record_no)"
    return f"select _record_no, {turn} as turn from staged_keyed where _key in ({doubled}) qualify turn > 1"


def _together(table: SourceTable, load_id: int) -> str:
    data = comma([f"r.{quote(each.header)}" for each in table.columns])
    nothing = comma([f"NULL::varchar as {quote(each.header)}" for each in table.columns])
    numbers = comma([f"r.{each}" for each in _NUMBERS])
    turn = "row_number() over (partition by _record_hash order by _record_no)"
    missing = f"{MARK} || 'key_missing:' || r._record_hash || ':' || {turn.replace('_record', 'r._record')}"
    if not table.key:
        missing = f"'{load_id}:' || r._record_no"
    fault = "NULL" if not table.key else "'key_missing'"
    meta = "false as _is_tombstone, NULL::bigint as _attributed_from, r._extra"
    return (
        f"select {load_id}::bigint as _load_id, {numbers}, r._record_hash,"
        f" case when d.turn is null then r._key else {MARK} || 'duplicate_key:' || d.turn || ':' || r._key end as _key,"
        f" case when d.turn is not null then 'duplicate_key' end as _fault, {meta}, NULL::varchar as _unparsed, {data}"
        " from staged_keyed r left join staged_doubled d using (_record_no) where r._key is not null"
        f" union all select {load_id}, {numbers}, r._record_hash, {missing}, {fault}, {meta}, NULL, {data}"
        " from staged_keyed r where r._key is null"
        f" union all select {load_id}, {numbers}, md5(r._unparsed), {MARK} || r._fault || ':' || md5(r._unparsed) || ':' ||"
        f" row_number() over (partition by r._unparsed order by r._record_no), r._fault, {meta}, r._unparsed, {nothing}"
        " from staged_faults r"
    )
