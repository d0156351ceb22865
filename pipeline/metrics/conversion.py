"""Conversions: each conversion event belongs to the nearest earlier base event of the same entity, and counts there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import METRIC_TIME, Key, Leaf
from pipeline.metrics.composed import together
from pipeline.metrics.facts import aggregated, on_calendar, scan_of
from pipeline.metrics.moving import MERGED, daily_context, own_day, whole_shifts
from pipeline.metrics.plan import Context, Cte, Facts, FactsSpec, Part, Planner
from pipeline.metrics.scan import Scan, grouped
from pipeline.metrics.spec import Conversion, Metric, SemanticModel, Simple, Span
from pipeline.metrics.sqltree import call, cast, coalesce, column, date_part, earlier, ident, named, ratio, subquery, truncated
from pipeline.metrics.times import coarsest, finest, is_standard


@dataclass(frozen=True)
class Side:
    """The base or the conversion: its measure, its table and how its events are read."""

    measure: Simple
    leaf: Leaf
    context: Context
    properties: tuple[str, ...]
    grain: str
    """The grain at which base and conversion are compared: the coarser of both tables' own."""

    @property
    def attributes(self) -> tuple[Key, ...]:
        """The keys that the moment of an event does not tell by itself, with the moment itself where it is cut coarser."""
        keys = self.context.keys
        if self.leaf.time.grain != self.grain:
            return tuple(dict.fromkeys((own_day(self.leaf), *keys)))
        return tuple(key for key in keys if not self.leaf.is_own_time(key) or not (key.part or is_standard(key.grain or "")))


def conversion(planner: Planner, metric: Metric, kind: Conversion, context: Context) -> Part:
    """Plan a conversion metric. A question's filters, range and keys are about the base events."""
    if context.shifts:
        return _earlier(planner, metric, kind, context)
    base, goal = sides_of(planner, kind, context)
    above, below = f"{metric.name}__numerator", f"{metric.name}__denominator"
    matched = _matched(planner, metric, kind, base, goal, above)
    parts = {above: matched, below: planner.input_part(kind.base, context)}

    def build() -> exp.Query:
        found = together(parts, context.keys)
        converted = found.values[above]
        value = converted.copy() if kind.calculation == "conversions" else ratio(converted.copy(), found.values[below].copy())
        both = (named(found.values[name].copy(), name) for name in (above, below))
        return found.query.select(named(value, metric.name), *both, copy=False)

    return Part(planner.cte(metric.name, build), metric.name)


def _earlier(planner: Planner, metric: Metric, kind: Conversion, context: Context) -> Part:
    """Take a conversion metric at an earlier period of the finest time asked for. Its periods must meet as wholes."""
    leaf = planner.world.catalog.leaves((metric,))[0]
    planner.need_time(metric, leaf, context, "offset")
    whole, grain = whole_shifts(leaf, context)
    by_day = grain == leaf.time.grain and all(
        each.to_grain or (each.window and is_standard(each.window.grain)) for each in context.shifts
    )
    if whole < len(context.shifts) and not by_day:
        what = f"the conversion metric {metric.name} at an earlier time that is no whole number of the periods asked for"
        raise KgiError(finding("metric_not_supported", metric.place, what=what))
    inner = conversion(planner, metric, kind, daily_context(leaf, context, Key((), METRIC_TIME, grain)))
    return on_calendar(planner, inner, leaf, context, metric.name, None)


def sides_of(planner: Planner, kind: Conversion, context: Context) -> tuple[Side, Side]:
    """Return the base and the conversion of a metric that is asked for in a context."""
    catalog = planner.world.catalog
    sides = []
    leaves = catalog.leaves(catalog.metric(each.metric, each.place) for each in (kind.base, kind.conversion))
    grain = coarsest([leaf.time.grain or "day" for leaf in leaves])
    for number, each in enumerate((kind.base, kind.conversion)):
        source = catalog.metric(each.metric, each.place)
        assert isinstance(source.kind, Simple)
        if source.kind.non_additive:
            raise KgiError(finding("metric_not_supported", source.place, what="a conversion of a semi-additive metric"))
        asked = planner.input_context(each, context if number == 0 else Context(()))
        properties = tuple(pair[number] for pair in kind.constant_properties)
        sides.append(Side(source.kind, catalog.leaf(source.kind), planner.filtered(source, asked), properties, grain))
    return sides[0], sides[1]


def _matched(planner: Planner, metric: Metric, kind: Conversion, base: Side, goal: Side, name: str) -> Part:
    """Plan the conversions, each counted under the keys of its base event."""
    events = events_of(planner, metric, kind, base, goal)
    cte = planner.cte(f"{metric.name}_matched", lambda: _joined(kind, base, goal, events, name))
    part = Part(cte, name, goal.measure.fill_nulls_with)
    if goal.measure.join_to_timespine and base.context.own_times(base.leaf):
        return on_calendar(planner, part, base.leaf, base.context, f"{metric.name}_matched", base.context.filters)
    return part


def events_of(planner: Planner, metric: Metric, kind: Conversion, base: Side, goal: Side) -> tuple[Cte, Cte]:
    """Plan the base events and the conversions of a metric."""
    base_facts = Facts(FactsSpec(base.leaf, base.context), Cte(""), {}, planner.values_of(base.context.filters))
    goal_facts = Facts(FactsSpec(goal.leaf, goal.context), Cte(""), {}, planner.values_of(goal.context.filters))
    before = planner.cte(f"{metric.name}_base", lambda: _base_events(planner, base_facts, kind, base))
    return before, planner.cte(f"{metric.name}_events", lambda: _goal_events(planner, goal_facts, kind, goal))


def _event_columns(scan: Scan, kind: Conversion, side: Side) -> list[exp.Expr]:
    """Return who, when, and the properties that must stay the same."""
    columns = [
        named(scan.expression(_expr_of(side.leaf.model, kind.entity)), "entity"),
        named(truncated(scan.own_time(), side.grain), "at_time"),
    ]
    for number, name in enumerate(side.properties):
        columns.append(named(scan.expression(_expr_of(side.leaf.model, name)), f"property_{number}"))
    return columns


def _expr_of(model: SemanticModel, name: str) -> str:
    found = model.entity(name) or model.dimension(name)
    assert found is not None, "checked when the file was read"
    return found.expr


def _base_events(planner: Planner, facts: Facts, kind: Conversion, side: Side) -> exp.Query:
    """Read base events with their keys."""
    scan = scan_of(planner.world, facts)
    events = _event_columns(scan, kind, side)
    keys = [named(scan.key(key), f"key_{n}") for n, key in enumerate(side.attributes)]
    return scan.query().select(*events, *keys, copy=False)


def _goal_events(planner: Planner, facts: Facts, kind: Conversion, side: Side) -> exp.Query:
    """Read conversions; those of one moment of an entity are counted together where counts can be merged."""
    scan = scan_of(planner.world, facts)
    query = scan.query().select(*_event_columns(scan, kind, side), copy=False)
    value = scan.expression(side.measure.expr)
    if side.measure.aggregation not in MERGED:
        return query.select(named(value, "value"), copy=False)
    query = query.group_by(*_numbers(len(query.expressions)), copy=False)
    return query.select(named(aggregated(side.measure, value), "value"), copy=False)


def _numbers(count: int) -> list[exp.Expr]:
    return [exp.Literal.number(n + 1) for n in range(count)]


def _nearest(kind: Conversion, base: Side, goal: Side, before: Cte, after: Cte, *, with_time: bool) -> str:
    """Return SQL that gives each conversion its value and the keys of its base event, `with_time` its own time too.

    A hash join by entity, then the greatest moment: an ASOF join, which has to sort both sides, took more than twice as long
    with and without a window.
    """
    names = [f"property_{n}" for n in range(len(base.properties))]
    keys = ["at_time", *(f"key_{n}" for n in range(len(base.attributes)))]
    same = "".join(f" and goal.{name} = base.{name}" for name in names)
    goals, bases = (ident(each.name).sql("duckdb") for each in (after, before))
    on = f"goal.entity = base.entity{same} and goal.at_time >= base.at_time"
    latest = "".join(f", latest.{name}" for name in keys)
    if kind.window is not None:
        on = f"{on} and base.at_time > {_reach(kind.window, base)}"
    fields = ", ".join(f"'{name}': base.{name}" for name in keys)
    time = ", goal.at_time" if with_time else ""
    return f"""select value{latest}{", found.at_time as converted_at" if with_time else ""} from (
            select goal.number, goal.value{time}, max({{{fields}}}) as latest
            from (select *, row_number() over () as number from {goals}) as goal
            join {bases} as base on {on}
            group by goal.number, goal.value{time}
        ) as found"""


def _reach(window: Span, base: Side) -> str:
    """Return the SQL of the moment after which a base event has to lie."""
    if not is_standard(window.grain):
        raise KgiError(finding("metric_not_supported", None, what=f"window: {window.count} {window.grain}"))
    grain = finest([base.grain, window.grain])
    return earlier(column("at_time", "goal"), window, grain).sql("duckdb")


def _joined(kind: Conversion, base: Side, goal: Side, events: tuple[Cte, Cte], name: str) -> exp.Query:
    """Count the conversions that have a base event, under its keys."""
    query = exp.Select().from_(matched_events(kind, base, goal, events, with_time=False), copy=False)
    return grouped(query, matched_keys(base)).select(named(counted(goal, column("value", "matched")), name), copy=False)


def matched_events(kind: Conversion, base: Side, goal: Side, events: tuple[Cte, Cte], *, with_time: bool) -> exp.Subquery:
    """Return each conversion that has a base event as `matched`: value, at_time of the base event, and its other keys."""
    nearest = parse_one(_nearest(kind, base, goal, *events, with_time=with_time), dialect="duckdb")
    assert isinstance(nearest, exp.Query)
    return subquery(nearest, "matched")


def matched_keys(base: Side) -> list[tuple[str, exp.Expr]]:
    """Return the names and expressions of the base event's keys over `matched`."""
    time = column("at_time", "matched")
    keys: list[tuple[str, exp.Expr]] = []
    for key in base.context.keys:
        if key in base.attributes:
            keys.append((key.column, column(f"key_{base.attributes.index(key)}", "matched")))
        else:
            keys.append((key.column, date_part(time, key.part) if key.part else truncated(time, key.grain or "day")))
    return keys


def counted(goal: Side, value: exp.Expr) -> exp.Expr:
    """Return the aggregation of conversions that stand beside their base events."""
    merged = MERGED.get(goal.measure.aggregation)
    total = call(merged, value) if merged else aggregated(goal.measure, value)
    if goal.measure.aggregation == "count" or goal.measure.expr.strip().isdigit():
        total = cast(total, "bigint")
    if goal.measure.fill_nulls_with is not None:
        total = coalesce(total, goal.measure.fill_nulls_with)
    return total
