"""The shape of dbt's `sources:` YAML with our keys under `config.meta.kgi`, for `pipeline.decode`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipeline.findings import did_you_mean
from pipeline.mistakes import wrong
from pipeline.profile import time_zone

_DIRECTIVES = frozenset(f"%{each}" for each in "YmdHMSfzbBpIaA%")
_ACCEPT = ("comma", "yen_sign", "fullwidth", "triangle_negative", "paren_negative", "percent", "kanji_units", "era")


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else _tuple(value)


Texts = Annotated[tuple[str, ...], BeforeValidator(_tuple, json_schema_input_type=list[str])]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FilenameDateSpec(_Strict):
    """`{filename_date: "%Y%m%d"}`."""

    filename_date: str

    @field_validator("filename_date")
    @classmethod
    def _pattern(cls, value: str) -> str:
        if not all(part in value for part in ("%Y", "%m", "%d")):
            raise wrong("source_filename_date")
        return value


class DialectSpec(_Strict):
    """`dialect:`. `quote: ""` means that nothing is quoted."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    header_row: Annotated[int, Field(ge=1)] = 1
    sheet: str | None = None


class StopAtSpec(_Strict):
    """`{stop_at: regex}`."""

    stop_at: str

    @field_validator("stop_at")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise wrong("source_not_a_regex", problem=str(error)) from None
        return value


class ConditionSpec(_Strict):
    """`{column, values}`."""

    column: str
    values: Texts


class ThresholdsSpec(_Strict):
    """`thresholds:`; what is not written takes its default."""

    max_reject_rows: Annotated[int, Field(ge=0)] | None = None
    max_reject_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    min_rows: Annotated[int, Field(ge=0)] | None = None
    max_drop_ratio: Annotated[float, Field(ge=0, le=1)] | None = None


_Encoding = Literal["utf-8", "cp932", "utf-16"]


def _zone(value: str | None) -> str | None:
    return None if value is None else time_zone(value)


def _encoding(value: object) -> object:
    if not isinstance(value, str):
        return value
    folded = value.casefold().replace("_", "-")
    if folded in ("shift-jis", "sjis", "shiftjis", "shift-jisx0213", "windows-31j", "ms932"):
        raise wrong("source_shift_jis", hint="cp932")
    return {"utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16"}.get(folded, folded)


class DefaultsKgi(_Strict):
    """`config.meta.kgi` of a source: defaults of its tables."""

    encoding: Annotated[_Encoding, BeforeValidator(_encoding, json_schema_input_type=_Encoding | str)] | None = None
    dialect: DialectSpec | None = None
    timezone: str | None = None
    nulls: Texts | None = None
    thresholds: ThresholdsSpec | None = None

    _check_zone = field_validator("timezone")(_zone)


class TableKgi(DefaultsKgi):
    """`config.meta.kgi` of a table."""

    files: str
    format: Literal["csv", "tsv", "jsonl", "xlsx", "parquet"] = "csv"
    footer: Literal["salesforce_report"] | StopAtSpec | None = None
    mode: Literal["snapshot", "delta", "append"]
    key: Names = ()
    key_rule: Literal["salesforce_id"] | None = None
    order_by: Literal["loaded"] | FilenameDateSpec | None = None
    known_at: Literal["loaded"] | FilenameDateSpec | None = None
    updated_at: str | None = None
    merged_into: str | None = None
    deleted_when: ConditionSpec | None = None
    skip_when: ConditionSpec | None = None

    @field_validator("order_by", mode="before")
    @classmethod
    def _order(cls, value: object) -> object:
        if isinstance(value, dict) and "column" in value:
            raise wrong("source_order_by_column", column=str(value["column"]))
        return value

    @field_validator("files")
    @classmethod
    def _inside(cls, value: str) -> str:
        if value.startswith(("/", "~")) or ".." in value.split("/") or "\\" in value:
            raise wrong("source_outside_inbox")
        return value

    @model_validator(mode="after")
    def _whole(self) -> TableKgi:
        if self.mode in ("snapshot", "delta") and not self.key:
            raise wrong("source_needs_record_key", mode=self.mode)
        if self.mode == "snapshot" and self.order_by is None:
            raise wrong("source_needs_order_by")
        if self.mode == "snapshot" and self.updated_at is not None:
            raise wrong("source_snapshot_updated_at")
        return self


class ColumnKgi(_Strict):
    """`config.meta.kgi` of a column."""

    from_: Annotated[str | None, Field(alias="from", min_length=1)] = None
    aliases: Texts = ()
    personal: bool = False
    required: bool = False
    optional: bool = False
    rule: Literal["salesforce_id"] | None = None
    formats: Names = ()
    timezone: str | None = None
    accept: Names = ()
    true: Texts = ()
    false: Texts = ()
    nulls: Texts | None = None

    _check_zone = field_validator("timezone")(_zone)

    @field_validator("formats")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            for directive in re.findall(r"%.?", each):
                if directive not in _DIRECTIVES:
                    known = " ".join(sorted(_DIRECTIVES))
                    raise wrong("source_unknown_directive", directive=directive, format=each, known=known)
            if not {"%Y", "%d"} <= set(re.findall(r"%.", each)) or not re.search("%[mbB]", each):
                raise wrong("source_format_without_day", format=each)
        return value

    @field_validator("accept")
    @classmethod
    def _accept(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if each not in _ACCEPT:
                near = did_you_mean(each, _ACCEPT)
                raise wrong("source_unknown_notation", hint=near, name=each, known=", ".join(_ACCEPT))
        return value


class _Meta(BaseModel):
    """dbt leaves `meta` free; only what stands under `kgi` is ours."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class SourceMeta(_Meta):
    """`meta` of a source."""

    kgi: DefaultsKgi = DefaultsKgi()


class TableMeta(_Meta):
    """`meta` of a table."""

    kgi: TableKgi


class ColumnMeta(_Meta):
    """`meta` of a column."""

    kgi: ColumnKgi = ColumnKgi()


class _Config(_Strict):
    """dbt's own settings of a source, which this product does not use."""

    enabled: bool = True
    event_time: Any = None
    freshness: Any = None
    loaded_at_field: Any = None
    loaded_at_query: Any = None
    tags: Any = None


class SourceConfig(_Config):
    """`config` of a source."""

    meta: SourceMeta = SourceMeta()


class TableConfig(_Config):
    """`config` of a table."""

    meta: TableMeta


class ColumnConfig(_Strict):
    """`config` of a column."""

    meta: ColumnMeta = ColumnMeta()
    tags: Any = None


class _Described(_Strict):
    name: str
    description: str = ""
    meta: dict[str, Any] | None = None
    tags: Any = None
    tests: Any = None
    data_tests: Any = None

    @field_validator("meta")
    @classmethod
    def _place(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and "kgi" in value:
            raise wrong("source_meta_outside_config")
        return value


class ColumnSpec(_Described):
    """One entry of `columns:`."""

    data_type: str
    config: ColumnConfig = ColumnConfig()
    constraints: Any = None
    quote: Any = None


class TableSpec(_Described):
    """One entry of `tables:`."""

    config: TableConfig
    columns: Annotated[tuple[ColumnSpec, ...], BeforeValidator(_tuple), Field(min_length=1)]
    external: Any = None
    freshness: Any = None
    identifier: Any = None
    loaded_at_field: Any = None
    loaded_at_query: Any = None
    loader: Any = None
    quoting: Any = None


class SourceSpec(_Described):
    """One entry of `sources:`."""

    config: SourceConfig = SourceConfig()
    tables: Annotated[tuple[TableSpec, ...], BeforeValidator(_tuple)] = ()
    database: Any = None
    freshness: Any = None
    loaded_at_field: Any = None
    loaded_at_query: Any = None
    loader: Any = None
    overrides: Any = None
    quoting: Any = None
    schema_: Annotated[Any, Field(alias="schema")] = None
