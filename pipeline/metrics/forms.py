"""Pieces of metric YAML that every spelling shares, as pydantic models, and how they become parts of the spec."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from pipeline.decode import Document, Key, Written
from pipeline.findings import Place
from pipeline.metrics.calls import CallError, read_item, read_template
from pipeline.metrics.spec import Filter, Input, Span
from pipeline.metrics.times import GRAINS, read_span
from pipeline.mistakes import wrong

NAME = "^[a-z]([a-z0-9_]*[a-z0-9])?$"
RESERVED = ("metric_time", "mf_internal_uuid")
_NAME = re.compile(NAME)
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


def name_fault(name: str) -> str | None:
    """Return what is wrong with a name, as a code; the rules are those of MetricFlow."""
    if name.lower() in GRAINS or name.lower() in RESERVED:
        return "metric_name_reserved"
    return None if _NAME.fullmatch(name) and "__" not in name else "metric_name_form"


def plain_name(name: str) -> str | None:
    """Return the nearest name that is allowed, None where nothing is left of it."""
    words = re.sub(r"[^0-9A-Za-z]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))
    plain = re.sub(r"_{2,}", "_", words).strip("_").lower()
    return plain if name_fault(plain) is None and plain != name else None


def _name(name: str) -> str:
    if code := name_fault(name):
        raise wrong(code, hint=plain_name(name) if code == "metric_name_form" else None)
    return name


def _span(text: str) -> str:
    if read_span(text) is None:
        raise wrong("metric_span_form")
    return text


def _item_of_query(text: str) -> str:
    try:
        read_item(text)
    except CallError:
        raise wrong("metric_item_form") from None
    return text


def _filters(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"where_filters"} and isinstance(value["where_filters"], list):
        value = [each.get("where_sql_template") if isinstance(each, dict) else each for each in value["where_filters"]]
    return [value] if isinstance(value, str) else value


def named(value: object) -> object:
    """Read a bare name as the mapping that holds it."""
    return {"name": value} if isinstance(value, str) else value


def _filter_text(text: str) -> str:
    try:
        read_template(text)
    except CallError as error:
        raise wrong("metric_filter_call", text=str(error)) from None
    return text


class _AnyCase:
    """A closed list of words in lower, upper or mixed case; editors propose the lower case."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        inner = handler(schema)
        words = inner.get("enum") or [inner["const"]]
        letters = ("".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in word) for word in words)
        return {"anyOf": [{"enum": words, "type": "string"}, {"type": "string", "pattern": f"^({'|'.join(letters)})$"}]}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(_lower, handler(source))


Lower = _AnyCase()
Flag = StrictBool
Whole = StrictInt
Number = StrictInt | Annotated[float, Field(strict=True, allow_inf_nan=False)]
Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": NAME, "not": {"pattern": "__"}})]
Grain = Annotated[str, BeforeValidator(_lower, json_schema_input_type=str)]
StandardGrain = Annotated[
    Literal["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"],
    Lower,
]
Sql = Annotated[str, BeforeValidator(_sql, json_schema_input_type=str | bool | int | float)]
SpanText = Annotated[str, AfterValidator(_span), Field(json_schema_extra={"pattern": r"^\s*[0-9]+\s+\w+\s*$"})]
Item = Annotated[str, AfterValidator(_item_of_query)]
FilterText = Annotated[str, AfterValidator(_filter_text)]
Filters = Annotated[tuple[FilterText, ...], BeforeValidator(_filters, json_schema_input_type=str | list[str] | dict[str, Any])]
Words = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=str | list[str]),
]


@dataclass(frozen=True)
class Cursor:
    """A part of a document: gives the place of each key under it."""

    document: Document
    keys: tuple[Key, ...]

    def at(self, *keys: Key) -> Place:
        """Return the place of a key under this part."""
        return self.document.at(*self.keys, *keys)

    def has(self, *keys: Key) -> bool:
        """Tell whether a key stands under this part."""
        return (*self.keys, *keys) in self.document.places

    def written(self, *keys: Key) -> Written:
        """Return the text of a key under this part as it stands in the file."""
        return self.document.written(*self.keys, *keys)

    def places(self, *paths: tuple[Key, ...]) -> tuple[tuple[str, Place], ...]:
        """Return the places of the keys that are written, each under its last name."""
        return tuple((str(path[-1]), self.at(*path)) for path in paths if self.has(*path))

    def under(self, *keys: Key) -> Cursor:
        """Return the part below."""
        return Cursor(self.document, (*self.keys, *keys))


class KgiMeta(Form):
    """Our own attributes of a metric."""

    unit: str | None = None
    direction: Literal["up", "down", "neutral", "higher", "lower"] | None = None
    owner: str | None = None
    publish: Flag | tuple[str, ...] = False
    label: dict[Literal["ja", "en"], str] = {}
    description: dict[Literal["ja", "en"], str] | None = None
    use_approximate_percentile: Flag = False


class Meta(BaseModel):
    """`config.meta`: only `kgi` is ours."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kgi: KgiMeta = KgiMeta()
    use_approximate_percentile: Flag = False


class Config(BaseModel):
    """`config`: dbt's settings; `enabled` and `meta` are read."""

    model_config = ConfigDict(extra="allow", frozen=True)
    enabled: Flag = True
    meta: Meta = Meta()


class Switch(BaseModel):
    """`config` of a model or a semantic model: dbt's settings, of which only `enabled` is read."""

    model_config = ConfigDict(extra="allow", frozen=True)
    enabled: Flag = True


class InputForm(Form):
    """An input of a metric: `name`, or a mapping with a filter, an alias, an offset."""

    name: str
    alias: Name | None = None
    filter: Filters = ()
    offset_window: SpanText | None = None
    offset_to_grain: Grain | None = None


InputText = Annotated[InputForm, BeforeValidator(named, json_schema_input_type=str | InputForm)]


class CustomGrainForm(Form):
    """A column of a calendar that is a grain of its own."""

    name: Name
    column_name: str | None = None
    description: Ignored = None


def filters_of(texts: tuple[str, ...], cursor: Cursor, *keys: str) -> tuple[Filter, ...]:
    """Return the filters under a key (`filter` unless given), each at its place."""
    at: tuple[Key, ...] = keys or ("filter",)
    found = []
    for number, text in enumerate(texts):
        listed = (*at, number)
        written = cursor.written(*(listed if cursor.has(*listed) else at))
        found.append(Filter(text.strip(), written.place, written))
    return tuple(found)


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
