"""The keys of dbt's legacy form and of MetricFlow's one-document form, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from pipeline.metrics.forms import (
    Config,
    CustomGrainForm,
    Filters,
    Flag,
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
    Switch,
    named,
)
from pipeline.metrics.forms_latest import ConstantPropertyForm, DimensionType, NonAdditiveForm, ValidityForm
from pipeline.metrics.spec import Aggregation, EntityType


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
    entity: Ignored = None
    config: Ignored = None


class DimensionParams(Form):
    """`type_params` of a time dimension."""

    time_granularity: StandardGrain
    validity_params: ValidityForm | None = None


class DimensionForm(Form):
    """A dimension of a semantic model."""

    name: Name
    type: DimensionType
    expr: Sql | None = None
    is_partition: Flag = False
    type_params: DimensionParams | None = None
    description: str | None = None
    label: str | None = None
    config: Ignored = None


class AggParams(Form):
    """How a percentile is taken."""

    percentile: Number | None = None
    use_discrete_percentile: Flag = False
    use_approximate_percentile: Flag = False


class MeasureForm(Form):
    """A measure: an aggregation that metrics refer to by name."""

    name: Name
    agg: Annotated[Aggregation, Lower]
    expr: Sql | None = None
    description: str | None = None
    label: str | None = None
    create_metric: Flag = False
    create_metric_display_name: str | None = None
    agg_time_dimension: str | None = None
    agg_params: AggParams | None = None
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
    defaults: Defaults | None = None
    primary_entity: Name | None = None
    entities: tuple[EntityForm, ...] = ()
    dimensions: tuple[DimensionForm, ...] = ()
    measures: tuple[MeasureForm, ...] = ()
    config: Switch = Switch()
    meta: Ignored = None


class MeasureInputForm(Form):
    """A measure as an input of a metric."""

    name: str
    filter: Filters = ()
    alias: Ignored = None
    join_to_timespine: Flag = False
    fill_nulls_with: Number | None = None


MeasureInput = Annotated[MeasureInputForm, BeforeValidator(named, json_schema_input_type=str | MeasureInputForm)]


class CumulativeParams(Form):
    """`cumulative_type_params:`."""

    window: SpanText | None = None
    grain_to_date: Grain | None = None
    period_agg: Annotated[Literal["first", "last", "average"], Lower] = "first"
    metric: InputText | None = None


class ConversionParams(Form):
    """`conversion_type_params:`; each side is a measure or, in MetricFlow's newer form, a simple metric."""

    base_measure: MeasureInput | None = None
    conversion_measure: MeasureInput | None = None
    base_metric: InputText | None = None
    conversion_metric: InputText | None = None
    entity: str
    calculation: Annotated[Literal["conversion_rate", "conversions"], Lower] = "conversion_rate"
    window: SpanText | None = None
    constant_properties: tuple[ConstantPropertyForm, ...] = ()


class AggregationParams(Form):
    """`metric_aggregation_params:`: a simple metric that aggregates by itself, in MetricFlow's newer form."""

    semantic_model: str
    agg: Annotated[Aggregation, Lower]
    agg_params: AggParams | None = None
    agg_time_dimension: str | None = None
    non_additive_dimension: NonAdditiveForm | None = None
    expr: Sql | None = None
    window: Ignored = None
    grain_to_date: Ignored = None
    period_agg: Ignored = None


class TypeParams(Form):
    """`type_params:` of a metric of any type."""

    measure: MeasureInput | None = None
    numerator: InputText | None = None
    denominator: InputText | None = None
    expr: Sql | None = None
    metrics: tuple[InputText, ...] = ()
    window: SpanText | None = None
    grain_to_date: Grain | None = None
    cumulative_type_params: CumulativeParams | None = None
    conversion_type_params: ConversionParams | None = None
    metric_aggregation_params: AggregationParams | None = None
    join_to_timespine: Flag = False
    fill_nulls_with: Number | None = None
    is_private: Flag | None = None
    input_measures: Ignored = None


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
