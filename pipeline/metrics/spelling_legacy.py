"""dbt's legacy form and MetricFlow's one-document form -> spec: measures become hidden simple metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.decode import Written
from pipeline.findings import Place, did_you_mean, finding
from pipeline.metrics.aggregations import Percentile, aggregation_faults
from pipeline.metrics.forms import Cursor, InputForm, filters_of, input_of, span_of
from pipeline.metrics.forms_legacy import (
    AggParams,
    AggregationParams,
    ConversionParams,
    CumulativeParams,
    DimensionForm,
    LegacyMetricForm,
    MeasureForm,
    MeasureInputForm,
    ProjectForm,
    SemanticModelForm,
    TypeParams,
)
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Entity,
    Input,
    Kind,
    Metric,
    Ratio,
    SemanticModel,
    Simple,
    TimeSpine,
)
from pipeline.metrics.spelling_latest import non_additive_of, quoted
from pipeline.metrics.tray import Tray
from pipeline.shapes import Relation

_TOLD: tuple[tuple[str, ...], ...] = (
    ("time_granularity",),
    ("type_params", "window"),
    ("type_params", "grain_to_date"),
    ("type_params", "cumulative_type_params", "window"),
    ("type_params", "cumulative_type_params", "grain_to_date"),
    ("type_params", "conversion_type_params", "entity"),
    ("type_params", "conversion_type_params", "constant_properties"),
    ("type_params", "metric_aggregation_params", "agg_time_dimension"),
    ("type_params", "metric_aggregation_params", "non_additive_dimension"),
)
"""Keys whose values are looked up elsewhere, so that a mistake in them is told where they stand."""
_REF = re.compile(r"^\s*ref\(\s*(?:['\"][\w.-]+['\"]\s*,\s*)?['\"]([^'\"]+)['\"]\s*\)\s*$")
RelationOf = Callable[[str], Relation | None]


@dataclass(frozen=True)
class Measure:
    """A measure as it was found, waiting for the metrics that name it."""

    name: str
    simple: Simple
    place: Place
    create_metric: bool
    label: str
    description: str


def read_project(form: ProjectForm, cursor: Cursor, tray: Tray) -> None:
    """Put the time spines of a project configuration on the tray."""
    for number, each in enumerate(form.time_spines):
        node = each.node_relation
        custom = tuple((grain.name, grain.column_name or grain.name) for grain in each.custom_granularities)
        column = each.primary_column
        spine = TimeSpine(
            Relation(node.schema_name, node.alias),
            column.name,
            column.time_granularity,
            cursor.at("time_spines", number),
            custom,
        )
        tray.spines.append(spine)


def read_semantic_model(form: SemanticModelForm, relation_of: RelationOf, cursor: Cursor, tray: Tray) -> tuple[Measure, ...]:
    """Put a semantic model on the tray and return its measures; nothing of one that is switched off."""
    names = [each.name for each in form.measures]
    if not form.config.enabled:
        tray.lost.off.update(dict.fromkeys(names, cursor.at("config", "enabled")))
        return ()
    relation = _relation(form, relation_of, cursor, tray)
    if relation is None:
        tray.lost.note("semantic_models", {"measures": [{"name": name} for name in names]})
        return ()
    entities = (
        Entity(each.name, each.type, each.expr or quoted(each.name), here.at("name"), written=_text(here))
        for each, here in ((each, cursor.under("entities", number)) for number, each in enumerate(form.entities))
    )
    tray.models.append(
        SemanticModel(
            form.name,
            relation,
            cursor.at("name"),
            tuple(entities),
            tuple(_dimension(each, cursor.under("dimensions", number), tray) for number, each in enumerate(form.dimensions)),
            form.primary_entity,
            form.defaults.agg_time_dimension if form.defaults else None,
            form.description or "",
            cursor.places(("defaults", "agg_time_dimension")),
        )
    )
    measures = (_measure(each, form.name, cursor.under("measures", n), tray) for n, each in enumerate(form.measures))
    return tuple(each for each in measures if each is not None)


def _text(cursor: Cursor) -> Written:
    return cursor.written("expr") if cursor.has("expr") else cursor.written("name")


def _relation(form: SemanticModelForm, relation_of: RelationOf, cursor: Cursor, tray: Tray) -> Relation | None:
    if form.node_relation:
        return Relation(form.node_relation.schema_name, form.node_relation.alias)
    found = _REF.match(form.model or "")
    relation = relation_of(found[1]) if found else None
    if relation is None:
        tray.add(finding("metric_model_without_table", cursor.at("model"), model=form.model or form.name))
    return relation


def _dimension(form: DimensionForm, cursor: Cursor, tray: Tray) -> Dimension:
    params = form.type_params
    if form.type == "time" and params is None:
        tray.add(finding("metric_time_without_grain", cursor.at("name"), name=form.name))
    validity = params.validity_params if params else None
    return Dimension(
        form.name,
        form.expr or quoted(form.name),
        cursor.at("name"),
        (params.time_granularity if params else "day") if form.type == "time" else None,
        form.is_partition,
        None if validity is None else "start" if validity.is_start else "end" if validity.is_end else None,
        form.description or "",
        form.label or "",
        written=_text(cursor),
    )


def _measure(form: MeasureForm, model: str, cursor: Cursor, tray: Tray) -> Measure | None:
    simple = _aggregation(form, form.name, model, cursor, tray)
    if simple is None:
        tray.lost.note_part("measures", {"name": form.name})
        return None
    label = form.label or form.create_metric_display_name or ""
    return Measure(form.name, simple, cursor.at("name"), form.create_metric, label, form.description or "")


def _aggregation(form: MeasureForm | AggregationParams, name: str, model: str, cursor: Cursor, tray: Tray) -> Simple | None:
    rows, params = form.non_additive_dimension, form.agg_params or AggParams()
    percentile = Percentile(params.percentile, params.use_discrete_percentile, params.use_approximate_percentile)
    faults = aggregation_faults(name, form.agg, form.expr, percentile, cursor, cursor.under("agg_params"))
    tray.findings.extend(faults)
    if faults:
        return None
    return Simple(
        model=model,
        aggregation=form.agg,
        expr=form.expr if form.expr is not None else quoted(name),
        agg_time_dimension=form.agg_time_dimension,
        percentile=params.percentile,
        is_discrete=params.use_discrete_percentile,
        is_approximate=params.use_approximate_percentile,
        non_additive=non_additive_of(rows) if rows else None,
        written=_text(cursor),
    )


def read_legacy_metric(form: LegacyMetricForm, measures: dict[str, Measure], cursor: Cursor, tray: Tray) -> None:
    """Put a metric on the tray; a measure that it takes with a filter or a fill becomes a hidden simple metric."""
    if not form.config.enabled:
        tray.lost.off[form.name] = cursor.at("config", "enabled")
        return
    kind = _Reader(form, measures, cursor, tray).kind()
    if kind is None:
        tray.lose(form.name)
        return
    own = form.config.meta.kgi
    filters = filters_of(form.filter, cursor)
    if isinstance(kind, Simple) and form.type_params.measure:
        filters += filters_of(form.type_params.measure.filter, cursor, "type_params", "measure", "filter")
    metric = Metric(
        name=form.name,
        kind=kind,
        place=cursor.at("name"),
        filters=filters,
        time_granularity=form.time_granularity,
        label=form.label or "",
        description=(form.description or "").strip(),
        hidden=bool(form.type_params.is_private),
        unit=own.unit,
        direction=own.direction,
        owner=own.owner,
        publish=own.publish,
        labels=tuple(own.label.items()),
        places=cursor.places(*_TOLD),
        descriptions=tuple((own.description or {}).items()),
    )
    tray.metrics.append(metric)


@dataclass(frozen=True)
class _Reader:
    form: LegacyMetricForm
    measures: dict[str, Measure]
    cursor: Cursor
    tray: Tray

    def kind(self) -> Kind | None:
        params = self.form.type_params
        match self.form.type:
            case "simple" if params.metric_aggregation_params:
                return self._aggregating(params, params.metric_aggregation_params)
            case "simple":
                return self._simple(params.measure, "measure")
            case "ratio" if params.numerator and params.denominator:
                return Ratio(self._input(params.numerator, "numerator"), self._input(params.denominator, "denominator"))
            case "derived" if params.expr and params.metrics:
                inputs = enumerate(params.metrics)
                written = self.cursor.written("type_params", "expr")
                return Derived(params.expr, tuple(self._input(each, "metrics", n) for n, each in inputs), written)
            case "cumulative":
                return self._cumulative(params)
            case "conversion" if params.conversion_type_params:
                return self._conversion(params.conversion_type_params)
            case "ratio":
                self._need("denominator" if params.numerator else "numerator")
            case "derived":
                self._need("metrics" if params.expr else "expr")
            case _:
                self._need("conversion_type_params")
        return None

    def _need(self, key: str) -> None:
        place = self.cursor.at("type_params")
        self.tray.add(finding("metric_needs_key", place, name=self.form.name, type=self.form.type, key=key))

    def _input(self, form: InputForm, *keys: str | int) -> Input:
        return input_of(form, self.cursor.under("type_params", *keys))

    def _aggregating(self, params: TypeParams, form: AggregationParams) -> Simple | None:
        """Read a simple metric that has no measure."""
        if form.expr is None and params.expr is not None:
            form = form.model_copy(update={"expr": params.expr})
        here = self.cursor.under("type_params", "metric_aggregation_params")
        simple = _aggregation(form, self.form.name, form.semantic_model, here, self.tray)
        if simple is None:
            return None
        written = simple.written if here.has("expr") else self.cursor.written("type_params", "expr")
        fill = params.fill_nulls_with
        return replace(simple, join_to_timespine=params.join_to_timespine, fill_nulls_with=fill, written=written)

    def _simple(self, form: MeasureInputForm | None, key: str) -> Simple | None:
        if form is None:
            self._need(key)
            return None
        measure = self.measures.get(form.name)
        if measure is None:
            place = self.cursor.at("type_params", key)
            near = did_you_mean(form.name, self.measures)
            self.tray.add(finding("metric_unknown_measure", place, hint=near, name=form.name))
            return None
        return replace(measure.simple, join_to_timespine=form.join_to_timespine, fill_nulls_with=form.fill_nulls_with)

    def _hidden(self, form: MeasureInputForm | None, suffix: str, *keys: str) -> Input | None:
        """Name a measure as an input: a hidden simple metric of its own."""
        simple = self._simple(form, keys[-1])
        if simple is None or form is None:
            return None
        here = self.cursor.under("type_params", *keys)
        name = f"{self.form.name}__{suffix}"
        self.tray.metrics.append(Metric(name, simple, here.at(), filters_of(form.filter, here), hidden=True))
        return Input(name, here.at())

    def _cumulative(self, params: TypeParams) -> Cumulative | None:
        own = params.cumulative_type_params or CumulativeParams()
        if own.metric:
            source: Input | None = self._input(own.metric, "cumulative_type_params", "metric")
        else:
            source = self._hidden(params.measure, "input", "measure")
        window = span_of(params.window or own.window)
        if source is None:
            return None
        return Cumulative(source, window, params.grain_to_date or own.grain_to_date, own.period_agg)

    def _side(self, metric: InputForm | None, measure: MeasureInputForm | None, side: str) -> Input | None:
        """Name one side of a conversion: a metric as it is, a measure as a hidden simple metric."""
        if metric:
            return self._input(metric, "conversion_type_params", f"{side}_metric")
        return self._hidden(measure, side, "conversion_type_params", f"{side}_measure")

    def _conversion(self, params: ConversionParams) -> Conversion | None:
        base = self._side(params.base_metric, params.base_measure, "base")
        goal = self._side(params.conversion_metric, params.conversion_measure, "conversion")
        if base is None or goal is None:
            return None
        pairs = tuple((each.base_property, each.conversion_property) for each in params.constant_properties)
        return Conversion(params.entity, base, goal, params.calculation, span_of(params.window), pairs)


def metrics_of_measures(measures: dict[str, Measure], tray: Tray) -> None:
    """Add a metric for each measure that asks for one and whose name is free."""
    taken = {each.name for each in tray.metrics}
    for each in measures.values():
        if each.create_metric and each.name not in taken:
            tray.metrics.append(Metric(each.name, each.simple, each.place, label=each.label, description=each.description))
