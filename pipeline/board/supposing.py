"""A supposed number and a goal's rows -> by what it multiplies which components of the landing.

Those already in flight convert at another rate, and are worth another price; those still to come may also be more or fewer. What
has happened, and what comes on no path, stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from pipeline.board.reading import GoalBoard
from pipeline.board.sentences import Cited, Pair, cite
from pipeline.goals.tree import Expression, names

OPEN, PLANNED = ("in_flight", "planned"), ("planned",)


@dataclass(frozen=True)
class Scaled:
    """What a supposed number does to the landing: `components` x `factor`, `given` against `now`.

    `factor` is None where the rows do not say what it is now; `components` are empty where it does not move the landing.
    """

    name: str
    given: float
    now: float | None
    factor: float | None
    components: tuple[str, ...]
    source: Pair
    so_far: float | None = None
    """What has happened of a count: the factor compares what is left to come, (given - so_far) / (now - so_far)."""
    cited: Cited | None = None


def scales_of(board: GoalBoard, formulas: Mapping[str, Expression], given: Mapping[str, float]) -> tuple[Scaled, ...]:
    """Return what each supposed number does to the landing of a goal; nothing where the goal has none."""
    if not board.rows("forecast"):
        return ()
    step = _step(board, formulas)
    return tuple(_scale(board, formulas, step, name, value) for name, value in given.items())


def _scale(
    board: GoalBoard, formulas: Mapping[str, Expression], step: tuple[str, str, str] | None, name: str, value: float
) -> Scaled:
    node = board.node(name)
    assert node is not None
    if node["parent"] is None or node["elasticity"] is None:
        return Scaled(name, value, None, 1.0, (), ("着地見込みには影響しません", "does not move the landing"))
    if step is None:
        return Scaled(name, value, None, None, OPEN, ("追跡できる転換がありません", "no conversion is followed"))
    earlier, later, rate = step
    chain = _counts(board, formulas, earlier)
    if name == rate:
        row = max(board.rows("funnel_lag", earlier=earlier, later=later), key=lambda each: each["age_weeks"])
        cited = cite("funnel_lag", row, "cumulative", "rate")
        return _ratio(name, value, row["cumulative"], OPEN, ("最終的な転換率(funnel_lag)", "eventual rate (funnel_lag)"), cited)
    if name in chain:
        expected, so_far = _expected(board, chain[: chain.index(name) + 1], formulas), node["actual"]
        left = None if expected is None or so_far is None else expected - so_far
        source = ("期末までの見込み(gap_decomposition)", "expected by the end (gap_decomposition)")
        factor = max(0.0, value - so_far) / left if left and left > 0 and so_far is not None else None
        return Scaled(name, value, expected, factor, PLANNED, source, so_far)
    if not node["is_plan_rate"]:
        source = (
            "経路の途中の件数は着地見込みに換算できません",
            "a count above the followed step cannot be carried to the landing",
        )
        return Scaled(name, value, None, None, OPEN, source)
    below = any(name in names(formulas[each]) for each in chain if each in formulas)
    seen = cite("kgi_tree", node, "actual", str(node["unit"] or "")) if node["actual"] is not None else None
    source = ("今期の実績(kgi_tree)", "actual of the period (kgi_tree)")
    return _ratio(name, value, node["actual"], PLANNED if below else OPEN, source, seen)


def _ratio(name: str, value: float, now: float | None, components: tuple[str, ...], source: Pair, cited: Cited | None) -> Scaled:
    return Scaled(name, value, now, value / now if now else None, components, source, cited=cited)


def _step(board: GoalBoard, formulas: Mapping[str, Expression]) -> tuple[str, str, str] | None:
    """Return the step of the tree that the landing follows: who enters, what becomes of them, and the rate between."""
    for row in board.rows("funnel_lag"):
        earlier, later = row["earlier"], row["later"]
        rest = [name for name in names(formulas[later]) if name != earlier] if later in formulas else []
        if len(rest) == 1 and earlier in names(formulas[later]):
            node = board.node(later)
            if node is not None and node["elasticity"] is not None:
                return earlier, later, rest[0]
    return None


def _counts(board: GoalBoard, formulas: Mapping[str, Expression], earlier: str) -> list[str]:
    """Return the counts from the first entry up to those who enter."""
    chain = [earlier]
    while chain[-1] in formulas:
        below = [name for name in names(formulas[chain[-1]]) if not (board.node(name) or {}).get("is_plan_rate")]
        if len(below) != 1 or below[0] in chain:
            break
        chain.append(below[0])
    return chain[::-1]


def _expected(board: GoalBoard, chain: list[str], formulas: Mapping[str, Expression]) -> float | None:
    """Return how many the landing expects of a count by the end: by channel, the product of the factors that lead to it."""
    factors = [chain[0]]
    for below, above in pairwise(chain):
        factors += [name for name in names(formulas[above]) if name != below]
    parts = board.rows("gap_decomposition", basis="cohort_landing", kind="part")
    channels = {row["channel"] for row in parts if row["factor"] == factors[0]}
    found = []
    for channel in channels:
        values = [row["actual"] for name in factors for row in parts if (row["channel"], row["factor"]) == (channel, name)]
        if not values or any(value is None for value in values):
            return None
        found.append(math.prod(values))
    return math.fsum(found) if found else None
