"""Rates with their lags -> what lands when, and how many entries, in which months, a target needs.

A lag is a tuple of shares by age 0, 1, ... that sum to 1: when those who convert in the end do it.
Source: docs/statistics.md#lags.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pipeline.goals.statistics.hazard import Curve

__all__ = [
    "Needed",
    "convolve",
    "joint_rate",
    "needed_entries",
    "pmf_of",
    "required_entries",
    "window_shares",
]

USEFUL = 0.1
"""A month is useful as long as so much of what begins in it lands inside the window."""

MOST_ENTRIES = 10**9
"""Beyond so many entries a target counts as out of reach."""


class Needed(NamedTuple):
    """Entries that a target still needs: in total, and month by month in the order of the shape, unrounded.

    `latest_useful` is the position of the last month that still helps, None when none does. `total` is None, with the reason
    `too_late`, when nothing that begins in these months lands inside the window, and with `rate_is_zero` when nothing converts.
    """

    total: float | None
    by_month: tuple[float, ...]
    latest_useful: int | None
    reason: Literal["too_late", "rate_is_zero"] | None = None


def convolve(first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
    """Return the lag of two steps one after the other; empty when either is."""
    if not first or not second:
        return ()
    whole = [0.0] * (len(first) + len(second) - 1)
    for at, share in enumerate(first):
        for more, other in enumerate(second):
            whole[at + more] += share * other
    return tuple(whole)


def pmf_of(curve: Curve) -> tuple[float, ...]:
    """Return the lag of those who convert in the end; empty when nobody does."""
    if not curve.eventual:
        return ()
    return tuple((curve.at(age) - curve.at(age - 1)) / curve.eventual for age in range(len(curve.cumulative)))


def window_shares(pmf: Sequence[float], starts: Sequence[int], window: tuple[int, int]) -> tuple[float, ...]:
    """Return for each starting month the share of its eventual conversions that lands in the window's months, both included.

    F(last - start) - F(first - 1 - start), F the cumulative lag; a month after the window has 0.
    """
    first, last = window
    return tuple(math.fsum(pmf[max(0, first - start) : max(0, last - start + 1)]) for start in starts)


def needed_entries(
    target: float, existing: float, rate: float, shares: Sequence[float], shape: Sequence[float], *, useful: float = USEFUL
) -> Needed:
    """Return the entries that bring the target, beyond the conversions that existing entries are expected to bring.

    `shares` says what part of each month's eventual conversions lands inside the window, `shape` how new entries spread over the
    months (it is scaled to sum to 1). X = (target - existing) / (rate x sum of shape x share). 0 when existing entries suffice.
    """
    latest = max((at for at, share in enumerate(shares) if share >= useful - 1e-9), default=None)
    whole = math.fsum(shape)
    missing = max(0.0, target - existing)
    caught = math.fsum(part * share for part, share in zip(shape, shares, strict=True)) / whole if whole > 0 else 0.0
    if missing and not caught > 0:
        return Needed(None, (), None, "too_late")
    if missing and not rate > 0:
        return Needed(None, (), latest, "rate_is_zero")
    total = missing / (rate * caught) if missing else 0.0
    return Needed(total, tuple(total * part / whole if whole > 0 else 0.0 for part in shape), latest)


def joint_rate(stages: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return successes and failures of one step that is as uncertain as several steps one after the other.

    Each stage is (successes, failures) with half a trial added to both; the product of their Beta distributions is replaced by
    the Beta of the same mean and variance, its halves taken off again. They may be negative where little is known.
    """
    mean, square = 1.0, 1.0
    for successes, failures in stages:
        a, whole = successes + 0.5, successes + failures + 1.0
        mean *= a / whole
        square *= a * (a + 1) / (whole * (whole + 1))
    weight = (mean - square) / (square - mean * mean)
    return mean * weight - 0.5, (1 - mean) * weight - 0.5


def required_entries(target: float, successes: float, failures: float, confidence: float) -> int | None:
    """Return the smallest number of entries that reaches a target of conversions with that confidence; None beyond 10^9.

    The rate is known by Beta(successes + 1/2, failures + 1/2), so the conversions of n entries are beta-binomial. A target that
    is not whole is reached by the next whole number; 0 needs nothing.
    """
    wins = math.ceil(target - 1e-9)
    if wins <= 0:
        return 0
    low, high = wins - 1, wins
    while _chance(wins, high, successes, failures) < confidence:
        low, high = high, 2 * high
        if low > MOST_ENTRIES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        reached = _chance(wins, middle, successes, failures) >= confidence
        low, high = (low, middle) if reached else (middle, high)
    return high


def _chance(wins: int, entries: int, successes: float, failures: float) -> float:
    """Return the chance of at least so many wins: 1 less the beta-binomial chances of fewer."""
    import numpy as np
    from scipy.special import betaln, gammaln

    k = np.arange(min(wins, entries + 1))
    alpha, beta = successes + 0.5, failures + 0.5
    choose = gammaln(entries + 1) - gammaln(k + 1) - gammaln(entries - k + 1)
    fewer = np.exp(choose + betaln(k + alpha, entries - k + beta) - betaln(alpha, beta))
    return 1.0 - float(fewer.sum())
