"""Pieces of metric YAML that every spelling shares, as pydantic models, and how they become parts of the spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from pipeline.decode import Document, Key
from pipeline.findings import Place
from pipeline.metrics.calls import CallError, read_item, read_template
from pipeline.metrics.spec import Filter, Input, Span
from pipeline.metrics.times import GRAINS, read_span

Ignored = Any  # a key that dbt knows and that is not ours


class Form(BaseModel):
    """A YAML mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _sql(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _no_double_underscore(name: str) -> str:
    if "__" in name:
        raise ValueError("a name may not hold a double underscore: it separates entity, dimension and grain")
    if name.lower() in GRAINS or name.lower() == "metric_time":
        raise ValueError("this word is taken by the time grains and metric_time")
    return name


def _span(text: str) -> str:
    if read_span(text) is None:
        raise ValueError("write a number and a grain: 14 days, 1 month")
    return text


def _item_of_query(text: str) -> str:
    try:
        read_item(text)
    except CallError:
        raise ValueError("write a name (metric_time__month) or one call: TimeDimension('metric_time', 'month')") from None
    return text


def _filters(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"where_filters"}:
        value = [each.get("where_sql_template") if isinstance(each, dict) else each for each in value["where_filters"]]
    return [value] if isinstance(value, str) else value


def _filter_text(text: str) -> str:
    try:
        read_template(text)
    except CallError as error:
        raise ValueError(
            f"not understood: {error}; a filter is SQL with Dimension(), TimeDimension(), Entity() or Metric() in braces"
        ) from None
    return text


Lower = BeforeValidator(_lower)
Name = Annotated[str, AfterValidator(_no_double_underscore)]
Grain = Annotated[str, Lower]
StandardGrain = Annotated[
    Literal["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"],
    Lower,
]
Sql = Annotated[str, BeforeValidator(_sql)]
SpanText = Annotated[str, AfterValidator(_span)]
Item = Annotated[str, AfterValidator(_item_of_query)]
Filters = Annotated[tuple[Annotated[str, AfterValidator(_filter_text)], ...], BeforeValidator(_filters)]
Number = Annotated[int | float, BeforeValidator(lambda value: value)]
Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


@dataclass(frozen=True)
class Cursor:
    """A part of a document: gives the place of each key under it."""

    document: Document
    keys: tuple[Key, ...]

    def at(self, *keys: Key) -> Place:
        """Return the place of a key under this part."""
        return self.document.at(*self.keys, *keys)

    def under(self, *keys: Key) -> Cursor:
        """Return the part below."""
        return Cursor(self.document, (*self.keys, *keys))


class KgiMeta(Form):
    """Our own attributes of a metric."""

    unit: str | None = None
    direction: Literal["up", "down", "neutral", "higher", "lower"] | None = None
    owner: str | None = None
    publish: bool | tuple[str, ...] = False
    label: dict[Literal["ja", "en"], str] = {}
    description: dict[Literal["ja", "en"], str] | None = None
    use_approximate_percentile: bool = False


class Meta(BaseModel):
    """`config.meta`: only `kgi` is ours."""

    model_config = ConfigDict(extra="allow")
    kgi: KgiMeta = KgiMeta()
    use_approximate_percentile: bool = False


class Config(BaseModel):
    """`config`: only `meta` is ours."""

    model_config = ConfigDict(extra="allow")
    meta: Meta = Meta()


class InputForm(Form):
    """An input of a metric: `name`, or a mapping with a filter, an alias, an offset."""

    name: str
    alias: Name | None = None
    filter: Filters = ()
    offset_window: SpanText | None = None
    offset_to_grain: Grain | None = None


InputText = Annotated[InputForm, BeforeValidator(lambda value: {"name": value} if isinstance(value, str) else value)]


class CustomGrainForm(Form):
    """A column of a calendar that is a grain of its own."""

    name: Name
    column_name: str | None = None
    description: Ignored = None


def filters_of(texts: tuple[str, ...], cursor: Cursor, key: str = "filter") -> tuple[Filter, ...]:
    """Return the filters of a metric with their place."""
    return tuple(Filter(text.strip(), cursor.at(key)) for text in texts)


def input_of(form: InputForm, cursor: Cursor) -> Input:
    """Turn an input into its spec."""
    grain = form.offset_to_grain
    return Input(
        form.name,
        cursor.at(),
        form.alias,
        filters_of(form.filter, cursor),
        read_span(form.offset_window) if form.offset_window else None,
        grain,
    )


def span_of(text: str | None) -> Span | None:
    """Turn a checked text into a span."""
    return read_span(text) if text else None
