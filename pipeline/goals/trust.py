"""A measured value -> how far it can be trusted: its interval, how complete it is, and whether it is short of what is due."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.goals.aims import Aim
from pipeline.goals.cohorts import Cohorts
from pipeline.goals.flow import FEWEST_MATURE, curve_of
from pipeline.goals.measuring import MetricFact, Reading, Window
from pipeline.goals.outlook import Flows
from pipeline.goals.statistics.hazard import land
from pipeline.goals.statistics.intervals import Interval, poisson_intervals, wilson

Maturity = Literal["mature", "immature", "not_applicable"]
Status = Literal["ok", "short", "no_target", "not_started", "immature", "insufficient_data", "undefined"]

FEWEST_TRIALS = 20
"""A rate of fewer is not judged and not ranked; of fewer than 5 it is not to be shown at all."""


class Bounds(NamedTuple):
    """The 95 % interval of a value; `reason` says why there is none."""

    interval: Interval | None
    reason: str | None = None


@dataclass(frozen=True)
class Completion:
    """How far the cohorts of some days have come: the share of their eventual conversions that has happened, and the rate they
    are heading for. Both None with a reason.
    """

    share: float | None = None
    projected: float | None = None
    reason: str | None = None


NOT_A_COHORT = Completion(reason="not_a_cohort")


def bounds_of(readings: Iterable[tuple[MetricFact, Reading]], facts: Mapping[str, MetricFact]) -> tuple[Bounds, ...]:
    """Return the interval of each reading: Wilson for a rate of counts, exact Poisson for a count of events.

    None for amounts and rates of amounts (`not_counted`), for a stock, which is no count of events (`not_a_flow`), and for a
    ratio of the same period above 1, which is no share (`above_one`). Source: docs/statistics.md#intervals.
    """
    given = tuple(readings)
    counts = sorted({reading.value for fact, reading in given if reading.value is not None and _is_event_count(fact, reading)})
    poisson = dict(zip(counts, poisson_intervals(counts), strict=True)) if counts else {}
    return tuple(_bounds(fact, reading, facts, poisson) for fact, reading in given)


def is_counted(fact: MetricFact, facts: Mapping[str, MetricFact]) -> bool:
    """Tell whether a rate divides a count by a count, so that it is known how many cases it rests on."""
    parts = fact.follows or fact.divides
    return parts is not None and all(name in facts and facts[name].kind == "count" for name in parts)


def maturity_of(fact: MetricFact, window: Window, as_of: dt.date) -> Maturity:
    """Tell whether entries of the window may still convert: such a rate must not look final."""
    if fact.matures_after_days is None:
        return "not_applicable"
    return "immature" if window.end + dt.timedelta(days=fact.matures_after_days) > as_of else "mature"


def completions(wanted: Iterable[tuple[MetricFact, Window]], flows: Flows) -> Mapping[tuple[str, Window], Completion]:
    """Return how complete the cohorts of immature windows are, each metric asked for once.

    The share converted by the age of each day's entrants, over the share that converts in the end; the entrants land by the
    same curve. Nothing is said before 20 entrants have grown old (`too_few_mature`) or any has converted (`no_conversions`).
    Source: docs/statistics.md#completion.
    """
    windows: dict[str, list[Window]] = {}
    for fact, window in wanted:
        windows.setdefault(fact.name, []).append(window)
    found: dict[tuple[str, Window], Completion] = {}
    for name, asked in windows.items():
        if flows.facts[name].follows is None:
            found.update(dict.fromkeys(((name, window) for window in asked), Completion(reason="not_followed")))
            continue
        cohorts = flows.cohorts(name, min(window.start for window in asked))
        found.update(((name, window), each) for window, each in zip(asked, _complete(cohorts, asked), strict=True))
    return found


def status_of(reading: Reading, aim: Aim, *, counted: bool, less_is_better: bool) -> Status:
    """Return the state of a value. Silence is a state of its own and never ok.

    Without a value: `immature`, `not_started` or `undefined`; a rate of fewer than 20 cases is `insufficient_data`; without a
    target `no_target`; else `ok` or `short` against what is due by now.
    """
    if reading.value is None:
        return {"immature": "immature", "not_started": "not_started"}.get(reading.reason or "", "undefined")  # type: ignore[return-value]
    if counted and (reading.denominator or 0) < FEWEST_TRIALS:
        return "insufficient_data"
    if aim.value is None:
        return "no_target"
    if aim.due is None:
        return "undefined"
    slack = 1e-9 * max(1.0, abs(aim.due))
    reached = reading.value <= aim.due + slack if less_is_better else reading.value >= aim.due - slack
    return "ok" if reached else "short"


def _is_event_count(fact: MetricFact, reading: Reading) -> bool:
    return fact.kind == "count" and fact.sums_over_time and (reading.value or 0.0) >= 0


def _bounds(fact: MetricFact, reading: Reading, facts: Mapping[str, MetricFact], poisson: Mapping[float, Interval]) -> Bounds:
    if reading.value is None:
        return Bounds(None, reading.reason)
    if fact.is_quantity:
        if fact.kind == "amount" or reading.value < 0:
            return Bounds(None, "not_counted")
        return Bounds(poisson[reading.value]) if fact.sums_over_time else Bounds(None, "not_a_flow")
    if reading.numerator is None or reading.denominator is None:
        return Bounds(None, "no_parts")
    if not is_counted(fact, facts) or reading.numerator < 0:
        return Bounds(None, "not_counted")
    if reading.numerator > reading.denominator:
        return Bounds(None, "above_one")
    return Bounds(wilson(reading.numerator, reading.denominator))


def _complete(cohorts: Cohorts | None, windows: Iterable[Window]) -> Iterable[Completion]:
    asked = tuple(windows)
    if cohorts is None:
        return [Completion(reason="metric_failed")] * len(asked)
    if cohorts.mature().entered < FEWEST_MATURE:
        return [Completion(reason="too_few_mature")] * len(asked)
    curve = curve_of(cohorts)
    if not curve.eventual:
        return [Completion(reason="no_conversions")] * len(asked)
    found = []
    for window in asked:
        inside = cohorts.between(window.start, window.end).entrants
        entered = math.fsum(each.entered for each in inside)
        if not entered:
            found.append(Completion(reason="zero_denominator"))
            continue
        seen = math.fsum(each.entered * curve.at(each.ages - 1) for each in inside)
        landed = math.fsum(land(each.entered, each.so_far, each.lost_so_far, each.ages, curve) for each in inside)
        found.append(Completion(min(1.0, seen / (entered * curve.eventual)), min(1.0, landed / entered)))
    return found
