"""A KPI's change -> what it is worth to the goal, in the goal's unit, by the plan's own rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from pipeline.goals.initiative import Initiative
from pipeline.goals.measuring import MetricFact
from pipeline.goals.plan import Plan
from pipeline.goals.tree import Expression, Name, Operation, SumOver, evaluate, names, reached

__all__ = ["Lag", "initiative_coverage", "is_in_tree", "node_of", "slope", "time_share", "worth"]

Lag = Callable[[int], float]
"""The share of a KPI's effect on the goal that has come within so many days."""


def slope(plan: Plan, name: str) -> float | None:
    """Return what one more unit of a node brings to the goal: the partial derivative of the tree at the plan's values.

    0.0 for a node beside the path; None where a value that it needs has no plan.
    """
    values = {node.name: node.value for node in plan.nodes if node.value is not None}
    return _slope(Name(plan.goal.metric), name, dict(plan.goal.tree), values)


def worth(plan: Plan, fact: MetricFact, effect: float, cases: float | None) -> float | None:
    """Return what an effect on a KPI is worth to the goal.

    A quantity's effect goes up the tree as it is. A rate's or a price's is a difference, which counts for `cases`: they give the
    quantity that the rate leads to. None where the goal's tree does not say, or the cases are not known.
    """
    node = node_of(plan, fact)
    if node is None:
        return None
    return _product(slope(plan, node), effect) if fact.is_quantity else _product(slope(plan, node), effect, cases)


def is_in_tree(plan: Plan, fact: MetricFact) -> bool:
    """Tell whether a KPI stands on a path to the goal, by its own name or by what becomes of the cohort that it follows."""
    return bool(reached(plan.goal.tree, plan.goal.metric) & {fact.name, *(fact.follows[1:] if fact.follows else ())})


def time_share(initiative: Initiative, as_of: dt.date, period_end: dt.date, lag: Lag | None = None) -> float:
    """Return the part of an initiative's effect that is still to come and comes within the goal's period; between 0 and 1.

    The effect is spread evenly over its days. `lag` says how much of a day's effect has come so many days later; without it all
    of it comes on the day itself. Source: docs/initiatives.md#coverage.
    """
    days = initiative.comparison.after or initiative.days
    first = max(days.start, as_of + dt.timedelta(days=1))
    last = min(days.end, period_end)
    arriving = (first + dt.timedelta(days=at) for at in range((last - first).days + 1))
    come = sum(lag((period_end - day).days) if lag else 1.0 for day in arriving)
    return come / ((days.end - days.start).days + 1)


def initiative_coverage(uplifts: Iterable[float | None], gap: float | None) -> tuple[float | None, str | None]:
    """Return expected uplift / gap to the goal, and the reason where it is None.

    `uplifts` are in the goal's unit, already cut to what comes in time; one that is not known (None) covers nothing. `gap` is
    target - landing: without a gap there is nothing to cover. No initiatives cover 0, which is a number.
    """
    if gap is None:
        return None, "no_gap_known"
    if gap <= 0:
        return None, "no_gap"
    return sum(each for each in uplifts if each is not None) / gap, None


def node_of(plan: Plan, fact: MetricFact) -> str | None:
    """Return the quantity of a goal's tree that a KPI moves: itself, or what a rate makes.

    A rate makes what its cohort becomes, or the node whose formula holds it. None where the tree has neither.
    """
    if fact.is_quantity:
        return fact.name
    on_path = reached(plan.goal.tree, plan.goal.metric)
    if fact.follows and fact.follows[1] in on_path:
        return fact.follows[1]
    return next((node for node, formula in plan.goal.tree if node in on_path and fact.name in names(formula)), None)


def _product(*factors: float | None) -> float | None:
    result = 1.0
    for factor in factors:
        if factor is None:
            return None
        result *= factor
    return result


def _slope(expression: Expression, name: str, formulas: Mapping[str, Expression], values: Mapping[str, float]) -> float | None:
    match expression:
        case Name(own):
            if own == name:
                return 1.0
            return _slope(formulas[own], name, formulas, values) if own in formulas else 0.0
        case SumOver(_, inner):
            return _slope(inner, name, formulas, values)
        case Operation(operator, left, right):
            by_left, by_right = (_slope(side, name, formulas, values) for side in (left, right))
            if by_left is None or by_right is None:
                return None
            if operator in "+-":
                return by_left + by_right if operator == "+" else by_left - by_right
            return _slope_of_product(operator, (by_left, by_right), (evaluate(left, values), evaluate(right, values)))


def _slope_of_product(operator: str, slopes: tuple[float, float], sides: tuple[float | None, float | None]) -> float | None:
    """Return the slope of a product or a quotient; a side that does not move needs no value of the other."""
    (by_left, by_right), (left, right) = slopes, sides
    if (by_left and right is None) or (by_right and left is None) or (operator == "/" and not right and (by_left or by_right)):
        return None
    if operator == "*":
        return (by_left * right if right is not None else 0.0) + (by_right * left if left is not None else 0.0)
    return (by_left - by_right * (left or 0.0) / right) / right if right else 0.0
