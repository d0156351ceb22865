"""A plan and its outlook -> how many entries it still takes, and until which month an entry helps at all.

"To win this by the end of the period, so many appointments by which month": what is closed and in flight is taken off the target,
and what is missing is divided by what a new entry brings before the period ends. Source: docs/goals.md#needed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.goals.calendar import Calendar
from pipeline.goals.flow import Flow
from pipeline.goals.landing import business_dates, coming, line_of, positions
from pipeline.goals.measuring import Measured, Window
from pipeline.goals.outlook import Outlook
from pipeline.goals.plan import Plan
from pipeline.goals.rows import KpiTargetRow
from pipeline.goals.statistics.lag import needed_entries, required_entries

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Need:
    """How many more entries reach the target with a chance of a half and of four fifths; None with the reason.

    `latest` is the first day of the last month in which at least a tenth of an entry's eventual worth falls into the period.
    """

    p50: int | None
    p80: int | None
    latest: dt.date | None
    reason: str | None = None
    why_latest: str | None = None


def with_needs(
    rows: Iterable[KpiTargetRow], plans: Iterable[Plan], outlooks: Mapping[str, Outlook], measured: Measured, calendar: Calendar
) -> tuple[KpiTargetRow, ...]:
    """Give the period's row of each goal's entries what is still needed; other rows say why they have nothing."""
    needs: dict[tuple[str, str], Need] = {}
    for plan in plans:
        outlook = outlooks[plan.goal.name]
        if (flow := outlook.flow) is not None and flow.curve is not None and flow.path.earlier is not None:
            needs[plan.goal.name, flow.path.earlier] = need_of(plan, flow, measured, calendar)
    return tuple(_with_need(row, needs.get((row.kgi_id, row.metric))) for row in rows)


def need_of(plan: Plan, flow: Flow, measured: Measured, calendar: Calendar) -> Need:
    """Work out what is still needed of the entries that lead to the goal's count."""
    period = plan.goal.period
    wanted, done = _wanted(plan, flow, measured)
    assert flow.curve is not None and flow.cohorts is not None
    if wanted is None:
        return Need(None, None, None, "no_target", "no_target")
    soon = coming(flow, calendar, period.start, period.end)
    missing = wanted - done - math.fsum(soon.in_flight.values()) - soon.outside
    curve = flow.late or flow.curve
    months = [month for month in plan.months if month.end > flow.as_of]
    days = [business_dates(calendar, max(month.start, flow.as_of + _DAY), month.end) for month in months]
    line = line_of(curve)
    shares = [
        math.fsum(line.between(*positions(day, day - _DAY, period.start, period.end)[1:]) for day in each)
        / len(each)
        / curve.eventual
        if each and curve.eventual
        else 0.0
        for each in days
    ]
    needed = needed_entries(missing, 0.0, curve.eventual, shares, [len(each) for each in days])
    latest = months[needed.latest_useful].start.replace(day=1) if needed.latest_useful is not None else None
    why_latest = None if latest else "too_late"
    if missing <= 0:
        return Need(0, 0, latest, None, why_latest)
    if needed.total is None:
        return Need(None, None, latest, needed.reason, why_latest)
    caught = missing / (curve.eventual * needed.total)
    grown = flow.cohorts.mature()
    won = grown.entered * curve.eventual * caught
    p50, p80 = (required_entries(missing, won, grown.entered - won, chance) for chance in (0.5, 0.8))
    return Need(p50, p80, latest, None if p50 is not None else "beyond_horizon", why_latest)


def _wanted(plan: Plan, flow: Flow, measured: Measured) -> tuple[float | None, float]:
    """Return how many of the count the goal takes, and how many there are: an amount in cases of what one is worth lately."""
    path, period = flow.path, Window("period", plan.goal.period.start, plan.goal.period.end)
    done = measured.total(plan.goal.metric, period).value or 0.0
    if path.metric == path.count:
        return plan.target.value, done
    if plan.target.value is None or not flow.price:
        return None, 0.0
    return plan.target.value / flow.price, done / flow.price


def _with_need(row: KpiTargetRow, need: Need | None) -> KpiTargetRow:
    if need is None or row.grain != "period":
        need = Need(None, None, None, *(("period_only",) * 2 if row.grain != "period" else ("no_lag",) * 2))
    why = {"required_p50": need.reason, "required_p80": need.reason, "latest_useful_month": need.why_latest}
    values = {"required_p50": need.p50, "required_p80": need.p80, "latest_useful_month": need.latest}
    told = ";".join(f"{name}={why[name]}" for name, value in values.items() if value is None)
    joined = ";".join(each for each in (row.null_reason, told) if each) or None
    return replace(row, required_p50=need.p50, required_p80=need.p80, latest_useful_month=need.latest, null_reason=joined)
