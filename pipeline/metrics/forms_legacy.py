"""The keys of dbt's legacy form and of MetricFlow's one-document form, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from pipeline.metrics.forms import (
    Config,
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
