"""A tree and the counts along it -> the cells that a gap is explained by: one product of factors per channel.

The cells are fixed once per goal, so every report adds the same parts up. Plan factors multiply to the plan, actual ones to the
actual: both are held against the values they explain. Source: docs/goals.md#gap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.goals.goal import Goal
from pipeline.goals.measuring import MetricFact
from pipeline.goals.path import Path
from pipeline.goals.tree import factors as factors_of_formula

OUTSIDE = "outside"


@dataclass(frozen=True)
class Chain:
    """The counts from the first entry to the goal's count, and the factor that leads from each to the next.

    counts[0] is the first factor itself; factors[k] is what the tree calls counts[k + 1] / counts[k]; `price`, where the goal is
    an amount, is the last factor.
    """

    counts: tuple[str, ...]
    factors: tuple[str, ...]
    price: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The factors in the order of the tree, volume first."""
        return (self.counts[0], *self.factors, *((self.price,) if self.price else ()))


def chain_of(goal: Goal, path: Path, facts: Mapping[str, MetricFact]) -> Chain:
    """Return the chain of a goal as its tree gives it; the count alone where the tree says nothing of it."""
    formulas = dict(goal.tree)
    counts, factors = [path.count], []
    while (node := counts[-1]) in formulas:
        product = factors_of_formula(formulas[node])
        if product is None:  # a sum has no rate that leads from one count to the next
            break
        below = [name for name in product if name in facts and facts[name].kind == "count"]
        rest = [name for name in product if name not in below]
        if len(below) != 1 or below[0] in counts:
            break
        counts.append(below[0])
        factors.append(rest[0] if len(rest) == 1 else f"{node} / {below[0]}")
    return Chain(tuple(reversed(counts)), tuple(reversed(factors)), path.price if path.metric != path.count else None)


Values = Mapping[str, float]
"""What each count of the chain is, and the goal's metric itself, for one channel."""


def factors_of(chain: Chain, metric: str, values: Values) -> tuple[float | None, ...] | None:
    """Return the factors whose product is the metric; None where a channel has results without the entries that lead to them.

    A factor below a zero is None: not defined. Without results the first factor that is zero says so.
    """
    steps = [values.get(count, 0.0) for count in chain.counts]
    result = values.get(metric, 0.0)
    ends = [*steps, result] if chain.price else steps
    found: list[float | None] = [steps[0]]
    for before, after in pairwise(ends):
        if before:
            found.append(after / before)
        elif after:
            return None
        else:
            found.append(None)
    return tuple(found)


def split(total: Values, shares: Mapping[str, Values], counts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Divide the planned counts among channels as these divided them in the months before the plan.

    `shares` holds by channel what each count was then. A count that nobody had then stays with the channel `total`. The parts of
    every count sum to it, so the channels' products sum to the plan.
    """
    found: dict[str, dict[str, float]] = {}
    for count in counts:
        planned = total.get(count)
        if planned is None:
            continue
        whole = math.fsum(each.get(count, 0.0) for each in shares.values())
        parts = {channel: each.get(count, 0.0) / whole for channel, each in shares.items()} if whole else {"total": 1.0}
        for channel, part in parts.items():
            found.setdefault(channel, {})[count] = planned * part
    return found
