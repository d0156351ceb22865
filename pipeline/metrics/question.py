"""A metric question and what it compiles to, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

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
