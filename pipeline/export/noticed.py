"""Cells that are not written as they stand in the table -> what a reader must know of them."""

from __future__ import annotations

import math
from collections import Counter

from pipeline.findings import Finding, Severity, finding

Noticed = Counter[tuple[str, str]]
"""Code of a finding and column -> in how many cells."""


def is_no_number(value: object) -> bool:
    """Tell whether a value of a column of numbers is infinity or NaN, which no cell of a sheet can hold."""
    return isinstance(value, float) and not math.isfinite(value)


def findings_of(table: str, noticed: Noticed) -> list[Finding]:
    """Return a warning per code and column."""
    return [
        finding(code, severity=Severity.WARNING, table=table, column=column, cells=cells)
        for (code, column), cells in noticed.items()
    ]
