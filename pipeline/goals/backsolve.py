"""A goal's target and its agreed plan rates -> the target of every node of its tree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.goals.goal import Goal, PlanRate
from pipeline.goals.tree import Expression, Name, Operation, SumOver, evaluate, names, nodes


@dataclass(frozen=True)
class NodeTarget:
    """What a node must reach over the whole period, unrounded. `rate` is the plan rate that led to it, where one did."""

    name: str
    value: float | None
    reason: str | None = None
    rate: PlanRate | None = None


def backsolve(goal: Goal, target: float | None, reason: str | None, rate: PlanRate | None = None) -> tuple[NodeTarget, ...]:
    """Return one target per node of the tree, in the order of the tree; `target` is the root's, None with its reason.

    Each formula is turned around for the one name in it that no plan rate gives; nothing is rounded on the way. A node beside
    the path (wins = valid_opportunities * win_rate) follows forwards. Without a rate a node has no target: never a default.
    Source: docs/goals.md#back-solve.
    """
    solved: dict[str, NodeTarget] = {
        each.name: NodeTarget(each.name, each.value, rate=each) for each in goal.plan_rates if each.name != goal.metric
    }
    solved[goal.metric] = NodeTarget(goal.metric, target, reason, rate)
    formulas = dict(goal.tree)
    listed = nodes(goal.tree, goal.metric)
    _downwards(goal, formulas, solved)
    _beside(goal, formulas, solved)
    return tuple(solved.get(name, NodeTarget(name, None, "no_plan_rate")) for name in listed)


def _downwards(goal: Goal, formulas: Mapping[str, Expression], solved: dict[str, NodeTarget]) -> None:
    for node in _parents_first(goal.metric, formulas):
        for child in _solve_formula(formulas[node], solved.get(node), goal, solved) if node in formulas else ():
            # one unknown a formula makes a chain: a node is given twice only when it has no target both times
            solved.setdefault(child.name, child)


def _parents_first(root: str, formulas: Mapping[str, Expression]) -> tuple[str, ...]:
    """Return the names below the root so that each comes after all that use it, whatever the order of the lines."""
    done: dict[str, None] = {}

    def walk(node: str) -> None:
        if node not in done:
            for child in sorted(names(formulas[node])) if node in formulas else ():
                walk(child)
            done[node] = None

    walk(root)
    return tuple(reversed(done))


def _solve_formula(
    expression: Expression, node: NodeTarget | None, goal: Goal, solved: Mapping[str, NodeTarget]
) -> tuple[NodeTarget, ...]:
    """Return the targets that one formula gives to the names in it without a plan rate."""
    rates = {each.name: each.value for each in goal.plan_rates}
    unknown = [name for name in names(expression) if name not in rates]
    if not unknown or node is None:
        return ()
    used = next((goal.plan_rate(name) for name in names(expression) if name in rates), None)
    if len(unknown) > 1:
        return tuple(NodeTarget(name, None, "no_plan_rate") for name in unknown if name not in solved)
    (name,) = unknown
    if node.value is None:
        return (NodeTarget(name, None, node.reason, used),)
    value, reason = _invert(expression, name, node.value, rates)
    if reason == "rate_zero":
        used = next((goal.plan_rate(each) for each in names(expression) if rates.get(each) == 0), used)
    return (NodeTarget(name, value, reason, used),)


def _invert(expression: Expression, unknown: str, target: float, rates: Mapping[str, float]) -> tuple[float | None, str | None]:
    """Solve expression = target for one name; None with the reason where there is no single finite answer."""
    match expression:
        case Name():
            return (target, None) if math.isfinite(target) else (None, "not_finite")
        case SumOver(_, inner):
            return _invert(inner, unknown, target, rates)
        case Operation(operator, left, right):
            in_left, in_right = unknown in names(left), unknown in names(right)
            if in_left and in_right:
                return None, "not_determined"
            inner, other = (left, right) if in_left else (right, left)
            known = evaluate(other, rates)
            if known is None:
                return None, "rate_zero"
            needed, reason = _undo(operator, target, known, unknown_is_left=in_left)
            return _invert(inner, unknown, needed, rates) if needed is not None else (None, reason)


def _undo(operator: str, target: float, known: float, *, unknown_is_left: bool) -> tuple[float | None, str | None]:
    match operator, unknown_is_left:
        case "+", _:
            return target - known, None
        case "-", True:
            return target + known, None
        case "-", False:
            return known - target, None
        case "*", _:
            return (target / known, None) if known else (None, "rate_zero")
        case "/", True:
            return target * known, None
        case _:
            return (known / target, None) if target else (None, "target_zero")


def _beside(goal: Goal, formulas: Mapping[str, Expression], solved: dict[str, NodeTarget]) -> None:
    grew = True
    while grew:
        grew = False
        for node, expression in formulas.items():
            parts = names(expression)
            if node in solved or any(name not in solved for name in parts):
                continue
            lacking = next((solved[name] for name in parts if solved[name].value is None), None)
            values = {name: value for name in parts if (value := solved[name].value) is not None}
            value = None if lacking else evaluate(expression, values)
            reason = None if value is not None else lacking.reason if lacking else "rate_zero"
            used = next((rate for name in parts if (rate := goal.plan_rate(name))), None)
            solved[node] = NodeTarget(node, value, reason, used)
            grew = True
