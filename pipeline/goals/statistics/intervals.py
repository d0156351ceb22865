"""Counts -> what they may really be: intervals, tests corrected for many looks, limits of a process, sizes a test needs.

Shares are fractions, intervals two-sided at 95 % unless a level is given. Where nothing was observed the answer is None, never
a number. Source of each formula: docs/statistics.md#intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

__all__ = [
    "Z95",
    "Interval",
    "ProcessChart",
    "Tier",
    "benjamini_hochberg",
    "binomial_interval",
    "binomial_tail",
    "binomial_upper",
    "e_value",
    "holm",
    "mean_interval",
    "minimal_detectable",
    "newcombe",
    "p_chart",
    "poisson_interval",
    "poisson_intervals",
    "process_chart",
    "rule_of_three",
    "sample_size",
    "shrunken_rate",
    "supply_tier",
    "wilson",
]

Z95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""

BREACH = 20.0
"""The e-value from which a breach is called: false in at most one of 20 series, however often one looks (Ville)."""

Tier = Literal["ok", "watch", "breach", "insufficient_data"]


class Interval(NamedTuple):
    """The lowest and the highest value that agree with what was observed."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether a value lies inside: if so, what was observed is no evidence against it."""
        return self.low <= value <= self.high


class ProcessChart(NamedTuple):
    """Limits of an XmR chart and the points that break a rule: `outside` the limits, end of a `run` of 8 on one side."""

    mean: float
    moving_range: float
    low: float
    high: float
    range_limit: float
    outside: tuple[int, ...]
    runs: tuple[int, ...]
    enough: bool


def wilson(successes: float, trials: float, z: float = Z95) -> Interval | None:
    """Return Wilson's score interval of a share; None when there were no trials. Sums of weights may be given as counts."""
    if not trials > 0:
        return None
    share = min(1.0, max(0.0, successes / trials))
    centre = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return Interval(
        0.0 if share == 0 else max(0.0, (centre - half) / scale), 1.0 if share == 1 else min(1.0, (centre + half) / scale)
    )


def newcombe(successes: float, trials: float, base_successes: float, base_trials: float, z: float = Z95) -> Interval | None:
    """Return Newcombe's hybrid score interval of a difference of two shares, new - base; None when a side has no trials."""
    new, base = wilson(successes, trials, z), wilson(base_successes, base_trials, z)
    if new is None or base is None:
        return None
    p1, p2 = successes / trials, base_successes / base_trials
    difference = p1 - p2
    return Interval(difference - math.hypot(p1 - new.low, base.high - p2), difference + math.hypot(new.high - p1, p2 - base.low))


def poisson_interval(count: float, confidence: float = 0.95) -> Interval:
    """Return the exact interval of the mean of a count (Garwood); for 0 it starts at 0."""
    return poisson_intervals([count], confidence)[0]


def poisson_intervals(counts: Sequence[float], confidence: float = 0.95) -> tuple[Interval, ...]:
    """Return the exact interval of the mean of each count, for many counts in one call."""
    import numpy as np
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    observed = np.asarray(counts, dtype=float)
    low = np.where(observed > 0, gammaincinv(np.maximum(observed, 1e-300), tail), 0.0)
    high = gammaincinv(observed + 1, 1 - tail)
    return tuple(Interval(float(a), float(b)) for a, b in zip(low, high, strict=True))


def binomial_interval(successes: float, trials: float, confidence: float = 0.95) -> Interval | None:
    """Return the exact interval of a share (Clopper-Pearson); None when there were no trials."""
    from scipy.special import betaincinv

    if not trials > 0:
        return None
    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - tail)) if successes < trials else 1.0
    return Interval(low, high)


def binomial_upper(successes: float, trials: float, confidence: float = 0.95) -> float | None:
    """Return the exact one-sided upper bound of a share; None when there were no trials."""
    from scipy.special import betaincinv

    if not trials > 0:
        return None
    return float(betaincinv(successes + 1, trials - successes, confidence)) if successes < trials else 1.0


def rule_of_three(trials: float) -> float | None:
    """Return 3 / trials, the rough upper bound of a share of which nothing was seen; None when there were no trials."""
    return min(1.0, 3 / trials) if trials > 0 else None


def binomial_tail(successes: float, trials: float, share: float) -> float:
    """Return the chance of at most so many successes at a given share."""
    from scipy.special import bdtr

    return float(bdtr(successes, int(trials), share))


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Return Student's interval of a mean, for prices of single deals; None with fewer than two values."""
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return None
    mean = math.fsum(values) / n
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * deviation / math.sqrt(n)
    return Interval(mean - half, mean + half)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted by Holm, in the order given: none of them is false at the level chosen, whatever their ties."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted by Benjamini and Hochberg, in the order given: the share of false ones among those called."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, lowest = [0.0] * len(p_values), 1.0
    for rank in range(len(p_values), 0, -1):
        at = order[rank - 1]
        lowest = min(lowest, p_values[at] * len(p_values) / rank)
        adjusted[at] = lowest
    return tuple(adjusted)


def e_value(successes: float, trials: float, share: float, *, a: float = 1.0, b: float = 1.0) -> float:
    """Return the evidence against a share as a bet: 20 or more is found in at most one of 20 series in which the share is true.

    It holds at whatever night one stops and looks (Ville's inequality). The alternative is mixed over Beta(a, b). A share of
    0 or 1 that what was seen contradicts gives infinity.
    """
    from scipy.special import betaln, xlog1py, xlogy

    ratio = betaln(a + successes, b + trials - successes) - betaln(a, b)
    ratio -= xlogy(successes, share) + xlog1py(trials - successes, -share)
    return math.exp(min(ratio, 700.0)) if ratio < math.inf else math.inf


def supply_tier(successes: float, trials: float, share: float) -> tuple[Tier, float, float]:
    """Return the tier of a mature rate against an agreed one, with its p-value and its e-value.

    `watch` when the chance of so few successes is under 5 % now; `breach` when the e-value reaches 20 and the rate is below the
    agreed one; `insufficient_data` without trials. Source: docs/statistics.md#intervals.
    """
    if not trials > 0:
        return "insufficient_data", 1.0, 1.0
    chance, evidence = binomial_tail(successes, trials, share), e_value(successes, trials, share)
    if evidence >= BREACH and successes / trials < share:
        return "breach", chance, evidence
    return "watch" if chance < 0.05 else "ok", chance, evidence


def process_chart(values: Sequence[float], *, baseline: int | None = None) -> ProcessChart | None:
    """Return the XmR chart of a series: mean +- 2.660 x mean moving range, and where it leaves its limits.

    The limits come from the first `baseline` points, or from all; `enough` says that these are 12 or more. None with fewer
    than 10. Of runs every point that ends 8 or more on one side of the mean is named; a point on the mean ends a run.
    """
    basis = values[:baseline]
    if len(basis) < 10:
        return None
    mean = math.fsum(basis) / len(basis)
    moving = [abs(after - before) for before, after in pairwise(basis)]
    average = math.fsum(moving) / len(moving)
    low, high = mean - 2.660 * average, mean + 2.660 * average
    runs, length, side = [], 0, 0
    for at, value in enumerate(values):
        now = (value > mean) - (value < mean)
        length, side = (length + 1 if now and now == side else abs(now)), now
        if length >= 8:
            runs.append(at)
    outside = tuple(at for at, value in enumerate(values) if not low <= value <= high)
    return ProcessChart(mean, average, low, high, 3.267 * average, outside, tuple(runs), len(basis) >= 12)


def p_chart(share: float, trials: float) -> Interval | None:
    """Return the three-sigma limits of a share for one period of so many trials; None below 20."""
    if trials < 20:
        return None
    half = 3 * math.sqrt(share * (1 - share) / trials)
    return Interval(max(0.0, share - half), min(1.0, share + half))


def sample_size(share: float, other: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the trials per arm that tell two shares apart, unrounded: two-sided test at `alpha`, found with `power`.

    Equal shares need infinitely many.
    """
    if share == other:
        return math.inf
    z_alpha, z_beta = _normal_quantile(1 - alpha / 2), _normal_quantile(power)
    mean = (share + other) / 2
    root = z_alpha * math.sqrt(2 * mean * (1 - mean)) + z_beta * math.sqrt(share * (1 - share) + other * (1 - other))
    return root * root / (share - other) ** 2


def minimal_detectable(share: float, trials: float, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Return the smallest difference of a share that so many trials per arm would find; None without trials."""
    if not trials > 0:
        return None
    z = _normal_quantile(1 - alpha / 2) + _normal_quantile(power)
    return z * math.sqrt(2 * share * (1 - share) / trials)


def shrunken_rate(successes: float, trials: float, parent: float, strength: float = 20.0) -> float:
    """Return a rate drawn towards its parent's as if `strength` trials of the parent had been seen too.

    (successes + strength x parent) / (trials + strength); the parent's rate when nothing was seen.
    """
    whole = trials + strength
    return (successes + strength * parent) / whole if whole > 0 else parent


def _normal_quantile(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)
