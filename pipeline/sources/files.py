"""The inbox -> the files that have not been loaded, in declared order; a known file is known by its stat, without being read."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, KgiError, finding
from pipeline.sources.source import FilenameDate, SourceTable

_DIGITS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


@dataclass(frozen=True)
class NewFile:
    """A file that the log does not know. `name` is relative to the inbox, with /. `size` in bytes."""

    path: Path
    name: str
    size: int
    mtime_ns: int


def new_files(engine: Engine, table: SourceTable, inbox: Path) -> tuple[NewFile, ...]:
    """Return the files of a table that are not loaded and not undone, in declared order, then by name.

    Only names, sizes and times are looked at: the same bytes under another name are found by `load_file`. Files that were
    refused come again. A file whose name does not say its order stands first; its load is refused with the reason.
    """
    known = set(
        engine.rows(
            "select file, size, mtime_ns from state.load_file where source_name = ? and table_name = ?",
            [table.source, table.name],
        )
    )
    found = []
    for path in inbox.glob(table.files):
        if path.is_file():
            stat = path.stat()
            each = NewFile(path, path.relative_to(inbox).as_posix(), stat.st_size, stat.st_mtime_ns)
            if (each.name, each.size, each.mtime_ns) not in known:
                found.append(each)
    return tuple(sorted(found, key=lambda each: (_order_or_first(table, each.name), each.name)))


def _order_or_first(table: SourceTable, name: str) -> dt.datetime:
    try:
        return order_value(table, name) or dt.datetime.min
    except KgiError:
        return dt.datetime.min


def order_value(table: SourceTable, name: str) -> dt.datetime | None:
    """Return what the file's name says about its order, None where loads are ordered as they come. Raises KgiError."""
    return None if table.order_by is None else moment_in_name(table.order_by, name)


def known_at(table: SourceTable, name: str, timezone: str) -> dt.datetime | None:
    """Return the naive UTC instant the file's name says it was extracted at; None where only the load's own time is known.

    A name that says a day means the end of that day in `timezone`, which is the beginning of the next. Raises KgiError.
    """
    if table.known_at is None:
        return None
    local = moment_in_name(table.known_at, name)
    if not table.known_at.has_time:
        local += dt.timedelta(days=1)
    return local.replace(tzinfo=zoneinfo.ZoneInfo(timezone)).astimezone(dt.UTC).replace(tzinfo=None)


def moment_in_name(wanted: FilenameDate, name: str) -> dt.datetime:
    """Return the one date or instant that a file's name holds in the declared pattern, without a zone.

    Raises KgiError where there is none, where it is no date, or where the name holds two different ones.
    """
    pattern = re.escape(wanted.pattern)
    for directive, digits in _DIGITS.items():
        pattern = pattern.replace(re.escape(directive), rf"[0-9]{{{digits}}}")
    texts = set(re.findall(rf"(?<![0-9])({pattern})(?![0-9])", name.rsplit("/", 1)[-1]))
    moments = {moment for text in texts if (moment := _parsed(text, wanted.pattern)) is not None}
    if len(moments) != 1:
        code = "filename_date_missing" if not moments else "filename_date_ambiguous"
        raise KgiError(_said(code, name, wanted))
    return moments.pop()


def _parsed(text: str, pattern: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, pattern)
    except ValueError:
        return None


def _said(code: str, name: str, wanted: FilenameDate) -> Finding:
    return finding(code, file=name, pattern=wanted.pattern)
