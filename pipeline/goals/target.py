"""A goal's rule for its target -> a number with the words of its formula, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.goals.goal import Goal, MultipleOfBaseline, PlanRate, ShortfallShare, SumOf, Value

Baseline = Callable[[MultipleOfBaseline], float | None]


@dataclass(frozen=True)
class Resolved:
    """A goal's target for its whole period, in its unit. `reason` says why `value` is None; `rate` is what it was divided by."""

    value: float | None
    rule: str
    reason: str | None = None
    rate: PlanRate | None = None
    covered_by_sales: bool = False


def resolve(goal: Goal, goals: Mapping[str, Goal], baseline: Baseline, frozen: Mapping[tuple[str, int], float]) -> Resolved:
    """Return the target of a goal.

    `baseline` answers what a metric was in an earlier period. `frozen` holds targets that were derived from data when their
    plan version was first scored: a plan is not moved by a later night. Source: docs/goals.md#target.
    """
    match goal.target:
        case Value(value):
            return Resolved(value, f"value {_text(value)}")
        case ShortfallShare():
            return _shortfall(goal, goal.target)
        case MultipleOfBaseline():
            return _multiple(goal, goal.target, baseline, frozen)
        case SumOf(names):
            parts = [resolve(goals[name], goals, baseline, frozen) for name in names]
            rule = f"sum_of {' + '.join(names)}"
            if any(part.value is None for part in parts):
                return Resolved(None, rule, "part_without_target")
            return Resolved(math.fsum(part.value for part in parts if part.value is not None), rule)


def _shortfall(goal: Goal, target: ShortfallShare) -> Resolved:
    shortfall = max(0.0, target.sales_target - target.landing)
    needed = target.share * shortfall
    dated = f" at {target.landing_at}" if target.landing_at else ""
    rule = f"shortfall_share {_text(target.share)} x max(0, {_text(target.sales_target)} - {_text(target.landing)}{dated})"
    if not shortfall:
        return Resolved(0.0, rule, covered_by_sales=True)
    if target.basis == "pipeline":
        return Resolved(needed, rule)
    rate = goal.plan_rate(target.win_rate)
    if rate is None:
        return Resolved(None, f"{rule} / {target.win_rate}", "no_plan_rate")
    rule = f"{rule} / {target.win_rate} {_text(rate.value)}"
    if not rate.value:
        return Resolved(None, rule, "rate_zero", rate)
    return Resolved(needed / rate.value, rule, rate=rate)


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
