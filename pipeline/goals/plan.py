"""A goal with everything that follows from its file and the calendar: its target, its months, the targets of its nodes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.backsolve import NodeTarget, backsolve
from pipeline.goals.calendar import Calendar
from pipeline.goals.goal import Goal
from pipeline.goals.measuring import MetricFact, Window
from pipeline.goals.rows import KpiTargetRow, reasons
from pipeline.goals.spread import Month, largest_remainder, spread_months, whole_count
from pipeline.goals.target import Baseline, Resolved, Sales, resolve
from pipeline.goals.tree import nodes

LATER = ("channels",)
"""Keys of a goal that are checked and kept, but do not yet give rows of their own."""


@dataclass(frozen=True)
class Plan:
    """One goal, planned. `months` have weights; `nodes` holds the whole period's target of each node."""

    goal: Goal
    target: Resolved
    months: tuple[Month, ...]
    nodes: tuple[NodeTarget, ...]
    verdict: str | None = None
    """Whether the plan is realistic, as judged on its first night."""
    growth_multiple: float | None = None
    """The target against what the same length of time before it brought."""

    @property
    def has_business_days(self) -> bool:
        """Whether a target can be spread over the period at all."""
        return any(month.weight for month in self.months)


def make_plan(
    goal: Goal,
    goals: Mapping[str, Goal],
    calendar: Calendar,
    baseline: Baseline,
    frozen: Mapping[tuple[str, int], float],
    sales: Sales = lambda _: None,
) -> Plan:
    """Work out a goal's target, its months and the targets of its nodes."""
    target = resolve(goal, goals, baseline, frozen, sales)
    solved = backsolve(goal, target.value, target.reason, target.rate)
    return Plan(goal, target, spread_months(goal, calendar), solved)


def windows_of(goal: Goal, months: tuple[Month, ...]) -> tuple[Window, ...]:
    """Return the rows of a goal in time: its period, then the months of it."""
    period = Window("period", goal.period.start, goal.period.end)
    return (period, *(Window("month", month.start, month.end) for month in months))


def is_spread(name: str, goal: Goal, facts: Mapping[str, MetricFact]) -> bool:
    """Tell whether a node's target is divided among the months: counts and amounts are, rates and prices hold in each."""
    fact = facts.get(name)
    if goal.plan_rate(name) is not None and name != goal.metric:
        return fact is not None and fact.kind == "count"
    return fact is None or fact.is_additive


def target_rows(plan: Plan, facts: Mapping[str, MetricFact], as_of: dt.date, run_id: str) -> tuple[KpiTargetRow, ...]:
    """Return the targets of every node: one row for the period and one for each of its months.

    `target_value` is unrounded; `target_count` of the period is rounded up and split by largest remainder, so months sum to
    it exactly. Source: docs/goals.md#spread.
    """
    rows: list[KpiTargetRow] = []
    for node in plan.nodes:
        spread = is_spread(node.name, plan.goal, facts)
        fact = facts.get(node.name)
        kind = fact.kind if fact else "rate" if plan.goal.plan_rate(node.name) else "count"
        total = whole_count(node.value) if node.value is not None and kind == "count" else None
        counts = largest_remainder(total or 0, [month.weight for month in plan.months])
        days = sum(month.business_days for month in plan.months)
        whole = Month(plan.goal.period.start, plan.goal.period.end, days, 1.0, 1.0)
        rows.append(_target_row(plan, node, kind, whole, (node.value, total, node.reason), as_of, run_id, "period"))
        for month, count in zip(plan.months, counts, strict=True):
            value, reason = node.value, node.reason
            if spread and value is not None:
                value = value * month.weight if plan.has_business_days else None
                reason = None if value is not None else "no_business_days"
            monthly = None if total is None or value is None else count if spread else total
            rows.append(_target_row(plan, node, kind, month, (value, monthly, reason), as_of, run_id, "month"))
    return tuple(rows)


def plan_findings(plan: Plan) -> tuple[Finding, ...]:
    """Say what of a plan has no target and why (E121, E122), and which keys of the file wait for a later version."""
    goal = plan.goal
    without: dict[str, list[str]] = {}
    for node in plan.nodes:
        if node.value is None and node.reason is not None:
            without.setdefault(node.reason, []).append(node.name)
    codes = {"rate_zero": "plan_rate_zero", "no_plan_rate": "plan_rate_missing"}
    found = [
        finding(
            codes.get(reason, "goal_no_target"),
            goal.place,
            severity=Severity.WARNING,
            name=goal.name,
            nodes=", ".join(names),
            reason=reason,
        )
        for reason, names in without.items()
    ]
    if kept := [key for key in LATER if getattr(goal, key)]:
        listed = ", ".join(kept)
        found.append(finding("goal_kept_for_later", goal.place, severity=Severity.INFO, name=goal.name, keys=listed))
    return tuple(found)


def metrics_of(goal: Goal, facts: Mapping[str, MetricFact]) -> tuple[str, ...]:
    """Return the names of a goal's tree that can be measured."""
    return tuple(name for name in nodes(goal.tree, goal.metric) if name in facts)


def _target_row(
    plan: Plan,
    node: NodeTarget,
    kind: str,
    month: Month,
    numbers: tuple[float | None, int | None, str | None],
    as_of: dt.date,
    run_id: str,
    grain: str,
) -> KpiTargetRow:
    goal, rate, (value, count, reason) = plan.goal, node.rate, numbers
    index = month.seasonal_index if grain == "month" else None
    columns = {
        "target_value": value,
        "target_count": count,
        "seasonal_index": index,
        "rate_used": rate.value if rate else None,
        "rate_source": rate.source if rate else None,
        "rate_n": rate.n if rate else None,
    }
    why: dict[str, str | None] = dict.fromkeys(("rate_used", "rate_source", "rate_n"), "assumed" if rate else "no_rate")
    signed = [("marketing", goal.agreed_by.marketing), ("sales", goal.agreed_by.sales)]
    agreed_by = ";".join(f"{department}={name}" for department, name in signed if name) or None
    columns["agreed_by"], why["agreed_by"] = agreed_by, "not_signed"
    why |= {"target_value": reason, "target_count": reason or "not_a_count", "seasonal_index": "by_month"}
    return KpiTargetRow(
        as_of_date=as_of,
        kgi_id=goal.name,
        metric=node.name,
        grain=grain,
        period_start=month.start,
        period_end=month.end,
        channel="total",
        plan_version=goal.plan_version,
        value_kind=kind,
        target_value=value,
        target_count=count,
        weight=month.weight,
        business_days=month.business_days,
        seasonal_index=index,
        rate_used=rate.value if rate else None,
        rate_source=rate.source if rate else None,
        rate_n=rate.n if rate else None,
        is_assumed=rate.is_assumed if rate else False,
        required_p50=None,
        required_p80=None,
        latest_useful_month=None,
        agreed_by=agreed_by,
        effective_from=goal.effective_from or goal.period.start,
        null_reason=reasons(why, columns),
        run_id=run_id,
    )
