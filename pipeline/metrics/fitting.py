"""Metrics against the types of their columns: a sum of text, a truth that is a number -> findings, before any number is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp

from pipeline.findings import Finding, KgiError, Place, finding
from pipeline.metrics.catalog import Catalog, Key, Leaf
from pipeline.metrics.expressions import read_expression
from pipeline.metrics.filters import bind_filters
from pipeline.metrics.spec import Aggregation, Dimension, Filter, Metric, Simple
from pipeline.shapes import Column, Relation

_CAN_BE_CUT = "metric_time_is_text"  # text that reads as a date can be cut; a project is told to mend it all the same
ColumnsOf = Callable[[Relation], tuple[Column, ...] | None]
_NO_ORDER = ("VARCHAR", "BLOB", "UUID", "BIT", "JSON")
_NO_SUM = (*_NO_ORDER, "DATE", "TIME", "TIMESTAMP")
_REFUSED: dict[Aggregation, tuple[str, ...]] = {
    "sum": _NO_SUM,
    "average": (*_NO_SUM, "BOOLEAN"),
    "median": (*_NO_ORDER, "BOOLEAN"),
    "percentile": (*_NO_ORDER, "BOOLEAN"),
}


def misfits(catalog: Catalog, metrics: Iterable[Metric], where: tuple[Filter, ...], columns_of: ColumnsOf) -> tuple[Finding, ...]:
    """Return what cannot be added up and what is no condition, of some metrics, all that they are made of, and filters on them.

    Only expressions that are a column are looked at; DuckDB itself refuses most others.
    """
    found: dict[Finding, None] = {}
    asked = tuple(metrics)
    found.update(dict.fromkeys(_conditions(catalog, where, asked, columns_of)))
    for metric in _everything(catalog, asked):
        if isinstance(metric.kind, Simple):
            found.update(dict.fromkeys(_amount(catalog, metric, metric.kind, columns_of)))
            leaf = catalog.leaf(metric.kind)
            times = time_misfits(leaf.time, leaf.model.relation, columns_of)
            found.update({each: None for each in times if each.code != _CAN_BE_CUT})
        found.update(dict.fromkeys(_conditions(catalog, metric.filters, (metric,), columns_of)))
        for each in metric.inputs:
            inner = catalog.metric(each.metric, each.place)
            found.update(dict.fromkeys(_conditions(catalog, each.filters, (inner,), columns_of)))
    return tuple(found)


def time_misfits(dimension: Dimension, relation: Relation, columns_of: ColumnsOf) -> Iterator[Finding]:
    """Find a time that cannot be cut into periods: text, or an instant whose days would be those of UTC."""
    type_ = _type(dimension.expr, dimension.place, relation, columns_of)
    if type_ == "VARCHAR":
        yield finding("metric_time_is_text", dimension.place, name=dimension.name, table=relation.name)
    elif type_ is not None and type_.endswith("WITH TIME ZONE"):
        yield finding("metric_time_with_zone", dimension.place, name=dimension.name, table=relation.name)


def _everything(catalog: Catalog, metrics: tuple[Metric, ...]) -> Iterator[Metric]:
    waiting, seen = list(metrics), set[str]()
    while waiting:
        metric = waiting.pop()
        if metric.name not in seen:
            seen.add(metric.name)
            yield metric
            waiting.extend(catalog.metric(each.metric, each.place) for each in metric.inputs)


def _amount(catalog: Catalog, metric: Metric, simple: Simple, columns_of: ColumnsOf) -> Iterator[Finding]:
    relation = catalog.manifest.model_by_name[simple.model].relation
    type_ = _type(simple.expr, metric.place, relation, columns_of)
    if type_ is None:
        return
    refused = type_.startswith(_REFUSED.get(simple.aggregation, ())) or type_.endswith("]")
    if (simple.aggregation in _REFUSED and refused) or (simple.aggregation == "sum_boolean" and type_ != "BOOLEAN"):
        yield finding("metric_wrong_type", metric.place, name=metric.name, agg=simple.aggregation, expr=simple.expr, type=type_)


def _conditions(
    catalog: Catalog, filters: tuple[Filter, ...], metrics: tuple[Metric, ...], columns_of: ColumnsOf
) -> Iterator[Finding]:
    """Find filters that are a column which is neither true nor false."""
    leaves = catalog.leaves(metrics)
    for each in (
        filters if leaves else ()
    ):  # without metrics names are looked up in every table: DuckDB tells what is no condition
        try:
            parts = bind_filters((each,), leaves, metrics, catalog)
        except KgiError:
            continue  # told where filters are bound
        for part in parts:
            tree = part.tree()
            target = dict(part.targets).get(tree.name) if isinstance(tree, exp.Column) else None
            if isinstance(target, Key):
                types = {_type_of_key(catalog, leaf, target, columns_of) for leaf in leaves} - {None, "BOOLEAN"}
                if types or target.is_time:
                    yield finding("metric_filter_no_condition", each.place, text=each.text)


def _type_of_key(catalog: Catalog, leaf: Leaf, key: Key, columns_of: ColumnsOf) -> str | None:
    items = catalog.items(leaf.model).get((key.links, key.name), ())
    if not items:
        return None
    held = items[0].dimension or items[0].entity
    model = catalog.manifest.model_by_name[items[0].path[-1].model] if items[0].path else leaf.model
    return _type(held.expr, held.place, model.relation, columns_of) if held else None


def _type(text: str, place: Place, relation: Relation, columns_of: ColumnsOf) -> str | None:
    """Return the type of an expression that is a column; None where it is more, or where the table is not known."""
    try:
        tree = read_expression(text, place)
    except KgiError:
        return None
    if not isinstance(tree, exp.Column):
        return None
    types = {column.name.casefold(): column.type.upper() for column in columns_of(relation) or ()}
    return types.get(tree.name.casefold())
