"""Metrics made of metrics: ratios and expressions over inputs that have been aggregated before they meet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.metrics.catalog import Key
from pipeline.metrics.expressions import guarded, read_expression, replace_columns
from pipeline.metrics.plan import Context, Part, Planner
from pipeline.metrics.spec import Derived, Metric, Ratio
from pipeline.metrics.sqltree import call, coalesce, column, named, reference, subquery
from pipeline.metrics.sqltree import ratio as divided


@dataclass(frozen=True)
class Together:
    """Several values side by side: a query with the keys selected, and the expression of each value in it."""

    query: exp.Select
    values: dict[str, exp.Expr]


def together(parts: dict[str, Part], keys: tuple[Key, ...]) -> Together:
    """Bring parts together by their keys: a key that one side lacks stays, null keys meet, and fills go in.

    Stacking the parts and grouping once is one pass for any number of them, where a chain of full joins is many.
    """
    by_query: dict[str, dict[str, Part]] = {}
    for name, part in parts.items():
        by_query.setdefault(part.cte.name, {})[name] = part
    if len(by_query) == 1:
        source, inside = next(iter(by_query.items()))
        query = exp.Select().from_(reference(source), copy=False)
        query = query.select(*(column(key.column) for key in keys), copy=False)
        return Together(query, {name: column(part.column) for name, part in inside.items()})
    branches = []
    for source, inside in by_query.items():
        branch = exp.Select().from_(reference(source), copy=False)
        branch = branch.select(*(column(key.column) for key in keys), copy=False)
        branches.append(branch.select(*(named(column(p.column), name) for name, p in inside.items()), copy=False))
    stacked: exp.Query = branches[0]
    for branch in branches[1:]:
        stacked = exp.Union(this=stacked, expression=branch, distinct=False, by_name=True)
    query = exp.Select().from_(subquery(stacked, "stacked"), copy=False)
    query = query.select(*(column(key.column) for key in keys), copy=False)
    if keys:
        query = query.group_by(*(exp.Literal.number(n + 1) for n in range(len(keys))), copy=False)
    return Together(query, {name: _one(name, part) for name, part in parts.items()})


def _one(name: str, part: Part) -> exp.Expr:
    value = call("max", column(name))
    return value if part.fill is None else coalesce(value, part.fill)


def ratio(planner: Planner, metric: Metric, kind: Ratio, context: Context) -> Part:
    """Plan a ratio; its query also carries the numerator and the denominator."""
    above, below = f"{metric.name}__numerator", f"{metric.name}__denominator"
    parts = {
        above: planner.input_part(kind.numerator, context),
        below: planner.input_part(kind.denominator, context),
    }

    def build() -> exp.Query:
        found = together(parts, context.keys)
        value = divided(found.values[above], found.values[below].copy())
        both = (named(found.values[name].copy(), name) for name in (above, below))
        return found.query.select(named(value, metric.name), *both, copy=False)

    return Part(planner.cte(metric.name, build), metric.name)


def derived(planner: Planner, metric: Metric, kind: Derived, context: Context) -> Part:
    """Plan an expression over other metrics; a division by zero gives null."""
    for each in kind.inputs:
        if each.offset_window or each.offset_to_grain:
            for leaf in planner.world.catalog.leaves((planner.world.catalog.metric(each.metric),)):
                planner.need_time(metric, leaf, context, "offset")
    parts = {each.name: planner.input_part(each, context) for each in kind.inputs}
    tree = checked_expression(metric, kind)

    def build() -> exp.Query:
        found = together(parts, context.keys)
        value = replace_columns(tree, lambda node: found.values[node.name].copy())
        return found.query.select(named(guarded(value), metric.name), copy=False)

    return Part(planner.cte(metric.name, build), metric.name)


def checked_expression(metric: Metric, kind: Derived) -> exp.Expr:
    """Return a derived metric's expression. Raises KgiError for a name that is none of its inputs."""
    tree = read_expression(kind.expr, metric.place)
    names = [each.name for each in kind.inputs]
    for node in tree.find_all(exp.Column):
        if node.table or node.name not in names:
            near = did_you_mean(node.name, names)
            known = ", ".join(names)
            raise KgiError(finding("metric_unknown_input", metric.place, hint=near, name=node.sql("duckdb"), known=known))
    return tree
