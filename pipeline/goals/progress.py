"""A planned goal and what was measured -> its rows of `kgi`: where it stands against what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.goals.calendar import Calendar
from pipeline.goals.goal import ShortfallShare
from pipeline.goals.guardrails.part import with_breach
from pipeline.goals.measuring import Measured, MetricFact, Reading, Window
from pipeline.goals.outlook import Outlook
from pipeline.goals.plan import Plan, is_spread, windows_of
from pipeline.goals.rows import KgiRow, divide, reasons
from pipeline.goals.spread import TOLERANCE, Month, due_share, open_days, target_to_date
from pipeline.goals.statistics.predictive import verdict_of
from pipeline.goals.trust import maturity_of

_OWNERS = {"marketing_owner": "marketing", "sales_owner": "sales", "coordinator": "coordinator"}


@dataclass(frozen=True)
class Standing:
    """Target, the part of it that is due, and the actual of one row, each with the reason where it is None."""

    target: float | None
    due: float | None
    actual: float | None
    why_target: str | None = None
    why_due: str | None = None
    why_actual: str | None = None


def kgi_rows(
    plan: Plan,
    outlook: Outlook,
    facts: Mapping[str, MetricFact],
    measured: Measured,
    calendar: Calendar,
    as_of: dt.date,
    run_id: str,
    *,
    guarded: str | None = None,
    agreement: str | None = None,
    covered: tuple[float | None, str | None] = (None, "no_gap_known"),
) -> tuple[KgiRow, ...]:
    """Return one row for the goal's period and one for each of its months; months sum to the period for what can be summed.

    `guarded` is the worst state of the goal's guardrails: the period's row says it, and is not plainly attained in a breach.
    `agreement` says where its plan's signatures stand.
    `covered` is the part of the gap that open initiatives cover, with its reason: the period's row says it too.
    """
    spread = is_spread(plan.goal.metric, plan.goal, facts)
    rows = []
    for window in windows_of(plan.goal, plan.months):
        reading = _reading(plan, facts, measured, window, as_of)
        months = tuple(month for month in plan.months if window.start <= month.start and month.end <= window.end)
        standing = _standing(plan, months, window, reading, calendar, as_of, spread=spread)
        state, signed = (guarded, agreement) if window.grain == "period" else (None, None)
        row = _row(
            plan, outlook, window, months, standing, calendar, as_of, run_id, spread=spread, guarded=state, agreement=signed
        )
        rows.append(_with_coverage(row, *(covered if window.grain == "period" else (None, "period_only"))))
    return tuple(rows)


def _with_coverage(row: KgiRow, covered: float | None, why: str | None) -> KgiRow:
    told = reasons({"initiative_coverage": why}, {"initiative_coverage": covered})
    joined = ";".join(each for each in (row.null_reason, told) if each) or None
    return replace(row, initiative_coverage=covered, null_reason=joined)


def required_per_day(target: float | None, actual: float | None, days_left: int) -> float | None:
    """Return what each remaining business day must bring; 0 once the target is reached, None without days or numbers."""
    if target is None or actual is None or days_left <= 0:
        return None
    return max(0.0, target - actual) / days_left


def _reading(plan: Plan, facts: Mapping[str, MetricFact], measured: Measured, window: Window, as_of: dt.date) -> Reading:
    if plan.goal.metric not in facts:
        return Reading(None, reason="metric_unknown")
    if window.start > as_of:
        return Reading(None, reason="not_started")
    reading = measured.total(plan.goal.metric, window)
    if reading.value is not None and maturity_of(facts[plan.goal.metric], window, as_of) == "immature":
        return replace(reading, value=None, reason="immature")  # its last entries may still convert
    return reading


def _standing(
    plan: Plan,
    months: tuple[Month, ...],
    window: Window,
    reading: Reading,
    calendar: Calendar,
    as_of: dt.date,
    *,
    spread: bool,
) -> Standing:
    target, why = plan.target.value, plan.target.reason
    due, why_due = target, why
    if target is not None and spread:
        if not plan.has_business_days:
            # the whole target is due at the end even where no month can be given a share of it
            due, why_due = (target, None) if as_of >= plan.goal.period.end else (None, "no_business_days")
            if window.grain == "month":
                target, why, due, why_due = None, "no_business_days", None, "no_business_days"
        elif window.grain == "month":
            (month,) = months
            whole, target = target, target * month.weight
            due = whole * month.weight * due_share(month, calendar, as_of)
        else:
            due = target_to_date(target, months, calendar, as_of)
    elif target is not None and window.start > as_of:
        due, why_due = None, "not_started"
    return Standing(target, due, reading.value, why, why_due, reading.reason)


def _row(
    plan: Plan,
    outlook: Outlook,
    window: Window,
    months: tuple[Month, ...],
    standing: Standing,
    calendar: Calendar,
    as_of: dt.date,
    run_id: str,
    *,
    spread: bool,
    guarded: str | None,
    agreement: str | None,
) -> KgiRow:
    goal = plan.goal
    days_left = sum(open_days(month, calendar, as_of) for month in months)
    numbers = _derived(standing, days_left if spread and goal.direction == "up" else 0)
    named = {column: goal.owner(role) for column, role in _OWNERS.items()}
    ahead, why_ahead = _ahead(outlook, window, standing)
    of_period, why_period = _of_period(plan, outlook, window)
    why = {**_why(standing, goal.direction, spread=spread), **dict.fromkeys(_OWNERS, "not_named"), **why_ahead, **why_period}
    explained = {**numbers, **of_period, **ahead, "guardrail_state": guarded, "agreement_state": agreement, **named}
    return KgiRow(
        as_of_date=as_of,
        kgi_id=goal.name,
        grain=window.grain,
        period_start=window.start,
        period_end=window.end,
        label_ja=goal.label_ja,
        label_en=goal.label_en,
        phase=goal.phase,
        metric=goal.metric,
        unit=goal.unit,
        direction=goal.direction,
        target_rule=plan.target.rule,
        business_days=sum(month.business_days for month in months),
        business_days_left=days_left,
        initiative_coverage=None,
        status=with_breach(_status(plan, standing, window, as_of, spread=spread), guarded),
        guardrail_state=guarded,
        agreement_state=agreement,
        null_reason=reasons(why, explained),
        plan_version=goal.plan_version,
        run_id=run_id,
        marketing_owner=named["marketing_owner"],
        sales_owner=named["sales_owner"],
        coordinator=named["coordinator"],
        target=standing.target,
        target_to_date=standing.due,
        actual=standing.actual,
        attainment=numbers["attainment"],
        attainment_to_date=numbers["attainment_to_date"],
        gap_to_date=numbers["gap_to_date"],
        gap_to_target=numbers["gap_to_target"],
        pace=numbers["pace"],
        required_per_business_day=numbers["required_per_business_day"],
        outlook=verdict_of(ahead["p_attain"]),
        **of_period,
        **ahead,
    )


def _of_period(plan: Plan, outlook: Outlook, window: Window) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return the columns that stand on the row of the period only, and for each why it would be missing."""
    names = ("shortfall", "shortfall_live", "eta_p50", "verdict", "growth_multiple")
    if window.grain != "period":
        return dict.fromkeys(names), dict.fromkeys((*names, "guardrail_state", "agreement_state"), "period_only")
    is_share = isinstance(plan.goal.target, ShortfallShare)
    why = {
        "shortfall": plan.target.reason if is_share else "no_shortfall_rule",
        "shortfall_live": "not_known" if is_share else "no_shortfall_rule",
        "eta_p50": outlook.eta_reason,
        "guardrail_state": "no_guardrails",
        "agreement_state": "not_judged",
        "verdict": "not_judged",
        "growth_multiple": "no_comparison",
    }
    found = {"shortfall": plan.target.shortfall, "shortfall_live": outlook.shortfall_live, "eta_p50": outlook.eta}
    return {**found, "verdict": plan.verdict, "growth_multiple": plan.growth_multiple}, why


def _ahead(outlook: Outlook, window: Window, standing: Standing) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return the columns that look ahead, and for each why it would be missing."""
    landing = outlook.landing(window)
    names = ("landing_p10", "landing_p50", "landing_p90", "landing_expected")
    if landing is None:
        missing = (*names, "gap_landing", "p_attain")
        return dict.fromkeys(missing), dict.fromkeys(missing, outlook.reason)
    total = landing.total
    found: dict[str, Any] = dict(zip(names, (total.p10, total.p50, total.p90, total.expected), strict=True))
    found["gap_landing"] = None if standing.target is None else total.expected - standing.target
    found["p_attain"] = landing.p_attain if standing.target is not None else None
    return found, dict.fromkeys(("gap_landing", "p_attain"), standing.why_target)


def _derived(standing: Standing, days_left: int) -> dict[str, float | None]:
    """Work out the numbers of a row from its target, what is due and its actual."""
    target, due, actual = standing.target, standing.due, standing.actual
    return {
        "target": target,
        "target_to_date": due,
        "actual": actual,
        "attainment": divide(actual, target),
        "attainment_to_date": divide(actual, due),
        "gap_to_date": actual - due if actual is not None and due is not None else None,
        "gap_to_target": actual - target if actual is not None and target is not None else None,
        "pace": divide(actual, due),
        "required_per_business_day": required_per_day(target, actual, days_left),
    }


def _why(standing: Standing, direction: str, *, spread: bool) -> dict[str, str | None]:
    """Say for each derived number why it would be missing."""
    to_target = standing.why_target or standing.why_actual
    to_date = standing.why_due or standing.why_actual
    if not spread:
        required: str | None = "not_additive"
    elif direction == "down":
        required = "less_is_better"
    else:
        required = to_target or "no_business_days_left"
    return {
        "target": standing.why_target,
        "target_to_date": standing.why_due,
        "actual": standing.why_actual,
        "attainment": to_target or "zero_denominator",
        "attainment_to_date": to_date or "zero_denominator",
        "gap_to_date": to_date,
        "gap_to_target": to_target,
        "pace": to_date or "zero_denominator",
        "required_per_business_day": required,
    }


def _status(plan: Plan, standing: Standing, window: Window, as_of: dt.date, *, spread: bool) -> str:
    """Name where a row stands. A rate is attained only when its days are over: it may still fall."""
    if plan.target.covered_by_sales:
        return "covered_by_sales"
    if window.start > as_of:
        return "not_started"
    target, due, actual = standing.target, standing.due, standing.actual
    if target is None or actual is None:
        return "immature" if standing.why_actual == "immature" else "undefined"
    over = as_of >= window.end
    up = plan.goal.direction == "up"
    if over or (up and spread and _reaches(actual, target, up=True)):
        return "attained" if _reaches(actual, target, up=up) else "missed"
    if spread and not up and not _reaches(actual, target, up=False):
        return "missed"
    if due is None:
        return "undefined"
    return "on_pace" if _reaches(actual, due, up=up) else "behind"


def _reaches(actual: float, target: float, *, up: bool) -> bool:
    slack = TOLERANCE * max(1.0, abs(target))
    return actual >= target - slack if up else actual <= target + slack
