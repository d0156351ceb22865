"""A metric -> its definition as plain values: all that decides its numbers, and nothing that does not.

Two spellings of the same metric give the same definition. Labels, descriptions, owners, units, comments and the place in a file
are no part of it; the definitions of its inputs are, and so is what the names in its filters stand for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from pipeline.metrics.catalog import Catalog, Hop, Key, Leaf
from pipeline.metrics.expressions import read_expression
from pipeline.metrics.filters import BoundFilter, MetricValue, bind_filters
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Evaluation,
    Filter,
    Input,
    Metric,
    Ratio,
    SemanticManifest,
    SemanticModel,
    Simple,
    Span,
)
from pipeline.metrics.sqltree import ident
from pipeline.metrics.times import is_standard

Json = dict[str, Any]


def definition_of(manifest: SemanticManifest, metric: Metric) -> Json:
    """Return the definition of a metric. Keys that say nothing are left out; inputs are nested, each with its name."""
    return _Reader(Catalog(manifest)).metric(metric)


def definition_hash(definition: Json) -> str:
    """Return a hash of a definition. The names of inputs do not count: renaming a metric changes no number."""
    said = json.dumps(_nameless(definition), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def definition_changes(old: Json, new: Json) -> tuple[str, ...]:
    """Say what differs between two definitions, one text for each part: `expr: amount -> amount * 2`."""
    before, after = dict(_flat(_nameless(old))), dict(_flat(_nameless(new)))
    paths = [*before, *(path for path in after if path not in before)]
    return tuple(
        f"{path}: {before.get(path, '-')} -> {after.get(path, '-')}" for path in paths if before.get(path) != after.get(path)
    )


def _nameless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nameless(each) for key, each in value.items() if key != "metric"}
    return [_nameless(each) for each in value] if isinstance(value, list) else value


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, each in enumerate(value, start=1):
            yield from _flat(each, f"{path}[{number}]")
    else:
        yield path, " and ".join(map(str, value)) if isinstance(value, list) else str(value)


def _evaluated(each: Evaluation) -> str:
    at = f"{_canonical(each.expr)} + {each.business_days} business days" if each.expr else "at once"
    return f"since {each.since}: {at}" if each.since else at


class _Reader:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def metric(self, metric: Metric) -> Json:
        said = {"type": type(metric.kind).__name__.lower(), **self._kind(metric)}
        said |= self._filters(metric.filters, (metric,))
        if metric.time_granularity:
            said["time_granularity"] = metric.time_granularity
        return {key: value for key, value in said.items() if value not in (None, False, [], {})}

    def _kind(self, metric: Metric) -> Json:
        match metric.kind:
            case Simple() as kind:
                return self._simple(kind)
            case Ratio(numerator, denominator):
                return {"numerator": self._input(numerator), "denominator": self._input(denominator)}
            case Derived(expr, inputs):
                named = {each.name: self._input(each) for each in inputs}
                return {"expr": _canonical(expr), "inputs": named}
            case Cumulative(source, window, grain, period_agg):
                said: Json = {"input": self._input(source), "window": _span(window), "grain_to_date": grain}
                return {**said, "period_agg": period_agg, "calendar": self._calendar(window.grain if window else grain)}
            case Conversion() as kind:
                return self._conversion(kind)

    def _simple(self, kind: Simple) -> Json:
        leaf, rows = self._catalog.leaf(kind), kind.non_additive
        non_additive = None
        if rows:
            time = leaf.model.dimension(rows.dimension)
            assert time is not None, "checked when the file was read"
            groups = [_canonical(entity.expr) for name in rows.groupings if (entity := leaf.model.entity(name))]
            non_additive = {"time": _canonical(time.expr), "window": rows.window, "groupings": sorted(groups)}
        return {
            "table": _name(leaf.model),
            "aggregation": kind.aggregation,
            "expr": _canonical(kind.expr),
            "time": {"expr": _canonical(leaf.time.expr), "grain": leaf.time.grain},
            "percentile": kind.percentile,
            "is_discrete": kind.is_discrete,
            "is_approximate": kind.is_approximate,
            "non_additive": non_additive,
            "join_to_timespine": kind.join_to_timespine,
            "fill_nulls_with": None if kind.fill_nulls_with is None else str(kind.fill_nulls_with),
            "evaluated": [_evaluated(each) for each in kind.evaluated],
        }

    def _conversion(self, kind: Conversion) -> Json:
        base, goal = (self._model_of(each) for each in (kind.base, kind.conversion))
        pairs = [f"{self._expr(base, left)} = {self._expr(goal, right)}" for left, right in kind.constant_properties]
        return {
            "calculation": kind.calculation,
            "entity": f"{self._expr(base, kind.entity)} = {self._expr(goal, kind.entity)}",
            "window": _span(kind.window),
            "constant_properties": sorted(pairs),
            "base": self._input(kind.base),
            "conversion": self._input(kind.conversion),
        }

    def _model_of(self, each: Input) -> SemanticModel:
        source = self._catalog.metric(each.metric).kind
        assert isinstance(source, Simple), "checked when the file was read"
        return self._catalog.leaf(source).model

    def _expr(self, model: SemanticModel, name: str) -> str:
        found = model.entity(name) or model.dimension(name)
        assert found is not None, "checked when the file was read"
        return f"{_name(model)}: {_canonical(found.expr)}"

    def _input(self, each: Input) -> Json:
        source = self._catalog.metric(each.metric)
        said = {"metric": each.metric, **self.metric(source)}
        also = self._filters(each.filters, (source,))
        if also:
            said["and_filters"], said["and_names"] = also["filters"], also["names"]
        offset = each.offset_window
        said |= {"offset_window": _span(offset), "offset_to_grain": each.offset_to_grain}
        said["offset_calendar"] = self._calendar(offset.grain if offset else each.offset_to_grain)
        return {key: value for key, value in said.items() if value not in (None, False, [], {})}

    def _calendar(self, grain: str | None) -> str | None:
        """Say where a custom grain stands; standard ones are the same in every calendar."""
        if grain is None or is_standard(grain):
            return None
        by_rule = self._catalog.manifest.company_grain_by_name.get(grain)
        if by_rule:
            return repr(by_rule.rule)
        spine = self._catalog.manifest.custom_grains[grain]
        return f"{spine.relation.schema}.{spine.relation.name}: {dict(spine.custom)[grain]}"

    # ---- filters

    def _filters(self, filters: tuple[Filter, ...], metrics: tuple[Metric, ...]) -> Json:
        if not filters:
            return {}
        leaves = self._catalog.leaves(metrics)
        bound = bind_filters(filters, leaves, metrics, self._catalog)
        names: Json = {}
        for each in bound:
            names |= self._names(each, leaves)
        return {"filters": sorted({_canonical(each.sql) for each in bound}), "names": dict(sorted(names.items()))}

    def _names(self, each: BoundFilter, leaves: tuple[Leaf, ...]) -> Json:
        return {label: self._target(target, leaves) for label, target in each.targets}

    def _target(self, target: Key | MetricValue, leaves: tuple[Leaf, ...]) -> Any:
        if isinstance(target, Key):
            return sorted({self._stands_for(leaf, target) for leaf in leaves})
        inner = self._catalog.metric(target.metric)
        inner_leaves = self._catalog.leaves((inner,))
        by = [text for key in target.inner for text in sorted({self._stands_for(leaf, key) for leaf in inner_leaves})]
        per = [text for key in target.outer for text in sorted({self._stands_for(leaf, key) for leaf in leaves})]
        return {"metric": target.metric, **self.metric(inner), "by": by, "per": per}

    def _stands_for(self, leaf: Leaf, key: Key) -> str:
        if leaf.is_own_time(key):
            return f"{_name(leaf.model)}: {_canonical(leaf.time.expr)}"
        found = self._catalog.items(leaf.model)[key.links, key.name][0]
        what = found.dimension or found.entity
        assert what is not None
        return f"{self._road(leaf.model, found.path)}: {_canonical(what.expr)}"

    def _road(self, model: SemanticModel, path: tuple[Hop, ...]) -> str:
        text = _name(model)
        for hop in path:
            target = self._catalog.manifest.model_by_name[hop.model]
            left, right = model.entity(hop.entity), target.entity(hop.entity)
            assert left is not None and right is not None
            validity = [_canonical(each.expr) for each in target.dimensions if each.validity]
            held = f", valid {' - '.join(validity)}" if validity else ""
            text += f" -> {_name(target)} ({_canonical(left.expr)} = {_canonical(right.expr)}{held})"
            model = target
        return text


def _name(model: SemanticModel) -> str:
    return f"{model.relation.schema}.{model.relation.name}"


def _canonical(sql: str) -> str:
    """Write an expression in one way, however it is spaced, quoted or commented; DuckDB takes names of either case for one."""
    tree = read_expression(sql, None)
    for name in tree.find_all(exp.Identifier):
        name.replace(ident(name.name.casefold()))
    return tree.sql("duckdb", comments=False)


def _span(span: Span | None) -> str | None:
    return f"{span.count} {span.grain}" if span else None
