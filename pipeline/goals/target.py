"""A goal's rule for its target -> a number with the words of its formula, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.goals.goal import Goal, MultipleOfBaseline, PlanRate, SalesForecast, ShortfallShare, SumOf, Value

Baseline = Callable[[MultipleOfBaseline], float | None]
Sales = Callable[[SalesForecast], float | None]
"""What sales will bring by itself by a forecast; None before its date, or where nothing can be said."""


@dataclass(frozen=True)
class Resolved:
    """A goal's target for its whole period, in its unit. `reason` says why `value` is None; `rate` is what it was divided by."""

    value: float | None
    rule: str
    reason: str | None = None
    rate: PlanRate | None = None
    covered_by_sales: bool = False
    shortfall: float | None = None
    """What sales will not reach, as the plan has it; None for a target of another kind."""


def resolve(
    goal: Goal,
    goals: Mapping[str, Goal],
    baseline: Baseline,
    frozen: Mapping[tuple[str, int], float],
    sales: Sales = lambda _: None,
) -> Resolved:
    """Return the target of a goal.

    `baseline` answers what a metric was in an earlier period, `sales` what sales will bring by itself. `frozen` holds targets
    that were derived from data when their plan version was first scored: a plan is not moved by a later night.
    Source: docs/goals.md#target.
    """
    match goal.target:
        case Value(value):
            return Resolved(value, f"value {_text(value)}")
        case ShortfallShare():
            return _shortfall(goal, goal.target, frozen.get((goal.name, goal.plan_version)), sales)
        case MultipleOfBaseline():
            return _multiple(goal, goal.target, baseline, frozen)
        case SumOf(names):
            parts = [resolve(goals[name], goals, baseline, frozen, sales) for name in names]
            rule = f"sum_of {' + '.join(names)}"
            if any(part.value is None for part in parts):
                return Resolved(None, rule, "part_without_target")
            return Resolved(math.fsum(part.value for part in parts if part.value is not None), rule)


def _shortfall(goal: Goal, target: ShortfallShare, kept: float | None, sales: Sales) -> Resolved:
    dated = f" at {target.landing_at}" if target.landing_at else ""
    landing = target.landing
    if isinstance(landing, SalesForecast):
        words = f"forecast of {landing.metric}, {landing.measure}"
        rule = f"shortfall_share {_text(target.share)} x max(0, {_text(target.sales_target)} - {words}{dated})"
        if kept is not None:
            # the plan version was made with the forecast of its first night; what it was follows from the target
            rate = goal.plan_rate(target.win_rate) if target.basis == "revenue" else None
            shortfall = kept * (rate.value if rate else 1.0) / target.share if target.share else 0.0
            return Resolved(kept, rule, rate=rate, covered_by_sales=not kept, shortfall=shortfall)
        said = sales(landing)
        if said is None:
            return Resolved(None, rule, "landing_not_known")
        landing, rule = said, f"{rule[:-1]} = {_text(round(said))})"
    else:
        rule = f"shortfall_share {_text(target.share)} x max(0, {_text(target.sales_target)} - {_text(landing)}{dated})"
    shortfall = max(0.0, target.sales_target - landing)
    needed = target.share * shortfall
    if not shortfall:
        return Resolved(0.0, rule, covered_by_sales=True, shortfall=0.0)
    if target.basis == "pipeline":
        return Resolved(needed, rule, shortfall=shortfall)
    rate = goal.plan_rate(target.win_rate)
    if rate is None:
        return Resolved(None, f"{rule} / {target.win_rate}", "no_plan_rate", shortfall=shortfall)
    rule = f"{rule} / {target.win_rate} {_text(rate.value)}"
    if not rate.value:
        return Resolved(None, rule, "rate_zero", rate, shortfall=shortfall)
    return Resolved(needed / rate.value, rule, rate=rate, shortfall=shortfall)


def _multiple(goal: Goal, target: MultipleOfBaseline, baseline: Baseline, frozen: Mapping[tuple[str, int], float]) -> Resolved:
    rule = f"multiple_of_baseline {_text(target.multiple)} x {target.metric} ({target.baseline.written})"
    if (kept := frozen.get((goal.name, goal.plan_version))) is not None:
        return Resolved(kept, rule)
    base = baseline(target)
    if base is None:
        return Resolved(None, rule, "baseline_missing")
    if base <= 0:
        return Resolved(None, rule, "baseline_zero")
    return Resolved(target.multiple * base, f"{rule} = {_text(base)}")


def _text(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else repr(value)
