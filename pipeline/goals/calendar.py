"""Company facts and a range of dates -> the fiscal calendar: one row per day, with business days and holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, Severity, finding
from pipeline.profile import Company
from pipeline.shapes import Column, Relation, quote

_ONE_DAY = dt.timedelta(days=1)
_TYPES = {"date": "DATE", "int": "BIGINT", "str": "VARCHAR", "bool": "BOOLEAN", "str | None": "VARCHAR"}
COMPANY_DAY = "会社休日"


@dataclass(frozen=True)
class FiscalDay:
    """One day of the calendar.

    `fiscal_year` is named by the year it starts in: 2027-03-31 belongs to 2026. `holiday_name` is null on a day that is no
    holiday. `business_day_no` counts the business days of the month up to and including the day, so a Saturday carries
    Friday's number. `confirmed` is true up to the date through which somebody has checked the holidays.
    """

    date: dt.date
    fiscal_year: int
    half: str
    fiscal_half_start: dt.date
    quarter: int
    fiscal_quarter_start: dt.date
    fiscal_year_start: dt.date
    month: int
    is_business_day: bool
    holiday_name: str | None
    business_day_no: int
    business_days_in_month: int
    confirmed: bool


Calendar = tuple[FiscalDay, ...]


def fiscal_calendar(company: Company, start: dt.date, end: dt.date) -> Calendar:
    """Return the days from start to end, both included: weekdays less national holidays less company days.

    National holidays are known for Japan; for another country only weekends and company days are free, and no day is
    confirmed. Source: docs/goals.md#calendar.
    """
    first, last = start.replace(day=1), month_end(end)
    free = _holidays(company, first, last)
    days: list[FiscalDay] = []
    for month in months(first, last):
        numbered = list(_numbered(month, month_end(month), free))
        total = numbered[-1][2]
        days.extend(_day(company, date, is_open, number, total, free.get(date)) for date, is_open, number in numbered)
    return tuple(day for day in days if start <= day.date <= end)


def write_calendar(engine: Engine, relation: Relation, company: Company, start: dt.date, end: dt.date) -> None:
    """Write the calendar from start to end as a table, replacing an earlier one; one row per date."""
    days = fiscal_calendar(company, start, end)
    listed = ", ".join(
        f"unnest(?::{_TYPES[str(each.type).removeprefix('dt.')]}[]) as {quote(each.name)}" for each in fields(FiscalDay)
    )
    columns = [[getattr(day, each.name) for day in days] for each in fields(FiscalDay)]
    engine.execute(f"create or replace table {relation} as select {listed}", columns)


def calendar_columns() -> tuple[Column, ...]:
    """Return the columns of the table that `write_calendar` writes."""
    return tuple(Column(each.name, _TYPES[str(each.type).removeprefix("dt.")]) for each in fields(FiscalDay))


def calendar_findings(company: Company, end: dt.date) -> tuple[Finding, ...]:
    """Warn when the horizon passes the last date through which the holidays were checked, or no holidays are known."""
    if company.country != "JP":
        return (finding("calendar_no_holidays", severity=Severity.WARNING, country=company.country),)
    if company.confirmed_through is None:
        return (finding("calendar_never_confirmed", severity=Severity.WARNING, horizon=str(end)),)
    if end > company.confirmed_through:
        confirmed = str(company.confirmed_through)
        return (finding("calendar_not_confirmed", severity=Severity.WARNING, horizon=str(end), confirmed=confirmed),)
    return ()


def business_days(calendar: Sequence[FiscalDay], start: dt.date, end: dt.date) -> int:
    """Count the business days from start to end, both included; 0 when end is before start.

    The calendar has every day between its first and its last, so the days are found by their distance.
    """
    first, last = (start - calendar[0].date).days, (end - calendar[0].date).days
    return sum(day.is_business_day for day in calendar[max(first, 0) : max(last + 1, 0)])


def business_dates(calendar: Sequence[FiscalDay], start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the business days from start to end."""
    first, last = (start - calendar[0].date).days, (end - calendar[0].date).days
    return [day.date for day in calendar[max(first, 0) : max(last + 1, 0)] if day.is_business_day]


def fiscal_year_of(company: Company, date: dt.date) -> int:
    """Return the fiscal year of a date, named by the year it starts in."""
    return date.year if date.month >= company.fiscal_year_start[0] else date.year - 1


def fiscal_start(company: Company, fiscal_year: int, month_offset: int = 0) -> dt.date:
    """Return the first day of a fiscal year, or of the month that comes so many months later."""
    return add_months(dt.date(fiscal_year, company.fiscal_year_start[0], 1), month_offset)


def add_months(date: dt.date, count: int) -> dt.date:
    """Move the first day of a month by so many months."""
    number = date.year * 12 + date.month - 1 + count
    return dt.date(number // 12, number % 12 + 1, 1)


def month_end(date: dt.date) -> dt.date:
    """Return the last day of the month of a date."""
    return add_months(date.replace(day=1), 1) - _ONE_DAY


def months(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Give the first day of every month that the range touches."""
    month = start.replace(day=1)
    while month <= end:
        yield month
        month = add_months(month, 1)


def _holidays(company: Company, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """Return the days off that are not weekends by themselves; a national holiday's name wins over a company day."""
    import jpholiday

    named = {date: COMPANY_DAY for date in _dates(first, last) if _is_company_day(company, date)}
    if company.country == "JP":
        for year in range(first.year, last.year + 1):  # asked by year, the library answers ten times faster than by day
            named.update({date: name for date, name in jpholiday.year_holidays(year) if first <= date <= last})
    return named


def _is_company_day(company: Company, date: dt.date) -> bool:
    here = (date.month, date.day)
    for entry in company.company_days:
        first, _, last = entry.partition("..")
        start, end = _month_day(first), _month_day(last or first)
        # 12-29..01-03 runs over the turn of the year
        if start <= here <= end if start <= end else here >= start or here <= end:
            return True
    return False


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _dates(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for offset in range((last - first).days + 1):
        yield first + dt.timedelta(days=offset)


def _numbered(first: dt.date, last: dt.date, free: dict[dt.date, str]) -> Iterator[tuple[dt.date, bool, int]]:
    number = 0
    for date in _dates(first, last):
        is_open = date.weekday() < 5 and date not in free
        number += is_open
        yield date, is_open, number


def _day(company: Company, date: dt.date, is_open: bool, number: int, total: int, holiday: str | None) -> FiscalDay:
    year = fiscal_year_of(company, date)
    start = fiscal_start(company, year)
    offset = (date.year - start.year) * 12 + date.month - start.month
    return FiscalDay(
        date=date,
        fiscal_year=year,
        half="上期" if offset < 6 else "下期",
        fiscal_half_start=add_months(start, offset // 6 * 6),
        quarter=offset // 3 + 1,
        fiscal_quarter_start=add_months(start, offset // 3 * 3),
        fiscal_year_start=start,
        month=date.month,
        is_business_day=is_open,
        holiday_name=holiday,
        business_day_no=number,
        business_days_in_month=total,
        confirmed=company.country == "JP" and company.confirmed_through is not None and date <= company.confirmed_through,
    )
