"""Rows of a statement asked of DuckDB alone: the independent second way to a number."""

from __future__ import annotations

from typing import Any

import duckdb


def rows(statement: str) -> list[tuple[Any, ...]]:
    """Ask a new database in memory."""
    with duckdb.connect() as connection:
        return connection.execute(statement).fetchall()
