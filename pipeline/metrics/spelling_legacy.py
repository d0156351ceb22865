"""dbt's legacy form and MetricFlow's one-document form -> spec: measures become hidden simple metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BeforeValidator

from pipeline.findings import Place, did_you_mean, finding
from pipeline.metrics.forms import (
    Config,
    Cursor,
    CustomGrainForm,
    Filters,
    Form,
    Grain,
    Ignored,
    InputText,
    Lower,
    Name,
    Number,
    SpanText,
    Sql,
    StandardGrain,
    filters_of,
    input_of,
    span_of,
)
from pipeline.metrics.spec import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Entity,
    EntityType,
    Input,
    Kind,
    Metric,
    Ratio,
    SemanticModel,
    Simple,
    TimeSpine,
)
from pipeline.metrics.spelling_latest import (
    ConstantPropertyForm,
    DimensionType,
    NonAdditiveForm,
    ValidityForm,
    non_additive_of,
    quoted,
)
from pipeline.metrics.tray import Tray
from pipeline.shapes import Relation

_REF = re.compile(r"^\s*ref\(\s*(?:['\"][\w.-]+['\"]\s*,\s*)?['\"]([^'\"]+)['\"]\s*\)\s*$")
RelationOf = Callable[[str], Relation | None]


class NodeRelation(Form):
    """The address of a table in MetricFlow's own form."""

    schema_name: str
    alias: str
    database: Ignored = None
    relation_name: Ignored = None


class EntityForm(Form):
    """An entity of a semantic model."""

    name: Name
    type: Annotated[EntityType, Lower]
    expr: Sql | None = None
    description: str = ""
    label: Ignored = None
    role: Ignored = None
    config: Ignored = None


class DimensionParams(Form):
    """`type_params` of a time dimension."""

    time_granularity: StandardGrain = "day"
    validity_params: ValidityForm | None = None


class DimensionForm(Form):
    """A dimension of a semantic model."""

    name: Name
    type: DimensionType
    expr: Sql | None = None
    is_partition: bool = False
    type_params: DimensionParams = DimensionParams()
    description: str | None = None
    label: str | None = None
    config: Ignored = None


class AggParams(Form):
    """How a percentile is taken."""

    percentile: float | None = None
    use_discrete_percentile: bool = False
    use_approximate_percentile: bool = False


class MeasureForm(Form):
    """A measure: an aggregation that metrics refer to by name."""

    name: Name
    agg: Annotated[Aggregation, Lower]
    expr: Sql | None = None
    description: str | None = None
    label: str | None = None
    create_metric: bool = False
    agg_time_dimension: str | None = None
    agg_params: AggParams = AggParams()
    non_additive_dimension: NonAdditiveForm | None = None
    config: Ignored = None


class Defaults(Form):
    """`defaults:` of a semantic model."""

    agg_time_dimension: str | None = None


class SemanticModelForm(Form):
    """An entry of `semantic_models:`, or a `semantic_model:` document."""

    name: Name
    model: str | None = None
    node_relation: NodeRelation | None = None
    description: str | None = None
    label: str | None = None
    defaults: Defaults = Defaults()
    primary_entity: Name | None = None
    entities: tuple[EntityForm, ...] = ()
    dimensions: tuple[DimensionForm, ...] = ()
    measures: tuple[MeasureForm, ...] = ()
    config: Ignored = None
    meta: Ignored = None


class MeasureInputForm(Form):
    """A measure as an input of a metric."""

    name: str
    filter: Filters = ()
    alias: Ignored = None
    join_to_timespine: bool = False
    fill_nulls_with: Number | None = None


MeasureInput = Annotated[MeasureInputForm, BeforeValidator(lambda value: {"name": value} if isinstance(value, str) else value)]


class CumulativeParams(Form):
    """`cumulative_type_params:`."""

    window: SpanText | None = None
    grain_to_date: Grain | None = None
    period_agg: Annotated[Literal["first", "last", "average"], Lower] = "first"


class ConversionParams(Form):
    """`conversion_type_params:`."""

    base_measure: MeasureInput
    conversion_measure: MeasureInput
    entity: str
    calculation: Annotated[Literal["conversion_rate", "conversions"], Lower] = "conversion_rate"
    window: SpanText | None = None
    constant_properties: tuple[ConstantPropertyForm, ...] = ()


class TypeParams(Form):
    """`type_params:` of a metric of any type."""

    measure: MeasureInput | None = None
    numerator: InputText | None = None
    denominator: InputText | None = None
    expr: Sql | None = None
    metrics: tuple[InputText, ...] = ()
    window: SpanText | None = None
    grain_to_date: Grain | None = None
    cumulative_type_params: CumulativeParams = CumulativeParams()
    conversion_type_params: ConversionParams | None = None


class LegacyMetricForm(Form):
    """A metric with `type_params`."""

    name: Name
    type: Annotated[Literal["simple", "ratio", "derived", "cumulative", "conversion"], Lower]
    type_params: TypeParams
    label: str | None = None
    description: str | None = None
    filter: Filters = ()
    time_granularity: Grain | None = None
    config: Config = Config()
    meta: Ignored = None
    tags: Ignored = None
    group: Ignored = None
    metadata: Ignored = None


class PrimaryColumn(Form):
    """The time column of a spine."""

    name: str
    time_granularity: StandardGrain


class ProjectSpine(Form):
    """A time spine of `project_configuration:`."""

    node_relation: NodeRelation
    primary_column: PrimaryColumn
    custom_granularities: tuple[CustomGrainForm, ...] = ()


class ProjectForm(Form):
    """`project_configuration:` of MetricFlow's own form."""

    time_spines: tuple[ProjectSpine, ...] = ()
    time_spine_table_configurations: Ignored = None
    metadata: Ignored = None


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


def read_semantic_model(
    form: SemanticModelForm, relation_of: RelationOf, cursor: Cursor, tray: Tray
) -> tuple[Measure, ...]:
    """Put a semantic model on the tray and return its measures."""
    relation = _relation(form, relation_of, cursor, tray)
    if relation is None:
        return ()
    tray.models.append(
        SemanticModel(
            form.name,
            relation,
            cursor.at("name"),
            tuple(
                Entity(each.name, each.type, each.expr or quoted(each.name), cursor.at("entities", number, "name"))
                for number, each in enumerate(form.entities)
            ),
            tuple(_dimension(each, cursor.under("dimensions", number)) for number, each in enumerate(form.dimensions)),
            form.primary_entity,
            form.defaults.agg_time_dimension,
            form.description or "",
        )
    )
    return tuple(_measure(each, form.name, cursor.at("measures", n, "name")) for n, each in enumerate(form.measures))


def _relation(form: SemanticModelForm, relation_of: RelationOf, cursor: Cursor, tray: Tray) -> Relation | None:
    if form.node_relation:
        return Relation(form.node_relation.schema_name, form.node_relation.alias)
    found = _REF.match(form.model or "")
    relation = relation_of(found[1]) if found else None
    if relation is None:
        tray.add(finding("metric_model_without_table", cursor.at("model"), model=form.model or form.name))
    return relation


def _dimension(form: DimensionForm, cursor: Cursor) -> Dimension:
    validity = form.type_params.validity_params
    return Dimension(
        form.name,
        form.expr or quoted(form.name),
        cursor.at("name"),
        form.type_params.time_granularity if form.type == "time" else None,
        form.is_partition,
        None if validity is None else "start" if validity.is_start else "end" if validity.is_end else None,
        form.description or "",
        form.label or "",
    )


def _measure(form: MeasureForm, model: str, place: Place) -> Measure:
    rows, params = form.non_additive_dimension, form.agg_params
    simple = Simple(
        model=model,
        aggregation=form.agg,
        expr=form.expr or quoted(form.name),
        agg_time_dimension=form.agg_time_dimension,
        percentile=params.percentile,
        is_discrete=params.use_discrete_percentile,
        is_approximate=params.use_approximate_percentile,
        non_additive=non_additive_of(rows) if rows else None,
    )
    return Measure(form.name, simple, place, form.create_metric, form.label or "", form.description or "")


def read_metric(form: LegacyMetricForm, measures: dict[str, Measure], cursor: Cursor, tray: Tray) -> None:
    """Put a metric on the tray; a measure that it takes with a filter or a fill becomes a hidden simple metric."""
    reader = _Reader(form, measures, cursor, tray)
    kind = reader.kind()
    if kind is None:
        return
    own = form.config.meta.kgi
    filters = filters_of(form.filter, cursor)
    if isinstance(kind, Simple) and form.type_params.measure:
        filters += filters_of(form.type_params.measure.filter, cursor.under("type_params", "measure"))
    metric = Metric(
        name=form.name,
        kind=kind,
        place=cursor.at("name"),
        filters=filters,
        time_granularity=form.time_granularity,
        label=form.label or "",
        description=(form.description or "").strip(),
        unit=own.unit,
        direction=own.direction,
        owner=own.owner,
        publish=own.publish,
        labels=tuple(own.label.items()),
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
            case "simple":
                return self._simple(params.measure, "measure")
            case "ratio" if params.numerator and params.denominator:
                return Ratio(self._input(params.numerator, "numerator"), self._input(params.denominator, "denominator"))
            case "derived" if params.expr and params.metrics:
                inputs = enumerate(params.metrics)
                return Derived(params.expr, tuple(self._input(each, "metrics", n) for n, each in inputs))
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

    def _input(self, form: InputText, *keys: str | int) -> Input:
        return input_of(form, self.cursor.under("type_params", *keys))

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
        return replace(
            measure.simple, join_to_timespine=form.join_to_timespine, fill_nulls_with=form.fill_nulls_with
        )

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
        own = params.cumulative_type_params
        source = self._hidden(params.measure, "input", "measure")
        window = span_of(params.window or own.window)
        if source is None:
            return None
        return Cumulative(source, window, params.grain_to_date or own.grain_to_date, own.period_agg)

    def _conversion(self, params: ConversionParams) -> Conversion | None:
        base = self._hidden(params.base_measure, "base", "conversion_type_params", "base_measure")
        goal = self._hidden(params.conversion_measure, "conversion", "conversion_type_params", "conversion_measure")
        if base is None or goal is None:
            return None
        pairs = tuple((each.base_property, each.conversion_property) for each in params.constant_properties)
        return Conversion(params.entity, base, goal, params.calculation, span_of(params.window), pairs)


def metrics_of_measures(measures: dict[str, Measure], tray: Tray) -> None:
    """Add a metric for each measure that asks for one and whose name is free."""
    taken = {each.name for each in tray.metrics}
    for each in measures.values():
        if each.create_metric and each.name not in taken:
            tray.metrics.append(
                Metric(each.name, each.simple, each.place, label=each.label, description=each.description)
            )
