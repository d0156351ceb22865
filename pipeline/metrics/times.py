"""Grains, spans and ranges of time: what is finer than what, and where a period starts and ends. No SQL here."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pipeline.findings import KgiError, finding
from pipeline.metrics.spec import Span

GRAINS = (
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
"""The standard grains, finest first."""
DATE_PARTS = ("year", "quarter", "month", "day", "dow", "doy")
_RANK = {name: rank for rank, name in enumerate(GRAINS)}
_SPAN = re.compile(r"^\s*(\d+)\s+(\w+?)\s*$")


def rank(grain: str) -> int:
    """Return how coarse a standard grain is; bigger is coarser."""
    return _RANK[grain]


def is_standard(grain: str) -> bool:
    """Tell a standard grain from a custom one."""
    return grain in _RANK


def coarsest(grains: list[str]) -> str:
    """Return the coarsest of some standard grains."""
    return max(grains, key=rank)


def finest(grains: list[str]) -> str:
    """Return the finest of some standard grains."""
    return min(grains, key=rank)


def read_span(text: str) -> Span | None:
    """Read "14 days" or "1 month"; None where the text is no span. A plural s falls away."""
    found = _SPAN.match(text)
    if not found:
        return None
    grain = found[2].lower()
    return Span(int(found[1]), grain[:-1] if grain.endswith("s") and grain[:-1] in _RANK else grain)


@dataclass(frozen=True)
class TimeRange:
    """From `start` on and before `end`; None is open."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None


def range_of(start: str | None, end: str | None, grain: str) -> TimeRange | None:
    """Return the range that covers both ends, widened to whole periods of a grain; a date as an end means its whole day.

    Raises KgiError with each text that is no ISO date or time, or lies at the end of time.
    """
    first = _range_end(start, grain, is_last=False) if start is not None else None
    last = _range_end(end, grain, is_last=True) if end is not None else None
    wrong = [text for text, found in ((start, first), (end, last)) if text is not None and found is None]
    if wrong:
        raise KgiError([finding("metric_not_a_date", text=text) for text in wrong])
    if first and last and last <= first:
        raise KgiError(finding("metric_range_backwards", start=start, end=end))
    return TimeRange(first, last) if first or last else None


def _range_end(text: str, grain: str, *, is_last: bool) -> dt.datetime | None:
    """Return where a range starts, or the moment before which it ends; None for a text that does not say."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:  # times are the company's own
            return None
        if not is_last:
            return floor(moment, grain)
        if len(text.strip()) <= 10 and rank(grain) < rank("day"):
            return moment + dt.timedelta(days=1)
        return after(floor(moment, grain), grain)
    except (ValueError, OverflowError):
        return None


def floor(moment: dt.datetime, grain: str) -> dt.datetime:
    """Return the start of the period that holds a moment."""
    moment = moment.replace(tzinfo=None)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "nanosecond" | "microsecond":
            return moment
        case "millisecond":
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        case "second":
            return moment.replace(microsecond=0)
        case "minute":
            return moment.replace(second=0, microsecond=0)
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0)
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case _:
            return _floor_date(day, grain)


def _floor_date(day: dt.datetime, grain: str) -> dt.datetime:
    match grain:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


_STEPS = {
    "nanosecond": dt.timedelta(microseconds=1),
    "microsecond": dt.timedelta(microseconds=1),
    "millisecond": dt.timedelta(milliseconds=1),
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def after(start: dt.datetime, grain: str) -> dt.datetime:
    """Return the start of the next period."""
    if grain in _STEPS:
        return start + _STEPS[grain]
    months = start.year * 12 + start.month - 1 + _MONTHS[grain]
    return start.replace(year=months // 12, month=months % 12 + 1)
