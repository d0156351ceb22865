"""Questions without metrics: the members that there are, read from the smallest table that knows all of them."""

from __future__ import annotations

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.calls import PLACEHOLDER
from pipeline.metrics.catalog import METRIC_TIME, Asked, Catalog, Hop, Key, Leaf
from pipeline.metrics.expressions import read_expression
from pipeline.metrics.filters import BoundFilter, bind_filters, read_filter
from pipeline.metrics.moving import over_targets
from pipeline.metrics.plan import Planner
from pipeline.metrics.question import Question
from pipeline.metrics.scan import Scan, ValueSource
from pipeline.metrics.spec import Dimension, Filter, SemanticModel, TimeSpine
from pipeline.metrics.sqltree import column, date_part, ident, named
from pipeline.metrics.times import TimeRange, finest, is_standard, range_of, rank
from pipeline.metrics.world import World


def members(world: World, asked: Question, filters: tuple[Filter, ...]) -> tuple[tuple[str, ...], exp.Query]:
    """Write the query for the distinct combinations of members; without `dedupe` each row of the table gives one.

    metric_time is every day of the calendar, beside every member. Raises KgiError where no table knows all of the names.
    """
    catalog = world.catalog
    names = [*asked.group_by, *_names_in(filters)]
    model = _smallest(catalog, [name for name in names if not _is_metric_time(catalog, name)])
    leaves = (Leaf(model, Dimension("", "", model.place, "nanosecond")),) if model else ()
    keys = tuple(dict.fromkeys(catalog.key(name, leaves, (), None) for name in asked.group_by))
    bound = bind_filters(filters, leaves, (), catalog)
    times = [key for key in (*keys, *(key for each in bound for key in each.keys)) if key.is_metric_time]
    spine = _spine(world, times) if times else None
    within = _within(asked, keys)
    planner = Planner(world)
    values = planner.values_of(bound)
    planner.settle_names()
    if model is None:
        assert spine is not None
        query = _calendar_only(world, spine, keys, bound, within)
    else:
        sources = {
            value: ValueSource(part.cte.name, tuple(key.column for key in value.inner), part.column)
            for value, part in values.items()
        }
        scan = Scan(world, model, values=sources, outer=True)
        if spine is not None:
            scan.cross_calendar(spine)
            scan.where(*world.limits(column(spine.column, "calendar"), within))
        scan.prepare((*keys, *(key for each in bound for key in each.keys)))
        columns = [named(scan.key(key), key.column) for key in keys]
        for each in bound:
            scan.where(scan.condition(each))
        query = scan.query().select(*columns, copy=False)
    for cte in planner.ctes:
        assert cte.build is not None
        query = query.with_(ident(cte.name), as_=cte.build(), copy=False)
    return tuple(key.column for key in keys), query.distinct(copy=False) if asked.dedupe else query


def _is_metric_time(catalog: Catalog, name: str) -> bool:
    split = catalog.split(name)
    return split.name == METRIC_TIME and not split.links


def _names_in(filters: tuple[Filter, ...]) -> list[str]:
    found: list[str] = []
    for each in filters:
        sql, calls = read_filter(each.text, each.place)
        for call in calls:
            found.extend((item.split("__")[-1] for item in call.group_by) if call.kind == "metric" else (call.item,))
        columns = read_expression(sql, each.place).find_all(exp.Column)
        found.extend(node.name for node in columns if not node.name.startswith(PLACEHOLDER))
    return found


def _smallest(catalog: Catalog, names: list[str]) -> SemanticModel | None:
    """Return the model from which all names are reached by the fewest joins; among equals the one with fewest columns."""
    if not names:
        return None
    wanted = [_nearest(catalog, name) for name in names]
    found: list[tuple[int, int, SemanticModel]] = []
    for model in catalog.manifest.models:
        items = catalog.items(model)
        if all(len(items.get(key, ())) == 1 for key in wanted):
            roads: set[tuple[Hop, ...]] = set()
            for key in wanted:
                path = items[key][0].path
                roads.update(path[: n + 1] for n in range(len(path)))
            found.append((len(roads), _width(model), model))
    if not found:
        raise KgiError(finding("metric_no_common_table", names=", ".join(names)))
    return min(found, key=lambda each: each[:2])[2]


def _width(model: SemanticModel) -> int:
    """Count a model's columns; a time counts for each grain it can be cut to."""
    links = len(model.local_links)
    dimensions = sum(links * (1 if each.grain is None else 12 - rank(each.grain)) for each in model.dimensions)
    return dimensions + len(model.entities) * (1 + links)


def _nearest(catalog: Catalog, name: str) -> tuple[tuple[str, ...], str]:
    """Return the shortest full name that ends in a name, over all models. Raises KgiError: unknown or ambiguous."""
    split = catalog.split(name)
    tail = split.links
    found = {
        key
        for model in catalog.manifest.models
        for key in catalog.items(model)
        if key[1] == split.name and (not tail or key[0][-len(tail) :] == tail)
    }
    if not found:
        model = catalog.manifest.models[0]
        catalog.find(model, Asked(split.links, split.name, None, None), name, None)
    shortest = min(len(links) for links, _ in found)
    nearest = {key for key in found if len(key[0]) == shortest}
    if (split.links, split.name) in nearest:
        return split.links, split.name
    if len(nearest) > 1:
        ways = " / ".join("__".join((*links, last)) for links, last in sorted(nearest))
        raise KgiError(finding("metric_ambiguous", name=name, model="", ways=ways))
    return nearest.pop()


def _spine(world: World, times: list[Key]) -> TimeSpine:
    custom = [key.grain for key in times if key.grain and not world.cuts(key.grain)]
    standard = [key.grain if is_standard(key.grain) else "day" for key in times if key.grain and world.cuts(key.grain)]
    spine = world.spine(custom[0] if custom else finest(standard or ["day"]))
    known = {name for name, _ in spine.custom} >= set(custom)
    if not known or (standard and rank(finest(standard)) < rank(spine.grain)):
        raise KgiError(finding("metric_not_supported", what=", ".join([*custom, *standard])))
    return spine


def _within(asked: Question, keys: tuple[Key, ...]) -> TimeRange | None:
    if asked.start_time is None and asked.end_time is None:
        return None
    grains = [key.grain for key in keys if key.is_metric_time and key.grain and is_standard(key.grain)]
    if not any(key.is_metric_time for key in keys):
        raise KgiError(finding("metric_range_without_time"))
    return range_of(asked.start_time, asked.end_time, finest(grains) if grains else "day")


def _calendar_only(
    world: World, spine: TimeSpine, keys: tuple[Key, ...], filters: tuple[BoundFilter, ...], within: TimeRange | None
) -> exp.Select:
    time = column(spine.column, "calendar")

    def put(key: Key) -> exp.Expr:
        if key.part:
            return date_part(time.copy(), key.part)
        assert key.grain is not None
        return world.period(spine, key.grain, "calendar")

    query = exp.Select().from_(world.calendar(spine, "calendar"), copy=False)
    query = query.select(*(named(put(key), key.column) for key in keys), copy=False)
    conditions = [*world.before_cutoff(time), *world.limits(time, within)]
    conditions += [over_targets(each, put) for each in filters]
    return query.where(*conditions, copy=False) if conditions else query
