"""The counts of a chain above the goal's own entries -> how those who arrive there come to be entries, and when.

A deal that is won needs a valid opportunity, that needs an appointment, and so on up: each step has its own cohorts and curve.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.goals.calendar import add_months
from pipeline.goals.cohorts import Cohorts, conversion_of
from pipeline.goals.flow import FEWEST_MATURE, HISTORY_MONTHS, curve_of
from pipeline.goals.outlook import Flows
from pipeline.goals.statistics.hazard import Curve, expected_between
from pipeline.goals.statistics.lag import convolve, pmf_of

_MID = 0.5
"""Who converts in a week of age does so in its middle."""

Waits = Sequence[tuple[float, float]]
"""How many weeks those who convert in the end need, each with its share; the shares sum to 1."""


@dataclass(frozen=True)
class Step:
    """One step from a count of the chain to the next: who arrived, and the curve of what becomes of them."""

    cohorts: Cohorts
    curve: Curve


def steps_of(flows: Flows, counts: Sequence[str]) -> tuple[Step, ...] | str:
    """Return the steps between counts, the earliest first, or why they cannot be followed.

    `not_followed` without a conversion metric, `metric_failed` where it could not be answered, `no_curve` where too few have
    grown old or nobody converts.
    """
    found = []
    since = add_months(flows.as_of.replace(day=1), -HISTORY_MONTHS)
    for earlier, later in pairwise(counts):
        conversion = conversion_of(flows.facts, earlier, later)
        cohorts = flows.cohorts(conversion, since) if conversion else None
        if cohorts is None:
            return "metric_failed" if conversion else "not_followed"
        step = Step(cohorts, curve_of(cohorts))
        if cohorts.mature().entered < FEWEST_MATURE or not step.curve.eventual:
            return "no_curve"
        found.append(step)
    return tuple(found)


def waits_of(steps: Sequence[Step]) -> Waits:
    """Return how long the steps take one after the other."""
    lag: tuple[float, ...] = (1.0,)
    for step in steps:
        lag = convolve(lag, pmf_of(step.curve))
    return [(age + _MID * len(steps), share) for age, share in enumerate(lag) if share > 0]


def on_the_way(steps: Sequence[Step], as_of: dt.date, worth: Callable[[dt.date], float]) -> float:
    """Return what those who have arrived at the first of the steps, and not at the next yet, still bring.

    `worth` says what one entry of a day is worth who has come through all the steps. Those who convert in a later week of age are
    entries of that week.
    """
    first, rest = steps[0], steps[1:]
    through = math.prod(step.curve.eventual for step in rest)
    waits = waits_of(rest)
    found = 0.0
    for each in first.cohorts.entrants:
        if each.open <= 0 or each.ages >= first.cohorts.horizon:
            continue
        for age in range(each.ages, len(first.curve.cumulative)):
            coming = expected_between(each.open, each.ages, first.curve, age, age)
            if coming:
                weeks = age + _MID
                found += (
                    coming * through * math.fsum(share * worth(_later(each.day, weeks + wait, as_of)) for wait, share in waits)
                )
    return found


def _later(day: dt.date, weeks: float, as_of: dt.date) -> dt.date:
    """Return the day so many weeks later; what is still to come does not come before tomorrow."""
    return max(day + dt.timedelta(days=round(7 * weeks)), as_of + dt.timedelta(days=1))
