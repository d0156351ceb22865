"""What a goal's file leaves to the past -> the goal with it: rates of grown-old cohorts, the season, the spread by landing.

All of it is what was known when the plan began, and belongs to the plan version: once a night has sealed it, it stays.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.engines.duckdb import EngineError, data_safe
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.calendar import Calendar, add_months, business_dates, business_days, month_end
from pipeline.goals.cohorts import conversion_of, grown_old
from pipeline.goals.flow import read_flow
from pipeline.goals.goal import Goal, Period, PlanRate, SalesForecast, ShortfallShare
from pipeline.goals.line import line_of, positions
from pipeline.goals.measuring import Ask, MetricFact, Want, Window, measure
from pipeline.goals.outlook import Flows, sales_by_itself
from pipeline.goals.path import path_of_goal
from pipeline.goals.spread import spread_months
from pipeline.goals.statistics.intervals import shrunken_rate
from pipeline.goals.tables import Row
from pipeline.goals.target import Sales
from pipeline.goals.tree import factors

SEASON_STRENGTH = 20.0
"""How many events at the yearly pace stand behind the index of a month."""
PARENT_MONTHS = 36
"""How far back the rate reaches that a trailing rate is shrunk towards."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Past:
    """Ways to ask for the past; `sealed` holds the rows of kpi_target of each plan version's first night."""

    ask: Ask
    facts: Mapping[str, MetricFact]
    calendar: Calendar
    as_of: dt.date
    sealed: tuple[Row, ...] = ()

    def settle(self, goal: Goal) -> Goal:
        """Return the goal with the plan rates, the seasonal index and the spread that its file leaves to the past."""
        kept = [row for row in self.sealed if (row["kgi_id"], row["plan_version"]) == (goal.name, goal.plan_version)]
        if goal.trailing is not None:
            goal = replace(goal, plan_rates=(*goal.plan_rates, *self._rates(goal, kept)))
        if goal.seasonal_months or goal.spread_by == "landing":
            goal = replace(goal, seasonal_index=_kept_index(goal, kept, self.calendar) or self._index(goal))
        return goal

    def sales(self, period: Period) -> Sales:
        """Return what answers what sales will bring by itself in a period, as of the eve of a date; None before that date."""

        def said(rule: SalesForecast) -> float | None:
            if self.as_of < rule.at - _DAY:
                return None
            flows = Flows(self.ask, self.facts, self.calendar, rule.at - _DAY)
            return sales_by_itself(flows, period, rule.metric, rule.measure)

        return said

    def _begin(self, goal: Goal) -> dt.date:
        """Return the last day that the plan could know: the eve of its first day, or tonight."""
        return min(self.as_of, (goal.effective_from or goal.period.start) - _DAY)

    def _rates(self, goal: Goal, kept: list[Row]) -> Iterable[PlanRate]:
        given = {rate.name for rate in goal.plan_rates}
        sealed = {str(row["metric"]): row for row in kept if row["grain"] == "period" and row["target_value"] is not None}
        for name, above, below in missing_rates(goal, self.facts):
            if name in given:
                continue
            if (row := sealed.get(name)) is not None and row["rate_source"] is not None:
                number = int(str(row["rate_n"] or 0)) or None
                yield PlanRate(name, float(str(row["target_value"])), str(row["rate_source"]), number)
            elif (found := self._rate(goal, name, above, below)) is not None:
                yield found

    def _rate(self, goal: Goal, name: str, above: str, below: str) -> PlanRate | None:
        """Return the eventual rate of the newest grown-old cohorts, or the price of late; None where there is nobody."""
        assert goal.trailing is not None
        fact, last = self.facts.get(name), self._begin(goal)
        months = goal.trailing.months
        if fact is not None and fact.divides == (above, below) and self.facts[above].kind == "amount":
            window = Window("plan", add_months(last.replace(day=1), -months), last)
            reading = measure([Want(name, None, (window,))], self.facts, self.ask, last).total(name, window)
            if reading.value is None or not reading.denominator:
                return None
            return PlanRate(name, reading.value, f"trailing {months}m: {name}", round(reading.denominator))
        conversion = conversion_of(self.facts, below, above)
        if conversion is None:
            return None
        grown = grown_old(self.ask, self.facts, conversion, last, months)
        if not grown.entered:
            return None
        rate, source = grown.converted / grown.entered, f"trailing_mature {months}m: {conversion}"
        if (strength := goal.trailing.strength) > 0:
            longer = grown_old(self.ask, self.facts, conversion, last, PARENT_MONTHS)
            rate = shrunken_rate(grown.converted, grown.entered, longer.converted / longer.entered, strength)
            source = f"{source}, shrunk to {PARENT_MONTHS}m with {strength:g}"
        return PlanRate(name, rate, source, round(grown.entered))

    def _index(self, goal: Goal) -> tuple[float, ...]:
        """Return one factor per month of the fiscal year: the season, or what makes business days give the weights of landing."""
        if goal.spread_by == "landing":
            return self._landing_index(goal)
        return self._season(goal)

    def _season(self, goal: Goal) -> tuple[float, ...]:
        """Return how much more than the mean a business day of each month brought, shrunk to 1; all 1 without so many months."""
        path, last = path_of_goal(goal, self.facts), self._begin(goal)
        first = add_months(last.replace(day=1) if last != month_end(last) else last + _DAY, -(goal.seasonal_months or 0))
        if path is None:
            return (1.0,) * 12
        starts = [add_months(first, at) for at in range(goal.seasonal_months or 0)]
        windows = [Window("month", start, month_end(start)) for start in starts]
        measured = measure([Want(path.count, None, tuple(windows))], self.facts, self.ask, last)
        counts = [measured.total(path.count, window).value or 0.0 for window in windows]
        days = [business_days(self.calendar, window.start, window.end) for window in windows]
        if not counts or not counts[0] or not math.fsum(days):
            return (1.0,) * 12
        pace = math.fsum(counts) / math.fsum(days)
        found = []
        for at in range(12):
            month = (self.calendar[0].fiscal_year_start.month - 1 + at) % 12 + 1
            own = [(count, day) for count, day, window in zip(counts, days, windows, strict=True) if window.start.month == month]
            expected = pace * math.fsum(day for _, day in own)
            seen = math.fsum(count for count, _ in own)
            found.append((seen + SEASON_STRENGTH) / (expected + SEASON_STRENGTH) if expected else 1.0)
        return tuple(found)

    def _landing_index(self, goal: Goal) -> tuple[float, ...]:
        """Spread a goal by when entries of even business days land: the index that turns business days into these weights."""
        path = path_of_goal(goal, self.facts)
        if path is None or path.conversion is None:
            return (1.0,) * 12
        flow = read_flow(path, self.ask, self.facts, self.calendar, self._begin(goal))
        if flow.curve is None or flow.cohorts is None:
            return (1.0,) * 12
        line = line_of(flow.curve)
        # those who entered before the period land in its first months, as they do every year
        before = goal.period.start - dt.timedelta(days=7 * flow.cohorts.horizon)
        entries = business_dates(self.calendar, before, goal.period.end)
        found = [1.0] * 12
        for month in spread_months(goal, self.calendar):
            landed = math.fsum(
                line.between(*positions(day, day - _DAY, month.start, month.end)[1:]) for day in entries if day <= month.end
            )
            at = (month.start.month - self.calendar[0].fiscal_year_start.month) % 12
            found[at] = landed / month.business_days if month.business_days else 0.0
        return tuple(found) if any(found) else (1.0,) * 12


def settled(goals: Iterable[Goal], past: Past) -> tuple[tuple[Goal, ...], tuple[Finding, ...]]:
    """Settle every goal; one whose past cannot be asked keeps what its file says, with a warning."""
    found: list[Goal] = []
    said: list[Finding] = []
    for goal in goals:
        try:
            found.append(past.settle(goal))
        except (MachineError, HeldError):
            raise
        except KgiError as error:
            found.append(goal)
            said.extend(replace(each, severity=Severity.WARNING) for each in error.findings)
        except EngineError as error:
            found.append(goal)
            problem = data_safe(error)
            said.append(finding("goal_metric_failed", goal.place, severity=Severity.WARNING, name=goal.name, problem=problem))
    return tuple(found), tuple(said)


def missing_rates(goal: Goal, facts: Mapping[str, MetricFact]) -> tuple[tuple[str, str, str], ...]:
    """Return the rates and prices of a tree that nobody agreed on: (name, what it leads to, what it is taken of)."""
    given = {rate.name for rate in goal.plan_rates}
    counts = {name for name, fact in facts.items() if fact.kind == "count"}
    found = []
    for node, formula in goal.tree:
        product = factors(formula) or ()
        below = [name for name in product if name in counts]
        rest = [name for name in product if name not in counts and name not in given and name not in dict(goal.tree)]
        if len(below) == 1 and len(rest) == 1 and node in facts:
            found.append((rest[0], node, below[0]))
    if isinstance(goal.target, ShortfallShare) and goal.target.win_rate not in {*given, *(name for name, _, _ in found)}:
        path = path_of_goal(goal, facts)
        if path is not None and "won" in facts:
            found.append((goal.target.win_rate, "won", path.count))
    return tuple(found)


def _kept_index(goal: Goal, kept: list[Row], calendar: Calendar) -> tuple[float, ...] | None:
    """Return the index that the plan version's first night sealed."""
    months = [
        row for row in kept if row["metric"] == goal.metric and row["grain"] == "month" and row["seasonal_index"] is not None
    ]
    if not months:
        return None
    found = [1.0] * 12
    for row in months:
        start = row["period_start"]
        assert isinstance(start, dt.date)
        found[(start.month - calendar[0].fiscal_year_start.month) % 12] = float(str(row["seasonal_index"]))
    return tuple(found)
