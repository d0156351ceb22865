"""Values that every room speaks in: Relation, Column, Table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Relation:
    """The address of a table or view."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"


@dataclass(frozen=True)
class Column:
    """A column and its DuckDB type, as DESCRIBE prints it."""

    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """Rows in memory with their columns. Only for results that a person or a test reads, never for facts."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    def records(self) -> list[dict[str, object]]:
        """Return one dictionary per row."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


def quote(identifier: str) -> str:
    """Return a SQL identifier in double quotes, inner quotes doubled."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a SQL string literal, inner quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


def comma(parts: Sequence[str]) -> str:
    """Join parts of a SQL list."""
    return ", ".join(parts)


def is_currency(unit: object) -> bool:
    """Tell whether a unit is an ISO code of a currency: three capital letters."""
    return isinstance(unit, str) and len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper()
