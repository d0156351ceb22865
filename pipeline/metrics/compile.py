"""A question -> one SELECT: names resolved, metrics planned, the named queries written out, rows sorted and limited."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlglot import exp

from pipeline.findings import KgiError, Place, did_you_mean, finding
from pipeline.metrics.catalog import METRIC_TIME, Catalog, Key, Leaf
from pipeline.metrics.cohorts import by_age
from pipeline.metrics.comparing import Past, dates_sql, past_of, side_by_side
from pipeline.metrics.composed import together
from pipeline.metrics.distinct import members
from pipeline.metrics.filters import bind_filters
from pipeline.metrics.plan import Context, Part, Planner
from pipeline.metrics.question import Cohorts, Comparison, Compiled, Question
from pipeline.metrics.spec import Conversion, Filter, Metric, OrderItem, Ratio, SemanticManifest
from pipeline.metrics.sqltree import call, column, ident, named, subquery
from pipeline.metrics.times import TimeRange, coarsest, finest, is_standard, range_of
from pipeline.metrics.world import World

ASKED = Place("--where")


@dataclass(frozen=True)
class Whole:
    """A question with its saved query unfolded."""

    question: Question
    filters: tuple[Filter, ...]
    order: tuple[OrderItem, ...]


def compile_sql(manifest: SemanticManifest, question: Question) -> Compiled:
    """Write the SQL of a question."""
    try:
        return _compiled(Catalog(manifest), question)
    except RecursionError as error:
        raise KgiError(finding("metric_not_supported", what="metrics or filters that are nested this deeply")) from error


def _compiled(catalog: Catalog, question: Question) -> Compiled:
    whole = _unfold(catalog, question)
    asked = whole.question
    if not asked.metrics and not asked.group_by:
        raise KgiError(finding("metric_question_empty"))
    metrics = tuple(catalog.metric(name) for name in asked.metrics)
    world = World(catalog, asked.cutoff, metrics)
    if asked.compare is not None:
        names, query = _compared(world, whole, metrics, asked.compare)
    elif asked.cohorts is not None:
        names, query = _cohorts(world, whole, metrics, asked.cohorts)
    elif metrics:
        names, query = _of_metrics(world, whole, metrics)
    else:
        names, query = members(world, asked, whole.filters)
    if asked.min_max:
        names, query = _min_max(names, query)
    else:
        query = _ordered(query, names, whole, catalog)
    sql = query.sql(dialect="duckdb", pretty=True, comments=False)
    return Compiled(sql, names, tuple(sorted(world.reads)))


def _unfold(catalog: Catalog, question: Question) -> Whole:
    filters = tuple(Filter(text, ASKED) for text in question.where)
    order = tuple(OrderItem(name.lstrip("-"), name.startswith("-")) for name in question.order_by)
    if question.saved_query is None:
        return Whole(question, filters, order)
    queries = {each.name: each for each in catalog.manifest.saved_queries}
    saved = queries.get(question.saved_query)
    if saved is None:
        near = did_you_mean(question.saved_query, queries)
        raise KgiError(finding("metric_unknown_saved_query", hint=near, name=question.saved_query))
    merged = replace(
        question,
        metrics=(*saved.metrics, *(name for name in question.metrics if name not in saved.metrics)),
        group_by=(*saved.group_by, *(name for name in question.group_by if name not in saved.group_by)),
        limit=question.limit if question.limit is not None else saved.limit,
    )
    return Whole(merged, (*saved.where, *filters), order or saved.order_by)


def _of_metrics(world: World, whole: Whole, metrics: tuple[Metric, ...]) -> tuple[tuple[str, ...], exp.Query]:
    catalog, asked = world.catalog, whole.question
    leaves = catalog.leaves(metrics)
    keys = tuple(dict.fromkeys(catalog.key(name, leaves, metrics, None) for name in asked.group_by))
    filters = bind_filters(whole.filters, leaves, metrics, catalog)
    context = Context(keys, filters, _within(asked, keys, leaves))
    planner = Planner(world)
    parts: dict[str, Part] = {}
    for metric in metrics:
        part = parts[metric.name] = planner.part(metric, context)
        if asked.parts and _has_parts(metric):
            for side in ("numerator", "denominator"):
                name = f"{metric.name}__{side}"
                parts[name] = replace(part, column=name)
    names = (*(key.column for key in keys), *parts)
    _each_once(names)
    planner.settle_names()
    return names, _assembled(planner, parts, keys, names)


def _each_once(names: tuple[str, ...]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise KgiError(finding("metric_name_taken", name=twice))


def comparison_sql(manifest: SemanticManifest, question: Question) -> str:
    """Write the query for the dates that a comparison needs. Raises KgiError for a question that cannot be compared."""
    catalog = Catalog(manifest)
    whole = _unfold(catalog, question)
    asked = whole.question
    metrics = tuple(catalog.metric(name) for name in asked.metrics)
    past, keys, leaves = _past(World(catalog, None), whole, metrics)
    within = _within(asked, keys, leaves)
    start = within.start.date() if within and within.start else None
    ends = within.end - dt.timedelta(days=1) if within and within.end else None
    day = min((each for each in (asked.cutoff, ends.date() if ends else None) if each), default=None)
    return dates_sql(past, start, day)


def _past(world: World, whole: Whole, metrics: tuple[Metric, ...]) -> tuple[Past, tuple[Key, ...], tuple[Leaf, ...]]:
    """Return how a question goes back, its keys and leaves. A filter on metric_time would cut the earlier side away."""
    catalog, asked = world.catalog, whole.question
    if asked.cohorts is not None:
        raise KgiError(finding("metric_cohort_compared"))
    if not metrics or asked.min_max or asked.compare is None:
        raise KgiError(finding("metric_compare_needs_metrics"))
    leaves = catalog.leaves(metrics)
    keys = tuple(dict.fromkeys(catalog.key(name, leaves, metrics, None) for name in asked.group_by))
    for each in bind_filters(whole.filters, leaves, metrics, catalog):
        if any(leaf.is_own_time(key) for leaf in leaves for key in each.keys):
            raise KgiError(finding("metric_compare_filter", each.place, text=each.sql))
    return past_of(world, asked.compare.basis, keys), keys, leaves


def _compared(
    world: World, whole: Whole, metrics: tuple[Metric, ...], comparison: Comparison
) -> tuple[tuple[str, ...], exp.Query]:
    asked, catalog = whole.question, world.catalog
    past, keys, _ = _past(world, whole, metrics)
    start = comparison.own_start.isoformat() if comparison.own_start else asked.start_time
    names, now = _of_metrics(world, replace(whole, question=replace(asked, start_time=start)), metrics)
    before = replace(asked, start_time=comparison.start.isoformat() if comparison.start else None, end_time=None)
    earlier = World(catalog, comparison.until, metrics, world.reads)
    _, then = _of_metrics(earlier, replace(whole, question=before), metrics)
    found, query = side_by_side(past, keys, names[len(keys) :], frozenset(asked.metrics), now, then)
    _each_once(found)
    if not whole.order and keys:
        query = query.order_by(*(exp.Ordered(this=column(key.column), nulls_first=False) for key in keys), copy=False)
    return found, query


def _cohorts(world: World, whole: Whole, metrics: tuple[Metric, ...], cohorts: Cohorts) -> tuple[tuple[str, ...], exp.Query]:
    asked, catalog = whole.question, world.catalog
    kind = metrics[0].kind if len(metrics) == 1 else None
    if not isinstance(kind, Conversion) or asked.min_max:
        raise KgiError(finding("metric_cohort_of_conversion"))
    leaves = catalog.leaves(metrics)
    names = (f"{METRIC_TIME}__{cohorts.grain}", *asked.group_by)
    keys = tuple(dict.fromkeys(catalog.key(name, leaves, metrics, None) for name in names))
    if sum(key.is_metric_time for key in keys) > 1:
        raise KgiError(finding("metric_cohort_is_the_time"))
    filters = bind_filters(whole.filters, leaves, metrics, catalog)
    planner = Planner(world)
    context = planner.filtered(metrics[0], Context(keys, filters, _within(asked, keys, leaves)))
    return by_age(planner, metrics[0], kind, context, cohorts.age)


def _has_parts(metric: Metric) -> bool:
    kind = metric.kind
    return isinstance(kind, Ratio) or (isinstance(kind, Conversion) and kind.calculation == "conversion_rate")


def _assembled(planner: Planner, parts: dict[str, Part], keys: tuple[Key, ...], names: tuple[str, ...]) -> exp.Query:
    """Write the named queries in front of the last one; a question that is one scan needs no name for it."""
    built = []
    for cte in planner.ctes:
        assert cte.build is not None
        built.append((cte.name, cte.build()))
    if len(built) == 1 and tuple(built[0][1].named_selects) == names:
        return built[0][1]
    found = together(parts, keys)
    query: exp.Query = found.query.select(*(named(tree, name) for name, tree in found.values.items()), copy=False)
    if tuple(built[-1][1].named_selects) == names and isinstance(query, exp.Select) and not query.args.get("group"):
        *built, (_, query) = built
    for name, tree in built:
        query = query.with_(ident(name), as_=tree, copy=False)
    return query


def _within(asked: Question, keys: tuple[Key, ...], leaves: tuple[Leaf, ...]) -> TimeRange | None:
    """Return the range of metric_time, widened to the finest grain asked for, else to what all metrics can be cut by."""
    grains = [key.grain for key in keys if key.name == METRIC_TIME and key.grain and is_standard(key.grain)]
    grain = finest(grains) if grains else coarsest([leaf.time.grain or "day" for leaf in leaves])
    return range_of(asked.start_time, asked.end_time, grain)


def _min_max(names: tuple[str, ...], query: exp.Query) -> tuple[tuple[str, ...], exp.Query]:
    outer = exp.Select().from_(subquery(query, "rows"), copy=False)
    found = []
    for name in names:
        for end in ("min", "max"):
            found.append(f"{name}__{end}")
            outer = outer.select(named(call(end, column(name)), f"{name}__{end}"), copy=False)
    return tuple(found), outer


def _ordered(query: exp.Query, names: tuple[str, ...], whole: Whole, catalog: Catalog) -> exp.Query:
    for each in whole.order:
        name = _order_column(each.name, names, catalog)
        tree = exp.Ordered(this=column(name), desc=each.descending, nulls_first=False)
        query = query.order_by(tree, copy=False)
    limit = whole.question.limit
    return query.limit(exp.Literal.number(int(limit)), copy=False) if limit is not None else query


def _order_column(name: str, names: tuple[str, ...], catalog: Catalog) -> str:
    """Find the column that a name to sort by stands for; a time may be named without its grain, a dimension by its tail."""
    if name in names:
        return name
    asked = catalog.split(name)
    near = [
        each
        for each in names
        if each.startswith(name + "__") or (asked.links and each.endswith("__" + name)) or each.endswith("__" + name)
    ]
    own = [each for each in near if not any(each.startswith(f"{other}__") for other in near)]  # not what it is compared with
    if len(own) == 1:
        return own[0]
    raise KgiError(finding("metric_unknown_order", hint=did_you_mean(name, names), name=name))
