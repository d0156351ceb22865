"""A goal's metric and its tree -> the count it comes from, the price of one, and the entries that become that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.goals.cohorts import conversion_of
from pipeline.goals.goal import Goal
from pipeline.goals.measuring import MetricFact
from pipeline.goals.tree import Expression, Tree, dimensions, names

LOST = "lost"
"""The metric of deals that are lost: where a conversion rate leads to it, losing ends the chance of being won."""


@dataclass(frozen=True)
class Path:
    """How a quantity comes about: `metric` = `count` x `price`; `conversion` of the `earlier` entries become the count.

    `price` is None where the metric is the count; `earlier` and `conversion` are None where nothing leads to it that can be
    followed; `competing` is the conversion rate to what ends the chance.
    """

    metric: str
    count: str
    price: str | None = None
    earlier: str | None = None
    conversion: str | None = None
    competing: str | None = None
    months: int = 24
    """Over how many months of the past the conversion is followed."""


def path_of_goal(goal: Goal, facts: Mapping[str, MetricFact]) -> Path | None:
    """Return the path to a goal's metric; None for a rate, a stock, or a metric nobody described."""
    path = path_to(goal.metric, goal.tree, facts)
    lags = (lag for lag in goal.lags if path and (lag.earlier, lag.later) == (path.earlier, path.count))
    window = next((int(lag.window.removesuffix("m")) for lag in lags), None)
    return replace(path, months=window) if path and window else path


def path_to(metric: str, tree: Tree, facts: Mapping[str, MetricFact]) -> Path | None:
    """Return the path to a metric: as the tree's formulas say, else as the metrics' own definitions do."""
    fact = facts.get(metric)
    if fact is None or not fact.is_additive:
        return None
    formulas = dict(tree)
    count, price = (metric, None) if fact.kind == "count" else _count_and_price(metric, formulas, facts)
    if count is None:
        return Path(metric, metric)
    earlier = _earlier(count, formulas, facts)
    conversion = conversion_of(facts, earlier, count) if earlier else None
    competing = conversion_of(facts, earlier, LOST) if earlier and count != LOST else None
    return Path(metric, count, price, earlier if conversion else None, conversion, competing if conversion else None)


def dimension_of(tree: Tree) -> str | None:
    """Return the dimension that a tree sums over, the first where there are several."""
    found = (each for _, expression in tree for each in dimensions(expression))
    return next(found, None)


def _count_and_price(
    metric: str, formulas: Mapping[str, Expression], facts: Mapping[str, MetricFact]
) -> tuple[str | None, str | None]:
    parts = [facts[name] for name in names(formulas[metric]) if name in facts] if metric in formulas else []
    counts = [each.name for each in parts if each.kind == "count"]
    ratio = next((each for each in facts.values() if each.divides and each.divides[0] == metric), None)
    if len(counts) == 1:
        prices = [each.name for each in parts if each.divides == (metric, counts[0])]
        return counts[0], prices[0] if prices else ratio.name if ratio and ratio.divides == (metric, counts[0]) else None
    if ratio is not None and ratio.divides and facts[ratio.divides[1]].kind == "count":
        return ratio.divides[1], ratio.name
    return None, None


def _earlier(count: str, formulas: Mapping[str, Expression], facts: Mapping[str, MetricFact]) -> str | None:
    if count in formulas:
        found = [name for name in names(formulas[count]) if name in facts and facts[name].kind == "count"]
        return found[0] if len(found) == 1 else None
    before = sorted({each.follows[0] for each in facts.values() if each.follows and each.follows[1] == count})
    return before[0] if len(before) == 1 else None
