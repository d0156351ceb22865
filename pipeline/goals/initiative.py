"""What an initiative is: what is done, for which KPI, what it shall bring and with whom it is compared. Frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from pipeline.findings import Place
from pipeline.goals.goal import Period

Method = Literal["holdout", "did", "series", "before_after"]
Basis = Literal["cohort_landing", "period"]
Decision = Literal["continue", "change", "stop"]
State = Literal["planned", "running", "done", "late", "cancelled"]
GRADES: dict[Method, str] = {"holdout": "A", "did": "B", "series": "C", "before_after": "D"}
"""How much a comparison proves, from a randomised one down to one with the past alone. Source: docs/initiatives.md#grades."""


@dataclass(frozen=True)
class Side:
    """Whom a comparison looks at: members of a dimension. `group_by` is its name as the metric layer is asked for it."""

    dimension: str
    group_by: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """How the effect is read: the treated against the control, after against before.

    `control` is None for before_after alone, `before` for holdout alone.
    """

    method: Method
    treated: Side
    control: Side | None
    before: Period | None
    after: Period | None
    """The days whose KPI is read; None: the initiative's own days."""


@dataclass(frozen=True)
class Expected:
    """What the initiative shall bring, in the KPI's unit: over all its days for a quantity, as a difference for a rate.

    `cases` is how many cases a rate's difference applies to; None for a quantity.
    """

    effect: float
    unit: str
    basis: Basis
    cases: float | None = None


@dataclass(frozen=True)
class Done:
    """What has happened: the real days and the real cost so far; None for what is not known yet."""

    start: dt.date | None = None
    end: dt.date | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Initiative:
    """One initiative as its file says it."""

    name: str
    label_ja: str
    label_en: str
    owner: str
    kpi: str
    expected: Expected
    planned: Period
    planned_cost: float | None
    comparison: Comparison
    place: Place
    sales_members: tuple[str, ...] = ()
    done: Done = Done()
    decision: Decision | None = None
    kgi: str | None = None

    def state(self, as_of: dt.date) -> State:
        """Return where the initiative stands at the end of a day.

        Stopped before its end it is cancelled; late is what should have begun, or should be over, and is not.
        """
        if self.done.end is not None and self.done.end <= as_of:
            return "done"
        if self.decision == "stop" and self.done.end is None:
            return "cancelled"
        if self.done.start is not None and self.done.start <= as_of:
            return "late" if as_of > self.planned.end else "running"
        return "late" if as_of > self.planned.start else "planned"

    @property
    def days(self) -> Period:
        """The days of the initiative: the real ones where they are known, else the planned ones."""
        start = self.done.start or self.planned.start
        end = self.done.end or max(self.planned.end, start)
        return Period(start, end, f"{start}..{end}")

    @property
    def cost(self) -> float | None:
        """What it has cost; what it shall cost where that is not known; None where neither is."""
        return self.done.cost if self.done.cost is not None else self.planned_cost
