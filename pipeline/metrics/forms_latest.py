"""The keys of dbt's current form, as pydantic models: `models:` with semantics nested in them, and metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

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
    Words,
)
from pipeline.metrics.spec import Aggregation, EntityType

DimensionType = Annotated[Literal["categorical", "time"], Lower]


def _typed(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _switched(value: object) -> object:
    return {"enabled": value} if isinstance(value, bool) else value


class ValidityForm(Form):
    """Which end of a history row's period a column is."""

    is_start: Flag = False
    is_end: Flag = False


class ColumnEntity(Form):
    """`entity:` on a column; the name is the column's unless given."""

    name: Name | None = None
    type: Annotated[EntityType, Lower]
    description: str = ""
    label: str | None = None
    config: Ignored = None


class ColumnDimension(Form):
    """`dimension:` on a column; the name is the column's unless given."""

    name: Name | None = None
    type: DimensionType
    description: str = ""
    label: str | None = None
    is_partition: Flag = False
    validity_params: ValidityForm | None = None
    config: Ignored = None


class ColumnForm(Form):
    """A column of a model."""

    name: str
    entity: (
        Annotated[ColumnEntity, BeforeValidator(_typed, json_schema_input_type=Annotated[EntityType, Lower] | ColumnEntity)]
        | None
    ) = None
    dimension: (
        Annotated[ColumnDimension, BeforeValidator(_typed, json_schema_input_type=DimensionType | ColumnDimension)] | None
    ) = None
    granularity: StandardGrain | None = None
    description: str = ""
    data_type: Ignored = None
    constraints: Ignored = None
    data_tests: Ignored = None
    tests: Ignored = None
    config: Ignored = None
    meta: Ignored = None
    quote: Ignored = None
    tags: Ignored = None
    policy_tags: Ignored = None
    databricks_tags: Ignored = None
    column_mask: Ignored = None
    classifiers: Ignored = None
    docs: Ignored = None


class DerivedEntity(ColumnEntity):
    """An entity with an expression of its own."""

    name: Name
    expr: Sql


class DerivedDimension(ColumnDimension):
    """A dimension with an expression of its own."""

    name: Name
    expr: Sql
    granularity: StandardGrain | None = None


class DerivedSemantics(Form):
    """Entities and dimensions that are no single column."""

    entities: tuple[DerivedEntity, ...] = ()
    dimensions: tuple[DerivedDimension, ...] = ()


class NonAdditiveForm(Form):
    """`non_additive_dimension:`; both dbt's names and MetricFlow's."""

    name: str
    window_agg: Annotated[Literal["min", "max"], Lower] | None = None
    window_choice: Annotated[Literal["min", "max"], Lower] | None = None
    group_by: Words = ()
    window_groupings: Words = ()


class ConstantPropertyForm(Form):
    """A property that must be equal at the base event and at the conversion."""

    base_property: str
    conversion_property: str


class MetricForm(Form):
    """A metric of any type; which keys a type needs is checked when it becomes its spec."""

    name: Name
    type: Annotated[Literal["simple", "ratio", "derived", "cumulative", "conversion"], Lower] = "simple"
    label: str | None = None
    description: str = ""
    hidden: Flag = False
    filter: Filters = ()
    time_granularity: Grain | None = None
    config: Config = Config()
    agg: Annotated[Aggregation, Lower] | None = None
    expr: Sql | None = None
    percentile: Number | None = None
    percentile_type: Annotated[Literal["discrete", "continuous"], Lower] | None = None
    agg_time_dimension: str | None = None
    non_additive_dimension: NonAdditiveForm | None = None
    join_to_timespine: Flag = False
    fill_nulls_with: Number | None = None
    numerator: InputText | None = None
    denominator: InputText | None = None
    input_metrics: tuple[InputText, ...] = ()
    input_metric: InputText | None = None
    window: SpanText | None = None
    grain_to_date: Grain | None = None
    period_agg: Annotated[Literal["first", "last", "average"], Lower] = "first"
    entity: str | None = None
    calculation: Annotated[Literal["conversion_rate", "conversions"], Lower] = "conversion_rate"
    base_metric: InputText | None = None
    conversion_metric: InputText | None = None
    constant_properties: tuple[ConstantPropertyForm, ...] = ()
    meta: Ignored = None
    tags: Ignored = None
    group: Ignored = None


class SemanticSwitch(Form):
    """`semantic_model:` on a model."""

    enabled: Flag = True
    name: Name | None = None
    group: Ignored = None
    config: Switch = Switch()

    @property
    def on(self) -> bool:
        """Tell whether the model has semantics; both keys can switch them off."""
        return self.enabled and self.config.enabled


class SpineForm(Form):
    """`time_spine:` on a model."""

    standard_granularity_column: str
    custom_granularities: tuple[CustomGrainForm, ...] = ()


class VersionForm(BaseModel):
    """An entry of `versions:`; only its number is read."""

    model_config = ConfigDict(extra="allow", frozen=True)
    v: str | int | float


class ModelForm(Form):
    """An entry of `models:`: dbt's keys, of which ours are the semantic ones."""

    name: str
    description: str = ""
    semantic_model: Annotated[SemanticSwitch, BeforeValidator(_switched, json_schema_input_type=bool | SemanticSwitch)] | None = (
        None
    )
    time_spine: SpineForm | None = None
    agg_time_dimension: str | None = None
    primary_entity: Name | None = None
    columns: tuple[ColumnForm, ...] = ()
    derived_semantics: DerivedSemantics = DerivedSemantics()
    metrics: tuple[MetricForm, ...] = ()
    config: Switch = Switch()
    meta: Ignored = None
    docs: Ignored = None
    data_tests: Ignored = None
    tests: Ignored = None
    constraints: Ignored = None
    access: Ignored = None
    group: Ignored = None
    tags: Ignored = None
    latest_version: str | int | float | None = None
    versions: tuple[VersionForm, ...] = ()
    identifier: Ignored = None
    quote_columns: Ignored = None
    static_analysis_off_reason: Ignored = None
    deprecation_date: Ignored = None
    freshness: Ignored = None

    @property
    def table(self) -> str:
        """The name of the table: of a model with versions, that of the latest one."""
        if not self.versions:
            return self.name
        latest = (
            self.latest_version if self.latest_version is not None else max((each.v for each in self.versions), key=_as_number)
        )
        return f"{self.name}_v{latest}"


def _as_number(version: str | int | float) -> tuple[float, str]:
    try:
        return float(version), ""
    except ValueError:
        return float("-inf"), str(version)
