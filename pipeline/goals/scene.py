"""What every part of the score is given: the goals as planned, what was measured, and the ways to ask for more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.findings import Finding
from pipeline.goals.calendar import Calendar
from pipeline.goals.definitions import Definitions
from pipeline.goals.goal import Goal
from pipeline.goals.initiative import Initiative
from pipeline.goals.measuring import Ask, Measured, MetricFact
from pipeline.goals.outlook import Flows, Outlook
from pipeline.goals.plan import Plan
from pipeline.goals.tables import Row
from pipeline.metrics import Question, SemanticManifest
from pipeline.profile import Company
from pipeline.shapes import Table


class Memory(Protocol):
    """What the sealed nights before this one said."""

    def first(self, table: str, *key: str, monthly: bool = False) -> tuple[Row, ...]:
        """Return, for each value of the key, the rows of the earliest night that holds it, `monthly` of each month."""

    def last(self, table: str) -> tuple[Row, ...]:
        """Return the rows of the newest of these nights; empty before the first."""


class NoMemory:
    """The memory of a first night."""

    def first(self, table: str, *key: str, monthly: bool = False) -> tuple[Row, ...]:
        """Return nothing: no night came before."""
        return ()

    def last(self, table: str) -> tuple[Row, ...]:
        """Return nothing: no night came before."""
        return ()


def _unanswered(question: Question) -> Table:
    raise NotImplementedError(f"nobody was given to answer {question}")


@dataclass(frozen=True)
class Scene:
    """One as-of date. `ask` answers a question to the metric layer; `table` gives a mart's rows, None where there is none.

    `flows` knows how entries become what is counted, each asked for once; `outlooks` says by goal where it lands;
    `earlier` holds the rows that the parts before gave, by table.
    `goals` are the versions in force, `versions` all that are written. `definitions` is what was agreed on about metrics;
    `ask_of` asks the metrics of another manifest, such as those under one version of an agreement.
    """

    goals: tuple[Goal, ...]
    plans: tuple[Plan, ...]
    facts: Mapping[str, MetricFact]
    measured: Measured
    calendar: Calendar
    company: Company
    as_of: dt.date
    run_id: str
    ask: Ask
    flows: Flows
    outlooks: Mapping[str, Outlook]
    memory: Memory = field(default_factory=NoMemory)
    table: Callable[[str], Table | None] = lambda _: None
    earlier: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    versions: tuple[Goal, ...] = ()
    definitions: Definitions = field(default_factory=Definitions)
    ask_of: Callable[[SemanticManifest], Ask] = lambda _: _unanswered
    initiatives: tuple[Initiative, ...] = ()

    def plan(self, goal: str) -> Plan:
        """Return the plan of a goal by its name."""
        return next(plan for plan in self.plans if plan.goal.name == goal)


@dataclass(frozen=True)
class Part:
    """What one part of the score gives: rows by table, and what a person must look at."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
