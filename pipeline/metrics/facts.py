"""Simple metrics: one scan, grouped by the keys; put on the calendar where a metric asks for empty periods."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import METRIC_TIME, Key, Leaf
from pipeline.metrics.filters import BoundFilter
from pipeline.metrics.moving import (
    MERGED,
    Shown,
    can_move,
    daily_context,
    moved,
    only_own_time,
    over_targets,
    own_day,
    starts_of_periods,
    whole_periods,
    whole_shifts,
)
from pipeline.metrics.plan import Context, Cte, Facts, FactsSpec, Part, Planner
from pipeline.metrics.scan import Scan, ValueSource, grouped, shifted
from pipeline.metrics.sharing import column_of, rows_of
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


def simple(planner: Planner, metric: Metric, kind: Simple, context: Context, asked: tuple[BoundFilter, ...]) -> Part:
    """Plan a simple metric. `asked` are the filters of the context that are not the metric's own."""
    leaf = planner.world.catalog.leaf(kind)
    plain = replace(kind, join_to_timespine=False)
    if context.shifts:
        planner.need_time(metric, leaf, context, "offset")
        whole, grain = whole_shifts(leaf, context)
        if whole:
            key = Key((), METRIC_TIME, grain)
            inner = replace(daily_context(leaf, context, key), shifts=context.shifts[whole:])
            part = simple(planner, metric, plain, inner, ())
            outer = replace(context, shifts=context.shifts[:whole])
            return on_calendar(planner, part, leaf, outer, metric.name, asked if kind.join_to_timespine else None)
    if (context.shifts or _rolls_up(planner, leaf, context)) and can_move(kind, leaf, context):
        daily = facts_of(
            planner, FactsSpec(leaf, daily_context(leaf, context)), metric.name, replace(plain, fill_nulls_with=None)
        )
        part = moved(planner, metric, kind, leaf, context, daily)
    else:
        part = facts_of(planner, FactsSpec(leaf, context, kind.non_additive), metric.name, plain)
    if kind.join_to_timespine and context.own_times(leaf):
        return on_calendar(planner, part, leaf, replace(context, shifts=()), metric.name, asked)
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
    if facts.spec.running:
        scan.spread(facts.spec.running)
    scan.prepare((*context.keys, *(key for each in context.filters for key in each.keys)))
    scan.where(*world.before_cutoff(scan.own_time()), *world.limits(scan.shown_time(), context.within))
    scan.where(*world.judged(leaf, scan.expression))
    if any(shift.to_grain for shift in context.shifts):
        scan.where(*starts_of_periods(world, scan.shown_time(), leaf, context))
    for each in context.filters:
        scan.where(scan.condition(each))
    return scan


def _query(world: World, facts: Facts) -> exp.Query:
    if facts.spec.non_additive:
        return _semi_additive(world, facts, facts.spec.non_additive)
    scan = scan_of(world, facts)
    if _day_first(world, facts):
        return _by_day_first(world, facts, scan)
    keys = [(key.column, scan.key(key)) for key in facts.spec.context.keys]
    query = grouped(scan.query(), keys)
    for name, measure in facts.measures.items():
        query = query.select(named(_filled(aggregated(measure, scan.expression(measure.expr)), measure), name), copy=False)
    return query.select(*_of_guests(facts, scan), copy=False)


def _of_guests(facts: Facts, scan: Scan) -> list[exp.Expr]:
    """Return the columns of metrics that filter the rows of a scan further, and how many rows that leaves."""
    found = []
    for guest in facts.guests:
        more = [each for each in guest.spec.context.filters if each not in facts.spec.context.filters]
        condition = all_of([scan.condition(each) for each in more])
        assert condition is not None
        for name, measure in guest.measures.items():
            tree = _where(aggregated(measure, scan.expression(measure.expr)), condition)
            found.append(named(tree, column_of(facts, guest, name)))
        if facts.spec.context.keys:
            found.append(named(_where(exp.Count(this=exp.Star()), condition), rows_of(facts, guest)))
    return found


def _where(tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
    if isinstance(tree, exp.Cast):
        return exp.Cast(this=_where(tree.this, condition), to=tree.to)
    return exp.Filter(this=tree, expression=exp.Where(this=condition.copy()))


def _day_first(world: World, facts: Facts) -> bool:
    """Tell whether rows are best added up per day before days are cut into periods: days are few, and cutting costs.

    Not beside an entity or a moment, which have many values: then there would be about as many days of each as rows.
    """
    leaf, context = facts.spec.leaf, facts.spec.context
    times = context.own_times(leaf)
    if leaf.time.grain != "day" or context.shifts or facts.spec.running or not times or any(key.grain == "day" for key in times):
        return False
    items = world.catalog.items(leaf.model)
    for key in context.keys:
        found = items.get((key.links, key.name), ()) if key not in times else ()
        if key.is_time != (key in times) or any(item.entity for item in found):
            return False
    measures = [measure for each in (facts, *facts.guests) for measure in each.measures.values()]
    return all(measure.aggregation in MERGED for measure in measures)


def _by_day_first(world: World, facts: Facts, scan: Scan) -> exp.Query:
    leaf, context = facts.spec.leaf, facts.spec.context
    day = own_day(leaf)
    others = [key for key in context.keys if not leaf.is_own_time(key)]
    inner = grouped(scan.query(), [(key.column, scan.key(key)) for key in (day, *others)])
    outer: list[exp.Expr] = []
    for name, measure in facts.measures.items():
        inner = inner.select(named(aggregated(measure, scan.expression(measure.expr)), name), copy=False)
        outer.append(named(_filled(merged(measure, column(name, "daily")), measure), name))
    guests = _of_guests(facts, scan)
    for guest in facts.guests:
        for name, measure in guest.measures.items():
            label = column_of(facts, guest, name)
            outer.append(named(merged(measure, column(label, "daily")), label))
        outer.append(named(call("sum", column(rows_of(facts, guest), "daily")), rows_of(facts, guest)))
    shown = Shown(world, leaf, Context(context.keys))
    return shown.select(subquery(inner.select(*guests, copy=False), "daily"), outer, is_merged=True)


def merged(measure: Simple, tree: exp.Expr) -> exp.Expr:
    """Return the merging of values that are already aggregated. Counts stay BIGINT."""
    total = call(MERGED[measure.aggregation], tree)
    is_count = measure.aggregation in ("count", "sum_boolean") or (measure.aggregation == "sum" and _is_whole(measure.expr))
    return cast(total, "bigint") if is_count else total


def _is_whole(text: str) -> bool:
    return text.strip().isdigit()


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


def _semi_additive(world: World, facts: Facts, rule: NonAdditive) -> exp.Query:
    """Add up only the rows at the first or last point in time, of each period asked for and each grouping.

    The points in time are looked for first, among those that there are; then only the rows at one of them are read.
    """
    leaf, context = facts.spec.leaf, facts.spec.context
    dimension = leaf.model.dimension(rule.dimension)
    assert dimension is not None and dimension.grain is not None
    entities = [(f"per_{name}", leaf.model.entity(name)) for name in rule.groupings]
    periods = [key for key in context.keys if _is_period(key, leaf, rule)]
    is_moved = bool(context.shifts) or facts.spec.running is not None
    follow = [key for key in periods if not is_moved and (key.part or world.cuts(key.grain or "day"))]
    looked_up = [key for key in periods if key not in follow]

    def columns(scan: Scan) -> list[tuple[str, exp.Expr]]:
        at = truncated(scan.expression(dimension.expr), dimension.grain or "day")
        groups = [(name, scan.expression(entity.expr)) for name, entity in entities if entity]
        return [("at_time", at), *groups, *((key.column, scan.key(key)) for key in looked_up)]

    few = replace(facts.spec, context=replace(context, keys=tuple(looked_up)))
    seen_scan = scan_of(world, Facts(few, facts.cte, {}, facts.values))
    seen = seen_scan.query().select(*(named(tree, name) for name, tree in columns(seen_scan)), copy=False)
    seen = seen if entities else seen.distinct(copy=False)
    scan = scan_of(world, facts)
    first, *by = columns(scan)
    kept = exp.Select().from_(reference("seen"), copy=False).select(*(column(name) for name, _ in by), copy=False)
    kept = kept.select(named(call(rule.window, column("at_time")), "at_time"), copy=False)
    parts = [_cut_again(world, column("at_time"), key) for key in follow]
    kept = kept.group_by(*(column(name) for name, _ in by), *parts, copy=False) if by or parts else kept
    on = [exp.EQ(this=first[1], expression=column("at_time", "kept"))]
    query = grouped(scan.query(), [(key.column, scan.key(key)) for key in context.keys])
    join = exp.Join(this=reference("kept"), on=all_of([*on, *(same(tree, column(name, "kept")) for name, tree in by)]))
    query.set("joins", [*query.args.get("joins", []), join])
    for name, measure in facts.measures.items():
        query = query.select(named(_filled(aggregated(measure, scan.expression(measure.expr)), measure), name), copy=False)
    return query.with_("seen", as_=seen, copy=False).with_("kept", as_=kept, copy=False)


def _cut_again(world: World, tree: exp.Expr, key: Key) -> exp.Expr:
    return date_part(tree, key.part) if key.part else world.cut(tree, key.grain or "day")


def _is_period(key: Key, leaf: Leaf, rule: NonAdditive) -> bool:
    if key.is_metric_time:
        return rule.dimension == leaf.time.name
    return key.is_time and key.name == rule.dimension and len(key.links) == 1 and key.links[0] in leaf.model.local_links


# ---- the calendar


def on_calendar(
    planner: Planner, part: Part, leaf: Leaf, context: Context, name: str, again: tuple[BoundFilter, ...] | None
) -> Part:
    """Put a metric on the calendar: one row for each period, also where there are no facts.

    With shifts each period gets the value of an earlier one. `again` are the filters that empty periods have to meet too;
    with None there are no empty periods.
    """
    label = f"{name}_{'earlier' if context.shifts else 'on_calendar'}"
    cte = planner.cte(label, lambda: _calendar_query(planner.world, part, leaf, context, again))
    return Part(cte, part.column, part.fill)


def _calendar_query(world: World, part: Part, leaf: Leaf, context: Context, again: tuple[BoundFilter, ...] | None) -> exp.Query:
    times = context.own_times(leaf)
    value: exp.Expr = column(part.column, part.cte.name)
    query = exp.Select()
    for key in context.keys:
        query = query.select(column(key.column, "period" if key in times else part.cte.name), copy=False)
    value = coalesce(value, part.fill) if part.fill is not None else value
    query = query.select(named(value, part.column), copy=False)
    source = subquery(calendar_rows(world, times, leaf, context), "period")
    query = query.from_(source, copy=False)
    side = "inner" if again is None else "left"
    query = query.join(reference(part.cte.name), on=_same_period(world, part, times, context), join_type=side, copy=False)
    for each in again or ():
        if _can_repeat(each, leaf, context):
            query = query.where(_over_columns(each, part.cte, times), copy=False)
    return query


def _same_period(world: World, part: Part, times: tuple[Key, ...], context: Context) -> exp.Expr | None:
    """Return the condition that brings a calendar's period together with its value, or with that of an earlier period."""
    if not context.shifts:
        return all_of([exp.EQ(this=column(key.column, "period"), expression=column(key.column, part.cte.name)) for key in times])
    key = min((key for key in times if key.grain), key=lambda each: rank(each.grain or ""))
    earlier = shifted(world, column(key.column, "period"), context.shifts, key.grain or "day")
    return exp.EQ(this=column(Key((), METRIC_TIME, key.grain).column, part.cte.name), expression=earlier)


def calendar_rows(world: World, times: tuple[Key, ...], leaf: Leaf, context: Context) -> exp.Select:
    """Return every combination of time keys that the calendar knows, within range, cut-off and filters on time alone."""
    filters = [each for each in context.filters if only_own_time(each, leaf)]
    needed = [*times, *(key for each in filters for key in each.keys)]
    custom = [key.grain for key in needed if key.grain and not world.cuts(key.grain)]
    standard = [key.grain if is_standard(key.grain) else "day" for key in needed if key.grain and world.cuts(key.grain)]
    if any(key.part for key in needed):
        standard.append("day")
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
