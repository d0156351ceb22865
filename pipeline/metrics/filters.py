"""A filter as written -> a filter whose names are resolved for all leaves at once; it can be compared and shared."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlglot import exp

from pipeline.findings import Argument, KgiError, Place, finding
from pipeline.metrics.calls import PLACEHOLDER, Call, CallError, read_template
from pipeline.metrics.catalog import Catalog, Key, Leaf
from pipeline.metrics.expressions import is_condition, read_expression
from pipeline.metrics.spec import Filter, Metric

_CALLS = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_PLACEHOLDERS = re.compile(rf"{PLACEHOLDER}(\d+)")


@dataclass(frozen=True)
class MetricValue:
    """The value of a metric for an entity. `outer` are the entities of the filtered rows, `inner` those of the metric."""

    metric: str
    outer: tuple[Key, ...]
    inner: tuple[Key, ...]


@dataclass(frozen=True)
class BoundFilter:
    """A condition over resolved names: each identifier of `sql` stands for one target."""

    sql: str
    targets: tuple[tuple[str, Key | MetricValue], ...]
    place: Place | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """The columns that the condition looks at; a metric counts as its entities."""
        found: list[Key] = []
        for _, target in self.targets:
            found.extend(target.outer if isinstance(target, MetricValue) else (target,))
        return tuple(found)

    @property
    def metrics(self) -> tuple[MetricValue, ...]:
        """The metrics that the condition looks at."""
        return tuple(target for _, target in self.targets if isinstance(target, MetricValue))

    def tree(self) -> exp.Expr:
        """Return the condition with an identifier for each target."""
        return read_expression(self.sql, self.place)


def read_filter(text: str, place: Place | None) -> tuple[str, tuple[Call, ...]]:
    """Return the SQL of a filter and its calls. Raises KgiError where it cannot be read."""
    try:
        template = read_template(text)
    except CallError as error:
        raise KgiError(finding("metric_filter_call", place, text=str(error))) from error
    return template.sql, template.calls


def bind_filters(
    filters: tuple[Filter, ...], leaves: tuple[Leaf, ...], metrics: tuple[Metric, ...], catalog: Catalog
) -> tuple[BoundFilter, ...]:
    """Resolve the names of filters for all leaves. Conditions joined by AND become filters of their own."""
    return tuple(part for each in filters for part in bind_filter(each, leaves, metrics, catalog))


def bind_filter(each: Filter, leaves: tuple[Leaf, ...], metrics: tuple[Metric, ...], catalog: Catalog) -> tuple[BoundFilter, ...]:
    """Resolve one filter."""
    sql, calls = read_filter(each.text, each.place)
    tree = readable(sql, each)
    names: dict[str, Key | MetricValue] = {}
    for node in tree.find_all(exp.Column):
        if node.name not in names:
            names[node.name] = _target(node.name, calls, leaves, metrics, catalog, each.place)
    if any(f"{PLACEHOLDER}{number}" not in names for number in range(len(calls))):  # a call inside quotes is a text
        raise KgiError(finding("metric_filter_call", each.place, text=each.text))
    if not is_condition(tree):
        raise KgiError(finding("metric_filter_no_condition", each.place, text=each.text))
    return tuple(_part(part, names, each.place) for part in _conjuncts(tree))


def readable(sql: str, each: Filter) -> exp.Expr:
    """Read the SQL of a filter; a mistake is told with the calls as they were written."""
    try:
        return read_expression(sql, each.place)
    except KgiError as error:
        calls = _CALLS.findall(each.text)

        def as_written(value: Argument) -> Argument:
            if not isinstance(value, str):
                return value
            return _PLACEHOLDERS.sub(lambda found: calls[int(found[1])], value)

        told = [replace(one, arguments=tuple((k, as_written(v)) for k, v in one.arguments)) for one in error.findings]
        raise KgiError(told) from error


def _target(
    name: str,
    calls: tuple[Call, ...],
    leaves: tuple[Leaf, ...],
    metrics: tuple[Metric, ...],
    catalog: Catalog,
    place: Place | None,
) -> Key | MetricValue:
    call = next((each for number, each in enumerate(calls) if name == f"{PLACEHOLDER}{number}"), None)
    if call is None:
        return catalog.key(name, leaves, metrics, place)
    if call.kind != "metric":
        return catalog.key(call, leaves, metrics, place)
    inner = catalog.metric(call.name, place)
    if not call.group_by:
        raise KgiError(finding("metric_filter_needs_entity", place, name=call.name))
    inner_leaves = catalog.leaves((inner,))
    inner_keys = tuple(catalog.key(item, inner_leaves, (inner,), place) for item in call.group_by)
    outer_keys = tuple(catalog.key(item.split("__")[-1], leaves, metrics, place) for item in call.group_by)
    if any(key.is_time for key in (*inner_keys, *outer_keys)):
        raise KgiError(finding("metric_filter_needs_entity", place, name=call.name))
    return MetricValue(call.name, outer_keys, inner_keys)


def _conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        return [*_conjuncts(tree.this), *_conjuncts(tree.expression)]
    return [tree]


def _part(tree: exp.Expr, names: dict[str, Key | MetricValue], place: Place | None) -> BoundFilter:
    """Name the targets by what they are, so that equal conditions are equal whoever wrote them."""
    renamed = tree.copy()
    targets: dict[str, Key | MetricValue] = {}
    for node in list(renamed.find_all(exp.Column)):
        target = names[node.name]
        label = target.column if isinstance(target, Key) else f"{target.metric}__of__{'__'.join(k.column for k in target.outer)}"
        targets[label] = target
        new = exp.Column(this=exp.to_identifier(label, quoted=True))
        if node is renamed:
            renamed = new
        else:
            node.replace(new)
    return BoundFilter(renamed.sql("duckdb"), tuple(sorted(targets.items(), key=lambda pair: pair[0])), place)
