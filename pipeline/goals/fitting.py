"""Goals beside their metrics -> numbers that cannot mean the same: another unit, a part above its whole (E123)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.facts import COUNTERS
from pipeline.goals.goal import Goal, PlanRate
from pipeline.goals.measuring import MetricFact
from pipeline.goals.target_spec import Reader
from pipeline.goals.tree import Expression, Name, Operation, SumOver, Tree

_SHARES = frozenset({"", "rate", "fraction", "率", "割合", "%"})
_SAME = {**dict.fromkeys(COUNTERS, "count"), **dict.fromkeys(_SHARES - {"", "%"}, "rate"), "円": "jpy"}


def unit_findings(goals: Iterable[Goal], facts: Mapping[str, MetricFact]) -> Iterator[Finding]:
    """Warn of goals whose unit is another than their metric's, where both are written; 件, 社 and other counters are one unit."""
    for goal in goals:
        fact = facts.get(goal.metric)
        if fact is not None and fact.unit and _folded(goal.unit) != _folded(fact.unit):
            yield finding(
                "goal_unit_differs",
                goal.place,
                severity=Severity.WARNING,
                name=goal.name,
                unit=goal.unit,
                metric=goal.metric,
                of_metric=fact.unit,
            )


def judge_rates(reader: Reader, tree: Tree, rates: Iterable[PlanRate]) -> None:
    """Note agreed rates above 1 that lead from one count to another (E123): a part cannot be more than its whole.

    A rate whose metric has a unit of its own, such as calls for each lead in 回, is no part, and may be above 1.
    """
    agreed = reader.section("plan_rates").get("agreed")
    written = agreed if isinstance(agreed, Mapping) else {}
    for rate in rates:
        fact = reader.facts.get(rate.name)
        if rate.value > 1 and (fact is None or fact.unit in _SHARES) and _joins_counts(rate.name, tree, reader.facts):
            keys = ("value",) if isinstance(written.get(rate.name), Mapping) else ()
            reader.fault("plan_rate_above_one", "plan_rates", "agreed", rate.name, *keys, name=rate.name, value=rate.value)


def _joins_counts(rate: str, tree: Tree, facts: Mapping[str, MetricFact]) -> bool:
    return any(
        _is_count(node, facts) and any(pair[side] == rate and _is_count(pair[1 - side], facts) for side in (0, 1))
        for node, expression in tree
        if (pair := _product(expression)) is not None
    )


def _product(expression: Expression) -> tuple[str, str] | None:
    """Return the two names of a formula that is their product, or the sum of it over a dimension."""
    match expression:
        case SumOver(_, inner):
            return _product(inner)
        case Operation("*", Name(left), Name(right)):
            return left, right
        case _:
            return None


def _is_count(name: str, facts: Mapping[str, MetricFact]) -> bool:
    return name in facts and facts[name].kind == "count"


def _folded(unit: str) -> str:
    return _SAME.get(unit.strip(), unit.strip().casefold())
