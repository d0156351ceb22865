"""Numbers of the treated and the control, before and after -> the effect, its interval and the noise it stands in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.goals.initiative import Method
from pipeline.goals.statistics.effects import Observation, difference_in_differences, series_effect
from pipeline.goals.statistics.intervals import Z95, Interval, newcombe

__all__ = ["Cell", "Estimate", "Monthly", "minimal_effect", "of_months", "of_rates", "placebo_months", "rate_error"]

SEED = 20261123
POWERED = 0.8416212335729143
"""The 80 % point of the standard normal distribution: how often an effect of the minimal size is found."""


@dataclass(frozen=True)
class Estimate:
    """An effect with its error and its 95 % interval; the last two None where too little is left to tell them by."""

    effect: float
    error: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Monthly:
    """The KPI month by month: `treated` and `control` have one row per member, or one for all; the first `start` are before."""

    treated: tuple[tuple[float, ...], ...]
    control: tuple[tuple[float, ...], ...]
    start: int

    @property
    def months_after(self) -> int:
        """How many months are after the start."""
        return len(self.treated[0]) - self.start

    def before(self, after: int) -> Monthly:
        """Return the months before alone, of which the last `after` play the part of those after it."""
        cut = tuple(row[: self.start] for row in self.treated), tuple(row[: self.start] for row in self.control)
        return Monthly(*cut, self.start - after)


@dataclass(frozen=True)
class Cell:
    """How many entered and how many of them convert in the end: those that will are fractions."""

    entered: float
    landed: float

    @property
    def rate(self) -> float:
        """The share that converts; 0.0 of nobody."""
        return self.landed / self.entered if self.entered else 0.0


def of_months(method: Method, data: Monthly, *, sums: bool) -> Estimate | None:
    """Return the effect over the months after the start: their sum where months sum, else the mean of a month.

    None where the months are too few. Source: docs/initiatives.md#methods.
    """
    if data.start < 1 or data.months_after < 1:
        return None
    match method:
        case "did":
            return _did(data, sums=sums)
        case "series":
            return _series(data, sums=sums)
        case _:
            return _before_after(_total(data.treated), data.start, sums=sums)


def placebo_months(method: Method, data: Monthly, *, sums: bool) -> bool | None:
    """Say whether the same comparison finds nothing between the halves of the months before; None when it cannot be told."""
    found = of_months(method, data.before(data.start // 2), sums=sums) if data.start >= 4 else None
    return None if found is None or found.interval is None else found.interval.holds(0.0)


def of_rates(method: Method, after: tuple[Cell, Cell | None], before: tuple[Cell, Cell | None] | None) -> Estimate | None:
    """Return the difference of shares by cells of treated and control. None where a cell that the method needs is empty.

    Intervals are Newcombe's; the difference of two differences combines both by the same hybrid (MOVER).
    """
    if method == "holdout":
        return _difference(after[0], after[1])
    if before is None:
        return None
    own = _difference(after[0], before[0])
    if method == "before_after":
        return own
    other = _difference(after[1], before[1])
    if own is None or other is None or own.interval is None or other.interval is None:
        return None
    effect = own.effect - other.effect
    low = effect - math.hypot(own.effect - own.interval.low, other.interval.high - other.effect)
    high = effect + math.hypot(own.interval.high - own.effect, other.effect - other.interval.low)
    error = math.hypot(own.error or 0.0, other.error or 0.0)
    return Estimate(effect, error, Interval(low, high))


def rate_error(cells: Sequence[tuple[float, float]]) -> float | None:
    """Return the standard error of a difference of shares given as (share, cases); None where a side has no cases."""
    if any(not cases > 0 for _, cases in cells):
        return None
    return math.sqrt(math.fsum(share * (1 - share) / cases for share, cases in cells))


def minimal_effect(error: float | None) -> float | None:
    """Return the smallest effect that a two-sided test at 5 % finds with a power of 80 %: (1.96 + 0.84) x the error."""
    return None if error is None else (Z95 + POWERED) * error


def _difference(new: Cell | None, base: Cell | None) -> Estimate | None:
    if new is None or base is None:
        return None
    interval = newcombe(new.landed, new.entered, base.landed, base.entered)
    if interval is None:
        return None
    return Estimate(new.rate - base.rate, rate_error([(new.rate, new.entered), (base.rate, base.entered)]), interval)


def _did(data: Monthly, *, sums: bool) -> Estimate | None:
    segmented = min(len(data.treated), len(data.control)) > 1
    sides = [(True, data.treated if segmented else (_total(data.treated),))]
    sides.append((False, data.control if segmented else (_total(data.control),)))
    seen = [
        Observation(value, treated, month >= data.start, f"{treated}{segment}" if segmented else None)
        for treated, rows in sides
        for segment, row in enumerate(rows)
        for month, value in enumerate(row)
    ]
    found = difference_in_differences(seen)
    if found is None:
        return None
    return _scaled(
        Estimate(found.estimate, found.standard_error, found.interval), len(sides[0][1]) * data.months_after, sums=sums
    )


def _series(data: Monthly, *, sums: bool) -> Estimate | None:
    """Return actual less predicted. The interval is the wider of two on either end: of redrawn residuals, and Student's.

    Redrawn blocks keep the memory of the months, but of a dozen months they know too little: alone they call chance an effect in
    one company of five (a test measures it). Student's interval of a predicted sum knows how few they are.
    """
    import numpy as np

    treated, control = _total(data.treated), _total(data.control)
    found = series_effect(treated, [control], data.start, np.random.default_rng(SEED))
    if found is None:
        return None
    error, half = _predicted(treated, control, data.start)
    interval = Interval(min(found.interval.low, found.total - half), max(found.interval.high, found.total + half))
    # its sum is over the months already
    return _scaled(Estimate(found.total, error, interval), 1 if sums else 1 / data.months_after, sums=True)


def _predicted(treated: tuple[float, ...], control: tuple[float, ...], start: int) -> tuple[float, float]:
    """Return the standard error of the sum of months predicted by least squares, and half its 95 % interval."""
    import numpy as np
    from scipy.special import stdtrit

    design = np.column_stack([np.ones(len(control)), np.asarray(control)])
    before, ahead = design[:start], design[start:].sum(axis=0)
    inverse = np.linalg.pinv(before.T @ before)
    residuals = np.asarray(treated[:start]) - before @ (inverse @ before.T @ np.asarray(treated[:start]))
    freedom = start - 2
    variance = float(residuals @ residuals) / freedom * (len(control) - start + float(ahead @ inverse @ ahead))
    error = math.sqrt(max(0.0, variance))
    return error, float(stdtrit(freedom, 0.975)) * error


def _before_after(row: tuple[float, ...], start: int, *, sums: bool) -> Estimate | None:
    """Return the difference of the mean month after and before, with Student's interval and one variance for both."""
    from scipy.special import stdtrit

    before, after = row[:start], row[start:]
    means = [math.fsum(part) / len(part) for part in (before, after)]
    freedom = len(row) - 2
    effect = means[1] - means[0]
    if freedom < 1:
        return _scaled(Estimate(effect, None, None), len(after), sums=sums)
    squares = math.fsum((value - mean) ** 2 for part, mean in zip((before, after), means, strict=True) for value in part)
    error = math.sqrt(squares / freedom * (1 / len(before) + 1 / len(after)))
    half = float(stdtrit(freedom, 0.975)) * error
    return _scaled(Estimate(effect, error, Interval(effect - half, effect + half)), len(after), sums=sums)


def _scaled(found: Estimate, factor: float, *, sums: bool) -> Estimate:
    if not sums:
        return found
    error = None if found.error is None else found.error * factor
    interval = None if found.interval is None else Interval(found.interval.low * factor, found.interval.high * factor)
    return replace(found, effect=found.effect * factor, error=error, interval=interval)


def _total(rows: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    return tuple(math.fsum(values) for values in zip(*rows, strict=True))
