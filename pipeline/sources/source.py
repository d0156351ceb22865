"""What a declaration says, as values: Source, SourceTable, SourceColumn and their parts."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.findings import Place
from pipeline.shapes import Column, Relation

Mode = Literal["snapshot", "delta", "append"]
Format = Literal["csv", "tsv", "jsonl", "xlsx", "parquet"]
Encoding = Literal["utf-8", "cp932", "utf-16"]
Rule = Literal["salesforce_id"]

OWN_COLUMNS = (
    "_load_id",
    "_record_no",
    "_record_hash",
    "_key",
    "_fault",
    "_is_tombstone",
    "_attributed_from",
    "_line_start",
    "_line_end",
    "_extra",
    "_unparsed",
    "_known_at",
    "_first_known_at",
    "_valid_to",
    "_survivor_key",
    "_is_deleted",
)
"""Names that the raw log and the typed tables keep for themselves."""


@dataclass(frozen=True)
class Dialect:
    """How records stand in a file. `header_row` counts from 1; what is above it is not data. `sheet`: the first one if None."""

    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    sheet: str | None = None


@dataclass(frozen=True)
class FilenameDate:
    """A date or an instant that stands in the file's name, in strptime's notation."""

    pattern: str

    @property
    def has_time(self) -> bool:
        """Whether the name says an hour; without one the end of the day is meant."""
        return "%H" in self.pattern


@dataclass(frozen=True)
class Footer:
    """What follows the last record and is not data: a report's own footer, or everything from a first field that matches."""

    kind: Literal["salesforce_report", "stop_at"]
    pattern: str = ""


@dataclass(frozen=True)
class Condition:
    """A column, by our name, whose text is one of `values`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Thresholds:
    """What a load may lack before it is refused. Ratios are fractions; `max_drop_ratio` is of the previous snapshot's keys."""

    max_reject_rows: int = 20
    max_reject_ratio: float = 0.01
    min_rows: int = 1
    max_drop_ratio: float = 0.2


@dataclass(frozen=True)
class SourceColumn:
    """One declared column. `name` is ours, `header` the exported one, `type` DuckDB's as DESCRIBE prints it."""

    name: str
    header: str
    type: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    personal: bool = False
    required: bool = False
    optional: bool = False
    rule: Rule | None = None
    formats: tuple[str, ...] = ()
    timezone: str = "UTC"
    accept: frozenset[str] = frozenset()
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header this column may stand under, the declared one first."""
        return (self.header, *self.aliases)


@dataclass(frozen=True)
class SourceTable:
    """One export: where its files are, how to read them, what they mean. `key` and other columns are our names."""

    source: str
    name: str
    description: str
    files: str
    format: Format
    encoding: Encoding
    dialect: Dialect
    footer: Footer | None
    mode: Mode
    key: tuple[str, ...]
    key_rule: Rule | None
    order_by: FilenameDate | None
    known_at: FilenameDate | None
    updated_at: str | None
    merged_into: str | None
    deleted_when: Condition | None
    skip_when: Condition | None
    thresholds: Thresholds
    columns: tuple[SourceColumn, ...]
    nulls: tuple[str, ...]
    timezone: str
    place: Place
    event_time: str | None = None
    """The column that says when a row happened, which is not when it was known."""

    @property
    def full_name(self) -> str:
        """The name that people and messages use."""
        return f"{self.source}.{self.name}"

    @property
    def relation(self) -> Relation:
        """The typed table: one row per key, as it stands."""
        return Relation("source", f"{self.source}__{self.name}")

    @property
    def history(self) -> Relation:
        """Every readable version: one row per key and version."""
        return Relation("source", f"{self.source}__{self.name}__history")

    @property
    def reject(self) -> Relation:
        """What did not parse: one row per record, column and rule."""
        return Relation("source", f"{self.source}__{self.name}__reject")

    @property
    def raw(self) -> Relation:
        """The append-only log of the records as they were read."""
        return Relation("raw", f"{self.source}__{self.name}")

    @property
    def fingerprint(self) -> str:
        """A hash of what decides the typed table; descriptions, thresholds and places of lines do not."""
        columns = tuple(replace(each, description="", place=None) for each in self.columns)
        parts = (self.mode, self.key, self.key_rule, self.updated_at, self.merged_into, self.deleted_when, self.format)
        said = "\n".join(_said(each) for each in columns) + repr((*parts, self.nulls))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def column(self, name: str) -> SourceColumn:
        """Return the column of that name of ours; it must exist."""
        return next(each for each in self.columns if each.name == name)


@dataclass(frozen=True)
class Source:
    """A system whose exports we read."""

    name: str
    description: str
    tables: tuple[SourceTable, ...]
    place: Place


def declared_columns(table: SourceTable) -> tuple[Column, ...]:
    """Return the typed table's columns in order, as DESCRIBE would print them; needs no data."""
    own = [
        Column("_load_id", "BIGINT"),
        Column("_record_no", "BIGINT"),
        Column("_known_at", "TIMESTAMP"),
        Column("_first_known_at", "TIMESTAMP"),
        Column("_key", "VARCHAR"),
        Column("_is_deleted", "BOOLEAN"),
    ]
    if table.merged_into is not None:
        own.insert(5, Column("_survivor_key", "VARCHAR"))
    return (*(Column(each.name, each.type) for each in table.columns), *own)


def plain(header: str) -> str:
    """Return a header as it is compared: compatibility forms made one (NFKC), spaces at both ends taken off."""
    return unicodedata.normalize("NFKC", header).strip()


def _said(column: SourceColumn) -> str:
    return repr(replace(column, accept=frozenset())) + repr(sorted(column.accept))
