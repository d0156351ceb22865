"""Conversions: each conversion event belongs to the nearest earlier base event of the same entity, and counts there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Leaf
from pipeline.metrics.composed import together
from pipeline.metrics.facts import aggregated, on_calendar, scan_of
from pipeline.metrics.plan import Context, Cte, Facts, FactsSpec, Part, Planner
from pipeline.metrics.scan import Scan
from pipeline.metrics.spec import Conversion, Metric, SemanticModel, Simple
from pipeline.metrics.sqltree import cast, coalesce, column, earlier, ident, named, ratio, truncated
from pipeline.metrics.times import is_standard


@dataclass(frozen=True)
class Side:
    """The base or the conversion: its measure, its table and how its events are read."""

    measure: Simple
    leaf: Leaf
    context: Context
    properties: tuple[str, ...]


def conversion(planner: Planner, metric: Metric, kind: Conversion, context: Context) -> Part:
    """Plan a conversion metric. A question's filters, range and keys are about the base events."""
    if context.shifts:
        raise KgiError(finding("metric_not_supported", metric.place, what=f"an offset of the conversion metric {metric.name}"))
    base, goal = _sides(planner, kind, context)
    above, below = f"{metric.name}__numerator", f"{metric.name}__denominator"
    matched = _matched(planner, metric, kind, base, goal, above)
    parts = {above: matched, below: planner.input_part(kind.base, context)}

    def build() -> exp.Query:
        found = together(parts, context.keys)
        counted = found.values[above]
        value = counted.copy() if kind.calculation == "conversions" else ratio(counted.copy(), found.values[below].copy())
        both = (named(found.values[name].copy(), name) for name in (above, below))
        return found.query.select(named(value, metric.name), *both, copy=False)

    return Part(planner.cte(metric.name, build), metric.name)


def _sides(planner: Planner, kind: Conversion, context: Context) -> tuple[Side, Side]:
    catalog = planner.world.catalog
    sides = []
    for number, each in enumerate((kind.base, kind.conversion)):
        source = catalog.metric(each.metric, each.place)
        assert isinstance(source.kind, Simple)
        if source.kind.non_additive:
            raise KgiError(finding("metric_not_supported", source.place, what="a conversion of a semi-additive metric"))
        asked = planner.input_context(each, context if number == 0 else Context(()))
        properties = tuple(pair[number] for pair in kind.constant_properties)
        sides.append(Side(source.kind, catalog.leaf(source.kind), planner.filtered(source, asked), properties))
    return sides[0], sides[1]


def _matched(planner: Planner, metric: Metric, kind: Conversion, base: Side, goal: Side, name: str) -> Part:
    """Plan the conversions, each counted under the keys of its base event."""
    base_facts = Facts(FactsSpec(base.leaf, base.context), Cte(""), {}, planner.values_of(base.context.filters))
    goal_facts = Facts(FactsSpec(goal.leaf, goal.context), Cte(""), {}, planner.values_of(goal.context.filters))
    before = planner.cte(f"{metric.name}_base", lambda: _base_events(planner, base_facts, kind, base))
    after = planner.cte(f"{metric.name}_events", lambda: _goal_events(planner, goal_facts, kind, goal))
    cte = planner.cte(f"{metric.name}_matched", lambda: _joined(kind, base, goal, (before, after), name))
    part = Part(cte, name, goal.measure.fill_nulls_with)
    if goal.measure.join_to_timespine and base.context.own_times(base.leaf):
        return on_calendar(planner, part, base.leaf, base.context, f"{metric.name}_matched")
    return part


def _event_columns(scan: Scan, kind: Conversion, side: Side) -> list[exp.Expr]:
    """Return who, when, and the properties that must stay the same."""
    grain = side.leaf.time.grain or "day"
    columns = [
        named(scan.expression(_expr_of(side.leaf.model, kind.entity)), "entity"),
        named(cast(truncated(scan.own_time(), grain), "timestamp"), "at_time"),
    ]
    for number, name in enumerate(side.properties):
        columns.append(named(scan.expression(_expr_of(side.leaf.model, name)), f"property_{number}"))
    return columns


def _expr_of(model: SemanticModel, name: str) -> str:
    found = model.entity(name) or model.dimension(name)
    assert found is not None, "checked when the file was read"
    return found.expr


def _base_events(planner: Planner, facts: Facts, kind: Conversion, side: Side) -> exp.Query:
    """Read base events; of several at the same moment the smallest keys win, so that the answer never flips."""
    scan = scan_of(planner.world, facts)
    events = _event_columns(scan, kind, side)
    keys = [(key.column, scan.key(key), side.leaf.is_own_time(key)) for key in side.context.keys]
    query = scan.query()
    others = [(name, tree) for name, tree, is_time in keys if not is_time]
    query = query.select(*events, *(named(tree, name) for name, tree, is_time in keys if is_time), copy=False)
    if not others:
        return query.distinct(copy=False)
    fields = [exp.PropertyEQ(this=ident(f"key_{n}"), expression=tree) for n, (_, tree) in enumerate(others)]
    query = query.group_by(*(exp.Literal.number(n + 1) for n in range(len(query.expressions))), copy=False)
    return query.select(named(exp.Min(this=exp.Struct(expressions=fields)), "other_keys"), copy=False)


def _goal_events(planner: Planner, facts: Facts, kind: Conversion, side: Side) -> exp.Query:
    scan = scan_of(planner.world, facts)
    value = named(scan.expression(side.measure.expr), "value")
    return scan.query().select(*_event_columns(scan, kind, side), value, copy=False)


def _joined(kind: Conversion, base: Side, goal: Side, events: tuple[Cte, Cte], name: str) -> exp.Query:
    before, after = (ident(each.name).sql("duckdb") for each in events)
    same = "".join(f" and goal.property_{n} = base.property_{n}" for n in range(len(base.properties)))
    tree = parse_one(
        f"""select 1 from {after} as goal asof join {before} as base
        on goal.entity = base.entity{same} and goal.at_time >= base.at_time""",
        dialect="duckdb",
    )
    assert isinstance(tree, exp.Select)
    tree.set("expressions", [])
    number = 0
    for key in base.context.keys:
        if base.leaf.is_own_time(key):
            value: exp.Expr = column(key.column, "base")
        else:
            fields = column("other_keys", "base")
            value = exp.Anonymous(this="struct_extract", expressions=[fields, exp.Literal.string(f"key_{number}")])
            number += 1
        tree = tree.select(named(value, key.column), copy=False)
    if base.context.keys:
        tree = tree.group_by(*(exp.Literal.number(n + 1) for n in range(len(base.context.keys))), copy=False)
    if kind.window:
        if not is_standard(kind.window.grain):
            raise KgiError(finding("metric_not_supported", None, what=f"window: {kind.window.count} {kind.window.grain}"))
        start = earlier(column("at_time", "goal"), kind.window, "second")
        tree = tree.where(exp.GT(this=column("at_time", "base"), expression=start), copy=False)
    counted = aggregated(goal.measure, column("value", "goal"))
    if goal.measure.aggregation == "sum" and goal.measure.expr.strip().isdigit():
        counted = cast(counted, "bigint")
    if goal.measure.fill_nulls_with is not None:
        counted = coalesce(counted, goal.measure.fill_nulls_with)
    return tree.select(named(counted, name), copy=False)


