"""The curve of the past and those who entered lately -> whether they convert more slowly, or more rarely, and since when.

Both are told apart by likelihood: lately the share converted by an age x is rate x F(x / stretch), F the curve of those before.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.line import line_of
from pipeline.goals.statistics.hazard import Curve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SIGNIFICANT = 0.01
FEWEST_EVENTS = 10
"""How many conversions of late entrants must be known before a drift is looked for."""
SHORTEST = 3
"""Half of the conversions must take so many weeks: ages are counted in weeks, and a shorter lag moves no landing."""


@dataclass(frozen=True)
class Drift:
    """How those who entered from a day on differ: `rate` times as many convert in the end, `stretch` times as slowly.

    `p_value` is of the stretch, by likelihood ratio with the rate left free, times the number of days that were tried.
    """

    since: dt.date
    rate: float
    stretch: float
    p_value: float

    @property
    def is_real(self) -> bool:
        """Whether chance alone rarely makes such a difference in speed."""
        return self.p_value < SIGNIFICANT


def slowed(curve: Curve, drift: Drift) -> Curve:
    """Return the curve of those who entered since the drift began; what would convert after the last age is not counted."""
    ages = len(curve.cumulative)
    line = line_of(curve)
    done = [min(1.0, drift.rate * line.by((age + 1) / drift.stretch)) for age in range(ages)]
    open_ = [1.0, *(1 - each for each in done)]
    hazard = [
        (later - earlier) / left if left > 0 else 0.0 for earlier, later, left in zip([0.0, *done], done, open_, strict=False)
    ]
    events = tuple(h * n for h, n in zip(hazard, curve.at_risk, strict=True))
    return Curve(
        events,
        (0.0,) * ages,
        curve.at_risk,
        tuple(hazard),
        tuple(done),
        curve.standard_error,
        tuple(open_[1:]),
        curve.tail_unobserved,
    )


def fit_drift(cohorts: Cohorts, curves: Iterable[tuple[dt.date, Curve]]) -> Drift | None:
    """Return the likeliest drift over the days that might have begun one; each comes with the curve of those before it.

    None where too few late conversions are known.
    """
    tried = [(since, *found) for since, curve in curves if (found := _fit(cohorts, since, curve)) is not None]
    if not tried:
        return None
    since, gain, rate, stretch = max(tried, key=lambda each: each[1])
    return Drift(since, rate, stretch, min(1.0, len(tried) * math.erfc(math.sqrt(max(0.0, gain) / 2))))


def _smooth(curve: Curve) -> Curve:
    """Spread each week's conversions over its neighbours, up to a quarter of the median age away, and half an event over all.

    A week in which nobody happened to convert must not forbid one, nor may reading between the weeks look likelier by itself.
    """
    values = (0.0, *curve.cumulative)
    steps = [later - earlier for earlier, later in pairwise(values)]
    ages, entered = len(steps), max(curve.at_risk, default=0.0)
    wide = round(_median(curve) / 4)
    spread = [0.0] * ages
    for age, step in enumerate(steps):
        near = {at: wide + 1 - abs(at) for at in range(-wide, wide + 1) if 0 <= age + at < ages}
        for at, weight in near.items():
            spread[age + at] += step * weight / sum(near.values())
    shares = [each + (0.5 / entered / ages if entered else 0.0) for each in spread]
    return replace(curve, cumulative=tuple(accumulate(shares)))


def _median(curve: Curve) -> int:
    """Return the age in weeks by whose end half of the conversions have come."""
    return next((age for age, share in enumerate(curve.cumulative) if share >= curve.eventual / 2), 0) + 1


def _fit(cohorts: Cohorts, since: dt.date, curve: Curve) -> tuple[float, float, float] | None:
    """Return twice the log-likelihood won by the stretch, the rate and the stretch."""
    import numpy as np

    late = [each for each in cohorts.entrants if each.day >= since and each.ages]
    events = np.array([_events(late, age) for age in range(len(curve.cumulative))])
    if events.sum() < FEWEST_EVENTS or curve.eventual <= 0 or _median(curve) < SHORTEST:
        return None
    curve = _smooth(curve)
    ages = sorted({each.ages for each in late})
    still = np.array([math.fsum(each.entered - each.converted[-1] for each in late if each.ages == age) for age in ages])
    rates = np.arange(0.3, 2.01, 0.02)
    best: tuple[float, float, float] | None = None
    plain = -math.inf
    for step in range(51):
        stretch = round(0.5 + 0.05 * step, 2)
        likelihood = _likelihood(curve, events, ages, still, rates, stretch)
        at = int(np.argmax(likelihood))
        if stretch == 1:
            plain = float(likelihood[at])
        if best is None or likelihood[at] > best[0]:
            best = float(likelihood[at]), float(rates[at]), stretch
    assert best is not None
    return 2 * (best[0] - plain), best[1], best[2]


def _events(late: list[Entrants], age: int) -> float:
    """Count the conversions of one week of age."""
    return math.fsum(each.converted[age] - (each.converted[age - 1] if age else 0.0) for each in late if each.ages > age)


def _likelihood(
    curve: Curve,
    events: NDArray[np.float64],
    ages: list[int],
    still: NDArray[np.float64],
    rates: NDArray[np.float64],
    stretch: float,
) -> NDArray[np.float64]:
    import numpy as np

    line = line_of(curve)
    shares = np.array([line.by(age / stretch) for age in range(len(events) + 1)])
    steps = np.maximum(np.diff(shares), 1e-9)
    by_now = np.array([line.by(age / stretch) for age in ages])
    left = np.maximum(1 - np.outer(rates, by_now), 1e-9)
    found: Numbers = events.sum() * np.log(rates) + float(events @ np.log(steps)) + np.log(left) @ still
    return found
