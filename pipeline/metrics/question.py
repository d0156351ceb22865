"""A metric question and what it compiles to, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.shapes import Relation


@dataclass(frozen=True)
class Question:
    """What is asked; names are MetricFlow's.

    `start_time` and `end_time` are ISO dates or times on metric_time, both included and widened to whole periods of the
    grain asked for. `cutoff` is never widened: only facts whose own time is on or before this business date are read, and
    calendars end there. `parts` puts `<metric>__numerator` and `<metric>__denominator` beside each ratio.
    `dedupe` False keeps the duplicates of a question without metrics.
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


@dataclass(frozen=True)
class Compiled:
    """One SELECT for DuckDB, the columns it gives and the tables it reads."""

    sql: str
    columns: tuple[str, ...]
    reads: tuple[Relation, ...]
