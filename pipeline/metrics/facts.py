"""Simple metrics: one scan, grouped by the keys; put on the calendar where a metric asks for empty periods."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Key, Leaf
from pipeline.metrics.filters import BoundFilter
from pipeline.metrics.moving import (
    can_move,
    daily_context,
    moved,
    only_own_time,
    over_targets,
    starts_of_periods,
    whole_periods,
)
from pipeline.metrics.plan import Context, Cte, Facts, FactsSpec, Part, Planner
from pipeline.metrics.scan import Scan, ValueSource, grouped
from pipeline.metrics.spec import Metric, NonAdditive, Simple
from pipeline.metrics.sqltree import (
    all_of,
    call,
    cast,
    coalesce,
    column,
    date_part,
    named,
    reference,
    same,
    subquery,
    truncated,
)
from pipeline.metrics.times import finest, is_standard, rank
from pipeline.metrics.world import World


def simple(planner: Planner, metric: Metric, kind: Simple, context: Context) -> Part:
    """Plan a simple metric."""
    leaf = planner.world.catalog.leaf(kind)
    if context.shifts:
        planner.need_time(metric, leaf, context, "offset")
    if (context.shifts or _rolls_up(planner, leaf, context)) and can_move(kind, leaf, context):
        plain = replace(kind, fill_nulls_with=None)
        daily = facts_of(planner, FactsSpec(leaf, daily_context(leaf, context)), metric.name, plain)
        part = moved(planner, metric, kind, leaf, context, daily)
    else:
        part = facts_of(planner, FactsSpec(leaf, context, kind.non_additive), metric.name, kind)
    if kind.join_to_timespine and context.own_times(leaf):
        return on_calendar(planner, part, leaf, context, metric.name)
    return part


def _rolls_up(planner: Planner, leaf: Leaf, context: Context) -> bool:
    """Tell whether a coarser value is best made of the values per day, because another metric reads those anyway."""
    times = context.own_times(leaf)
    return leaf in planner.daily_leaves and bool(times) and not any(key.grain == leaf.time.grain for key in times)


def facts_of(planner: Planner, spec: FactsSpec, name: str, measure: Simple) -> Part:
    """Return the column of the scan that aggregates a measure; measures of the same scan share it."""
    return planner.facts(spec, name, measure, lambda facts: _query(planner.world, facts))


def scan_of(world: World, facts: Facts) -> Scan:
    """Return the scan of a fact query with its filters, range and cut-off."""
    context, leaf = facts.spec.context, facts.spec.leaf
    values = {
        value: ValueSource(part.cte.name, tuple(key.column for key in value.inner), part.column)
        for value, part in facts.values.items()
    }
    scan = Scan(world, leaf.model, leaf, context.shifts, whole_periods=whole_periods(leaf, context), values=values)
    scan.prepare((*context.keys, *(key for each in context.filters for key in each.keys)))
    scan.where(*world.before_cutoff(scan.own_time()), *world.limits(scan.shown_time(), context.within))
    if any(shift.to_grain for shift in context.shifts):
        scan.where(*starts_of_periods(world, scan.shown_time(), leaf, context))
    for each in context.filters:
        scan.where(scan.condition(each))
    return scan


def _query(world: World, facts: Facts) -> exp.Query:
    scan = scan_of(world, facts)
    if facts.spec.non_additive:
        return _semi_additive(scan, facts, facts.spec.non_additive)
    keys = [(key.column, scan.key(key)) for key in facts.spec.context.keys]
    values = [
        named(_filled(aggregated(measure, scan.expression(measure.expr)), measure), name)
        for name, measure in facts.measures.items()
    ]
    return grouped(scan.query(), keys).select(*values, copy=False)


def _filled(tree: exp.Expr, measure: Simple) -> exp.Expr:
    return tree if measure.fill_nulls_with is None else coalesce(tree, measure.fill_nulls_with)


def aggregated(measure: Simple, tree: exp.Expr) -> exp.Expr:
    """Return the aggregation of a measure over an expression. Counts are BIGINT; a sum keeps the type of its column."""
    match measure.aggregation:
        case "sum":
            total = exp.Sum(this=tree)
            whole = isinstance(tree, exp.Literal) and tree.is_int
            return cast(total, "bigint") if whole else total
        case "sum_boolean":
            return cast(exp.Sum(this=cast(tree, "int")), "bigint")
        case "count":
            return exp.Count(this=tree)
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[tree]))
        case "average":
            return exp.Avg(this=tree)
        case "percentile":
            share = exp.Literal.number(measure.percentile or 0)
            if measure.is_discrete:
                return call("quantile_disc", tree, share)
            return call("approx_quantile" if measure.is_approximate else "quantile_cont", tree, share)
        case "min" | "max" | "median" as name:
            return call(name, tree)


def _semi_additive(scan: Scan, facts: Facts, rule: NonAdditive) -> exp.Query:
    """Add up only the rows at the first or last point in time, of each period asked for and each grouping."""
    leaf, keys = facts.spec.leaf, facts.spec.context.keys
    dimension = leaf.model.dimension(rule.dimension)
    assert dimension is not None and dimension.grain is not None
    at = truncated(scan.expression(dimension.expr), dimension.grain)
    periods = [key.column for key in keys if _is_period(key, leaf, rule)]
    rows = [named(scan.key(key), key.column) for key in keys] + [named(at, "at_time")]
    groups = []
    for name in rule.groupings:
        entity = leaf.model.entity(name)
        assert entity is not None
        groups.append(f"per_{name}")
        rows.append(named(scan.expression(entity.expr), f"per_{name}"))
    for name, measure in facts.measures.items():
        rows.append(named(scan.expression(measure.expr), f"{name}_value"))
    by = [*groups, *periods]
    ends = exp.Select().from_(reference("fact"), copy=False)
    ends = grouped(ends, [(name, column(name)) for name in by]).select(
        named(call(rule.window, column("at_time")), "at_time"), copy=False
    )
    on: list[exp.Expr] = [exp.EQ(this=column("at_time", "fact"), expression=column("at_time", "kept"))]
    on += [same(column(name, "fact"), column(name, "kept")) for name in by]
    query = exp.Select().from_(reference("fact"), copy=False).join(reference("kept"), on=all_of(on), copy=False)
    query = grouped(query, [(key.column, column(key.column, "fact")) for key in keys])
    for name, measure in facts.measures.items():
        value = _filled(aggregated(measure, column(f"{name}_value", "fact")), measure)
        query = query.select(named(value, name), copy=False)
    inner = scan.query().select(*rows, copy=False)
    return query.with_("fact", as_=inner, copy=False).with_("kept", as_=ends, copy=False)


def _is_period(key: Key, leaf: Leaf, rule: NonAdditive) -> bool:
    if key.is_metric_time:
        return rule.dimension == leaf.time.name
    return key.is_time and key.name == rule.dimension and len(key.links) == 1 and key.links[0] in leaf.model.local_links


# ---- the calendar


def on_calendar(planner: Planner, part: Part, leaf: Leaf, context: Context, name: str) -> Part:
    """Put a metric on the calendar: one row for each period, also where there are no facts."""
    cte = planner.cte(f"{name}_on_calendar", lambda: _calendar_query(planner.world, part, leaf, context))
    return Part(cte, part.column, part.fill)


def _calendar_query(world: World, part: Part, leaf: Leaf, context: Context) -> exp.Query:
    times = context.own_times(leaf)
    value: exp.Expr = column(part.column, part.cte.name)
    query = exp.Select()
    for key in context.keys:
        query = query.select(column(key.column, "period" if key in times else part.cte.name), copy=False)
    value = coalesce(value, part.fill) if part.fill is not None else value
    query = query.select(named(value, part.column), copy=False)
    periods = calendar_rows(world, times, leaf, context)
    on = [exp.EQ(this=column(key.column, "period"), expression=column(key.column, part.cte.name)) for key in times]
    source = subquery(periods, "period")
    query = query.from_(source, copy=False).join(reference(part.cte.name), on=all_of(on), join_type="left", copy=False)
    again = [each for each in context.filters if _can_repeat(each, leaf, context)]
    for each in again:
        query = query.where(_over_columns(each, part.cte, times), copy=False)
    return query


def calendar_rows(world: World, times: tuple[Key, ...], leaf: Leaf, context: Context) -> exp.Select:
    """Return every combination of time keys that the calendar knows, within range, cut-off and filters on time alone."""
    filters = [each for each in context.filters if only_own_time(each, leaf)]
    needed = [*times, *(key for each in filters for key in each.keys)]
    custom = [key.grain for key in needed if key.grain and not world.cuts(key.grain)]
    standard = [key.grain if is_standard(key.grain) else "day" for key in needed if key.grain and world.cuts(key.grain)]
    if any(key.part for key in needed):
        standard.append(leaf.time.grain or "day")
    spine = world.spine(custom[0]) if custom else world.spine(finest(standard))
    holds_all = {name for name, _ in spine.custom} >= set(custom)
    if not holds_all or (standard and rank(finest(standard)) < rank(spine.grain)):
        raise KgiError(finding("metric_not_supported", None, what=", ".join([*custom, *standard])))
    time = column(spine.column, "calendar")

    def put(key: Key) -> exp.Expr:
        if key.part:
            return date_part(time.copy(), key.part)
        assert key.grain is not None
        return world.period(spine, key.grain, "calendar")

    query = exp.Select().from_(world.calendar(spine, "calendar"), copy=False)
    query = query.select(*(named(put(key), key.column) for key in times), copy=False)
    conditions = [*world.before_cutoff(time), *world.limits(time, context.within)]
    conditions += [over_targets(each, put) for each in filters]
    query = query.where(*conditions, copy=False) if conditions else query
    return query if any(key.grain == spine.grain for key in times) else query.distinct(copy=False)


def _can_repeat(each: BoundFilter, leaf: Leaf, context: Context) -> bool:
    """Tell whether a filter can and must be applied again after empty periods came in."""
    return not each.metrics and set(each.keys) <= set(context.keys) and not only_own_time(each, leaf)


def _over_columns(each: BoundFilter, cte: Cte, times: tuple[Key, ...]) -> exp.Expr:
    return over_targets(each, lambda key: column(key.column, "period" if key in times else cte.name))
