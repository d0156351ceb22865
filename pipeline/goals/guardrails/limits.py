"""An agreed rate, the limits of a process, the hours there are -> the verdict of a guardrail."""

from __future__ import annotations

import datetime as dt

from pipeline.goals.calendar import add_months, business_days, fiscal_calendar, fiscal_start, fiscal_year_of, month_end
from pipeline.goals.cohorts import DAYS_OF_AGE, Cohorts, read_cohorts
from pipeline.goals.guardrails.guardrail import AgreedRate, Capacity, Guardrail, ProcessLimits
from pipeline.goals.guardrails.judging import Count, State, process_tier, use_tier
from pipeline.goals.guardrails.samples import Failed, asked, last_month, values_of
from pipeline.goals.guardrails.verdict import Numbers, Verdict, silent
from pipeline.goals.measuring import Window
from pipeline.goals.scene import Scene
from pipeline.goals.spread import target_to_date
from pipeline.goals.statistics.intervals import supply_tier

__all__ = ["against_agreed", "in_process", "within_capacity"]


def against_agreed(scene: Scene, guardrail: Guardrail, test: AgreedRate) -> Verdict:
    """Hold all mature entries since a day against the agreed rate; while supply is short itself, it is watched and no breach."""
    rate, since = _agreement(scene, guardrail, test)
    fact = scene.facts[guardrail.metric]
    if fact.follows is None or fact.matures_after_days is None:
        return silent(guardrail, scene.as_of, Failed("not_a_rate"))
    found = asked(fact.name, lambda: read_cohorts(scene.ask, scene.facts, fact.name, since, scene.as_of))
    if isinstance(found, Failed):
        return silent(guardrail, scene.as_of, found)
    ripe = found.mature()
    last = max((each.day for each in ripe.entrants), default=since)
    count = Count(ripe.converted, ripe.entered)
    age = DAYS_OF_AGE * found.horizon
    numbers: Numbers = {
        "value": count.rate,
        "numerator": count.hits,
        "n": count.n,
        "base": rate,
        "base_source": test.rate if isinstance(test.rate, str) else "agreed",
        "diff": count.rate - rate if count.rate is not None else None,
        "age_days": age,
        "supply_attainment": (supply := _supply(scene, guardrail)),
    }
    if count.n < guardrail.min_n:
        state: State = "immature" if found.entered >= guardrail.min_n else "insufficient_data"
        days = sorted(each.day for each in found.entrants)
        if state == "immature":
            numbers["readable_from"] = _enough(found, guardrail.min_n) + dt.timedelta(days=age)
        last = last if ripe.entrants else (days[0] if days else since)
        why = dict.fromkeys(("value", "diff", "p_value", "e_value"), state)
        return Verdict(guardrail, since, max(since, last), state, numbers=numbers, why=why)
    tier, p_value, e_value = supply_tier(count.hits, count.n, rate)
    if tier == "breach" and supply is not None and supply < 1:
        tier = "watch"  # orders are missing, but so is supply: this is no supply without orders
    return Verdict(guardrail, since, last, tier, numbers={**numbers, "p_value": p_value, "e_value": e_value})


def _enough(cohorts: Cohorts, least: int) -> dt.date:
    """Return the day on which so many had entered."""
    seen = 0.0
    for each in sorted(cohorts.entrants, key=lambda entrants: entrants.day):
        seen += each.entered
        if seen >= least:
            return each.day
    raise AssertionError("fewer entered")


def _agreement(scene: Scene, guardrail: Guardrail, test: AgreedRate) -> tuple[float, dt.date]:
    """Return the agreed rate and since when it holds, by the goals that name the guardrail."""
    holders = [goal for goal in scene.goals if guardrail in goal.guardrails]
    since = test.since or min(goal.holds_from for goal in holders)
    if not isinstance(test.rate, str):
        return test.rate, since
    (rate, *_) = (found.value for goal in holders if (found := goal.plan_rate(test.rate)) is not None)
    return rate, since


def _supply(scene: Scene, guardrail: Guardrail) -> float | None:
    """Return the paired KPI against what is due of it by now, by the first goal that names the guardrail and plans the KPI."""
    for plan in scene.plans:
        target = {node.name: node.value for node in plan.nodes}.get(guardrail.paired_with or "")
        period = plan.goal.period
        if guardrail not in plan.goal.guardrails or target is None or period.start > scene.as_of:
            continue
        due = target_to_date(target, plan.months, scene.calendar, scene.as_of)
        actual = scene.measured.total(guardrail.paired_with or "", Window("period", period.start, period.end)).value
        if due and actual is not None:
            return actual / due
    return None


def in_process(scene: Scene, guardrail: Guardrail, test: ProcessLimits) -> Verdict:
    """Hold the newest month against the limits of the fiscal year before; what can be summed is taken per business day."""
    company, newest = scene.company, last_month(scene.as_of)
    fact = scene.facts[guardrail.metric]
    found = values_of(scene, fact, fiscal_start(company, fiscal_year_of(company, newest) - 1))
    if isinstance(found, Failed):
        return silent(guardrail, scene.as_of, found)
    if fact.is_additive:  # a month with more business days brings more
        calendar = fiscal_calendar(company, min(found, default=newest), month_end(newest))
        days = {month: business_days(calendar, month, month_end(month)) for month in found}
        found = {month: value / days[month] if value is not None and days[month] else None for month, value in found.items()}
    series = [value for value in found.values() if value is not None]
    numbers: Numbers = {"value": found.get(newest), "n": float(len(series))}
    judged = process_tier(series, test.points, guardrail.direction) if series else None
    if judged is None or found.get(newest) is None:
        reason = "too_few_months" if judged is None else "zero_denominator"
        why = dict.fromkeys(("value", "base", "diff", "ci_low", "ci_high"), reason)
        return Verdict(guardrail, newest, month_end(newest), "insufficient_data", numbers=numbers, why=why)
    tier, mean, limits = judged
    numbers |= {"base": mean, "base_n": float(min(test.points, len(series))), "base_source": f"{min(found):%Y-%m}.."}
    numbers |= {"diff": series[-1] - mean, "ci_low": limits.low, "ci_high": limits.high}
    return Verdict(guardrail, newest, month_end(newest), tier, numbers=numbers)


def within_capacity(scene: Scene, guardrail: Guardrail, test: Capacity) -> Verdict:
    """Hold the hours that the last month needed against those there are; no cohort is waited for, so it tells early."""
    newest = last_month(scene.as_of)
    found = values_of(scene, scene.facts[guardrail.metric], add_months(newest, -12))
    if isinstance(found, Failed):
        return silent(guardrail, scene.as_of, found)
    amount = found.get(newest)
    assumed: Numbers = {"is_assumed": test.hours_each is not None, "n": test.available}
    if not amount:
        state: State = "stale" if found else "insufficient_data"
        return Verdict(guardrail, newest, month_end(newest), state, numbers=assumed, why={"value": state, "numerator": state})
    needed = amount * (test.hours_each or 1.0)
    use = needed / test.available
    numbers = {**assumed, "value": use, "numerator": needed, "base": 1.0, "base_source": "available", "diff": use - 1}
    return Verdict(guardrail, newest, month_end(newest), use_tier(use, test.watch_at), numbers=numbers)
