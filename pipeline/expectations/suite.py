"""What a suite file says, as frozen values: Suite, Expectation, Condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.expectations.catalogue import KINDS, TEMPLATES, Kind
from pipeline.findings import Place


@dataclass(frozen=True)
class Condition:
    """One comparison of a row_condition; `value` is None for is_null and is_not_null, a tuple for in and not_in."""

    column: str
    operator: str
    value: object = None


@dataclass(frozen=True)
class Expectation:
    """One line of a suite. `arguments` are those of the type, lists as tuples. Position 0 is the row count we add ourselves."""

    position: int
    type: str
    arguments: tuple[tuple[str, object], ...]
    severity: str
    condition: tuple[Condition, ...]
    name: str | None
    description_ja: str | None
    description_en: str | None
    place: Place

    @property
    def kind(self) -> Kind:
        """What is known of the type."""
        return KINDS[self.type]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it judges."""
        written = dict(self.arguments)
        single = [written[key] for key in ("column", "column_A", "column_B") if key in written]
        listed = written.get("column_list", ())
        return tuple(str(name) for name in (*single, *(listed if isinstance(listed, tuple) else ())))


@dataclass(frozen=True)
class Suite:
    """What one file expects of one table.

    `on` is the name of a model, `source.table` for an export, or a goal table. `fingerprint` changes when what is checked does.
    """

    name: str
    on: str
    expectations: tuple[Expectation, ...]
    allow_empty: bool
    place: Place
    fingerprint: str


def templates_of(suite: Suite) -> tuple[tuple[str, Place], ...]:
    """Return the texts that will be rendered when the suite runs, so that a caller can see which tables they name."""
    return tuple(
        (value, each.place)
        for each in suite.expectations
        for key, value in each.arguments
        if key in TEMPLATES and isinstance(value, str)
    )


def frozen(value: object) -> object:
    """Return YAML data with tuples for lists, and sorted pairs under `Pairs` for mappings."""
    if isinstance(value, list):
        return tuple(frozen(each) for each in value)
    if isinstance(value, Mapping):
        return Pairs(tuple((str(key), frozen(each)) for key, each in value.items()))
    return value


def thawed(value: object) -> Any:
    """Return frozen data as the lists and dictionaries that Great Expectations takes."""
    if isinstance(value, Pairs):
        return {key: thawed(each) for key, each in value.items}
    if isinstance(value, tuple):
        return [thawed(each) for each in value]
    return value


@dataclass(frozen=True)
class Pairs:
    """A mapping of the file, frozen."""

    items: tuple[tuple[str, object], ...]
