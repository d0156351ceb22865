"""How far a factor is from its best, and what it still acts on -> what it could recover; ranks, and all of them together.

A lever raises what happens at its stage from tomorrow on by its headroom. Source: docs/goals.md#levers.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles

__all__ = ["FEWEST_CASES", "FEWEST_QUARTERS", "NOW_QUARTERS", "Level", "Lever", "Quarter", "Reach", "joint", "level_of", "ranks"]

FEWEST_CASES = 20
"""How many entrants or deals a quarter must have to say how good a factor was."""
FEWEST_QUARTERS = 4
"""How many such quarters must be known before one of them is called good."""
NOW_QUARTERS = 2
"""How many of the newest quarters say how good a factor is now: as long as the pace of a landing."""


@dataclass(frozen=True)
class Quarter:
    """Three whole months of a factor: what was divided by what, and on how many cases it rests."""

    numerator: float
    denominator: float
    cases: float


@dataclass(frozen=True)
class Level:
    """How good a factor is now and how good it has been for whole quarters, or may become as agreed; None with its reason."""

    now: float | None
    best: float | None
    now_reason: str | None = None
    best_reason: str | None = None

    @property
    def headroom(self) -> float | None:
        """How much more than now the best is, as a fraction; 0 where now is best, None where either is not known."""
        return max(0.0, self.best / self.now - 1) if self.now and self.best is not None else None

    @property
    def reason(self) -> str | None:
        """Why there is no headroom; None where there is one."""
        return None if self.headroom is not None else self.now_reason or self.best_reason or "zero_denominator"


@dataclass(frozen=True)
class Reach:
    """What a lever acts on from tomorrow to the end of the period, in the goal's unit: `inside` comes within the period.

    `eventual` is all that will ever come of it, `latest` the first day of the last month of use. None with a reason.
    """

    eventual: float | None = None
    inside: float | None = None
    latest: dt.date | None = None
    reason: str | None = None

    @property
    def time_effectiveness(self) -> float | None:
        """The share of the effect that comes in time; None where there is nothing to act on."""
        return self.inside / self.eventual if self.eventual and self.inside is not None else None


@dataclass(frozen=True)
class Lever:
    """One factor: its level, what it reaches and what improving it costs; None where nobody agreed on a cost."""

    factor: str
    level: Level
    reach: Reach
    cost: float | None = None

    @property
    def effect(self) -> float | None:
        """What it brings by the end of the period, in the goal's unit; None where something of it is not known."""
        headroom, inside = self.level.headroom, self.reach.inside
        return None if headroom is None or inside is None else headroom * inside

    def recovery(self, gap: float) -> float | None:
        """Return the part of the gap that it closes."""
        return None if self.effect is None else min(self.effect, gap)


def level_of(quarters: Sequence[Quarter], agreed: float | None = None) -> Level:
    """Return the level of a factor by its quarters, the newest first: the newest two as one, and the 80th percentile of all.

    Quarters of fewer than 20 cases are no evidence of what is good; an agreed best counts for more than the past.
    """
    newest = quarters[:NOW_QUARTERS]
    below = math.fsum(each.denominator for each in newest)
    enough = math.fsum(each.cases for each in newest) >= FEWEST_CASES and below > 0
    now = math.fsum(each.numerator for each in newest) / below if enough else None
    values = [each.numerator / each.denominator for each in quarters if each.cases >= FEWEST_CASES and each.denominator]
    if agreed is not None:
        best: float | None = agreed
    else:
        best = quantiles(values, n=5, method="inclusive")[3] if len(values) >= FEWEST_QUARTERS else None
    return Level(now, best, None if enough else "too_few_cases", None if best is not None else "too_few_quarters")


def ranks(levers: Iterable[Lever], gap: float) -> Mapping[str, int]:
    """Rank the levers whose recovery is known: by recovery per cost where each has a cost, else by recovery.

    Where several close the whole gap, the one that could bring more comes first.
    """
    known = [each for each in levers if each.effect is not None]
    by_cost = all(each.cost for each in known)

    def worth(each: Lever) -> tuple[float, float]:
        recovery = each.recovery(gap) or 0.0
        return (recovery / each.cost if by_cost and each.cost else recovery, each.effect or 0.0)

    return {each.factor: at for at, each in enumerate(sorted(known, key=worth, reverse=True), start=1)}


def joint(levers: Iterable[Lever]) -> float | None:
    """Return what all levers bring together, multiplied as the tree does; None where no effect is known.

    What passes through an early stage from tomorrow on passes through all later ones, so the reaches lie inside each other:
    each layer of them is raised by every lever that reaches it.
    """
    known = sorted((each for each in levers if each.effect is not None), key=lambda each: each.reach.inside or 0.0)
    if not known:
        return None
    edges = [0.0, *(each.reach.inside or 0.0 for each in known)]
    raised = [math.prod(1 + (each.level.headroom or 0.0) for each in known[at:]) for at in range(len(known))]
    return math.fsum((high - low) * (factor - 1) for (low, high), factor in zip(pairwise(edges), raised, strict=True))
