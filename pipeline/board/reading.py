"""The published file -> what it says of each goal on its newest night: the goal's row and the rows of every table about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.query import open_locked

Row = Mapping[str, Any]
_READ: tuple[tuple[str, str], ...] = (
    ("kgi_tree", "order by kgi_id, sort"),
    ("forecast", "where grain = 'period' order by kgi_id, component"),
    (
        "gap_decomposition",
        "where contribution is not null and (kind <> 'total' or plan + actual is not null)"
        " order by kgi_id, basis, kind, abs(contribution) desc, channel, factor",
    ),
    ("kpi_target", "where grain = 'period' order by kgi_id, metric"),
    ("funnel_lag", "order by earlier, later, age_weeks"),
    ("guardrail", "order by guardrail, channel, period_start"),
    ("lever", "order by kgi_id, rank"),
    ("action", "order by kgi_id, expected_recovery desc nulls last, due nulls last, action"),
    ("realism_check", 'order by kgi_id, "check"'),
    ("phase_readiness", "order by kgi_id, criterion"),
    ("definition_bridge", "order by agreement, metric, period_start"),
)
"""What is read of a night beside `kgi`. A table that the file does not have gives no rows."""


@dataclass(frozen=True)
class GoalBoard:
    """One goal: its row of `kgi` over its period, by table the rows about it, and the unit of every metric."""

    kgi: Row
    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The goal's id."""
        return str(self.kgi["kgi_id"])

    def rows(self, table: str, **where: object) -> tuple[Row, ...]:
        """Return the rows of a table in which these columns hold these values."""
        return tuple(row for row in self.tables.get(table, ()) if all(row[name] == value for name, value in where.items()))

    def row(self, table: str, **where: object) -> Row | None:
        """Return the first such row, None where there is none."""
        return next(iter(self.rows(table, **where)), None)

    def node(self, name: str) -> Row | None:
        """Return a node of the goal's tree."""
        return self.row("kgi_tree", node=name)


def read_board(published: Path, named: Sequence[str] = ()) -> tuple[GoalBoard, ...]:
    """Read the goals of a published file, all or those named, in the order of their names.

    Raises KgiError where the file is not there or cannot be read, and for a goal that it does not hold.
    """
    with open_locked(published) as engine:
        goals = _records(engine, "kgi", "where grain = 'period' order by kgi_id")
        known = [row["kgi_id"] for row in goals]
        wrong = [name for name in named if name not in known]
        if wrong:
            raise KgiError(
                finding("unknown_goal", hint=did_you_mean(name, known), name=name, known=", ".join(known)) for name in wrong
            )
        tables = {table: _records(engine, table, rest) for table, rest in _READ}
        units = {str(row["metric"]): str(row["unit"] or "") for row in _asked(engine, ("select metric, unit from ops.metric",))}
    return tuple(_board(row, tables, units) for row in goals if not named or row["kgi_id"] in named)


def as_of_of(boards: Sequence[GoalBoard]) -> dt.date | None:
    """Return the date that the goals are seen from, None where there are none."""
    return max((board.kgi["as_of_date"] for board in boards), default=None)


def _board(goal: Row, tables: Mapping[str, tuple[Row, ...]], units: Mapping[str, str]) -> GoalBoard:
    own = {table: tuple(row for row in rows if row.get("kgi_id") == goal["kgi_id"]) for table, rows in tables.items()}
    metrics = {goal["metric"], *(row["node"] for row in own["kgi_tree"])}
    own["guardrail"] = tuple(row for row in tables["guardrail"] if metrics & {row["protects"], row["paired_with"]})
    own["definition_bridge"] = tuple(row for row in tables["definition_bridge"] if row["metric"] in metrics)
    steps = {(row["earlier"], row["later"]) for row in tables["funnel_lag"]}
    followed = {pair for pair in steps if set(pair) <= metrics}
    own["funnel_lag"] = tuple(row for row in tables["funnel_lag"] if (row["earlier"], row["later"]) in followed)
    return GoalBoard(goal, own, units)


def _records(engine: Engine, table: str, rest: str) -> tuple[Row, ...]:
    """Read the newest night of a table: its v_latest_ view where earlier nights stay, else the table itself."""
    return _asked(engine, [f"select * from main.{name} {rest}" for name in (f"v_latest_{table}", table)])


def _asked(engine: Engine, questions: Sequence[str]) -> tuple[Row, ...]:
    """Return the answer to the first question that the file can answer, nothing where there is none."""
    for question in questions:
        try:
            return tuple(engine.table(question).records())
        except EngineError as error:
            if error.kind not in ("Catalog", "Binder"):
                raise
    return ()
