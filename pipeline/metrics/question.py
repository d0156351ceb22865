"""A metric question and what it compiles to, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Literal, get_args

from pipeline.findings import Finding, KgiError, did_you_mean, finding
from pipeline.shapes import Relation

Basis = Literal["previous_period", "previous_year", "previous_fiscal_year"]


@dataclass(frozen=True)
class Comparison:
    """What a question is compared with. The dates say which days of the past stand beside those that are asked for.

    `start` is the first day that counts on the earlier side (None: none is too early), `until` the last (None: none is too
    late). `own_start` is the first day on the question's own side where it is not the one that the question names.
    """

    basis: Basis
    start: dt.date | None = None
    until: dt.date | None = None
    own_start: dt.date | None = None


@dataclass(frozen=True)
class Cohorts:
    """A conversion followed by age: who entered in a period of `grain`, and how many had converted within 1, 2, ... `age`."""

    grain: str
    age: str


@dataclass(frozen=True)
class Question:
    """What is asked; names are MetricFlow's.

    `start_time` and `end_time` are ISO dates or times on metric_time, both included and widened to whole periods of the
    grain asked for. `cutoff` is never widened: only facts whose own time is on or before this business date are read, and
    calendars end there. `parts` puts `<metric>__numerator` and `<metric>__denominator` beside each ratio.
    `dedupe` False keeps the duplicates of a question without metrics. `compare` puts the same metrics of an earlier time, the
    difference and the ratio to them beside each metric. `cohorts` asks for one conversion by cohort and age.
    """

    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    start_time: str | None = None
    end_time: str | None = None
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    saved_query: str | None = None
    min_max: bool = False
    dedupe: bool = True
    cutoff: dt.date | None = None
    parts: bool = False
    compare: Comparison | None = None
    cohorts: Cohorts | None = None


@dataclass(frozen=True)
class Compiled:
    """One SELECT for DuckDB, the columns it gives and the tables it reads."""

    sql: str
    columns: tuple[str, ...]
    reads: tuple[Relation, ...]


_NAMES = "a list of texts"
_BASIS = f"one of {', '.join(get_args(Basis))}"
_COHORTS = "an object with the texts grain and age"
_FORMS = {
    "tuple[str, ...]": _NAMES,
    "str | None": "a text",
    "int | None": "a number, 0 or more",
    "bool": "true or false",
    "Comparison | None": _BASIS,
    "Cohorts | None": _COHORTS,
}
_LARGEST = 2**63 - 1


def question_of(asked: object) -> Question:
    """Read a question that came as JSON; null stands for a key's default.

    Raises KgiError with every key that is unknown or whose value is of another kind.
    """
    if not isinstance(asked, dict):
        raise KgiError(_wrong("question", asked, "an object with the keys of a question"))
    forms = {each.name: _FORMS[str(each.type)] for each in fields(Question) if str(each.type) in _FORMS}
    found: list[Finding] = []
    values: dict[str, object] = {}
    for key, value in asked.items():
        if key not in forms:
            found.append(finding("metric_question_key", hint=did_you_mean(key, forms), key=_short(key)))
        elif value is not None and not _fits(value, forms[key]):
            found.append(_wrong(key, value, forms[key]))
        elif value is not None:
            values[key] = _value(value, forms[key])
    if found:
        raise KgiError(found)
    return Question(**values)  # type: ignore[arg-type]


def _fits(value: object, form: str) -> bool:
    match value:
        case bool():
            return form == "true or false"
        case int():
            return form == "a number, 0 or more" and 0 <= value <= _LARGEST
        case str():
            return form == "a text" or (form == _BASIS and value in get_args(Basis))
        case list():
            return form == _NAMES and all(isinstance(each, str) for each in value)
        case dict():
            return form == _COHORTS and set(value) == {"grain", "age"} and all(isinstance(each, str) for each in value.values())
        case _:
            return False


def _value(value: object, form: str) -> object:
    match value:
        case list():
            return tuple(value)
        case dict():
            return Cohorts(**value)
        case str() if form == _BASIS:
            return Comparison(value)  # type: ignore[arg-type]
        case _:
            return value


def _wrong(key: str, value: object, expected: str) -> Finding:
    return finding("metric_question_value", key=key, value=_short(value), expected=expected)


def _short(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    text = text.encode(errors="replace").decode()
    return text if len(text) <= 40 else text[:37] + "..."
