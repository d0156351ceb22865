"""Planned and actual factors of the cells of a goal -> what each factor contributes to the gap; the parts sum to the gap exactly.

A cell (a channel, a cohort at an age) is a product of factors in the order of the tree, volume first; a division enters as the
inverse, a subtraction as a cell of sign -1. Reports add the parts of the same cells up and never split twice at two grains.
Sources: additive LMDI-I (Ang; Ang and Liu for zeros), Shapley, Kitagawa; docs/statistics.md#gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, NamedTuple

__all__ = [
    "Cell",
    "Method",
    "Mix",
    "RateChange",
    "Segment",
    "Timed",
    "contributions",
    "decompose",
    "decompose_each",
    "log_mean",
    "rate_change",
    "scale_and_mix",
    "shapley",
    "timing_cells",
]

Method = Literal["lmdi", "shapley"]

MOST_FACTORS = 6
"""Shapley visits every subset of factors: 64 of them at six."""


@dataclass(frozen=True)
class Cell:
    """One product, planned and actual: the factors in the order of the tree.

    None is a factor that is not defined (the price of no deals): it takes the other side's value and contributes nothing; None
    on both sides counts as 1. `sign` is -1 for a cell that is subtracted.
    """

    plan: tuple[float | None, ...]
    actual: tuple[float | None, ...]
    sign: float = 1.0

    def __post_init__(self) -> None:
        if len(self.plan) != len(self.actual):
            raise ValueError("planned and actual factors differ in number")

    def sides(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return both sides with every undefined factor filled in."""
        pairs = [_filled(plan, actual) for plan, actual in zip(self.plan, self.actual, strict=True)]
        return tuple(plan for plan, _ in pairs), tuple(actual for _, actual in pairs)

    def values(self) -> tuple[float, float]:
        """Return the planned and the actual value of the cell, sign included."""
        plan, actual = self.sides()
        return self.sign * math.prod(plan), self.sign * math.prod(actual)


class Mix(NamedTuple):
    """The contribution of volume in total: `scale`, all channels growing alike, and `mix`, their shares moving."""

    scale: float
    mix: float


class Segment(NamedTuple):
    """The numerator and the denominator of a rate in one segment, before and after."""

    base_numerator: float
    base_denominator: float
    numerator: float
    denominator: float


class RateChange(NamedTuple):
    """A rate's change, split: `mix` by the segments' shares, `within` by the segments' own rates; they sum to `change`.

    `sign_reversal`: within the segments the rate moved the other way than in total (Simpson).
    """

    change: float
    mix: float
    within: float
    sign_reversal: bool


class Timed(NamedTuple):
    """A cohort with its lag: entries of period `start`, their eventual rate, its shares by age 0, 1, ..., the unit price."""

    start: int
    volume: float
    rate: float
    shares: tuple[float, ...]
    price: float


def log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean of two positive numbers: between them, and a itself when they are equal."""
    if a == b:
        return a
    near = abs(a - b) < max(a, b) / 2  # the logarithm of a quotient near 1 has lost its digits
    return (a - b) / (2 * math.atanh((a - b) / (a + b)) if near else math.log(a) - math.log(b))


def contributions(cell: Cell) -> tuple[float, ...]:
    """Return what each factor contributes to the change of one cell, by LMDI: log-mean of the values x ln(actual / plan).

    Zeros go by the limits: a value that is new, or gone, belongs to the first factor in the tree that was, or became, zero; with
    both values 0 nothing contributes. Exchanging plan and actual turns every sign. Factors must not be negative (`shapley`).
    """
    plan, actual = cell.sides()
    before, after = math.prod(plan), math.prod(actual)
    if before > 0 and after > 0:
        mean = log_mean(after, before)
        return tuple(cell.sign * mean * math.log(new / old) if new != old else 0.0 for old, new in zip(plan, actual, strict=True))
    zeros = plan if before == 0 else actual
    at = next((at for at, factor in enumerate(zeros) if factor == 0), 0)
    return tuple(cell.sign * (after - before) if k == at else 0.0 for k in range(len(plan)))


def shapley(cell: Cell) -> tuple[float, ...]:
    """Return what each factor contributes to the change of one cell: its mean effect over all orders of changing the factors.

    Zeros and negative factors are welcome. Raises ValueError with more than six factors.
    """
    plan, actual = cell.sides()
    count = len(plan)
    if count > MOST_FACTORS:
        raise ValueError(f"Shapley over {count} factors; at most {MOST_FACTORS}")
    return tuple(cell.sign * _mean_effect(at, plan, actual) for at in range(count))


def _mean_effect(at: int, plan: tuple[float, ...], actual: tuple[float, ...]) -> float:
    others = [k for k in range(len(plan)) if k != at]
    terms = []
    for size in range(len(others) + 1):
        weight = 1 / (len(plan) * math.comb(len(others), size))
        for changed in combinations(others, size):
            terms.append(weight * math.prod(actual[k] if k in changed else plan[k] for k in others))
    return (actual[at] - plan[at]) * math.fsum(terms)


def decompose(cells: Iterable[Cell]) -> tuple[tuple[float, ...], Method]:
    """Return the contributions of the factors, summed over cells that have the same factors, and the method.

    Without cells there is nothing: an empty tuple.
    """
    parts, method = decompose_each(cells)
    return tuple(math.fsum(each) for each in zip(*parts, strict=True)), method


def decompose_each(cells: Iterable[Cell]) -> tuple[tuple[tuple[float, ...], ...], Method]:
    """Return the contributions of the factors cell by cell, and the method: LMDI, or Shapley for all when one is negative.

    One method serves all cells, so that their parts may be added. Raises ValueError where Shapley is needed for more than six
    factors.
    """
    kept = tuple(cells)
    method = _method(kept)
    return tuple(contributions(cell) if method == "lmdi" else shapley(cell) for cell in kept), method


def scale_and_mix(cells: Sequence[Cell]) -> Mix:
    """Split the contribution of volume, the first factor, into scale and mix; they sum to it.

    Only in total: a channel of its own has no mix that may be published.
    """
    sides = [cell.sides() for cell in cells]
    before, after = math.fsum(plan[0] for plan, _ in sides), math.fsum(actual[0] for _, actual in sides)
    parts, method = decompose_each(cells)
    volume = math.fsum(each[0] for each in parts)
    if method == "shapley":
        scale = math.fsum(_scale_by_shapley(cell, before, after) for cell in cells)
    elif before > 0 and after > 0:
        scale = math.log(after / before) * math.fsum(_weight(cell) for cell in cells)
    else:
        scale = volume
    return Mix(scale, volume - scale)


def _weight(cell: Cell) -> float:
    """Return the log-mean of a cell's values, sign included; 0 for a cell that is new or gone: it is all mix."""
    before, after = (abs(value) for value in cell.values())
    return cell.sign * log_mean(after, before) if before > 0 and after > 0 else 0.0


def _scale_by_shapley(cell: Cell, before: float, after: float) -> float:
    """Return a cell's part of the scale: volume is total x share, and the rest of the cell keeps its mean weight."""
    plan, actual = cell.sides()
    worth = shapley(Cell((0.0, *plan[1:]), (1.0, *actual[1:]), cell.sign))[0]
    shares = (plan[0] / before if before else 0.0, actual[0] / after if after else 0.0)
    return worth * (after - before) * (math.fsum(shares) / 2 if before and after else math.fsum(shares))


def rate_change(segments: Iterable[Segment]) -> RateChange | None:
    """Split the change of a rate over segments into mix and within, exactly; None when a side has no denominator at all.

    A segment that is empty on one side has no rate there: it takes its rate from the other side, and its coming or going is mix.
    Source: Kitagawa 1955.
    """
    kept = tuple(segments)
    base, new = math.fsum(each.base_denominator for each in kept), math.fsum(each.denominator for each in kept)
    if not base > 0 or not new > 0:
        return None
    mix, within = [], []
    for each in kept:
        old_rate = each.base_numerator / each.base_denominator if each.base_denominator else None
        new_rate = each.numerator / each.denominator if each.denominator else None
        before, after = _filled(old_rate, new_rate)
        old_share, new_share = each.base_denominator / base, each.denominator / new
        mix.append((new_share - old_share) * (before + after) / 2)
        within.append((after - before) * (old_share + new_share) / 2)
    moved, inside = math.fsum(mix), math.fsum(within)
    return RateChange(moved + inside, moved, inside, (moved + inside) * inside < 0)


def timing_cells(plan: Sequence[Timed], actual: Sequence[Timed], first: int, last: int) -> tuple[Cell, ...]:
    """Return the cells (volume, rate, speed, price) of cohorts that land in the periods first..last, one per cohort and age.

    Cohorts are matched by their start; one that stands on one side only has volume 0 on the other. The speed of a cell is the
    share of the eventual conversions that falls on its age.
    """
    planned, done = {each.start: each for each in plan}, {each.start: each for each in actual}
    cells = []
    for start in sorted({*planned, *done}):
        sides = planned.get(start), done.get(start)
        for age in range(max(0, first - start), last - start + 1):
            if any(side is not None and age < len(side.shares) for side in sides):
                cells.append(Cell(_timed(sides[0], age), _timed(sides[1], age)))
    return tuple(cells)


def _timed(cohort: Timed | None, age: int) -> tuple[float | None, ...]:
    if cohort is None:
        return 0.0, None, None, None
    return cohort.volume, cohort.rate, cohort.shares[age] if age < len(cohort.shares) else 0.0, cohort.price


def _method(cells: Sequence[Cell]) -> Method:
    factors = (factor for cell in cells for side in cell.sides() for factor in side)
    return "shapley" if any(factor < 0 for factor in factors) else "lmdi"


def _filled(plan: float | None, actual: float | None) -> tuple[float, float]:
    if plan is None:
        plan = actual
    if actual is None:
        actual = plan
    return (1.0, 1.0) if plan is None or actual is None else (plan, actual)
