"""`sources:` YAML -> Source: decoded, defaults filled in, every name checked against the columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pipeline.decode import Document, Key, decode
from pipeline.findings import Argument, Finding, KgiError, Place, did_you_mean, finding
from pipeline.profile import Company
from pipeline.sources.datatypes import KNOWN, decimal_digits, duckdb_type, kind_of
from pipeline.sources.source import (
    OWN_COLUMNS,
    Condition,
    Dialect,
    FilenameDate,
    Footer,
    Source,
    SourceColumn,
    SourceTable,
    Thresholds,
    plain,
)
from pipeline.sources.spec import (
    ColumnSpec,
    ConditionSpec,
    DefaultsKgi,
    FilenameDateSpec,
    SourceSpec,
    StopAtSpec,
    TableKgi,
    TableSpec,
)

_NAME = re.compile(r"[^\W\d_]\w*")
_NUMERIC = frozenset({"comma", "yen_sign", "fullwidth", "triangle_negative", "paren_negative", "percent", "kanji_units"})
_ACCEPTED = {
    "integer": _NUMERIC - {"percent"},
    "decimal": _NUMERIC,
    "double": _NUMERIC,
    "date": frozenset({"fullwidth", "era"}),
    "timestamp": frozenset({"fullwidth"}),
}


def read_sources(documents: Iterable[Document], company: Company) -> tuple[Source, ...]:
    """Read every `sources:` entry of the documents, in order of appearance; documents without one are passed over.

    Naive times without a declared zone are in the company's. Raises KgiError with every mistake of every document: unknown
    keys, wrong values, columns that are named but not declared, names that stand twice.
    """
    sources: list[Source] = []
    mistakes: list[Finding] = []
    for document in documents:
        if not isinstance(document.data, dict) or "sources" not in document.data:
            continue
        document = Document(document.path, _with_text_keys(document.data), document.places)
        for number, entry in enumerate(_entries(document, mistakes)):
            try:
                sources.append(_source(document, number, entry, company))
            except KgiError as error:
                mistakes.extend(error.findings)
    mistakes.extend(_twice("source_twice", ((each.name.casefold(), each.place) for each in sources)))
    if mistakes:
        raise KgiError(mistakes)
    return tuple(sources)


def _with_text_keys(data: Any) -> Any:
    """Read the keys `true:` and `false:`, which YAML takes for booleans, as the words they are."""
    if isinstance(data, dict):
        return {("true" if key else "false") if isinstance(key, bool) else key: _with_text_keys(data[key]) for key in data}
    if isinstance(data, list):
        return [_with_text_keys(each) for each in data]
    return data


def _entries(document: Document, mistakes: list[Finding]) -> list[Any]:
    entries = document.data["sources"]
    if isinstance(entries, list):
        return entries
    mistakes.append(finding("sources_not_a_list", document.at("sources")))
    return []


def _source(document: Document, number: int, entry: Any, company: Company) -> Source:
    name = entry.get("name") if isinstance(entry, dict) else None
    spec = decode(SourceSpec, document, owner=f"the source '{name or number}'", under=("sources", number))
    place = document.at("sources", number, "name")
    mistakes = list(_bad_name("source", spec.name, place))
    tables: list[SourceTable] = []
    for index, table in enumerate(spec.tables):
        reader = _TableReader(document, ("sources", number, "tables", index), spec, table, company)
        tables.append(reader.read())
        mistakes.extend(reader.mistakes)
    mistakes.extend(_twice("table_twice", ((each.name.casefold(), each.place) for each in tables)))
    if mistakes:
        raise KgiError(mistakes)
    return Source(spec.name, spec.description, tuple(tables), place)


def _bad_name(kind: str, name: str, place: Place) -> Iterator[Finding]:
    if not _NAME.fullmatch(name) or "__" in name:
        yield finding("bad_name", place, kind=kind, name=name)


def _twice(code: str, named: Iterable[tuple[str, Place]]) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for name, place in named:
        if name in first:
            yield finding(code, place, name=name, other=str(first[name]))
        first.setdefault(name, place)


class _TableReader:
    """One entry of `tables:` being read; collects mistakes so that all of them are told at once."""

    def __init__(self, document: Document, under: tuple[Key, ...], source: SourceSpec, spec: TableSpec, company: Company) -> None:
        self.document, self.under, self.source, self.spec, self.company = document, under, source, spec, company
        self.kgi: TableKgi = spec.config.meta.kgi
        self.defaults: DefaultsKgi = source.config.meta.kgi
        self.timezone = self.kgi.timezone or self.defaults.timezone or company.timezone
        self.nulls = _first(self.kgi.nulls, self.defaults.nulls, ("",))
        self.mistakes: list[Finding] = []

    def read(self) -> SourceTable:
        """Return the table; what is wrong is in `mistakes`."""
        self.mistakes.extend(_bad_name("table", self.spec.name, self._place("name")))
        columns = tuple(self._column(number, each) for number, each in enumerate(self.spec.columns))
        self._check_columns(columns)
        kgi = self.kgi
        key = tuple(self._named(each, columns, "key") for each in kgi.key)
        if kgi.merged_into is not None and len(key) != 1:
            self._fault("merged_into_key", self._kgi_place("merged_into"), table=self.spec.name)
        if kgi.key_rule is not None:
            normal = {*key, self._maybe(kgi.merged_into, columns, "merged_into")}
            columns = tuple(replace(each, rule=kgi.key_rule) if each.name in normal else each for each in columns)
        return SourceTable(
            source=self.source.name,
            name=self.spec.name,
            description=self.spec.description,
            files=kgi.files,
            format=kgi.format,
            encoding=kgi.encoding or self.defaults.encoding or "utf-8",
            dialect=self._dialect(),
            footer=_footer(kgi.footer),
            mode=kgi.mode,
            key=key,
            key_rule=kgi.key_rule,
            order_by=_filename_date(kgi.order_by),
            known_at=_filename_date(kgi.known_at),
            updated_at=self._maybe(kgi.updated_at, columns, "updated_at"),
            merged_into=self._maybe(kgi.merged_into, columns, "merged_into"),
            deleted_when=self._condition(kgi.deleted_when, columns, "deleted_when"),
            skip_when=self._condition(kgi.skip_when, columns, "skip_when"),
            thresholds=self._thresholds(),
            columns=columns,
            nulls=self.nulls,
            timezone=self.company.timezone,
            place=self._place("name"),
            event_time=self._event_time(columns),
        )

    def _event_time(self, columns: tuple[SourceColumn, ...]) -> str | None:
        """Return dbt's `event_time`: a column of dates or instants."""
        wanted = self.spec.config.event_time
        if wanted is None:
            return None
        at = self._place("config", "event_time")
        name = self._named(str(wanted), columns, "event_time", at)
        for each in columns:
            if each.name == name and kind_of(each.type) not in ("date", "timestamp"):
                self._fault("event_time_not_a_time", at, column=name, type=each.type)
        return name

    def _place(self, *keys: Key) -> Place:
        return self.document.at(*self.under, *keys)

    def _kgi_place(self, key: str) -> Place:
        return self._place("config", "meta", "kgi", key)

    def _fault(self, code: str, place: Place, hint: str | None = None, **arguments: Argument) -> None:
        self.mistakes.append(Finding(code, tuple(sorted(arguments.items())), place, hint))

    def _column(self, number: int, spec: ColumnSpec) -> SourceColumn:
        kgi, place = spec.config.meta.kgi, self._place("columns", number, "name")
        type_ = duckdb_type(spec.data_type)
        if type_ is None:
            near = did_you_mean(spec.data_type, KNOWN)
            at = self._place("columns", number, "data_type")
            self._fault("unknown_type", at, near, type=spec.data_type, column=spec.name, known=", ".join(KNOWN))
        column = SourceColumn(
            name=spec.name,
            header=plain(kgi.from_ or spec.name),
            type=type_ or "VARCHAR",
            description=spec.description,
            aliases=tuple(plain(each) for each in kgi.aliases),
            personal=kgi.personal,
            required=kgi.required,
            optional=kgi.optional,
            rule=kgi.rule,
            formats=kgi.formats,
            timezone=kgi.timezone or self.timezone,
            accept=frozenset(kgi.accept),
            true=kgi.true,
            false=kgi.false,
            nulls=_first(kgi.nulls, self.nulls),
            place=place,
        )
        for problem in _misfits(column):
            self._fault("column_option", place, column=spec.name, type=column.type, problem=problem)
        return column

    def _check_columns(self, columns: tuple[SourceColumn, ...]) -> None:
        own = {each.casefold() for each in OWN_COLUMNS}
        for column in columns:
            place = column.place or self._place()
            for name in {column.name, *column.headers}:
                if name.casefold() in own:
                    self._fault("reserved_column", place, name=name)
            self.mistakes.extend(_bad_column_name(column.name, place))
        named = [(each.name.casefold(), each.place or self._place()) for each in columns]
        self.mistakes.extend(_twice("column_twice", named))
        headers = [
            (header.casefold(), each.place or self._place())
            for each in columns
            for header in {h.casefold(): h for h in each.headers}
        ]
        self.mistakes.extend(_twice("header_declared_twice", headers))

    def _named(self, wanted: str, columns: tuple[SourceColumn, ...], key: str, at: Place | None = None) -> str:
        """Return our name of a column that is written as ours or as exported."""
        for column in columns:
            if wanted == column.name:
                return column.name
        for column in columns:
            if plain(wanted) in column.headers:
                return column.name
        near = did_you_mean(wanted, [name for each in columns for name in (each.name, *each.headers)])
        self._fault("unknown_column", at or self._kgi_place(key), near, key=key, column=wanted, table=self.spec.name)
        return wanted

    def _maybe(self, wanted: str | None, columns: tuple[SourceColumn, ...], key: str) -> str | None:
        return None if wanted is None else self._named(wanted, columns, key)

    def _condition(self, spec: ConditionSpec | None, columns: tuple[SourceColumn, ...], key: str) -> Condition | None:
        return None if spec is None else Condition(self._named(spec.column, columns, key), spec.values)

    def _dialect(self) -> Dialect:
        spec = self.kgi.dialect or self.defaults.dialect
        usual = "\t" if self.kgi.format == "tsv" else ","
        if spec is None:
            return Dialect(delimiter=usual)
        return Dialect(spec.delimiter or usual, spec.quote, spec.header_row, spec.sheet)

    def _thresholds(self) -> Thresholds:
        usual = Thresholds(min_rows=1 if self.kgi.mode == "snapshot" else 0)
        said: dict[str, Any] = {}
        for spec in (self.defaults.thresholds, self.kgi.thresholds):
            if spec is not None:
                said.update(spec.model_dump(exclude_none=True))
        return replace(usual, **said)


def _first(*values: tuple[str, ...] | None) -> tuple[str, ...]:
    return next((each for each in values if each is not None), ())


def _footer(spec: str | StopAtSpec | None) -> Footer | None:
    match spec:
        case StopAtSpec():
            return Footer("stop_at", spec.stop_at)
        case "salesforce_report":
            return Footer("salesforce_report")
        case _:
            return None


def _filename_date(spec: str | FilenameDateSpec | None) -> FilenameDate | None:
    return FilenameDate(spec.filename_date) if isinstance(spec, FilenameDateSpec) else None


def _bad_column_name(name: str, place: Place) -> Iterator[Finding]:
    if not _NAME.fullmatch(name):
        yield finding("bad_name", place, kind="column", name=name)


def _misfits(column: SourceColumn) -> Iterator[str]:
    """Tell which options do not go with the column's type, as arguments of a message."""
    kind = kind_of(column.type)
    if column.formats and kind not in ("date", "timestamp"):
        yield "formats"
    if (column.true or column.false) and kind != "boolean":
        yield "true/false"
    if kind == "boolean" and bool(column.true) != bool(column.false):
        yield "true without false"
    if column.rule is not None and kind != "text":
        yield f"rule: {column.rule}"
    for each in sorted(column.accept - _ACCEPTED.get(kind, frozenset())):
        yield f"accept: {each}"
    if kind == "decimal" and "percent" in column.accept and decimal_digits(column.type)[1] < 2:
        yield "accept: percent"
    if any("%z" in each or "%Z" in each for each in column.formats) and kind == "date":
        yield "formats: %z"
