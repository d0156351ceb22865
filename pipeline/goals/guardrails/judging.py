"""Counts -> what a guardrail says: how far a rate is from its base, whether that may be chance, what it costs. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from pipeline.goals.statistics.decomposition import RateChange, Segment, rate_change
from pipeline.goals.statistics.intervals import Interval, Tier, newcombe, process_chart

__all__ = [
    "WATCH",
    "Compared",
    "Count",
    "State",
    "Volumes",
    "compare",
    "compared_tier",
    "explain",
    "lost_at_most",
    "process_tier",
    "use_tier",
]

State = Literal["ok", "watch", "breach", "insufficient_data", "immature", "stale"]
WATCH = 0.05
"""The one-sided chance below which a guardrail is watched."""
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Count:
    """So many of so many."""

    hits: float = 0.0
    n: float = 0.0

    @property
    def rate(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.n if self.n else None

    def __add__(self, other: Count) -> Count:
        """Put two counts together."""
        return Count(self.hits + other.hits, self.n + other.n)


@dataclass(frozen=True)
class Compared:
    """A share against its base: new - base, its interval, and the one-sided chances of it.

    `p_worse`: if it was not worse; `p_beyond`: if it was not worse by more than the margin.
    """

    diff: float
    interval: Interval
    p_worse: float
    p_beyond: float
    is_beyond: bool


@dataclass(frozen=True)
class Volumes:
    """What the pursued KPI brought in the window, in as many business days of the base, and in as many newest ones."""

    window: float
    base: float
    current: float

    def is_local(self, new: float, base: float) -> bool:
        """Say whether more was brought and what came of it is not more: sign(change of KPI) > 0, change of result <= 0."""
        return self.window > self.base and self.window * new <= self.base * base

    def break_even(self, base: float) -> float | None:
        """Return the rate at which the current volume brings what the base brought; None without a volume."""
        return self.base * base / self.current if self.current else None


def compare(new: Count, base: Count, *, margin: float, confidence: float, direction: str) -> Compared | None:
    """Hold a share against its base by Newcombe's hybrid score interval; None where a side has no cases.

    The chances belong to the same interval: each is that of the widest interval that still shuts its bound out.
    Source: docs/guardrails.md#comparison.
    """
    up = direction == "up"
    sides = (new, base) if up else (_missing(new), _missing(base))  # turned round, worse is always lower

    def interval(z: float) -> Interval | None:
        return newcombe(sides[0].hits, sides[0].n, sides[1].hits, sides[1].n, z)

    found = interval(_NORMAL.inv_cdf((1 + confidence) / 2))
    if found is None or new.rate is None or base.rate is None:
        return None
    diff = new.rate - base.rate
    change = diff if up else -diff
    shown = found if up else Interval(-found.high, -found.low)
    return Compared(diff, shown, _chance(interval, change, 0.0), _chance(interval, change, -margin), change < -margin)


def compared_tier(compared: Compared, p_adjusted: float, confidence: float) -> Tier:
    """Return breach where the interval shuts out that the margin was kept, watch where only the point is past it.

    A point past the margin is watched when it is worse at all by more than chance (5 %, one-sided): a small sample swings.
    """
    if p_adjusted <= (1 - confidence) / 2:
        return "breach"
    return "watch" if compared.is_beyond and compared.p_worse < WATCH else "ok"


def explain(new: Mapping[str, Count], base: Mapping[str, Count]) -> RateChange | None:
    """Split a change of a rate over members into mix and within (Kitagawa); None without members or without a base."""
    members = sorted({*new, *base})
    segments = [
        Segment(old.hits, old.n, now.hits, now.n)
        for old, now in ((base.get(each, Count()), new.get(each, Count())) for each in members)
    ]
    return rate_change(segments) if segments else None


def lost_at_most(groups: Iterable[tuple[float, float, float]]) -> float:
    """Return what was lost by being too early: the sum of cases x max(0, rate in time - rate too early).

    An upper bound: those approached early may be others than those approached in time. Source: docs/guardrails.md#early.
    """
    return sum(cases * max(0.0, usual - risky) for cases, risky, usual in groups)


def process_tier(values: Sequence[float], points: int, direction: str) -> tuple[Tier, float, Interval] | None:
    """Return what an XmR chart says of the last value, the mean and the limits; None with fewer than 10 values in the baseline.

    A value past the limit on the bad side is a breach, or watched where the baseline has fewer than 12 values; the eighth in a
    row on the bad side of the mean is watched.
    """
    chart = process_chart(values, baseline=points)
    if chart is None:
        return None
    last = len(values) - 1
    limits = Interval(chart.low, chart.high)
    is_bad = values[last] < chart.mean if direction == "up" else values[last] > chart.mean
    if is_bad and last in chart.outside:
        return ("breach" if chart.enough else "watch"), chart.mean, limits
    return ("watch" if is_bad and last in chart.runs else "ok"), chart.mean, limits


def use_tier(use: float, watch_at: float) -> Tier:
    """Return breach where more hours are needed than there are, watch from `watch_at` on."""
    return "breach" if use > 1 else "watch" if use >= watch_at else "ok"


def _missing(count: Count) -> Count:
    return Count(count.n - count.hits, count.n)


def _chance(interval: Callable[[float], Interval | None], change: float, bound: float) -> float:
    """Return the one-sided p-value of a bound: the tail beyond the z whose interval just touches it, found by halving."""
    below = change < bound
    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        found = interval(middle)
        assert found is not None
        outside = found.high < bound if below else found.low > bound
        low, high = (middle, high) if outside else (low, middle)
    return _NORMAL.cdf(-low) if below else _NORMAL.cdf(low)
