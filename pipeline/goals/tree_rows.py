"""Plans and readings -> kgi_tree: every node of each goal's tree, how it enters its parent, how far it carries to the goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.goals.kpi import labels_of
from pipeline.goals.measuring import Reading, Window
from pipeline.goals.plan import Plan, is_spread
from pipeline.goals.scene import Part, Scene
from pipeline.goals.spread import target_to_date
from pipeline.goals.tables import KGI_TREE, Row
from pipeline.goals.tree import Expression, Operation, SumOver, Tree, evaluate, names, written
from pipeline.goals.trust import maturity_of

ROOT, BESIDE = "root", "beside"
_TURNED = {"+": "-", "-": "+", "*": "/", "/": "*"}


@dataclass(frozen=True)
class Placed:
    """Where a node stands: `parent` is None at the root; `operator` is how it enters its parent, or `root`, or `beside`."""

    node: str
    parent: str | None
    operator: str
    depth: int


def tree_part(scene: Scene) -> Part:
    """Draw the tree of every goal, its nodes in the order in which a reader goes down them. Source: docs/goals.md#tree."""
    return Part({KGI_TREE.name: tuple(row for plan in scene.plans for row in _rows(scene, plan))})


def placed(tree: Tree, root: str) -> tuple[Placed, ...]:
    """Return the nodes of a tree, each under the first formula that uses it: a node, then all below it, then what is beside it.

    A node is beside the goal when it is worked out of the goal's nodes and is no part of it; it stands under the first of these.
    """
    formulas = dict(tree)
    found: dict[str, Placed] = {}

    def place(name: str, parent: str | None, operator: str, depth: int) -> None:
        if name in found:
            return
        found[name] = Placed(name, parent, operator, depth)
        for child, entered in _entering(formulas[name]).items() if name in formulas else ():
            place(child, name, entered, depth + 1)

    place(root, None, ROOT, 0)
    waiting = [node for node, _ in tree if node not in found]
    while ready := [node for node in waiting if any(name in found for name in names(formulas[node]))]:
        for node in ready:
            above = next(name for name in names(formulas[node]) if name in found)
            place(node, above, BESIDE, found[above].depth + 1)
        waiting = [node for node in waiting if node not in found]
    children: dict[str | None, list[Placed]] = {}
    for each in found.values():
        children.setdefault(each.parent, []).append(each)

    def downwards(parent: str | None) -> Iterator[Placed]:
        for each in children.get(parent, ()):
            yield each
            yield from downwards(each.node)

    return tuple(downwards(None))


def elasticities(tree: Tree, root: str, values: Mapping[str, float]) -> dict[str, float | None]:
    """Return for each node on a path to the root by how many percent the root moves per percent of it, at these values.

    1 in a product, -1 below a division, its share in a sum; over several paths they add up. None where a sum has no value or is
    zero, or where something above has none. A node that no path leads to is not named.
    """
    found: dict[str, float | None] = {root: 1.0}
    for node, expression in _parents_first(tree, root):
        above = found[node]
        for name in names(expression):
            own = _elasticity(expression, name, values)
            step = None if above is None or own is None else above * own
            before = found.get(name, 0.0)
            found[name] = None if step is None or before is None else before + step
    return found


def _elasticity(expression: Expression, name: str, values: Mapping[str, float]) -> float | None:
    if name not in names(expression):
        return 0.0
    match expression:
        case SumOver(_, inner):
            return _elasticity(inner, name, values)
        case Operation(operator, left, right):
            a, b = _elasticity(left, name, values), _elasticity(right, name, values)
            if a is None or b is None:
                return None
            if operator in ("*", "/"):
                return a + b if operator == "*" else a - b
            first, second, whole = (evaluate(each, values) for each in (left, right, expression))
            if first is None or second is None or not whole:
                return None
            return (first * a + (second if operator == "+" else -second) * b) / whole
        case _:
            return 1.0


def _entering(expression: Expression, operator: str = "+") -> dict[str, str]:
    """Return how each name enters a formula: the operation nearest to it, turned around below a minus or a division."""
    match expression:
        case SumOver(_, inner):
            return _entering(inner, operator)
        case Operation(joined, left, right):
            plain = "+" if joined in ("+", "-") else "*"
            same = operator in ("-", "/") and (operator == "-") == (plain == "+")
            first = _TURNED[plain] if same else plain
            second = _TURNED[joined] if same else joined
            found = _entering(left, first)
            return {**found, **{name: entered for name, entered in _entering(right, second).items() if name not in found}}
        case _:
            return dict.fromkeys(names(expression), operator)


def _parents_first(tree: Tree, root: str) -> tuple[tuple[str, Expression], ...]:
    """Return the formulas on paths to the root, each after all that use its node."""
    formulas = dict(tree)
    done: dict[str, None] = {}

    def walk(node: str) -> None:
        if node in formulas and node not in done:
            for child in names(formulas[node]):
                walk(child)
            done[node] = None

    walk(root)
    return tuple((node, formulas[node]) for node in reversed(done))


def _rows(scene: Scene, plan: Plan) -> Iterator[Row]:
    goal = plan.goal
    targets = {node.name: node for node in plan.nodes}
    moves = elasticities(goal.tree, goal.metric, {node.name: node.value for node in plan.nodes if node.value is not None})
    controllers = {name: role for role, owned in goal.controllable_by for name in owned}
    formulas = {node: written(expression) for node, expression in goal.tree}
    lacking = next((node.reason for node in plan.nodes if node.reason), "zero_denominator")
    for sort, node in enumerate(placed(goal.tree, goal.metric)):
        target = targets[node.node]
        due, why_due = _due(scene, plan, node.node, target.value)
        reading = _reading(scene, plan, node.node)
        fact = scene.facts.get(node.node)
        label_ja, label_en = labels_of(fact) if fact else (node.node, node.node)
        why = {
            "parent": ROOT,
            "formula": "leaf",
            "unit": "no_metric",
            "controllable_by": "not_assigned",
            "elasticity": lacking if node.node in moves else BESIDE,
            "target": target.reason,
            "target_to_date": target.reason or why_due,
            "actual": reading.reason,
        }
        yield KGI_TREE.row(
            why,
            as_of_date=scene.as_of,
            kgi_id=goal.name,
            **vars(node),
            sort=sort,
            formula=formulas.get(node.node),
            is_plan_rate=goal.plan_rate(node.node) is not None and node.node != goal.metric,
            label_ja=label_ja,
            label_en=label_en,
            unit=fact.unit if fact else None,
            controllable_by=controllers.get(node.node),
            elasticity=moves.get(node.node),
            target=target.value,
            target_to_date=due,
            actual=reading.value,
            run_id=scene.run_id,
        )


def _due(scene: Scene, plan: Plan, name: str, target: float | None) -> tuple[float | None, str | None]:
    """Return the part of a node's target that is due by now: a share of what is spread, all of what holds in every month."""
    if target is None:
        return None, None
    if is_spread(name, plan.goal, scene.facts):
        if plan.has_business_days:
            return target_to_date(target, plan.months, scene.calendar, scene.as_of), None
        return (target, None) if scene.as_of >= plan.goal.period.end else (None, "no_business_days")
    return (target, None) if scene.as_of >= plan.goal.period.start else (None, "not_started")


def _reading(scene: Scene, plan: Plan, name: str) -> Reading:
    """Return what a node was so far; a rate of cohorts that may still convert does not look final."""
    window = Window("period", plan.goal.period.start, plan.goal.period.end)
    is_goal = name == plan.goal.metric
    if name not in scene.facts:
        return Reading(None, reason="metric_unknown" if is_goal else "no_metric")
    if window.start > scene.as_of:
        return Reading(None, reason="not_started")
    reading = scene.measured.total(name, window)
    if reading.value is not None and maturity_of(scene.facts[name], window, scene.as_of) == "immature":
        return Reading(None, reason="immature")
    return reading
