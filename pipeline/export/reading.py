"""The published file -> the tables that can be written for people: columns in words, units, and their rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.engines.duckdb import Engine
from pipeline.export.meaning import Meaning, Units, meaning_of
from pipeline.findings import KgiError, Place, did_you_mean, finding
from pipeline.messages import Language
from pipeline.publishing import Manifest
from pipeline.query import open_locked
from pipeline.shapes import Column, Relation, comma, quote

PASSED_ON = (
    *("kgi", "kpi", "kpi_target", "kgi_tree", "forecast", "gap_decomposition", "guardrail", "lever", "action"),
    *("initiative", "initiative_effect", "campaign_feedback", "pipeline_movement"),
    *("sharing", "agreement", "count_agreement", "restatement"),
)
"""What is written when nothing is named, in this order, as far as the file has it."""

BATCH = 5_000
"""Rows that are held at a time."""

_ORDER = {"kgi_tree": ("kgi_id", "sort"), "lever": ("kgi_id", "rank")}
_OF_A_ZONE = "TIMESTAMP WITH TIME ZONE"
_LATEST, _JAPANESE = "v_latest_", "v_ja_"


@dataclass(frozen=True)
class ExportColumn:
    """A column: `name` is the table's own, also where a view says it in Japanese; its headings and meanings in ja and en."""

    name: str
    type: str
    japanese: str
    meaning: Meaning

    def heading(self, language: Language) -> str:
        """Return the words over the column: its Japanese name, or its own."""
        return self.japanese if language == "ja" else self.name


@dataclass(frozen=True)
class ExportTable:
    """A table or view: `query` gives its rows. `rows` counts them."""

    name: str
    meaning: Meaning
    columns: tuple[ExportColumn, ...]
    query: str
    rows: int


@dataclass(frozen=True)
class MetricEntry:
    """A metric of the dictionary. Label and description are in ja and en."""

    name: str
    labels: tuple[str, str]
    descriptions: tuple[str, str]
    unit: str
    owner: str
    version: int | None


@dataclass(frozen=True)
class Shelf:
    """An open published file."""

    engine: Engine
    manifest: Manifest
    comments: Mapping[str, str]

    def tables(self, named: Sequence[str], *, all_nights: bool) -> tuple[ExportTable, ...]:
        """Return the tables that are named, each once; without names what a manager passes on.

        Raises KgiError for all names that `main` does not have.
        """
        wrong = [name for name in dict.fromkeys(named) if name not in self.comments]
        if wrong:
            known = [name for name in self.comments if not name.startswith((_LATEST, _JAPANESE))]
            raise KgiError(
                finding("export_unknown_table", hint=did_you_mean(name, self.comments), name=name, known=", ".join(known))
                for name in wrong
            )
        wanted = dict.fromkeys(named) if named else [name for name in PASSED_ON if name in self.comments]
        return tuple(self._table(name, all_nights=all_nights) for name in wanted)

    def batches(self, table: ExportTable) -> Iterator[Sequence[tuple[object, ...]]]:
        """Return the rows of a table, some thousand at a time."""
        return self.engine.batches(table.query, BATCH)

    @cached_property
    def units(self) -> Units:
        """The units of metrics, nodes of trees and goals, and the currency of the company where the file knows it."""
        metrics = self.engine.rows("select metric, unit, value_kind from ops.metric where unit is not null")
        nodes = self.engine.rows("select distinct node, unit from main.kgi_tree where unit is not null")
        goals = self.engine.rows("select distinct kgi_id, unit from main.kgi where unit is not null")
        return Units.of({**dict(nodes), **{name: unit for name, unit, _ in metrics}}, dict(goals))

    def dictionary(self) -> tuple[MetricEntry, ...]:
        """Return the metric dictionary."""
        rows = self.engine.rows(
            "select metric, label_ja, label_en, description_ja, description_en, coalesce(unit, ''), coalesce(owner, ''), version"
            " from ops.metric order by metric"
        )
        return tuple(
            MetricEntry(name, (ja, en), (said_ja, said_en), unit, owner, version)
            for name, ja, en, said_ja, said_en, unit, owner, version in rows
        )

    def _table(self, name: str, *, all_nights: bool) -> ExportTable:
        source = f"{_LATEST}{name}" if not all_nights and f"{_LATEST}{name}" in self.comments else name
        columns = self._columns(name)
        names = [column.name for column in columns]
        order = [each for each in _ORDER.get(name, ()) if each in names]
        stored = self.engine.columns(Relation("main", source))
        query = f"select {comma([_selected(column) for column in stored])} from {Relation('main', source)}"
        rows = self.engine.value(f"select count(*) from {Relation('main', source)}")
        ordered = f" order by {comma([f'{quote(each)} nulls last' for each in order])}" if order else ""
        return ExportTable(name, meaning_of(self.comments[name]), columns, query + ordered, rows)

    def _columns(self, name: str) -> tuple[ExportColumn, ...]:
        """Describe the columns of a table or view; a view is described by the table that it shows, column by column."""
        base = name.removeprefix(_LATEST).removeprefix(_JAPANESE)
        own = self._stored(base if base in self.comments else name)
        japanese = self._stored(f"{_JAPANESE}{base}")
        if len(japanese) != len(own):  # nobody has given this table Japanese names
            japanese = own
        return tuple(
            ExportColumn(column, type_, ja, meaning_of(comment or column))
            for (column, type_, comment), (ja, *_) in zip(own, japanese, strict=True)
        )

    def _stored(self, name: str) -> list[tuple[str, str, str | None]]:
        return self.engine.rows(
            "select column_name, data_type, comment from duckdb_columns()"
            " where database_name = 'pub' and schema_name = 'main' and table_name = ? order by column_index",
            [name],
        )


def _selected(column: Column) -> str:
    """Return what to select for a column: a time of a zone as that of UTC, one inside of a list or record as text."""
    name = quote(column.name)
    if column.type == _OF_A_ZONE:
        return f"timezone('UTC', {name})"
    return f"cast({name} as varchar)" if _OF_A_ZONE in column.type else name


@contextmanager
def open_shelf(published: Path) -> Iterator[Shelf]:
    """Open a published file for writing its tables out; the file itself is only read.

    Raises KgiError where it is not there, cannot be read, or is no published file of kgi.
    """
    with open_locked(published, timeout_seconds=None) as engine:
        if not engine.exists(Relation("ops", "manifest")):
            raise KgiError(finding("not_of_kgi", Place(str(published)), path=str(published)))
        manifest = Manifest(
            *engine.row("select run_id, as_of_date, published_at, kgi_version, schema_version from ops.manifest"),
        )
        comments = engine.rows(
            "select table_name, coalesce(comment, table_name) from duckdb_tables()"
            " where database_name = 'pub' and schema_name = 'main' and not internal union all"
            " select view_name, coalesce(comment, view_name) from duckdb_views()"
            " where database_name = 'pub' and schema_name = 'main' and not internal order by all"
        )
        yield Shelf(engine, manifest, dict(comments))
