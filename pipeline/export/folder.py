"""Tables -> a folder of CSV files that Excel opens as they are: UTF-8 with BOM, plain numbers, no cell that is a formula."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.export.meaning import REASONS, reasons_in_words
from pipeline.export.reading import ExportTable, Shelf
from pipeline.export.whole import put_in_place, working_folder
from pipeline.findings import Finding, KgiError, finding
from pipeline.messages import Language

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NOT_IN_FILE_NAMES = re.compile(r"[\x00-\x1f/\\:*?\"<>|]")
_LONGEST_NAME = 200


def write_folder(path: Path, shelf: Shelf, tables: Sequence[ExportTable], language: Language) -> tuple[Finding, ...]:
    """Write one file per table into the folder. All are written before the first one is put in its place; other files stay.

    Raises KgiError for a table whose name no file can have.
    """
    if wrong := [table.name for table in tables if not _is_file_name(table.name)]:
        raise KgiError([finding("export_file_name", name=name) for name in wrong])
    path.mkdir(exist_ok=True)
    with working_folder(path) as beside:
        written = [beside / f"{table.name}.csv" for table in tables]
        for table, file in zip(tables, written, strict=True):
            _write(file, shelf, table, language)
        put_in_place(written, path)
    return ()


def _is_file_name(name: str) -> bool:
    return not _NOT_IN_FILE_NAMES.search(name) and len(name.encode()) <= _LONGEST_NAME


def _write(path: Path, shelf: Shelf, table: ExportTable, language: Language) -> None:
    headings = {column.name: column.heading(language) for column in table.columns}
    why = next((at for at, column in enumerate(table.columns) if column.name == REASONS), None)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([_plain(heading) for heading in headings.values()])
        for batch in shelf.batches(table):
            for values in batch:
                cells = list(values)
                if why is not None and isinstance(codes := cells[why], str):
                    cells[why] = reasons_in_words(codes, headings, language)
                writer.writerow([_plain(value) for value in cells])


def _plain(value: object) -> str:
    """Return a value as text: ISO dates, numbers with all their digits and no separators, texts that no sheet computes."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{decimal.Decimal(repr(value)):f}"
        case decimal.Decimal():
            return f"{value:f}"
        case dt.datetime():
            return value.isoformat(sep=" ")
        case int() | dt.date():
            return str(value)
        case _:
            text = str(value)
            return f"'{text}" if _FORMULA.match(text) else text
