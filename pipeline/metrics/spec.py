"""What metric YAML says, whatever its spelling: frozen values with the place of each in its file.

A simple metric carries its own aggregation; a measure of the legacy spelling becomes a hidden simple metric.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pipeline.decode import Written
from pipeline.findings import Place
from pipeline.metrics.grains import CompanyGrain
from pipeline.shapes import Relation

EntityType = Literal["primary", "unique", "foreign", "natural"]
Aggregation = Literal["sum", "count", "count_distinct", "sum_boolean", "average", "min", "max", "median", "percentile"]


@dataclass(frozen=True)
class Entity:
    """A key of a table. `expr` is SQL over the table's columns; `written` is how it stands in its file."""

    name: str
    type: EntityType
    expr: str
    place: Place
    labels: tuple[tuple[str, str], ...] = ()
    written: Written | None = None


@dataclass(frozen=True)
class Dimension:
    """An attribute of a table. `grain` is the finest standard grain of a time dimension, None for a categorical one.

    `validity` marks the two ends of the period in which a row of a history table holds.
    """

    name: str
    expr: str
    place: Place
    grain: str | None = None
    is_partition: bool = False
    validity: Literal["start", "end"] | None = None
    description: str = ""
    label: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    written: Written | None = None


@dataclass(frozen=True)
class SemanticModel:
    """One table with its keys and attributes. `primary_entity` names the key that the table's own dimensions hang on."""

    name: str
    relation: Relation
    place: Place
    entities: tuple[Entity, ...]
    dimensions: tuple[Dimension, ...]
    primary_entity: str | None = None
    agg_time_dimension: str | None = None
    description: str = ""
    places: tuple[tuple[str, Place], ...] = ()

    def at(self, key: str) -> Place:
        """Return the place of one of its keys; of its name where the key is not written."""
        return dict(self.places).get(key, self.place)

    @cached_property
    def local_links(self) -> tuple[str, ...]:
        """The entities by which the table's own dimensions are named: its primary, unique and natural keys."""
        links = [each.name for each in self.entities if each.type != "foreign"]
        if self.primary_entity and self.primary_entity not in links:
            links.insert(0, self.primary_entity)
        return tuple(links)

    def dimension(self, name: str) -> Dimension | None:
        """Return the dimension of this name."""
        return next((each for each in self.dimensions if each.name == name), None)

    def entity(self, name: str) -> Entity | None:
        """Return the entity of this name that has a column of its own."""
        return next((each for each in self.entities if each.name == name), None)


@dataclass(frozen=True)
class Filter:
    """A condition as written: SQL with `{{ Dimension('a__b') }}` calls."""

    text: str
    place: Place
    written: Written | None = None


@dataclass(frozen=True)
class NonAdditive:
    """A measure that may not be added up over `dimension`: only the rows of its first or last point in time count."""

    dimension: str
    window: Literal["min", "max"]
    groupings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """A number of grains: "14 days". The grain may be a custom one."""

    count: int
    grain: str


@dataclass(frozen=True)
class Evaluation:
    """From which day on events count that happened since a date: `business_days` after `expr`; at once where that is None.

    It belongs to the definition, the cut-off does not: so a definition is the same every night.
    """

    since: dt.date | None
    expr: str | None
    business_days: int
    place: Place
    written: Written | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Simple:
    """An aggregation over one table. `expr` None stands for one row each; `percentile` is a fraction.

    `evaluated`: from which day on each event counts, by its own date, the earliest first; empty where all count at once.
    """

    model: str
    aggregation: Aggregation
    expr: str
    agg_time_dimension: str | None = None
    percentile: float | None = None
    is_discrete: bool = False
    is_approximate: bool = False
    non_additive: NonAdditive | None = None
    join_to_timespine: bool = False
    fill_nulls_with: int | float | None = None
    written: Written | None = None
    evaluated: tuple[Evaluation, ...] = ()


@dataclass(frozen=True)
class Input:
    """A metric that another one is made of, under the name `alias`, perhaps filtered or taken at an earlier time."""

    metric: str
    place: Place
    alias: str | None = None
    filters: tuple[Filter, ...] = ()
    offset_window: Span | None = None
    offset_to_grain: str | None = None

    @property
    def name(self) -> str:
        """The name by which an expression calls it."""
        return self.alias or self.metric


@dataclass(frozen=True)
class Ratio:
    """Numerator over denominator; null where the denominator is zero or missing."""

    numerator: Input
    denominator: Input


@dataclass(frozen=True)
class Derived:
    """An expression over other metrics."""

    expr: str
    inputs: tuple[Input, ...]
    written: Written | None = None


@dataclass(frozen=True)
class Cumulative:
    """A running total: over a trailing window, since the start of a grain, or over all time when both are None."""

    input: Input
    window: Span | None = None
    grain_to_date: str | None = None
    period_agg: Literal["first", "last", "average"] = "first"


@dataclass(frozen=True)
class Conversion:
    """Base events of an entity that a conversion event follows within a window; each counts at its base event."""

    entity: str
    base: Input
    conversion: Input
    calculation: Literal["conversion_rate", "conversions"] = "conversion_rate"
    window: Span | None = None
    constant_properties: tuple[tuple[str, str], ...] = ()


Kind = Simple | Ratio | Derived | Cumulative | Conversion


@dataclass(frozen=True)
class Metric:
    """A named number. `unit`, `direction`, `owner`, `publish`, labels and descriptions come from `config.meta.kgi`.

    `publish` is True, False, or the grains and dimensions by which it is published every night. `hidden` metrics are parts
    of others and cannot be asked for by name from the outside.
    """

    name: str
    kind: Kind
    place: Place
    filters: tuple[Filter, ...] = ()
    time_granularity: str | None = None
    label: str = ""
    description: str = ""
    hidden: bool = False
    unit: str | None = None
    direction: str | None = None
    owner: str | None = None
    publish: bool | tuple[str, ...] = False
    labels: tuple[tuple[str, str], ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[str, Place], ...] = ()

    def at(self, key: str) -> Place:
        """Return the place of one of its keys; of its name where the key is not written."""
        return dict(self.places).get(key, self.place)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The metrics that this one is made of."""
        match self.kind:
            case Simple():
                return ()
            case Ratio(numerator, denominator):
                return (numerator, denominator)
            case Derived(_, inputs):
                return inputs
            case Cumulative(input=source):
                return (source,)
            case Conversion(base=base, conversion=conversion):
                return (base, conversion)

    def label_in(self, language: str) -> str:
        """Return the label in a language, else the general label, else the name."""
        return dict(self.labels).get(language) or self.label or self.name

    def description_in(self, language: str) -> str:
        """Return the description in a language, else the general one."""
        return dict(self.descriptions).get(language) or self.description


@dataclass(frozen=True)
class TimeSpine:
    """A calendar table: one row per `grain`. `custom` are pairs of a custom grain's name and its column.

    With `made` there is no table: the days are made by rule. `business_day` is the column that is true on business days.
    """

    relation: Relation
    column: str
    grain: str
    place: Place
    custom: tuple[tuple[str, str], ...] = ()
    made: MadeCalendar | None = None
    business_day: str | None = None


@dataclass(frozen=True)
class MadeCalendar:
    """The days from `first` to `last`, both included, of a calendar that is made by rule and stands in no table."""

    first: dt.date
    last: dt.date
    place: Place


MADE_CALENDAR = Relation("", "calendar_days")


@dataclass(frozen=True)
class OrderItem:
    """A column to sort by, as it is named in the question."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Export:
    """A saved query written down as a table or a view; `schema` None is the reader's default, `alias` None its name."""

    name: str
    export_as: Literal["table", "view"]
    place: Place
    schema: str | None = None
    alias: str | None = None


@dataclass(frozen=True)
class SavedQuery:
    """A question kept under a name."""

    name: str
    place: Place
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    limit: int | None = None
    description: str = ""
    label: str = ""
    exports: tuple[Export, ...] = ()
    item_places: tuple[tuple[str, Place], ...] = ()

    def at(self, item: str) -> Place:
        """Return the place of a metric or a group-by of it."""
        return dict(self.item_places).get(item, self.place)


@dataclass(frozen=True)
class SemanticManifest:
    """Everything that the metric YAML of a project says. Names are unique within each kind."""

    models: tuple[SemanticModel, ...] = ()
    metrics: tuple[Metric, ...] = ()
    spines: tuple[TimeSpine, ...] = ()
    saved_queries: tuple[SavedQuery, ...] = ()
    company_grains: tuple[CompanyGrain, ...] = ()

    @cached_property
    def model_by_name(self) -> Mapping[str, SemanticModel]:
        """The semantic models by name."""
        return {each.name: each for each in self.models}

    @cached_property
    def metric_by_name(self) -> Mapping[str, Metric]:
        """All metrics by name, hidden ones too."""
        return {each.name: each for each in self.metrics}

    @cached_property
    def custom_grains(self) -> Mapping[str, TimeSpine]:
        """The spine that holds each custom grain; for a grain by rule, the one of days."""
        held = {name: spine for spine in self.spines for name, _ in spine.custom}
        days = next((each for each in self.spines if each.grain == "day"), None)
        return {**held, **({each.name: days for each in self.company_grains} if days else {})}

    @cached_property
    def company_grain_by_name(self) -> Mapping[str, CompanyGrain]:
        """The grains that follow from a date by rule."""
        return {each.name: each for each in self.company_grains}

    def metric(self, name: str) -> Metric:
        """Return a metric that is known to exist."""
        return self.metric_by_name[name]

    def public_metrics(self) -> tuple[Metric, ...]:
        """Return the metrics that can be asked for, in the order of the files."""
        return tuple(each for each in self.metrics if not each.hidden)
