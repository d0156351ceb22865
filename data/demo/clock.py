"""Dates of Tokyo and instants: whole seconds since 1970-01-01 UTC, as every event carries them."""

from __future__ import annotations

import datetime as dt
import random

SECONDS_OF_DAY = 86_400
TOKYO = 9 * 3_600  # seconds east of UTC; Japan has no summer time
EPOCH = dt.date(1970, 1, 1)
START = dt.date(2024, 4, 1)
END = dt.date(2027, 3, 31)

HOLIDAYS = frozenset(
    dt.date(year, month, day)
    for year, days in {
        2024: "1-1 1-8 2-12 2-23 3-20 4-29 5-3 5-6 7-15 8-12 9-16 9-23 10-14 11-4 12-30 12-31",
        2025: "1-1 1-2 1-3 1-13 2-11 2-24 3-20 4-29 5-5 5-6 7-21 8-11 9-15 9-23 10-13 11-3 11-24 12-30 12-31",
        2026: "1-1 1-2 1-12 2-11 2-23 3-20 4-29 5-4 5-5 5-6 7-20 8-11 9-21 9-22 9-23 10-12 11-3 11-23 12-30 12-31",
        2027: "1-1 1-11 2-11 2-23 3-22",
    }.items()
    for month, day in (map(int, text.split("-")) for text in days.split())
)
"""Public holidays on weekdays and the company's days off around New Year."""


def at(day: dt.date, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Return the instant of a wall-clock time in Tokyo."""
    return (day - EPOCH).days * SECONDS_OF_DAY + hour * 3_600 + minute * 60 + second - TOKYO


def on(text: str) -> int:
    """Return the instant of `2026-11-13 09:30` in Tokyo."""
    wall = dt.datetime.strptime(text, "%Y-%m-%d %H:%M")
    return at(wall.date(), wall.hour, wall.minute)


def end_of(day: dt.date) -> int:
    """Return the first instant after a day of Tokyo."""
    return at(day + dt.timedelta(days=1))


def day_of(instant: int) -> dt.date:
    """Return the date in Tokyo."""
    return EPOCH + dt.timedelta(days=(instant + TOKYO) // SECONDS_OF_DAY)


def month_of(day: dt.date) -> str:
    """Return `2026-11`."""
    return f"{day.year}-{day.month:02d}"


def months(first: dt.date, last: dt.date) -> list[str]:
    """Return every month that has a day from `first` to `last`."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in numbers]


def utc(instant: int) -> dt.datetime:
    """Return the naive wall-clock time in UTC."""
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=instant)


def zulu(instant: int, *, millis: bool = False) -> str:
    """Return `2024-03-31T15:30:00Z`, or with `.000` before the Z."""
    return utc(instant).isoformat() + (".000Z" if millis else "Z")


def slashes(day: dt.date) -> str:
    """Return `2024/4/1`."""
    return f"{day.year}/{day.month}/{day.day}"


def slashes_with_time(instant: int) -> str:
    """Return `2024/4/1 9:12` in Tokyo."""
    wall = utc(instant + TOKYO)
    return f"{wall.year}/{wall.month}/{wall.day} {wall.hour}:{wall.minute:02d}"


def is_business_day(day: dt.date) -> bool:
    """Say whether the company works on that day."""
    return day.weekday() < 5 and day not in HOLIDAYS


def business_day(day: dt.date) -> dt.date:
    """Return the day itself, or the next one on which the company works."""
    while not is_business_day(day):
        day += dt.timedelta(days=1)
    return day


def office_hours(day: dt.date, rng: random.Random) -> int:
    """Return an instant between 8:00 and 19:59 of the next business day."""
    return at(business_day(day), rng.randrange(8, 20), rng.randrange(60), rng.randrange(60))


def later(instant: int, days: float, rng: random.Random) -> int:
    """Return an instant in office hours, at least a day later."""
    return office_hours(day_of(instant) + dt.timedelta(days=max(1, round(days))), rng)
