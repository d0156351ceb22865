"""Published files for the tests of `kgi export`, and a reader of each kind of output that knows nothing of the writer."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = list[tuple[Any, ...]]


def rows(published: Path, sql: str) -> Rows:
    """Ask a published file, read-only."""
    with duckdb.connect(str(published), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def columns(published: Path, table: str) -> list[str]:
    """Return the column names of a table or view of main."""
    return [name for name, *_ in rows(published, f'describe main."{table}"')]


def table_of(book: Workbook, sheet: str) -> tuple[list[str], Rows]:
    """Return header and rows of a sheet."""
    head, *found = book[sheet].iter_rows(values_only=True)
    return [str(name) for name in head], [tuple(row) for row in found]


def csv_of(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *found = csv.reader(file)
    return head, found


def as_stored(value: object) -> object:
    """Return a value of the table as openpyxl reads the cell that holds it."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return None if value == "" else value


def same(cell: object, value: object) -> bool:
    """Tell whether a cell holds a value: numbers to the sixteen digits that a workbook writes."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return cell == as_stored(value)
    return isinstance(cell, int | float) and abs(cell - float(value)) <= 1e-15 * abs(float(value))


def notes(sheet: Worksheet) -> list[str]:
    """Return the note at each heading."""
    return [cell.comment.text if cell.comment else "" for cell in sheet[1]]


def widths(sheet: Worksheet) -> list[float]:
    """Return the width of each column; equal neighbours stand as one range in the file."""
    found: dict[int, float] = {}
    for each in sheet.column_dimensions.values():
        found |= dict.fromkeys(range(each.min or 0, (each.max or 0) + 1), each.width)
    return [found[column] for column in range(1, sheet.max_column + 1)]


def formulas(path: Path) -> Sequence[str]:
    """Return the sheets of a workbook that hold a formula, or a link out of it."""
    with zipfile.ZipFile(path) as parts:
        return [
            n for n in parts.namelist() if b"<f>" in (said := parts.read(n)) or b"<hyperlink" in said or b"TargetMode" in said
        ]


def opened(path: Path) -> Workbook:
    """Open a workbook with its formats and notes."""
    return openpyxl.load_workbook(path)


@contextmanager
def changing(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a published file that a test owns for writing, and leave it as a published one is."""
    published.chmod(0o644)
    with duckdb.connect(str(published)) as writer:
        yield writer
    assert not Path(f"{published}.wal").exists()
    published.chmod(0o444)


def left_behind(folder: Path) -> list[str]:
    """Return hidden files and folders: what a writer forgot."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]
