"""Cohorts by age -> the hazards of converting and of being lost, and where a young cohort will land.

Ages are complete units of time since entry (months as a rule): an age that is still running is not an observation and is left
out by the caller. Assumed, and to be said wherever a result is shown: hazards do not change over the window (`stationarity`),
and nobody converts after the largest age that was observed. Source: docs/statistics.md#completion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipeline.goals.statistics.intervals import Interval, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Cohort",
    "Curve",
    "Group",
    "Stationarity",
    "curve",
    "draw",
    "expected_between",
    "land",
    "simulate",
    "stationarity",
]


@dataclass(frozen=True)
class Cohort:
    """What became of the entries of one cohort: conversions and losses at each complete observed age 0, 1, 2, ...

    `lost` empty means that nothing competes with conversion. Counts may be sums of weights.
    """

    entered: float
    converted: tuple[float, ...]
    lost: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.lost and len(self.lost) != len(self.converted):
            raise ValueError("conversions and losses cover different ages")


@dataclass(frozen=True)
class Curve:
    """What happens by age, each tuple with one value per age 0, 1, 2, ...

    `at_risk` counts the entries neither converted nor lost at the start of an age, `hazard` is events / at_risk (0.0 where
    nobody was at risk), `cumulative` the share of entries converted by the end of an age and `standard_error` its error,
    `survival` the share still open. `tail_unobserved`: at some age nobody was at risk although some had to be still open, so
    the share is carried on from the age before.
    """

    events: tuple[float, ...]
    lost: tuple[float, ...]
    at_risk: tuple[float, ...]
    hazard: tuple[float, ...]
    cumulative: tuple[float, ...]
    standard_error: tuple[float, ...]
    survival: tuple[float, ...]
    tail_unobserved: bool

    @property
    def eventual(self) -> float:
        """Return the share that converts in the end; 0.0 when nothing was observed."""
        return self.at(len(self.cumulative) - 1)

    def at(self, age: int) -> float:
        """Return the share converted by the end of an age: 0.0 before age 0, the last value beyond the last age."""
        return self.cumulative[min(age, len(self.cumulative) - 1)] if age >= 0 and self.cumulative else 0.0

    def open_at(self, age: int) -> float:
        """Return the share still open at the end of an age: 1.0 before age 0, the last value beyond the last age."""
        return self.survival[min(age, len(self.survival) - 1)] if age >= 0 and self.survival else 1.0


class Group(NamedTuple):
    """Entries of one age that are still open: which of their coming conversions are counted.

    `first_age` is the first age not yet observed (0 for entries that are only planned), `last_age` the last one that counts.
    `counted_from`: conversions at earlier ages happen, but do not count; 0 counts all.
    """

    open: float
    first_age: int
    last_age: int
    counted_from: int = 0


class Stationarity(NamedTuple):
    """The share converted by a fixed age in the earlier and the later half of the cohorts, with 95 % intervals.

    `holds` is None when a half has no cohort of that age: silence is no proof.
    """

    age: int
    earlier: Interval | None
    later: Interval | None
    holds: bool | None


def curve(cohorts: Iterable[Cohort]) -> Curve:
    """Pool cohorts into hazards by age; a cohort counts at the ages at which it was observed.

    With losses the share converted is the cumulative incidence of Aalen and Johansen, without them 1 - Kaplan-Meier; the
    standard error is Greenwood's, for two outcomes the delta method on the multinomial of each age, which is Greenwood's when
    nothing is lost.
    """
    events, lost, at_risk = _pooled(tuple(cohorts))
    hazard = tuple(min(1.0, d / n) if n else 0.0 for d, n in zip(events, at_risk, strict=True))
    cumulative: list[float] = []
    survival: list[float] = []
    converted, still_open, tail = 0.0, 1.0, not at_risk
    for h, out, n in zip(hazard, lost, at_risk, strict=True):
        tail = tail or (not n and still_open > 0)
        converted += still_open * h
        still_open *= max(0.0, 1 - h - out / n) if n else 1.0
        cumulative.append(converted)
        survival.append(still_open)
    errors = _standard_errors(hazard, lost, at_risk, cumulative, survival)
    return Curve(events, lost, at_risk, hazard, tuple(cumulative), errors, tuple(survival), tail)


def _pooled(cohorts: tuple[Cohort, ...]) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    ages = max((len(cohort.converted) for cohort in cohorts), default=0)
    events, lost, at_risk = [0.0] * ages, [0.0] * ages, [0.0] * ages
    for cohort in cohorts:
        still_open = cohort.entered
        for age, converted in enumerate(cohort.converted):
            out = cohort.lost[age] if cohort.lost else 0.0
            events[age] += converted
            lost[age] += out
            at_risk[age] += max(0.0, still_open)
            still_open -= converted + out
    return tuple(events), tuple(lost), tuple(at_risk)


def _standard_errors(
    hazard: Sequence[float],
    lost: Sequence[float],
    at_risk: Sequence[float],
    cumulative: Sequence[float],
    survival: Sequence[float],
) -> tuple[float, ...]:
    """Return the standard error of the share converted by each age.

    The share by age t moves with the hazard h of an earlier age k by S(k-1) - (F(t) - F(k)) / S(k) x S(k-1), and with the hazard
    of being lost by the second part alone; the two hazards of an age have the covariance of a multinomial.
    """
    errors = []
    for last in range(len(hazard)):
        variance = 0.0
        for age in range(last + 1):
            n = at_risk[age]
            if not n:
                continue
            before = survival[age - 1] if age else 1.0
            later = (cumulative[last] - cumulative[age]) * before / survival[age] if survival[age] > 0 else 0.0
            won, out = hazard[age], lost[age] / n
            by_won, by_lost = before - later, -later
            variance += (
                by_won * by_won * won * (1 - won) + by_lost * by_lost * out * (1 - out) - 2 * by_won * by_lost * won * out
            ) / n
        errors.append(math.sqrt(max(0.0, variance)))
    return tuple(errors)


def land(entered: float, converted_so_far: float, lost_so_far: float, observed_ages: int, curve: Curve) -> float:
    """Return the conversions a cohort will have in the end: those it has, and its open entries' chance to follow.

    C + open x (F(inf) - F(a)) / S(a), a the last observed age. No ages observed: the whole curve is ahead. Open entries older
    than the curve are expected to stay open.
    """
    still_open = max(0.0, entered - converted_so_far - lost_so_far)
    return converted_so_far + expected_between(still_open, observed_ages, curve, observed_ages, len(curve.cumulative))


def expected_between(open_: float, observed_ages: int, curve: Curve, from_age: int, to_age: int) -> float:
    """Return the conversions expected at the ages from_age to to_age of entries still open after so many observed ages.

    Ages that have been observed already bring nothing more. Source: docs/statistics.md#completion.
    """
    still_open = curve.open_at(observed_ages - 1)
    if still_open <= 0:
        return 0.0
    share = curve.at(to_age) - curve.at(max(from_age, observed_ages) - 1)
    return open_ * max(0.0, share) / still_open


def draw(curve: Curve, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Draw whole curves that the observations allow: (size, ages, 2), the hazards of converting and of being lost.

    Each age is drawn from its posterior: Beta without losses, Dirichlet with them. What is added to the observations is half an
    event of each kind over the whole curve, spread over its ages: half at every age would add nine events to a curve of
    18 months, more than a small company has. Ages at which nobody was at risk stay at 0, as in the curve.
    """
    import numpy as np

    events, lost, at_risk = (np.asarray(each, dtype=float) for each in (curve.events, curve.lost, curve.at_risk))
    weights = np.stack([events, lost, np.maximum(0.0, at_risk - events - lost)], axis=-1)
    weights += (0.5 / max(1, len(events)), 0.5 / max(1, len(events)), 0.5)
    if not lost.any():
        weights[:, 1] = 0.0
    weights[at_risk <= 0] = (0.0, 0.0, 1.0)
    drawn = rng.standard_gamma(weights, size=(size, *weights.shape))
    hazards: NDArray[np.float64] = drawn[:, :, :2] / np.maximum(drawn.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    return hazards


def simulate(
    groups: Iterable[tuple[float, int, int] | tuple[float, int, int, int]], curve: Curve, rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    """Draw the conversions that are still to come from groups of open entries: `size` totals.

    Every draw takes one curve from `draw` for all groups, so that an error of a hazard meets them all, then binomial conversions.
    A group of a fractional size (weights) is drawn as the next whole number and scaled: its mean is exact.
    """
    import numpy as np

    hazards = draw(curve, rng, size)
    won, out = hazards[:, :, 0], hazards[:, :, 1]
    kept = np.cumprod(np.maximum(0.0, 1 - won - out), axis=1)
    survival = np.concatenate([np.ones((size, 1)), kept], axis=1)  # survival[:, a]: open at the start of age a
    cumulative = np.concatenate([np.zeros((size, 1)), np.cumsum(survival[:, :-1] * won, axis=1)], axis=1)
    ages = won.shape[1]
    total = np.zeros(size)
    for group in (Group(*each) for each in groups):
        first, end = min(group.first_age, ages), min(group.last_age + 1, ages)
        start = min(max(group.first_age, group.counted_from), ages)
        whole = math.ceil(group.open)
        if end <= start or whole <= 0:
            continue
        left = survival[:, first]
        chance = np.divide(cumulative[:, end] - cumulative[:, start], left, out=np.zeros(size), where=left > 0)
        total += rng.binomial(whole, np.clip(chance, 0.0, 1.0)) * (group.open / whole)
    return total


def stationarity(cohorts: Sequence[Cohort], age: int) -> Stationarity:
    """Compare the share converted by an age in the earlier and the later half of the cohorts, given in the order of time.

    Only cohorts observed through that age count. It holds when the two 95 % Wilson intervals meet.
    """
    complete = [cohort for cohort in cohorts if len(cohort.converted) > age]
    middle = len(complete) // 2
    earlier, later = (
        wilson(math.fsum(math.fsum(each.converted[: age + 1]) for each in half), math.fsum(each.entered for each in half))
        for half in (complete[:middle], complete[middle:])
    )
    holds = None if earlier is None or later is None else earlier.low <= later.high and later.low <= earlier.high
    return Stationarity(age, earlier, later, holds)
