"""A file of a declared format -> its header and its records as text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.sources.encodings import refusal, text_lines
from pipeline.sources.footers import Body
from pipeline.sources.records import Record, Records
from pipeline.sources.source import SourceTable


@dataclass(frozen=True)
class Opened:
    """A file whose header has been read. `body` gives the records that are data and counts the others."""

    header: tuple[str, ...]
    body: Body
    records: Records | None = None

    def text_of(self, record: Record) -> str:
        """Return the text that the record just given was read from."""
        if record.text is not None:
            return record.text
        return self.records.text if self.records is not None else repr(record.fields)


def open_file(table: SourceTable, path: Path, name: str) -> Opened:
    """Open a CSV, TSV, JSONL or XLSX file and read its header. Raises KgiError where it cannot be read as declared."""
    match table.format:
        case "jsonl":
            return _open_jsonl(table, path, name)
        case "xlsx":
            return _open_xlsx(table, path, name)
        case _:
            return _open_delimited(table, path, name)


def _open_delimited(table: SourceTable, path: Path, name: str) -> Opened:
    records = Records(text_lines(path, table.encoding, name), table.dialect, name)
    stream = iter(records)
    header = _header(stream, table.dialect.header_row, name)
    return Opened(header, Body(stream, table.footer, len(header), lambda: records.text), records)


def _header(stream: Iterator[Record], row: int, name: str) -> tuple[str, ...]:
    for number, record in enumerate(stream, start=1):
        if record.is_broken:
            raise refusal("header_unreadable", file=name, line=record.line_start)
        if number == row:
            return tuple(field or "" for field in record.fields)
    raise refusal("file_empty", file=name)


def _open_jsonl(table: SourceTable, path: Path, name: str) -> Opened:
    """Read the file twice: once for the names that occur, in order of appearance, once for the values."""
    names: dict[str, None] = {}
    for _, each in _objects(table, path, name):
        names.update(dict.fromkeys(each))
    if not names:
        raise refusal("file_empty", file=name)
    header = tuple(names)
    records = (
        Record([_json_text(each.get(field)) for field in header], line, line) for line, each in _objects(table, path, name)
    )
    return Opened(header, Body(records, table.footer, len(header)))


def _objects(table: SourceTable, path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(text_lines(path, table.encoding, name), start=1):
        if not text.strip():
            continue
        try:
            each = json.loads(text, object_pairs_hook=_once, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
        except ValueError as error:
            raise refusal("jsonl_line", file=name, line=line, problem=str(error)) from error
        if not isinstance(each, dict):
            raise refusal("jsonl_line", file=name, line=line, problem="not an object")
        yield line, each


class _Number(str):
    """A JSON number as its text: no digit passes through a float."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    each = dict(pairs)
    if len(each) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return each


def _json_text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case _:
            return _written(value)


def _written(value: Any) -> str:
    """Write a JSON value compactly, its numbers as they stood."""
    match value:
        case dict():
            pairs = (f"{json.dumps(key, ensure_ascii=False)}:{_written(each)}" for key, each in value.items())
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(_written(each) for each in value) + "]"
        case _Number():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _open_xlsx(table: SourceTable, path: Path, name: str) -> Opened:
    rows = _sheet_rows(table, path, name)
    row, skip = table.dialect.header_row, max(table.dialect.header_row - 1, 0)
    for _ in range(skip):
        next(rows, None)
    first = next(rows, None)
    if first is None:
        raise refusal("file_empty", file=name)
    header = _trimmed(_cells(first))
    records = (_row(cells, len(header), line) for line, cells in enumerate(rows, start=row + 1))
    return Opened(header, Body(records, table.footer, len(header)))


def _sheet_rows(table: SourceTable, path: Path, name: str) -> Iterator[Sequence[Any]]:
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(str(path))
        sheet = book.get_sheet_by_name(table.dialect.sheet) if table.dialect.sheet else book.get_sheet_by_index(0)
        return iter(sheet.to_python(skip_empty_area=False))
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise refusal("xlsx_unreadable", file=name, problem=str(error).strip() or type(error).__name__) from error


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Drop empty cells right of the last header: a sheet's used area may be wider than its table."""
    last = max((number for number, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return tuple(cells[:last])


def _row(cells: Iterable[Any], width: int, line: int) -> Record:
    fields = _cells(cells)
    while len(fields) > width and not fields[-1]:
        fields.pop()
    fields.extend([""] * (width - len(fields)))
    return Record(fields, line, line)


def _cells(cells: Iterable[Any]) -> list[str]:
    return [_cell_text(cell) for cell in cells]


def _cell_text(value: Any) -> str:
    """Write a cell as text: whole numbers without a point, dates in ISO, an instant with its time only where it has one."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)
