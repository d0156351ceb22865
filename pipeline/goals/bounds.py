"""Dates and lengths of a goal file -> those a plan can have, or a finding on the line of one that none can have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.goals.goal import Period
from pipeline.goals.period import year_finding
from pipeline.goals.target_spec import Reader

MOST_MONTHS = 120
_LENGTH = re.compile(r"(?:trailing_)?([1-9][0-9]*)m")


def judge_bounds(reader: Reader, period: Period | None) -> None:
    """Note dates outside the years of a plan, a plan that begins after its period, and looks back over more than 120 months."""
    since = reader.data.get("effective_from")
    if type(since) is dt.date:
        _judge_date(reader, since, "effective_from")
        if period is not None and since > period.end:
            reader.fault("goal_begins_late", "effective_from", value=str(since), end=str(period.end))
    for keys, value in _lengths(reader):
        length = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        # a number of a thousand digits is none that can be converted
        if length and (len(length[1]) > len(str(MOST_MONTHS)) or int(length[1]) > MOST_MONTHS):
            reader.fault("goal_months", *keys, value=str(value)[:40], most=MOST_MONTHS)


def _judge_date(reader: Reader, day: dt.date, *keys: str) -> None:
    if (
        fault := year_finding(day.year, reader.document.at(*reader.under, *keys), owner=reader.owner, value=str(day))
    ) is not None:
        reader.faults.append(fault)


def _lengths(reader: Reader) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield ("periodise", "seasonality"), reader.section("periodise").get("seasonality")
    yield ("plan_rates", "window"), reader.section("plan_rates").get("window")
    for pair, lag in reader.section("lags").items():
        if isinstance(lag, Mapping):
            yield ("lags", str(pair), "window"), lag.get("window")
