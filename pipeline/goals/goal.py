"""What a goal is: frozen values without files, databases or clocks in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from pipeline.findings import Place
from pipeline.goals.guardrails.guardrail import Guardrail
from pipeline.goals.phases.criterion import Criterion
from pipeline.goals.signatures import UNSIGNED, Signatures
from pipeline.goals.tree import Tree

Phase = Literal["early", "middle", "late"]
Direction = Literal["up", "down"]
ShareBasis = Literal["revenue", "pipeline"]


@dataclass(frozen=True)
class Period:
    """The days a goal is about, both ends included; `written` is how its file says it."""

    start: dt.date
    end: dt.date
    written: str


@dataclass(frozen=True)
class Value:
    """A target that is a number, in the goal's unit."""

    value: float


@dataclass(frozen=True)
class SalesForecast:
    """What sales will bring by itself, by forecast: closed and in flight at the eve of a date, of an amount that is won.

    `measure` is p10, p50 or p90 of the landing, or `closed_only`.
    """

    at: dt.date
    measure: Literal["p10", "p50", "p90", "closed_only"]
    metric: str


@dataclass(frozen=True)
class ShortfallShare:
    """A share of what sales will not reach: share x max(0, sales_target - landing).

    With the basis `revenue` the target is divided by the plan rate `win_rate`: it is pipeline that must bring the revenue.
    """

    sales_target: float
    landing: float | SalesForecast
    landing_at: dt.date | None
    share: float
    basis: ShareBasis
    win_rate: str


@dataclass(frozen=True)
class MultipleOfBaseline:
    """A multiple of what a metric was in an earlier period: 1.2 is 20 % more."""

    metric: str
    baseline: Period
    multiple: float


@dataclass(frozen=True)
class SumOf:
    """The sum of other goals' targets."""

    goals: tuple[str, ...]


TargetRule = Value | ShortfallShare | MultipleOfBaseline | SumOf


@dataclass(frozen=True)
class PlanRate:
    """An agreed rate or price. `n` is how many cases it rests on; without them it is an assumption."""

    name: str
    value: float
    source: str = "agreed"
    n: int | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether nothing was counted to get this number."""
        return not self.n


@dataclass(frozen=True)
class Lag:
    """How long one stage takes to follow another; kept for the forecast."""

    earlier: str
    later: str
    source: str
    window: str
    tail: str | None = None


@dataclass(frozen=True)
class Trailing:
    """Plan rates that the past gives: of the cohorts of so many months that had grown old when the plan began.

    `strength` is how many cases of a longer past stand behind them (shrinkage); 0 for none.
    """

    months: int
    strength: float = 0.0


@dataclass(frozen=True)
class Realism:
    """The bounds of the verdict on a goal; kept for the check of realism."""

    min_probability: float = 0.05
    stretch_below: float = 0.5


@dataclass(frozen=True)
class Override:
    """Why a goal stands although it was judged unrealistic, and who takes it upon them."""

    reason: str
    approved_by: str


@dataclass(frozen=True)
class AgreedLever:
    """What is agreed on about improving a factor: what it costs and how good it can become; None where nothing is."""

    factor: str
    cost: float | None = None
    best: float | None = None


@dataclass(frozen=True)
class Goal:
    """One KGI as its file says it: a number with an owner and a period, and the KPIs that lead to it."""

    name: str
    label_ja: str
    label_en: str
    phase: Phase
    metric: str
    unit: str
    direction: Direction
    period: Period
    target: TargetRule
    place: Place
    roles: tuple[tuple[str, str], ...] = ()
    tree: Tree = ()
    plan_rates: tuple[PlanRate, ...] = ()
    seasonal_index: tuple[float, ...] = field(default=(1.0,) * 12)
    """One factor per month of the fiscal year, its first month first."""
    plan_version: int = 1
    effective_from: dt.date | None = None
    rolls_up_to: str | None = None
    channels: tuple[str, ...] = ()
    lags: tuple[Lag, ...] = ()
    controllable_by: tuple[tuple[str, tuple[str, ...]], ...] = ()
    realism: Realism | None = None
    definition: str | None = None
    guardrails: tuple[Guardrail, ...] = ()
    agreed_by: Signatures = UNSIGNED
    override: Override | None = None
    trailing: Trailing | None = None
    seasonal_months: int | None = None
    """How many months of the past give the seasonal index; None where it is written, or even."""
    spread_by: Literal["entry", "landing"] = "entry"
    levers: tuple[AgreedLever, ...] = ()
    needed_next: tuple[Criterion, ...] = ()
    """What must hold before a goal of the next phase can be measured; nothing for a late goal."""

    @property
    def holds_from(self) -> dt.date:
        """The first day of this version of the plan; the first day of the period where none is written."""
        return self.effective_from or self.period.start

    def owner(self, role: str) -> str | None:
        """Return who holds a role, None when nobody is named."""
        return dict(self.roles).get(role)

    def plan_rate(self, name: str) -> PlanRate | None:
        """Return the agreed rate of this name, None when there is none."""
        return next((rate for rate in self.plan_rates if rate.name == name), None)

    def lever(self, factor: str) -> AgreedLever | None:
        """Return what is agreed on about improving a factor, None when nothing is."""
        return next((each for each in self.levers if each.factor == factor), None)
