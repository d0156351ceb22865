"""What the tests on real exports share: a copy of the project that runs, its published file, and a calendar made by hand."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

DATA = os.environ.get("KGI_REAL_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="KGI_REAL_DATA does not name the folder of the real exports")

Record = dict[str, str]
Row = dict[str, Any]
Parts = tuple[float | None, float | None, float | None]
"""The value of a KPI, its numerator and its denominator."""
Key = tuple[str, str, dt.date, str, str]
"""A row of `kpi` within one as-of date: metric, grain, first day, dimension, member."""


@dataclass(frozen=True)
class Nights:
    """A project after its nights: what each said as JSON, what the first one scored, the file before the last one came."""

    folder: Path
    said: tuple[dict[str, Any], ...]
    scored_first: dict[str, list[Row]] = field(repr=False)
    bytes_before_last: bytes = field(repr=False)

    @property
    def published(self) -> Path:
        """The file that BI tools open."""
        return self.folder / "target/kgi.duckdb"

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Ask the published file."""
        return rows_of(self.published, sql, *values)

    def kpi(self, as_of: dt.date) -> dict[Key, Parts]:
        """Return the rows of `kpi` by month and quarter that have begun, by key."""
        found = self.rows("select * from kpi where as_of_date = ? and grain <> 'period' and period_start <= as_of_date", as_of)
        keyed = {
            (row["metric"], row["grain"], row["period_start"], row["dimension"], row["member"]): (
                row["value"],
                row["numerator"],
                row["denominator"],
            )
            for row in found
        }
        assert len(keyed) == len(found)
        return keyed


def spend_nights(folder: Path, project: Path, exports: Mapping[str, Path], dates: Iterable[dt.date]) -> Nights:
    """Copy a project and its exports, and run one night for each date through the command line."""
    shutil.copytree(project, folder, dirs_exist_ok=True)
    (folder / "inbox").mkdir()
    for name, path in exports.items():
        shutil.copyfile(path, folder / "inbox" / name)
    said: list[dict[str, Any]] = []
    scored_first: dict[str, list[Row]] = {}
    before = b""
    for date in dates:
        before = (folder / "target/kgi.duckdb").read_bytes() if said else b""
        said.append(json.loads(kgi(folder, "run", "--as-of", date.isoformat(), "--json")))
        scored_first = scored_first or {name: scored(folder, name, date) for name in ("kgi", "kpi", "kpi_target")}
    return Nights(folder, tuple(said), scored_first, before)


def scored(folder: Path, table: str, as_of: dt.date) -> list[Row]:
    """Return the rows that a table has for one date."""
    return rows_of(folder / "target/kgi.duckdb", f"select * from {table} where as_of_date = ? order by all", as_of)


def kgi(folder: Path, verb: str, *words: str) -> str:
    """Run the real command on a project and return what it printed."""
    command = [str(Path(sys.executable).with_name("kgi")), verb, "--project-dir", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows_of(file: Path, sql: str, *values: object) -> list[Row]:
    """Ask a DuckDB file that is opened read-only."""
    with reading(file) as reader:
        return _asked(reader, sql, *values)


def texts_of(file: Path) -> str:
    """Return every text that a DuckDB file holds: values, names and comments, in one piece."""
    columns = "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal"
    with reading(file) as reader:
        found = _asked(reader, columns)
        texts = [f"{row['table_name']} {row['column_name']} {row['comment']}" for row in found]
        for row in found:
            if row["data_type"].startswith("VARCHAR"):
                name, table = f'"{row["column_name"]}"', f'"{row["schema_name"]}"."{row["table_name"]}"'
                texts += [str(each["text"]) for each in _asked(reader, f"select distinct {name} as text from {table}")]
    return "\n".join(texts)


@contextmanager
def reading(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file as a reader does."""
    with duckdb.connect() as reader:
        reader.execute(f"attach '{file}' as asked (read_only)")
        reader.execute("use asked")
        yield reader


def _asked(reader: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[Row]:
    answer = reader.execute(sql, list(values))
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def read_csv(path: Path) -> list[Record]:
    """Read an export with Python's own reader."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month_of(date: dt.date) -> dt.date:
    """Return the first day of a date's month."""
    return date.replace(day=1)


def quarter_of(date: dt.date) -> dt.date:
    """Return the first day of a date's quarter of the calendar year."""
    return date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)


def starts(first: dt.date, last: dt.date, step: int) -> list[dt.date]:
    """Return the first days of the months, or of every `step` months, from one date to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, step)
    return [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]


def business_days(first: dt.date, last: dt.date, off: frozenset[tuple[int, int]]) -> int:
    """Count the weekdays from one date to another, both included, without the company's days off."""
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return sum(day.weekday() < 5 and (day.month, day.day) not in off for day in days)


def ratio(numerator: float, denominator: float) -> Parts:
    """Return a rate with its parts; without a denominator there is no value."""
    return (numerator / denominator if denominator else None, numerator, denominator)


def differences(published: Mapping[Key, Parts], counted: Mapping[Key, Parts]) -> list[tuple[Key, Parts | None, Parts | None]]:
    """Return the keys where two roads to the same numbers do not meet, with what each says."""
    keys = sorted({*published, *counted})
    pairs = ((key, published.get(key), counted.get(key)) for key in keys)
    return [(key, here, there) for key, here, there in pairs if here is None or there is None or not _same(here, there)]


def _same(here: Parts, there: Parts) -> bool:
    def same(one: float | None, other: float | None) -> bool:
        if one is None or other is None:
            return one is other
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)

    return all(same(one, other) for one, other in zip(here, there, strict=True))


def totals_and_sums(rows: Iterable[Row]) -> Iterator[tuple[Row, float]]:
    """Give each total of `kpi` with the sum of its members, once for each dimension that it is cut by."""
    listed = list(rows)
    sums: dict[tuple[Any, ...], list[float]] = {}
    for row in listed:
        window = (row["as_of_date"], row["metric"], row["grain"], row["period_start"], row["period_end"])
        if row["dimension"] != "total":
            sums.setdefault((*window, row["dimension"]), []).append(row["value"])
    for row in listed:
        window = (row["as_of_date"], row["metric"], row["grain"], row["period_start"], row["period_end"])
        for key, values in sums.items():
            if row["dimension"] == "total" and key[:-1] == window:
                yield row, math.fsum(values)
