"""Amounts by cohort and age -> their ultimate amounts with an error, where nobody is counted at risk.

A triangle has one row per cohort in the order of time and one cumulative amount per complete observed age; rows end where
they have been observed to. Source: chain ladder with the error of Mack (1993, 1994), Bornhuetter-Ferguson, Cape Cod;
docs/statistics.md#amounts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Ladder", "Ultimate", "bornhuetter_ferguson", "cape_cod", "chain_ladder"]

Triangle = Sequence[Sequence[float]]


class Ultimate(NamedTuple):
    """Where one cohort ends: its amount so far, in the end, what is still to come, and the standard error of that.

    None where a factor that it needs was not observed or an error cannot be told.
    """

    latest: float
    amount: float | None
    reserve: float | None
    standard_error: float | None


class Ladder(NamedTuple):
    """Development of a triangle.

    `factors[k]` leads from age k to k + 1 (None: nothing at age k), `completion[k]` is the share of the ultimate that is there
    at age k, then one ultimate per row and the total of all.
    """

    factors: tuple[float | None, ...]
    completion: tuple[float | None, ...]
    rows: tuple[Ultimate, ...]
    total: Ultimate

    def complete_at(self, ages: int) -> float | None:
        """Return the share of the ultimate after so many observed ages: 0.0 after none, 1.0 beyond the last."""
        if ages <= 0:
            return 0.0
        return self.completion[ages - 1] if ages <= len(self.completion) else 1.0


class _Step(NamedTuple):
    """What one age teaches: the factor, its variance (None: cannot be told), the amount it was learnt from."""

    factor: float
    variance: float | None
    weight: float


def chain_ladder(triangle: Triangle) -> Ladder:
    """Complete the rows of a triangle by the mean development of the older ones, with Mack's distribution-free standard errors.

    A step that only one row shows has no variance of its own: the last one takes Mack's rule from the two before,
    min(last^2 / before, before, last). Nothing develops after the largest age.
    """
    ages = max((len(row) for row in triangle), default=0)
    steps = _last_variance([_step(triangle, age) for age in range(ages - 1)])
    completion: list[float | None] = [1.0] * ages
    for age in range(ages - 2, -1, -1):
        step, after = steps[age], completion[age + 1]
        completion[age] = None if step is None or after is None or step.factor <= 0 else after / step.factor
    rows = tuple(_ultimate(row, steps) for row in triangle)
    return Ladder(tuple(step and step.factor for step in steps), tuple(completion), rows, _total(triangle, rows, steps))


def bornhuetter_ferguson(so_far: float, prior: float, completion: float) -> float:
    """Return the ultimate amount of a young cohort: what is there, and the part of a prior ultimate that is still to come."""
    return so_far + prior * (1 - completion)


def cape_cod(triangle: Triangle, exposure: Sequence[float]) -> tuple[float | None, ...]:
    """Return ultimate amounts by Bornhuetter-Ferguson with the prior that the triangle itself teaches, one per row.

    `exposure` is the size of each cohort (entries). The amount per unit of exposure is all that is there over all exposure that
    has been completed. None where the completion of a row is not known, or for all when no exposure has been completed.
    """
    ladder = chain_ladder(triangle)
    known = [(sum(row[-1:]), size, ladder.complete_at(len(row))) for row, size in zip(triangle, exposure, strict=True)]
    used = math.fsum(size * done for _, size, done in known if done is not None)
    rate = math.fsum(so_far for so_far, _, done in known if done is not None) / used if used > 0 else None
    return tuple(
        None if rate is None or done is None else bornhuetter_ferguson(so_far, rate * size, done) for so_far, size, done in known
    )


def _step(triangle: Triangle, age: int) -> _Step | None:
    pairs = [(row[age], row[age + 1]) for row in triangle if len(row) > age + 1]
    weight = math.fsum(before for before, _ in pairs)
    if weight <= 0:
        return None
    factor = math.fsum(after for _, after in pairs) / weight
    seen = [(before, after) for before, after in pairs if before > 0]
    if len(seen) < 2:
        return _Step(factor, None, weight)
    spread = math.fsum(before * (after / before - factor) ** 2 for before, after in seen)
    return _Step(factor, spread / (len(seen) - 1), weight)


def _last_variance(steps: list[_Step | None]) -> list[_Step | None]:
    """Give the last step the variance of Mack's rule when it shows none of its own and the two before do."""
    if len(steps) < 3 or steps[-1] is None or steps[-1].variance is not None:
        return steps
    before, last = (step.variance if step else None for step in steps[-3:-1])
    if before is None or last is None:
        return steps
    rule = min(last * last / before, before, last) if before > 0 else 0.0
    return [*steps[:-1], steps[-1]._replace(variance=rule)]


def _ultimate(row: Sequence[float], steps: Sequence[_Step | None]) -> Ultimate:
    if not row:
        return Ultimate(0.0, None, None, None)
    amount, relative = row[-1], 0.0
    known = True
    for step in steps[len(row) - 1 :]:
        if step is None:
            return Ultimate(row[-1], None, None, None)
        if step.variance is None or amount <= 0 or step.factor <= 0:
            known = False
        else:
            relative += step.variance / step.factor**2 * (1 / amount + 1 / step.weight)
        amount *= step.factor
    return Ultimate(row[-1], amount, amount - row[-1], amount * math.sqrt(relative) if known else None)


def _total(triangle: Triangle, rows: Sequence[Ultimate], steps: Sequence[_Step | None]) -> Ultimate:
    """Add the rows up; their errors are not independent, as they share factors."""
    latest = math.fsum(row.latest for row in rows)
    amounts = [row.amount for row in rows if row.amount is not None]
    if len(amounts) < len(rows):
        return Ultimate(latest, None, None, None)
    total = math.fsum(amounts)
    errors = [row.standard_error for row in rows if row.standard_error is not None]
    if len(errors) < len(rows):
        return Ultimate(latest, total, total - latest, None)
    variance = math.fsum(error * error for error in errors)
    for at, older in enumerate(triangle):
        shared = math.fsum(
            2 * step.variance / step.factor**2 / step.weight
            for step in steps[len(older) - 1 :]
            if step is not None and step.variance is not None
        )
        pairs = [
            amount
            for other, (row, amount) in enumerate(zip(triangle, amounts, strict=True))
            if len(row) < len(older) or (len(row) == len(older) and other > at)
        ]
        variance += amounts[at] * math.fsum(pairs) * shared
    return Ultimate(latest, total, total - latest, math.sqrt(variance))
