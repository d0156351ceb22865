"""The `period` of a goal file -> the days it covers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from pipeline.findings import Finding, Place, finding
from pipeline.goals.calendar import add_months, fiscal_start
from pipeline.goals.goal import Period
from pipeline.profile import Company

FIRST_YEAR, LAST_YEAR = 1990, 2100
_KINDS = ("fiscal_year", "fiscal_half", "fiscal_quarter", "from/to")
_PART = {"fiscal_half": re.compile(r"(\d{4})-H([12])"), "fiscal_quarter": re.compile(r"(\d{4})-Q([1-4])")}
_LENGTH = {"fiscal_year": 12, "fiscal_half": 6, "fiscal_quarter": 3}


def read_period(data: object, company: Company, place: Place, *, owner: str) -> Period | Finding:
    """Read a period, or return the finding that says how to write one.

    `{fiscal_year: 2026}`, `{fiscal_half: 2026-H1}`, `{fiscal_quarter: 2026-Q3}` or `{from: 2026-04-01, to: 2026-09-30}`; the
    year is the one in which the fiscal year starts.
    """
    if isinstance(data, Mapping):
        if set(data) == {"from", "to"}:
            return _from_to(data["from"], data["to"], place, owner)
        if len(data) == 1:
            (kind, value), *_ = data.items()
            year = _year(str(kind), value)
            if year is not None and (fault := year_finding(year, place, owner=owner, value=f"{kind} {value}")) is not None:
                return fault
            if (start := _start(str(kind), value, company)) is not None:
                end = add_months(start, _LENGTH[kind]) - dt.timedelta(days=1)
                return Period(start, end, f"{kind} {value}")
    return finding("goal_period", place, owner=owner, value=str(data), kinds=", ".join(_KINDS))


def read_baseline(data: object, company: Company, place: Place, *, owner: str) -> Period | Finding:
    """Read the period of a baseline: as `read_period`, or FY2025 for short."""
    if isinstance(data, str) and (match := re.fullmatch(r"FY(\d{4})", data)):
        data = {"fiscal_year": int(match[1])}
    return read_period(data, company, place, owner=owner)


def year_finding(year: int, place: Place, *, owner: str, value: str) -> Finding | None:
    """Return what is wrong with a date outside the years of which a plan can be; None for one within them."""
    if FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return finding("goal_years", place, owner=owner, value=value[:40], first=FIRST_YEAR, last=LAST_YEAR)


def _year(kind: str, value: object) -> int | None:
    if kind == "fiscal_year":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    match = _PART[kind].fullmatch(value) if kind in _PART and isinstance(value, str) else None
    return int(match[1]) if match else None


def _start(kind: str, value: object, company: Company) -> dt.date | None:
    year = _year(kind, value)
    if year is None:
        return None
    number = 1 if kind == "fiscal_year" else int(str(value)[-1])
    return fiscal_start(company, year, (number - 1) * _LENGTH[kind])


def _from_to(start: object, end: object, place: Place, owner: str) -> Period | Finding:
    if type(start) is dt.date and type(end) is dt.date and start <= end:
        for day in (start, end):
            if (fault := year_finding(day.year, place, owner=owner, value=str(day))) is not None:
                return fault
        return Period(start, end, f"{start}..{end}")
    return finding("goal_period", place, owner=owner, value=f"from {start} to {end}", kinds=", ".join(_KINDS))
