"""The targets of all goals -> what each metric should be over some days, and how much of it is due by now."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.goals.calendar import Calendar
from pipeline.goals.measuring import MetricFact
from pipeline.goals.plan import Plan, is_spread
from pipeline.goals.rows import KpiTargetRow
from pipeline.goals.spread import due_share


@dataclass(frozen=True)
class Aim:
    """The target of a metric over some days, or why it has none.

    `due` is the part of it that is due by the as-of date: for counts and amounts by business days, for rates all of it; None
    where nothing can be said. `less_is_better` when it is a goal's own target and the goal says so.
    """

    value: float | None
    reason: str | None = None
    due: float | None = None
    less_is_better: bool = False


Aims = Mapping[tuple[str, dt.date, dt.date], Aim]


def aims_of(
    plans: Sequence[Plan], targets: Sequence[KpiTargetRow], facts: Mapping[str, MetricFact], calendar: Calendar, as_of: dt.date
) -> Aims:
    """Index the targets by metric and days; quarters and halves that months tile exactly get the sum of their months."""
    found: dict[tuple[str, dt.date, dt.date], list[Aim]] = {}
    by_name = {plan.goal.name: plan for plan in plans}
    groups: dict[tuple[str, str], list[KpiTargetRow]] = {}
    for row in targets:
        groups.setdefault((row.kgi_id, row.metric), []).append(row)
    for (kgi, metric), rows in groups.items():
        plan = by_name[kgi]
        spread = is_spread(metric, plan.goal, facts)
        down = plan.goal.direction == "down" and metric == plan.goal.metric
        shares = {month.start: due_share(month, calendar, as_of) if spread else 1.0 for month in plan.months}
        months = [row for row in rows if row.grain == "month"]
        aims = [_month(row, shares[row.period_start], down) for row in months]
        for length in range(1, len(months) + 1):
            for at in range(len(months) - length + 1) if length in (1, 3, 6, 12) else ():
                # a run as long as the goal is its period, which has a row of its own
                if length == 1 or length != len(months):
                    key = (metric, months[at].period_start, months[at + length - 1].period_end)
                    found.setdefault(key, []).append(_over(aims[at : at + length], spread=spread))
        for row in rows:
            if row.grain == "period":
                key = (metric, row.period_start, row.period_end)
                found.setdefault(key, []).append(_period(row, aims, down, as_of, spread=spread))
    return {key: _one(aims) for key, aims in found.items()}


def _month(row: KpiTargetRow, share: float, down: bool) -> Aim:
    due = row.target_value * share if row.target_value is not None else None
    return Aim(row.target_value, _reason(row.null_reason), due, down)


def _period(row: KpiTargetRow, months: Sequence[Aim], down: bool, as_of: dt.date, *, spread: bool) -> Aim:
    due = _over(months, spread=spread).due if months else None
    if row.period_end <= as_of:
        due = row.target_value
    return Aim(row.target_value, _reason(row.null_reason), due if row.target_value is not None else None, down)


def _over(run: Sequence[Aim], *, spread: bool) -> Aim:
    first = run[0]
    missing = next((aim for aim in run if aim.value is None or aim.due is None), None)
    if missing is not None:
        return Aim(None, missing.reason, None, first.less_is_better)
    if not spread:
        return first
    value, due = math.fsum(aim.value or 0.0 for aim in run), math.fsum(aim.due or 0.0 for aim in run)
    return Aim(value, None, due, first.less_is_better)


def _one(aims: Sequence[Aim]) -> Aim:
    """Keep the target that all goals agree on; a metric that two goals want differently has no target of its own."""
    first, *others = aims
    for other in others:
        same = first.value is not None and other.value is not None and math.isclose(first.value, other.value, rel_tol=1e-9)
        if not same or first.less_is_better != other.less_is_better:
            return Aim(None, "several_goals")
    return first


def _reason(null_reason: str | None) -> str | None:
    pairs = dict(part.split("=", 1) for part in (null_reason or "").split(";") if part)
    return pairs.get("target_value")
