"""A goal's rows and supposed numbers -> what would be needed, what the plan would reach, where it would land. Nothing is written.

Source: docs/goals.md#what-if.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.board.reading import GoalBoard, Row
from pipeline.board.supposing import Scaled, scales_of
from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding
from pipeline.goals.backsolve import backsolve
from pipeline.goals.goal import Goal, Period, PlanRate, Value
from pipeline.goals.numeric import number_finding, percent_of
from pipeline.goals.tree import Expression, evaluate, names, parse

_OPTION = Place("--what-if")


@dataclass(frozen=True)
class SupposedNode:
    """A node before and after. `needed`: back-solved from the target; `reached`: the plan with what is supposed, upwards."""

    node: Row
    is_given: bool
    needed_before: float | None
    needed_after: float | None
    reached: float | None


@dataclass(frozen=True)
class SupposedPart:
    """A component of the landing before and after; `after` is None where it cannot be said."""

    component: str
    before: float
    after: float | None


@dataclass(frozen=True)
class Supposed:
    """One goal under supposed numbers. `landing` is empty where there is none; `scaled` says what was multiplied by what."""

    kgi: Row
    given: Mapping[str, float]
    target_before: float | None
    target_after: float | None
    nodes: tuple[SupposedNode, ...]
    landing: tuple[SupposedPart, ...]
    scaled: tuple[Scaled, ...]


def supposed_numbers(written: Sequence[str]) -> dict[str, float]:
    """Read `name=number` as often as given. Raises KgiError for a name given twice and for what is no finite number."""
    found: dict[str, float] = {}
    wrong: list[Finding] = []
    seen: set[str] = set()
    for each in written:
        name, equals, text = (part.strip() for part in each.partition("="))
        if not name or not equals or not text:
            wrong.append(finding("what_if_form", _OPTION, text=each))
            continue
        if name in seen:
            wrong.append(finding("what_if_twice", _OPTION, name=name))
        seen.add(name)
        value = _number(text)
        if percent := percent_of(text):
            wrong.append(finding("what_if_percent", _OPTION, name=name, value=text, number=percent))
        elif fault := number_finding(text if value is None else value, _OPTION, key=name, code="E104"):
            wrong.append(fault)
        elif value is not None:
            found[name] = value
    if wrong:
        raise KgiError(wrong)
    return found


def suppose(boards: Sequence[GoalBoard], given: Mapping[str, float]) -> tuple[Supposed, ...]:
    """Work out each goal whose tree holds a supposed name. Raises KgiError for a name of no tree, or a number it cannot have."""
    trees = {row["node"]: row for board in boards for row in board.rows("kgi_tree")}
    wrong = [
        finding("what_if_unknown", _OPTION, hint=did_you_mean(name, trees), name=name, known=", ".join(sorted(trees)))
        for name in given
        if name not in trees
    ]
    for name, value in given.items():
        if name in trees and (value < 0 or (trees[name]["unit"] == "rate" and value > 1)):
            wrong.append(finding("what_if_out_of_range", _OPTION, name=name, value=value))
    if wrong:
        raise KgiError(wrong)
    return tuple(_supposed(board, own) for board in boards if (own := {n: v for n, v in given.items() if board.node(n)}))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _supposed(board: GoalBoard, given: Mapping[str, float]) -> Supposed:
    goal = _goal(board)
    before = board.kgi["target"]
    after = given.get(goal.metric, _target(board, given))
    rates = tuple(replace(rate, value=given.get(rate.name, rate.value)) for rate in goal.plan_rates)
    needed = {node.name: node.value for node in backsolve(replace(goal, plan_rates=rates), after, None)}
    plan = {row["node"]: row["target"] for row in board.rows("kgi_tree") if row["target"] is not None}
    reached = _upwards(dict(goal.tree), plan, {name: value for name, value in given.items() if name != goal.metric})
    nodes = tuple(
        SupposedNode(row, row["node"] in given, row["target"], needed.get(row["node"]), reached.get(row["node"]))
        for row in board.rows("kgi_tree")
    )
    scaled = scales_of(board, dict(goal.tree), given)
    return Supposed(board.kgi, given, before, after, nodes, tuple(_landing(board, scaled)), scaled)


def _goal(board: GoalBoard) -> Goal:
    """Make a goal of its published rows, as far as back-solving reads it."""
    row = board.kgi
    tree = tuple((each["node"], parse(each["formula"])) for each in board.rows("kgi_tree") if each["formula"])
    rates = (each for each in board.rows("kgi_tree") if each["is_plan_rate"] and each["target"] is not None)
    return Goal(
        name=row["kgi_id"],
        label_ja=row["label_ja"],
        label_en=row["label_en"],
        phase=row["phase"],
        metric=row["metric"],
        unit=row["unit"],
        direction=row["direction"],
        period=Period(row["period_start"], row["period_end"], ""),
        target=Value(row["target"] or math.nan),
        place=Place("kgi"),
        tree=tree,
        plan_rates=tuple(PlanRate(each["node"], each["target"]) for each in rates),
    )


def _target(board: GoalBoard, given: Mapping[str, float]) -> float | None:
    """Return the target: another one only where its rule divides by a plan rate that is supposed to be another."""
    target = board.kgi["target"]
    rule = re.search(r" / (\w+) [0-9.e+-]+$", str(board.kgi["target_rule"]))
    if target is None or rule is None or rule[1] not in given:
        return target if target is None else float(target)
    node = board.node(rule[1])
    assert node is not None  # only names of the tree are supposed
    return target * node["target"] / given[rule[1]] if given[rule[1]] else None


def _upwards(formulas: Mapping[str, Expression], plan: Mapping[str, float], given: Mapping[str, float]) -> dict[str, float]:
    """Return what the tree gives from its leaves up: a supposed node stands as it is, all above it follow."""
    found = dict(given)

    def value(name: str) -> float | None:
        if name not in found:
            result = plan.get(name)
            if name in formulas:
                parts = {each: part for each in names(formulas[name]) if (part := value(each)) is not None}
                result = evaluate(formulas[name], parts)
            if result is None:
                return None
            found[name] = result
        return found[name]

    for name in plan:
        value(name)
    return found


def _landing(board: GoalBoard, scaled: Iterable[Scaled]) -> Iterable[SupposedPart]:
    """Multiply each component of the landing by what was supposed of it; the total is the sum of the components."""
    rows = {row["component"]: row["expected"] for row in board.rows("forecast")}
    factors = list(scaled)
    parts: list[SupposedPart] = []
    for component, before in rows.items():
        if component == "total":
            continue
        own = [each for each in factors if component in each.components]
        unknown = any(each.factor is None for each in factors)
        product = math.prod(each.factor for each in own if each.factor is not None)
        parts.append(SupposedPart(component, before, None if unknown else before * product))
    if "total" in rows:
        total = [each.after for each in parts]
        after = None if any(each is None for each in total) else math.fsum(each for each in total if each is not None)
        parts.append(SupposedPart("total", rows["total"], after))
    return parts
