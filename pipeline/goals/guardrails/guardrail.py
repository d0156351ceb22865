"""What a guardrail is: a metric that must not suffer while a KPI is pursued, and the test that tells. Frozen values only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from pipeline.findings import Place

__all__ = ["AgreedRate", "Capacity", "Comparison", "Days", "Guardrail", "Outcome", "ProcessLimits", "Test"]


@dataclass(frozen=True)
class Days:
    """Whole months, both ends included."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Comparison:
    """Hold the newest mature months against a baseline, by Newcombe's interval: never worse by more than `margin`.

    `baseline` is a number of months before the window, or named months; `window` is in months. With `local` the test is of local
    optimisation: it speaks only where the KPI was pursued, its volume grew and what came of it did not.
    """

    margin: float
    baseline: int | Days
    window: int
    confidence: float
    local: bool = False


@dataclass(frozen=True)
class AgreedRate:
    """Hold all mature entries since a day against an agreed rate, by an e-value.

    The rate is a number, or the name of a plan rate of the goals that name the guardrail; `since` None: since their plan holds.
    """

    rate: float | str
    since: dt.date | None = None


@dataclass(frozen=True)
class ProcessLimits:
    """Hold the newest month against the limits of an XmR chart over the first `points` months of the year before."""

    points: int


@dataclass(frozen=True)
class Capacity:
    """Hold the hours that a month needed against the hours there were.

    `hours_each` is a standard per unit of the metric, which makes the need an assumption; None: the metric is in hours. From
    `watch_at` on the use is watched, above 1 it is a breach.
    """

    available: float
    hours_each: float | None
    watch_at: float


Test = Comparison | AgreedRate | ProcessLimits | Capacity


@dataclass(frozen=True)
class Outcome:
    """Two conversion rates: of those that the guardrail counts, and of their like in time; the gap is what is lost."""

    risky: str
    usual: str


@dataclass(frozen=True)
class Guardrail:
    """One guardrail as its file says it. `paired_with` is the KPI whose pursuit is risky, `protects` the metric that suffers."""

    name: str
    label_ja: str
    label_en: str
    protects: str
    metric: str
    direction: Literal["up", "down"]
    kind: str
    test: Test
    min_n: int
    place: Place
    paired_with: str | None = None
    owner: str | None = None
    cause_by: str | None = None
    outcome: Outcome | None = None
