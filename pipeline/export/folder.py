"""Tables -> a folder of CSV files that Excel opens as they are: UTF-8 with BOM, plain numbers, no cell that is a formula."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from pipeline.export.meaning import REASONS, reasons_in_words
from pipeline.export.noticed import Noticed, findings_of, is_no_number
from pipeline.export.reading import ExportTable, Shelf
from pipeline.export.whole import put_in_place, working_folder
from pipeline.findings import Finding, KgiError, finding
from pipeline.messages import Language

_BREAKS = "\t\r\n"
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\ufffd") | {ord(each): each for each in _BREAKS}
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs by their category that nobody sees."""
_NOT_IN_FILE_NAMES = re.compile(r"[\x00-\x1f/\\:*?\"<>|]")
_LONGEST_NAME = 200


def write_folder(path: Path, shelf: Shelf, tables: Sequence[ExportTable], language: Language) -> tuple[Finding, ...]:
    """Write one file per table into the folder. All are written before the first one is put in its place; other files stay.

    Say where a column of numbers has values that are none. Raises KgiError for a table whose name no file can have.
    """
    if wrong := [table.name for table in tables if not _is_file_name(table.name)]:
        raise KgiError([finding("export_file_name", name=name) for name in wrong])
    path.mkdir(exist_ok=True)
    with working_folder(path) as beside:
        written = [beside / f"{table.name}.csv" for table in tables]
        told = [each for table, file in zip(tables, written, strict=True) for each in _write(file, shelf, table, language)]
        put_in_place(written, path)
    return tuple(told)


def _is_file_name(name: str) -> bool:
    return not _NOT_IN_FILE_NAMES.search(name) and len(name.encode()) <= _LONGEST_NAME


def _write(path: Path, shelf: Shelf, table: ExportTable, language: Language) -> list[Finding]:
    headings = {column.name: column.heading(language) for column in table.columns}
    noticed = Noticed()
    why = next((at for at, column in enumerate(table.columns) if column.name == REASONS), None)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([_plain(heading) for heading in headings.values()])
        for batch in shelf.batches(table):
            for values in batch:
                cells = list(values)
                if why is not None and isinstance(codes := cells[why], str):
                    cells[why] = reasons_in_words(codes, headings, language)
                noticed.update(
                    ("export_no_number", name) for name, value in zip(headings, cells, strict=True) if is_no_number(value)
                )
                writer.writerow([_plain(value) for value in cells])
    return findings_of(table.name, noticed)


def _plain(value: object) -> str:
    """Return a value as text: ISO dates, numbers with all their digits and no separators, texts that no sheet computes."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if not is_no_number(value):
            return f"{decimal.Decimal(repr(value)):f}"
        case decimal.Decimal():
            return f"{value:f}"
        case dt.datetime():
            return value.isoformat(sep=" ")
        case int() | dt.date():
            return str(value)
        case _:
            text = str(decimal.Decimal(value)) if isinstance(value, float) else str(value)
            shown = text.translate(_CONTROLS)
            return f"'{shown}" if _is_computed(text) else shown


def _is_computed(text: str) -> bool:
    """Tell whether a sheet may take a text for a formula: it begins so, or with a break, once what nobody sees is passed over."""
    if text[:1] in _BREAKS:
        return text != ""
    seen = next((each for each in text if unicodedata.category(each)[0] not in "CMZ" and each not in _BLANK_LETTERS), "")
    return seen != "" and unicodedata.normalize("NFKC", seen)[0] in "=+-@"
