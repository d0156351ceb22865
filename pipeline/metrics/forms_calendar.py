"""The keys of `calendars:`, as pydantic models, and how they become company grains and a calendar made by rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.metrics.forms import Cursor, Form, Name
from pipeline.metrics.grains import (
    FISCAL,
    CompanyGrain,
    ListedStarts,
    MonthlyClosing,
    Rule,
    WeekPattern,
    YearlyStarts,
    fiscal_starts,
)
from pipeline.metrics.spec import MadeCalendar
from pipeline.mistakes import wrong

_DAY = re.compile(r"^(\d{2})-(\d{2})$")
_LAST_SAFE_DAY = 28


def _month_and_day(text: str) -> str:
    found = _DAY.match(text)
    if not found or not (1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= _LAST_SAFE_DAY):
        raise wrong("calendar_month_day")
    return text


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise wrong("yaml_wrong_length", bound=">= 1")
    return items


def _rising(dates: tuple[dt.date, ...]) -> tuple[dt.date, ...]:
    if len(dates) < 2:
        raise wrong("calendar_dates")
    if list(dates) != sorted(set(dates)):
        raise wrong("calendar_dates")
    return dates


MonthDay = Annotated[str, AfterValidator(_month_and_day)]


class GranularityForm(Form):
    """A grain of the company's own: by exactly one rule."""

    name: Name
    starts: Annotated[tuple[MonthDay, ...], AfterValidator(_some)] | None = None
    closing_day: Annotated[int, Field(ge=1, le=_LAST_SAFE_DAY)] | None = None
    weeks: Annotated[tuple[Annotated[int, Field(ge=1)], ...], AfterValidator(_some)] | None = None
    first_day: dt.date | None = None
    dates: Annotated[tuple[dt.date, ...], AfterValidator(_rising)] | None = None
    description: str = ""
    label: dict[Literal["ja", "en"], str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_rule(self) -> GranularityForm:
        rules = [each for each in (self.starts, self.closing_day, self.weeks, self.dates) if each is not None]
        if len(rules) != 1:
            raise wrong("calendar_one_rule")
        if (self.weeks is None) != (self.first_day is None):
            raise wrong("calendar_weeks_first_day")
        return self


class CalendarForm(Form):
    """An entry of `calendars:`. `first_day` and `last_day` bound the days of a calendar that no table holds."""

    name: Name
    description: str = ""
    fiscal_year_start: MonthDay | None = None
    first_day: dt.date = dt.date(2000, 1, 1)
    last_day: dt.date = dt.date(2049, 12, 31)
    granularities: tuple[GranularityForm, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> CalendarForm:
        if self.first_day >= self.last_day:
            raise wrong("calendar_days_order")
        return self


def read_calendar(form: CalendarForm, cursor: Cursor) -> tuple[MadeCalendar, tuple[CompanyGrain, ...]]:
    """Return the days and the grains that a calendar declares."""
    grains = []
    if form.fiscal_year_start:
        first = _pair(form.fiscal_year_start)
        grains = [CompanyGrain(name, fiscal_starts(first, months), cursor.at("fiscal_year_start")) for name, months in FISCAL]
    for number, each in enumerate(form.granularities):
        place = cursor.at("granularities", number, "name")
        grains.append(CompanyGrain(each.name, _rule(each), place, tuple(each.label.items())))
    return MadeCalendar(form.first_day, form.last_day, cursor.at("name")), tuple(grains)


def _rule(form: GranularityForm) -> Rule:
    if form.starts is not None:
        return YearlyStarts(tuple(sorted(_pair(each) for each in form.starts)))
    if form.closing_day is not None:
        return MonthlyClosing(form.closing_day)
    if form.dates is not None:
        return ListedStarts(form.dates)
    assert form.weeks is not None and form.first_day is not None
    return WeekPattern(form.weeks, form.first_day)


def _pair(text: str) -> tuple[int, int]:
    return int(text[:2]), int(text[3:])
