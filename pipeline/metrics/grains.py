"""The company's own grains as rules: fiscal years, halves, closing days, 4-4-5 weeks; a period's start follows from a date.

No table is read for them and no SQL is written by hand: docs/metrics/time.md shows how each is declared.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.findings import Place

FISCAL = (("fiscal_year", 12), ("fiscal_half", 6), ("fiscal_quarter", 3))
"""The grains that follow from the first day of a fiscal year, with their length in months."""


@dataclass(frozen=True)
class YearlyStarts:
    """Periods that start on the same days of every year; `days` are (month, day), sorted."""

    days: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class MonthlyClosing:
    """Months that close on a day: with 20 a month runs from the 21st to the 20th (20日締め)."""

    day: int


@dataclass(frozen=True)
class WeekPattern:
    """Periods of whole weeks that repeat, such as 4-4-5, counted from `first`, the first day of one round."""

    weeks: tuple[int, ...]
    first: dt.date

    @property
    def starts(self) -> tuple[int, ...]:
        """The days of a round on which its periods start, from 0."""
        return tuple(7 * sum(self.weeks[:n]) for n in range(len(self.weeks)))

    @property
    def days(self) -> int:
        """The length of a round in days."""
        return 7 * sum(self.weeks)


@dataclass(frozen=True)
class ListedStarts:
    """Periods that start on listed dates; the last date only ends the period before it. A date outside has no period."""

    dates: tuple[dt.date, ...]


Rule = YearlyStarts | MonthlyClosing | WeekPattern | ListedStarts


@dataclass(frozen=True)
class CompanyGrain:
    """A grain of the company's own. Its periods are named by their first day, a DATE."""

    name: str
    rule: Rule
    place: Place
    labels: tuple[tuple[str, str], ...] = ()


def fiscal_starts(first: tuple[int, int], months: int) -> YearlyStarts:
    """Return the starts of the periods of a fiscal year that begins on (month, day)."""
    month, day = first
    return YearlyStarts(tuple(sorted(((month - 1 + n) % 12 + 1, day) for n in range(0, 12, months))))
