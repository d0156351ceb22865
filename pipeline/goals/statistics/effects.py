"""Numbers of treated and untreated groups, before and after -> what an initiative changed, with an interval.

The outcome has to be the landing of mature cohorts, or a lag will look like no effect. Source: docs/statistics.md#effects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.goals.statistics.intervals import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Effect",
    "Observation",
    "SeriesEffect",
    "difference_in_differences",
    "difference_of_means",
    "series_effect",
]

FEWEST_SEGMENTS = 4
"""Fewer segments say nothing about how much segments differ; so many of them need two on either side."""


class Observation(NamedTuple):
    """One number of one segment in one period."""

    value: float
    treated: bool
    after: bool
    segment: str | None = None


class Effect(NamedTuple):
    """What treatment changed, in the unit of the numbers. Error and interval are None when nothing is left to tell them by.

    `errors`: clustered by segment where segments allow, else ordinary ones.
    """

    estimate: float
    standard_error: float | None
    interval: Interval | None
    errors: Literal["clustered", "ordinary"]
    treated: int
    control: int


class SeriesEffect(NamedTuple):
    """Actual less predicted for each period from the start on, their sum and its interval."""

    by_period: tuple[float, ...]
    total: float
    interval: Interval


def difference_of_means(treated_after: float, treated_before: float, control_after: float, control_before: float) -> float:
    """Return how much more the treated changed than the control, from four means."""
    return (treated_after - treated_before) - (control_after - control_before)


def difference_in_differences(observations: Sequence[Observation], confidence: float = 0.95) -> Effect | None:
    """Return how much more the treated changed than the control: least squares with an interaction of treated and after.

    Errors are robust to clusters (CR1, t with segments - 1) when every observation names its segment and either side has two
    segments or more; else ordinary with t of n - 4. None when one of the four groups is empty.
    """
    import numpy as np

    if len({(each.treated, each.after) for each in observations}) < 4:
        return None
    value = np.array([each.value for each in observations], dtype=float)
    treated = np.array([each.treated for each in observations], dtype=float)
    after = np.array([each.after for each in observations], dtype=float)
    design = np.column_stack([np.ones(len(value)), treated, after, treated * after])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ value
    residuals = value - design @ coefficients
    segments = _segments(observations)
    if segments is None:
        freedom = len(value) - 4
        variance = float(inverse[3, 3] * (residuals @ residuals) / freedom) if freedom > 0 else None
    else:
        freedom, variance = len(set(segments)) - 1, _clustered(design, residuals, inverse, segments)
    error = None if variance is None else math.sqrt(max(0.0, variance))
    counted = int(treated.sum())
    return Effect(
        float(coefficients[3]),
        error,
        None if error is None else _student(float(coefficients[3]), error, freedom, confidence),
        "ordinary" if segments is None else "clustered",
        counted,
        len(value) - counted,
    )


def series_effect(
    treated: Sequence[float],
    controls: Sequence[Sequence[float]],
    start: int,
    rng: np.random.Generator,
    *,
    draws: int = 1000,
    block: int = 3,
    confidence: float = 0.95,
) -> SeriesEffect | None:
    """Return what a series did from the position `start` on, beyond what its controls foretell.

    The treated series is regressed on the controls (one series each, as long) before the start and predicted after it. The
    interval of the sum redraws residuals in moving blocks, before and after, and fits anew. None with too few periods before the
    start to fit, or none after it.
    """
    import numpy as np

    actual = np.asarray(treated, dtype=float)
    design = np.column_stack([np.ones(len(actual)), *(np.asarray(control, dtype=float) for control in controls)])
    periods = len(actual) - start
    if periods <= 0 or start < design.shape[1] + 2:
        return None
    before, later = design[:start], design[start:]
    solve = np.linalg.pinv(before)
    coefficients = solve @ actual[:start]
    effect = actual[start:] - later @ coefficients
    residuals = actual[:start] - before @ coefficients
    residuals = residuals * math.sqrt(start / (start - design.shape[1]))  # what the fit has taken out of them
    redrawn = _blocks(residuals, start, draws, block, rng) @ solve.T @ later.T
    noise = (_blocks(residuals, periods, draws, block, rng) - redrawn).sum(axis=1)
    low, high = np.quantile(noise, [(1 - confidence) / 2, (1 + confidence) / 2])
    total = float(effect.sum())
    return SeriesEffect(tuple(float(each) for each in effect), total, Interval(total - float(high), total - float(low)))


def _segments(observations: Sequence[Observation]) -> list[str] | None:
    """Return the segment of each observation, or None when they do not allow errors by cluster."""
    named = [each.segment for each in observations if each.segment is not None]
    sides = [len({each.segment for each in observations if each.treated is side}) for side in (True, False)]
    return named if len(named) == len(observations) and min(sides) >= FEWEST_SEGMENTS // 2 else None


def _clustered(
    design: NDArray[np.float64], residuals: NDArray[np.float64], inverse: NDArray[np.float64], segments: Sequence[str]
) -> float:
    """Return the cluster-robust variance of the last coefficient, with the correction for few clusters of CR1."""
    import numpy as np

    scores: dict[str, NDArray[np.float64]] = {}
    for at, segment in enumerate(segments):
        scores[segment] = scores.get(segment, np.zeros(design.shape[1])) + design[at] * residuals[at]
    meat = sum(np.outer(score, score) for score in scores.values())
    groups, n, k = len(scores), *design.shape
    correction = groups / (groups - 1) * (n - 1) / max(1, n - k)
    return float((inverse @ meat @ inverse)[-1, -1] * correction)


def _student(estimate: float, error: float, freedom: int, confidence: float) -> Interval:
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Interval(estimate - half, estimate + half)


def _blocks(residuals: NDArray[np.float64], length: int, draws: int, block: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw series of residuals out of moving blocks of the observed ones: (draws, length)."""
    import numpy as np

    size = min(block, len(residuals))
    starts = rng.integers(0, len(residuals) - size + 1, size=(draws, -(-length // size)))
    picked = (starts[:, :, None] + np.arange(size)).reshape(draws, -1)[:, :length]
    drawn: NDArray[np.float64] = residuals[picked]
    return drawn
