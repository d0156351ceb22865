"""A declared `data_type` -> the DuckDB type as DESCRIBE prints it, and its kind."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["text", "integer", "decimal", "double", "date", "timestamp", "boolean", "json"]

_NAMES = {
    "varchar": "VARCHAR",
    "text": "VARCHAR",
    "string": "VARCHAR",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "hugeint": "HUGEINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "bool": "BOOLEAN",
    "json": "JSON",
}
_KINDS: dict[str, Kind] = {
    "VARCHAR": "text",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    "JSON": "json",
}
KNOWN = (*_NAMES, "decimal(18,2)")
"""Every name that may be declared; a decimal says its own digits."""

_DECIMAL = re.compile(r"(?:decimal|numeric)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)")


def duckdb_type(declared: str) -> str | None:
    """Return the type as DESCRIBE prints it, or None for what cannot be declared."""
    folded = declared.strip().casefold()
    if found := _DECIMAL.fullmatch(folded):
        digits, scale = int(found[1]), int(found[2])
        return f"DECIMAL({digits},{scale})" if 1 <= digits <= 38 and scale <= digits else None
    return _NAMES.get(folded)


def kind_of(type_: str) -> Kind:
    """Return what sort of text a DuckDB type of ours is parsed from."""
    if type_.startswith("DECIMAL"):
        return "decimal"
    return _KINDS.get(type_, "integer")


def decimal_digits(type_: str) -> tuple[int, int]:
    """Return all digits and the digits after the point of a DECIMAL type."""
    digits, scale = type_.removeprefix("DECIMAL(").rstrip(")").split(",")
    return int(digits), int(scale)
