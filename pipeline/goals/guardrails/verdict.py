"""What a guardrail says of some days: a state, the numbers that led to it, and why others are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.findings import Finding
from pipeline.goals.calendar import month_end
from pipeline.goals.guardrails.guardrail import Guardrail
from pipeline.goals.guardrails.judging import Compared, State
from pipeline.goals.guardrails.samples import Failed, last_month
from pipeline.goals.measuring import TOTAL

__all__ = ["Cell", "Numbers", "Verdict", "silent"]

Cell = float | bool | str | dt.date | None
Numbers = dict[str, Cell]


@dataclass(frozen=True)
class Verdict:
    """What one guardrail says of some days, in total or for a member. `numbers` are columns of its row; `why` explains nulls.

    `compared` is there for a comparison that may speak: the tier of it waits for Holm's correction over all guardrails.
    """

    guardrail: Guardrail
    start: dt.date
    end: dt.date
    state: State
    member: str = TOTAL
    numbers: Mapping[str, Cell] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    compared: Compared | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether the KPI grew and what came of it did not."""
        return self.numbers.get("local_optimisation") is True


def silent(guardrail: Guardrail, as_of: dt.date, failed: Failed) -> Verdict:
    """Say that a metric gives no numbers, and why: that is not green."""
    month = last_month(as_of)
    why = {"value": failed.reason}
    return Verdict(guardrail, month, month_end(month), "insufficient_data", why=why, findings=failed.findings)
