"""The fiscal calendar against counts made by hand and against a second holiday package."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.goals import COMMENTS, calendar_span, fiscal_calendar, write_calendar
from pipeline.goals.calendar import business_days, calendar_findings, months
from pipeline.profile import Company
from pipeline.shapes import Relation
from tests.goals.files import COMPANY, goal_of

FY2026 = (dt.date(2026, 4, 1), dt.date(2027, 3, 31))
FY2025 = (dt.date(2025, 4, 1), dt.date(2026, 3, 31))


def business_days_by_month(company: Company, span: tuple[dt.date, dt.date]) -> list[int]:
    days = fiscal_calendar(company, *span)
    return [
        sum(day.is_business_day for day in days if (day.date.year, day.date.month) == (month.year, month.month))
        for month in months(*span)
    ]


@pytest.mark.parametrize(
    ("span", "company_days", "expected"),
    [
        (FY2026, (), [21, 18, 22, 22, 20, 19, 21, 19, 23, 19, 18, 22]),
        (FY2026, ("12-29..01-03",), [21, 18, 22, 22, 20, 19, 21, 19, 20, 19, 18, 22]),
        (FY2025, ("12-29..01-03",), [21, 20, 21, 22, 20, 20, 22, 18, 20, 19, 18, 21]),
    ],
)
def test_business_days_of_a_fiscal_year(
    span: tuple[dt.date, dt.date], company_days: tuple[str, ...], expected: list[int]
) -> None:
    company = Company(company_days=company_days)
    assert business_days_by_month(company, span) == expected
    assert business_days(fiscal_calendar(company, *span), *span) == sum(expected)


def test_a_day_between_two_holidays_is_a_national_holiday() -> None:
    (day,) = fiscal_calendar(COMPANY, dt.date(2026, 9, 22), dt.date(2026, 9, 22))
    assert (day.holiday_name, day.is_business_day) == ("国民の休日", False)


def test_holidays_agree_with_a_second_package() -> None:
    import holidays

    span = (dt.date(2020, 1, 1), dt.date(2030, 12, 31))
    ours = {day.date for day in fiscal_calendar(Company(), *span) if day.holiday_name}
    theirs = {date for date in holidays.country_holidays("JP", years=range(2020, 2031)) if span[0] <= date <= span[1]}
    assert ours == theirs


def test_a_fiscal_year_is_named_by_the_year_it_starts_in() -> None:
    last, first = fiscal_calendar(COMPANY, dt.date(2027, 3, 31), dt.date(2027, 4, 1))
    assert (last.fiscal_year, last.quarter, last.half, last.fiscal_year_start) == (2026, 4, "下期", dt.date(2026, 4, 1))
    assert (last.fiscal_half_start, last.fiscal_quarter_start) == (dt.date(2026, 10, 1), dt.date(2027, 1, 1))
    assert (first.fiscal_year, first.quarter, first.half) == (2027, 1, "上期")


def test_a_fiscal_year_that_ends_in_december_is_the_calendar_year() -> None:
    day, new_year = fiscal_calendar(Company(fiscal_year_start=(1, 1)), dt.date(2026, 12, 31), dt.date(2027, 1, 1))
    assert (day.fiscal_year, day.quarter, day.half, day.fiscal_quarter_start) == (2026, 4, "下期", dt.date(2026, 10, 1))
    assert (new_year.fiscal_year, new_year.quarter) == (2027, 1)


def test_business_days_are_numbered_in_the_whole_month_even_when_the_range_starts_later() -> None:
    friday, saturday = fiscal_calendar(COMPANY, dt.date(2026, 4, 10), dt.date(2026, 4, 11))
    assert (friday.business_day_no, saturday.business_day_no, friday.business_days_in_month) == (8, 8, 21)


def test_company_days_over_the_turn_of_the_year_and_single_ones() -> None:
    company = Company(company_days=("12-29..01-03", "08-13"))
    off = {day.date for day in fiscal_calendar(company, *FY2026) if day.holiday_name == "会社休日"}
    turn = {dt.date(2026, 12, day) for day in (29, 30, 31)} | {dt.date(2027, 1, day) for day in (2, 3)}
    assert off == {dt.date(2026, 8, 13)} | turn


def test_the_table_holds_the_calendar_with_the_described_columns() -> None:
    relation = Relation("main", "dim_fiscal_calendar")
    with open_engine(None) as engine:
        write_calendar(engine, relation, COMPANY, *FY2026)
        write_calendar(engine, relation, COMPANY, *FY2026)
        assert engine.row(f"select count(*), count(*) filter (is_business_day), min(date) from {relation}") == (
            365,
            241,
            dt.date(2026, 4, 1),
        )
        assert engine.value(f"select count(*) from {relation} where confirmed") == 275
        assert [column.name for column in engine.columns(relation)] == list(COMMENTS["dim_fiscal_calendar"])


def test_a_horizon_past_the_confirmed_holidays_is_warned_of() -> None:
    (warning,) = calendar_findings(COMPANY, dt.date(2027, 3, 31))
    assert warning.text() == "goals run to 2027-03-31, but the holidays are confirmed through 2026-12-31 only"
    assert "2026-12-31 までです" in warning.text("ja")
    assert calendar_findings(COMPANY, dt.date(2026, 12, 31)) == ()
    (never,) = calendar_findings(Company(), dt.date(2027, 3, 31))
    assert never.text() == "nobody has confirmed the holidays; goals run to 2027-03-31"


def test_another_country_has_weekends_and_company_days_only() -> None:
    company = Company(country="US", confirmed_through=dt.date(2030, 1, 1))
    (day,) = fiscal_calendar(company, dt.date(2026, 4, 29), dt.date(2026, 4, 29))
    assert (day.is_business_day, day.confirmed) == (True, False)
    (warning,) = calendar_findings(company, dt.date(2026, 4, 29))
    assert "national holidays of 'US' are not known here" in warning.text()


def test_the_calendar_of_a_night_reaches_back_over_the_past_that_a_plan_asks_for() -> None:
    goal = goal_of(periodise="{seasonality: trailing_24m}", effective_from="2025-12-01", period="{fiscal_year: 2026}")
    first, last = calendar_span([goal], COMPANY, dt.date(2026, 6, 20))
    assert first <= dt.date(2023, 12, 1)
    assert last >= dt.date(2028, 3, 31)
