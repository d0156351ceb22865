"""Every goal -> where its period and its months land, as far as the past of its metrics can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pipeline.engines.duckdb import EngineError, data_safe
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.calendar import Calendar, add_months
from pipeline.goals.cohorts import Cohorts, read_cohorts
from pipeline.goals.flow import HISTORY_MONTHS, Flow, read_flow
from pipeline.goals.goal import Goal, Period, SalesForecast, ShortfallShare
from pipeline.goals.landing import DRAWS, Landing, eta, land
from pipeline.goals.measuring import TOTAL, Ask, Measured, MetricFact, Want, Window, measure
from pipeline.goals.path import Path, dimension_of, path_of_goal, path_to
from pipeline.goals.plan import Plan, windows_of

T = TypeVar("T")

HORIZON_MONTHS = 12
"""How far beyond its period a goal is looked for."""
_MONTH_DRAWS = 500


@dataclass(frozen=True)
class Outlook:
    """Where a goal is heading. `reason` says why nothing can be said; then there is no flow and no landing.

    `eta` is the end of the month by which the expected landing reaches the target; None with its reason.
    """

    flow: Flow | None
    landings: Mapping[Window, Landing]
    eta: dt.date | None = None
    eta_reason: str | None = None
    reason: str | None = None
    shortfall_live: float | None = None
    """What sales will not reach by itself, by tonight's forecast; None for a goal of another kind, or where nothing is known."""

    def landing(self, window: Window) -> Landing | None:
        """Return where some days land; None where nothing can be said of them."""
        return self.landings.get(window)


class Flows:
    """The flows of a night, each path asked for once."""

    def __init__(
        self, ask: Ask, facts: Mapping[str, MetricFact], calendar: Calendar, as_of: dt.date, now: Ask | None = None
    ) -> None:
        self.ask, self.facts, self.calendar, self.as_of, self.now = ask, facts, calendar, as_of, now
        self._known: dict[tuple[Path, str | None], Flow | None] = {}
        self._followed: dict[tuple[str, dt.date], Cohorts | None] = {}
        self.findings: tuple[Finding, ...] = ()
        """What could not be asked, as warnings."""

    def of(self, path: Path, by: str | None) -> Flow | None:
        """Return the flow of a path, cut by a dimension; None where a metric of it could not be answered."""
        key = (path, by)
        if key not in self._known:
            self._known[key] = self._read(path, by)
        return self._known[key]

    def cohorts(self, conversion: str, since: dt.date) -> Cohorts | None:
        """Return the cohorts of a conversion rate that entered in the last two years, or since a date before them.

        Nothing is asked for twice, those of a path not again, whatever they are cut by. None where they could not be answered.
        """
        first = add_months(self.as_of.replace(day=1), -HISTORY_MONTHS)
        if since >= first:
            for (path, _), flow in self._known.items():
                if flow is not None and flow.cohorts and path.conversion == conversion and path.months >= HISTORY_MONTHS:
                    return flow.cohorts
        key = (conversion, min(since, first))
        if key not in self._followed:
            self._followed[key] = self._asked(conversion, lambda: read_cohorts(self.ask, self.facts, *key, self.as_of))
        return self._followed[key]

    def _read(self, path: Path, by: str | None) -> Flow | None:
        return self._asked(path.metric, lambda: self._flow(path, by))

    def _flow(self, path: Path, by: str | None) -> Flow:
        return read_flow(path, self.ask, self.facts, self.calendar, self.as_of, by=by, now=self.now)

    def _asked(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (MachineError, HeldError):
            raise
        except KgiError as error:
            self.findings += tuple(replace(each, severity=Severity.WARNING) for each in error.findings)
        except EngineError as error:
            problem = data_safe(error)
            self.findings += (finding("goal_metric_failed", severity=Severity.WARNING, name=name, problem=problem),)
        return None


def outlook_of(plan: Plan, flows: Flows, measured: Measured) -> Outlook:
    """Return where a goal and each of its months land; a month that is over has landed.

    Not for what cannot be summed over time (`not_additive`), nor before the first day of the goal's history (`metric_unknown`).
    """
    goal = plan.goal
    path = path_of_goal(goal, flows.facts)
    if path is None:
        why = "not_additive" if goal.metric in flows.facts else "metric_unknown"
        return Outlook(None, {}, reason=why, eta_reason=why)
    if (goal.metric, None) in measured.failed:
        return Outlook(None, {}, reason="metric_failed", eta_reason="metric_failed")
    by = dimension_of(goal.tree)
    flow = flows.of(path, by)
    if flow is None:
        return Outlook(None, {}, reason="metric_failed", eta_reason="metric_failed")
    members = measured.readings
    cut = flows.facts[goal.metric].cut(by) if by else None
    landings = {}
    for window in windows_of(goal, plan.months):
        closed = measured.total(goal.metric, window).value or 0.0 if window.start <= flows.as_of else 0.0
        parts = {member: each.value or 0.0 for member, each in members.get((goal.metric, cut, window), {}).items()} if cut else {}
        target = plan.target.value
        if target is not None and window.grain == "month":
            target *= next(month.weight for month in plan.months if month.start == window.start)
        landings[window] = land(
            flow,
            flows.calendar,
            window.start,
            window.end,
            closed,
            target,
            name=goal.name,
            closed_by_member=parts or {TOTAL: closed},
            up=goal.direction == "up",
            draws=_MONTH_DRAWS if window.grain == "month" else DRAWS,
        )
    return Outlook(flow, landings, *_eta(plan, flow, flows.calendar, landings), shortfall_live=_shortfall_live(goal, flows))


def sales_by_itself(flows: Flows, period: Period, metric: str, measure_: str) -> float | None:
    """Return what sales will have won in a period of what is closed and in flight tonight; None where it cannot be asked.

    Deals that are still to be found are not in it: they are what marketing and sales share out. Source: docs/goals.md#target.
    """
    path = path_to(metric, (), flows.facts)
    flow = flows.of(path, None) if path is not None else None
    if flow is None:
        return None
    window = Window("sales", period.start, min(period.end, flows.as_of))
    closed = 0.0
    if flows.as_of >= period.start:
        closed = measure([Want(metric, None, (window,))], flows.facts, flows.ask, flows.as_of).total(metric, window).value or 0.0
    if measure_ == "closed_only":
        return closed
    landing = land(flow, flows.calendar, period.start, period.end, closed, None, name=metric)
    in_flight = next(each for each in landing.components if each.name == "in_flight")
    return closed + float(getattr(in_flight, measure_))


def _shortfall_live(goal: Goal, flows: Flows) -> float | None:
    rule = goal.target
    if not isinstance(rule, ShortfallShare):
        return None
    forecast = rule.landing if isinstance(rule.landing, SalesForecast) else SalesForecast(flows.as_of, "p50", "won_amount")
    said = sales_by_itself(flows, goal.period, forecast.metric, forecast.measure)
    return None if said is None else max(0.0, rule.sales_target - said)


def _eta(plan: Plan, flow: Flow, calendar: Calendar, landings: Mapping[Window, Landing]) -> tuple[dt.date | None, str | None]:
    target, goal = plan.target.value, plan.goal
    if target is None:
        return None, plan.target.reason or "no_target"
    if goal.direction == "down":
        return None, "less_is_better"
    if flow.as_of < goal.period.start:
        return None, "not_started"
    closed = next(landing for window, landing in landings.items() if window.grain == "period").components[0].expected
    return eta(flow, calendar, goal.period.start, closed, target, horizon_of(goal.period.end))


def horizon_of(end: dt.date) -> dt.date:
    """Return the last day that is looked at for a goal whose period ends on a date."""
    return add_months(end.replace(day=1), HORIZON_MONTHS + 1) - dt.timedelta(days=1)
