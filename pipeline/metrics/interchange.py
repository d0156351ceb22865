"""A manifest -> MetricFlow's semantic_manifest.json, as plain values: what dbt writes to target/, for every tool that reads it.

MetricFlow aggregates through measures, so each simple metric gives one, of the metric's own name. What readers take from the
file, they answer as we do; our own attributes travel in `config.meta.kgi`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.findings import Finding, Place, Severity, finding
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Filter,
    Input,
    Metric,
    Ratio,
    SavedQuery,
    SemanticManifest,
    SemanticModel,
    Simple,
    Span,
    TimeSpine,
)
from pipeline.metrics.times import is_standard
from pipeline.metrics.wording import Wording
from pipeline.shapes import Relation

Json = dict[str, Any]


def semantic_manifest_of(manifest: SemanticManifest) -> Json:
    """Return the manifest in the shape of dbt-semantic-interfaces' PydanticSemanticManifest.

    Metrics that only the legacy spelling needed (a measure taken with a filter) are no metrics there: their measure and filter
    stand in the metric that takes them.
    """
    return _Writer(manifest).manifest()


def losses(manifest: SemanticManifest) -> Iterator[Finding]:
    """Say what MetricFlow's file has no place for: such a metric is answered differently there, or not at all."""
    by_rule = manifest.company_grain_by_name
    for spine in manifest.spines:
        if spine.made is not None:
            yield _loss("the calendar", "days made by rule", spine.made.place)
    for grain in by_rule.values():
        yield _loss(grain.name, "a grain by rule", grain.place)
    for metric in manifest.metrics:
        kind = metric.kind
        if isinstance(kind, Cumulative) and kind.grain_to_date and not is_standard(kind.grain_to_date):
            yield _loss(metric.name, f"grain_to_date: {kind.grain_to_date}", metric.place)
        if isinstance(kind, Simple) and kind.fill_nulls_with is not None and kind.fill_nulls_with % 1:
            yield _loss(metric.name, f"fill_nulls_with: {kind.fill_nulls_with}", metric.place)
        if isinstance(kind, Simple) and kind.evaluated:
            yield _loss(metric.name, "evaluated_at of its agreement", kind.evaluated[0].place)


def _loss(name: str, what: str, place: Place) -> Finding:
    return finding("manifest_loss", place, severity=Severity.WARNING, name=name, what=what)


class _Writer:
    def __init__(self, manifest: SemanticManifest) -> None:
        self._manifest = manifest
        self._wording = Wording(manifest)
        self._measures = _measure_names(manifest)

    def manifest(self) -> Json:
        said = self._manifest
        return {
            "semantic_models": [self._model(each) for each in said.models],
            "metrics": [self._metric(each) for each in said.metrics if not _is_measure_only(each)],
            "project_configuration": {
                "time_spine_table_configurations": [],
                "time_spines": [_spine(each) for each in said.spines if each.made is None],
                "metadata": None,
                "dsi_package_version": {"major_version": "0", "minor_version": "9", "patch_version": "0"},
            },
            "saved_queries": [self._saved_query(each) for each in said.saved_queries],
        }

    # ---- models

    def _model(self, model: SemanticModel) -> Json:
        simple = [(each, each.kind) for each in self._manifest.metrics if isinstance(each.kind, Simple)]
        return {
            "name": model.name,
            "description": model.description or None,
            "label": None,
            "node_relation": _node(model.relation),
            "defaults": {"agg_time_dimension": model.agg_time_dimension},
            "primary_entity": model.primary_entity,
            "entities": [
                {"name": each.name, "type": each.type, "expr": each.expr, "description": None, "role": None, "label": None}
                for each in model.entities
            ],
            "dimensions": [_dimension(each) for each in model.dimensions],
            "measures": [self._measure(metric, kind) for metric, kind in simple if kind.model == model.name],
            "config": None,
            "metadata": None,
        }

    def _measure(self, metric: Metric, kind: Simple) -> Json:
        rows = kind.non_additive
        return {
            "name": self._measures[metric.name],
            "agg": kind.aggregation,
            "expr": kind.expr,
            "description": metric.description or None,
            "label": metric.label or None,
            "create_metric": False,
            "agg_time_dimension": kind.agg_time_dimension,
            "agg_params": _percentile(kind) if kind.percentile is not None else None,
            "non_additive_dimension": {
                "name": rows.dimension,
                "window_choice": rows.window,
                "window_groupings": list(rows.groupings),
            }
            if rows
            else None,
            "config": None,
            "metadata": None,
        }

    # ---- metrics

    def _metric(self, metric: Metric) -> Json:
        return {
            "name": metric.name,
            "description": metric.description or None,
            "type": type(metric.kind).__name__.lower(),
            "type_params": {
                **_NO_PARAMS,
                **self._params(metric),
                "input_measures": self._input_measures(metric),
                "is_private": metric.hidden,
            },
            "filter": self._filters(metric.filters, (metric,)),
            "label": metric.label or None,
            "time_granularity": metric.time_granularity,
            "config": {"meta": {"kgi": _own(metric)}},
            "metadata": None,
        }

    def _params(self, metric: Metric) -> Json:
        match metric.kind:
            case Simple():
                return {"measure": {**self._taken(metric), "filter": None}}  # the metric itself carries the filter
            case Ratio(numerator, denominator):
                return {"numerator": self._input(numerator), "denominator": self._input(denominator)}
            case Derived(expr, inputs):
                return {"expr": expr, "metrics": [self._input(each) for each in inputs]}
            case Cumulative(source, window, grain, period_agg):
                params = {"window": _span(window), "grain_to_date": grain, "period_agg": period_agg}
                return {"measure": self._taken_as(source), "cumulative_type_params": params}
            case Conversion() as kind:
                return self._conversion(kind)

    def _conversion(self, kind: Conversion) -> Json:
        base, conversion = self._taken_as(kind.base), self._taken_as(kind.conversion)
        pairs = [{"base_property": left, "conversion_property": right} for left, right in kind.constant_properties]
        params = {
            "base_measure": base,
            "conversion_measure": conversion,
            "entity": kind.entity,
            "calculation": kind.calculation,
            "window": _span(kind.window),
            "constant_properties": pairs or None,
        }
        return {"conversion_type_params": params}

    def _input_measures(self, metric: Metric) -> list[Json]:
        """Return every measure that a metric stands on, through all metrics between; as dbt fills them in."""
        if isinstance(metric.kind, Simple):
            return [{**self._taken(metric), "filter": None}]
        if isinstance(metric.kind, Cumulative | Conversion):
            return [self._taken_as(each) for each in metric.inputs]
        found = [measure for each in metric.inputs for measure in self._input_measures(self._manifest.metric(each.metric))]
        return [measure for number, measure in enumerate(found) if measure not in found[:number]]

    def _taken(self, metric: Metric, filters: tuple[Filter, ...] = ()) -> Json:
        """Return a simple metric as the measure that another metric takes, with its filters."""
        assert isinstance(metric.kind, Simple), "checked when the file was read"
        return {
            "name": self._measures[metric.name],
            "filter": self._filters((*metric.filters, *filters), (metric,)),
            "alias": None,
            "join_to_timespine": metric.kind.join_to_timespine,
            "fill_nulls_with": metric.kind.fill_nulls_with,
        }

    def _taken_as(self, source: Input) -> Json:
        return self._taken(self._manifest.metric(source.metric), source.filters)

    def _input(self, each: Input) -> Json:
        return {
            "name": each.metric,
            "filter": self._filters(each.filters, (self._manifest.metric(each.metric),)),
            "alias": each.alias,
            "offset_window": _span(each.offset_window),
            "offset_to_grain": each.offset_to_grain,
        }

    def _filters(self, filters: tuple[Filter, ...], metrics: tuple[Metric, ...]) -> Json | None:
        if not filters:
            return None
        return {"where_filters": [{"where_sql_template": self._wording.filter(each, metrics)} for each in filters]}

    # ---- saved queries

    def _saved_query(self, query: SavedQuery) -> Json:
        metrics = tuple(self._manifest.metric(name) for name in query.metrics)
        order = []
        for each in query.order_by:
            is_metric = each.name in query.metrics
            call = f"Metric({each.name!r})" if is_metric else self._wording.call(each.name, metrics)
            order.append(f"{call}.descending(True)" if each.descending else call)
        return {
            "name": query.name,
            "description": query.description or None,
            "label": query.label or None,
            "query_params": {
                "metrics": list(query.metrics),
                "group_by": [self._wording.call(name, metrics) for name in query.group_by],
                "order_by": order,
                "limit": query.limit,
                "where": self._filters(query.where, metrics),
            },
            "exports": [
                {"name": e.name, "config": {"export_as": e.export_as, "schema_name": e.schema, "alias": e.alias}}
                for e in query.exports
            ],
            "tags": [],
            "metadata": None,
        }


_NO_PARAMS: Json = {
    "measure": None,
    "input_measures": [],
    "numerator": None,
    "denominator": None,
    "expr": None,
    "metrics": None,
    "window": None,
    "grain_to_date": None,
    "conversion_type_params": None,
    "cumulative_type_params": None,
}


def _is_measure_only(metric: Metric) -> bool:
    """Tell whether a metric was made for a measure of the legacy spelling: no metric of a file can be called so."""
    return metric.hidden and "__" in metric.name


def _measure_names(manifest: SemanticManifest) -> dict[str, str]:
    """Name the measure of each simple metric: as the metric, but for double underscores, which MetricFlow keeps for paths."""
    names: dict[str, str] = {}
    taken = {each.name for each in manifest.metrics}
    elements = {each.name for model in manifest.models for each in model.entities}
    elements |= {each.name for model in manifest.models for each in model.dimensions}
    for metric in manifest.metrics:
        if isinstance(metric.kind, Simple):
            name = metric.name
            while "__" in name or name in elements or (name != metric.name and name in taken):
                name = name.replace("__", "_") if "__" in name else f"{name}_measure"
            names[metric.name] = name
            taken.add(name)
    return names


def _percentile(kind: Simple) -> Json:
    return {
        "percentile": kind.percentile,
        "use_discrete_percentile": kind.is_discrete,
        "use_approximate_percentile": kind.is_approximate,
    }


def _dimension(dimension: Dimension) -> Json:
    validity = {"is_start": dimension.validity == "start", "is_end": dimension.validity == "end"}
    params = {"time_granularity": dimension.grain, "validity_params": validity if dimension.validity else None}
    return {
        "name": dimension.name,
        "type": "time" if dimension.grain else "categorical",
        "expr": dimension.expr,
        "is_partition": dimension.is_partition,
        "type_params": params if dimension.grain else None,
        "description": dimension.description or None,
        "label": dimension.label or None,
        "config": None,
        "metadata": None,
    }


def _spine(spine: TimeSpine) -> Json:
    return {
        "node_relation": _node(spine.relation),
        "primary_column": {"name": spine.column, "time_granularity": spine.grain},
        "custom_granularities": [{"name": name, "column_name": column} for name, column in spine.custom],
    }


def _node(relation: Relation) -> Json:
    return {"alias": relation.name, "schema_name": relation.schema, "database": None, "relation_name": str(relation)}


def _span(span: Span | None) -> Json | None:
    return {"count": span.count, "granularity": span.grain} if span else None


def _own(metric: Metric) -> Json:
    """Return `config.meta.kgi` as it can be written in a metric file."""
    publish = list(metric.publish) if isinstance(metric.publish, tuple) else metric.publish
    said: Json = {"unit": metric.unit, "direction": metric.direction, "owner": metric.owner, "publish": publish}
    said |= {"label": dict(metric.labels), "description": dict(metric.descriptions)}
    return {key: value for key, value in said.items() if value not in (None, False, {})}
