"""A plan and its outlook -> how many entries it still takes, and until which month an entry helps at all.

"To win this by the end of the period, so many appointments by which month": what is closed and in flight is taken off the target,
and what is missing is divided by what a new entry brings before the period ends. Source: docs/goals.md#needed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.goals.arrivals import Step, on_the_way, steps_of, waits_of
from pipeline.goals.calendar import Calendar, business_dates
from pipeline.goals.cells import chain_of
from pipeline.goals.flow import Flow
from pipeline.goals.landing import coming
from pipeline.goals.line import line_of, positions
from pipeline.goals.measuring import Measured, Window
from pipeline.goals.outlook import Flows, Outlook
from pipeline.goals.plan import Plan
from pipeline.goals.rows import KpiTargetRow
from pipeline.goals.statistics.lag import joint_rate, needed_entries, required_entries

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
    rows: Iterable[KpiTargetRow], plans: Iterable[Plan], outlooks: Mapping[str, Outlook], measured: Measured, flows: Flows
) -> tuple[KpiTargetRow, ...]:
    """Give the period's row of every count that leads to a goal what is still needed; other rows say why they have nothing."""
    needs: dict[tuple[str, str], Need] = {}
    for plan in plans:
        flow = outlooks[plan.goal.name].flow
        if flow is not None and flow.curve is not None and flow.path.earlier is not None:
            found = needs_of(plan, flow, measured, flows)
            needs.update({(plan.goal.name, count): need for count, need in found.items()})
    return tuple(_with_need(row, needs.get((row.kgi_id, row.metric))) for row in rows)


def needs_of(plan: Plan, flow: Flow, measured: Measured, flows: Flows) -> dict[str, Need]:
    """Work out by count what is still needed of those who enter the goal's own step, and of every count above it.

    Each is a way of its own to close what is missing: so many appointments, or so many MQLs from which these come. Those who are
    on the way already, at this count and at those below it, are taken off first.
    """
    assert flow.path.earlier is not None
    wanted, done = _wanted(plan, flow, measured)
    chain = chain_of(plan.goal, flow.path, flows.facts).counts
    above = chain[: chain.index(flow.path.earlier) + 1] if flow.path.earlier in chain else (flow.path.earlier,)
    if wanted is None:
        return dict.fromkeys(above, Need(None, None, None, "no_target", "no_target"))
    period = plan.goal.period
    soon = coming(flow, flows.calendar, period.start, period.end)
    missing = wanted - done - math.fsum(soon.in_flight.values()) - soon.outside
    worth = Worth(flow, period.start, period.end)
    found = {flow.path.earlier: _need(plan, flow, flows.calendar, missing, ())}
    for at in range(len(above) - 2, -1, -1):
        steps = steps_of(flows, above[at:])
        if isinstance(steps, str):
            found.update(dict.fromkeys(above[: at + 1], Need(None, None, None, steps, steps)))
            break
        missing -= on_the_way(steps, flow.as_of, worth.of)
        found[above[at]] = _need(plan, flow, flows.calendar, missing, steps)
    return found


class Worth:
    """What an entry of the goal's own step is worth, by the day on which it enters: the part that converts inside the period."""

    def __init__(self, flow: Flow, start: dt.date, end: dt.date) -> None:
        curve = flow.late or flow.curve
        assert curve is not None
        self.curve, self.start, self.end = curve, start, end
        self._known: dict[dt.date, float] = {}

    def of(self, day: dt.date) -> float:
        """Return the share of the entries of a day that converts inside the period."""
        if day not in self._known:
            _, low, high = positions(day, day - _DAY, self.start, self.end)
            self._known[day] = line_of(self.curve).between(low, high)
        return self._known[day]


def _need(plan: Plan, flow: Flow, calendar: Calendar, missing: float, steps: Sequence[Step]) -> Need:
    """Work out how many arrivals bring what is missing, that come through these steps to the goal's own."""
    worth = Worth(flow, plan.goal.period.start, plan.goal.period.end)
    assert flow.cohorts is not None
    waits, eventual = waits_of(steps), worth.curve.eventual
    through = math.prod(step.curve.eventual for step in steps)
    months = [month for month in plan.months if month.end > flow.as_of]
    days = [business_dates(calendar, max(month.start, flow.as_of + _DAY), month.end) for month in months]

    def share(day: dt.date) -> float:
        later = (worth.of(day + dt.timedelta(days=round(7 * weeks))) * part for weeks, part in waits)
        return math.fsum(later) / eventual if eventual else 0.0

    shares = [math.fsum(share(day) for day in each) / len(each) if each else 0.0 for each in days]
    needed = needed_entries(missing, 0.0, through * eventual, shares, [len(each) for each in days])
    latest = months[needed.latest_useful].start.replace(day=1) if needed.latest_useful is not None else None
    why_latest = None if latest else "too_late"
    if missing <= 0:
        return Need(0, 0, latest, None, why_latest)
    if needed.total is None:
        return Need(None, None, latest, needed.reason, why_latest)
    caught = missing / (through * eventual * needed.total)
    entered = [*(step.cohorts.mature().entered for step in steps), flow.cohorts.mature().entered]
    rates = [*(step.curve.eventual for step in steps), eventual * caught]
    seen = [(number * rate, number * (1 - rate)) for number, rate in zip(entered, rates, strict=True)]
    p50, p80 = (required_entries(missing, *(joint_rate(seen) if steps else seen[0]), chance) for chance in (0.5, 0.8))
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
