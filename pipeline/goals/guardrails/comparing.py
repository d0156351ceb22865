"""A comparison of a rate with its base -> its verdicts: the newest mature months against the months before, or named ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from pipeline.goals.calendar import add_months, business_days, fiscal_calendar, month_end
from pipeline.goals.cohorts import DAYS_OF_AGE, Cohorts, read_cohorts
from pipeline.goals.guardrails.guardrail import Comparison, Days, Guardrail
from pipeline.goals.guardrails.judging import Count, State, Volumes, compare, explain, lost_at_most
from pipeline.goals.guardrails.samples import Failed, Monthly, asked, at_age, last_month, monthly, settled_age
from pipeline.goals.guardrails.verdict import Numbers, Verdict, silent
from pipeline.goals.measuring import TOTAL
from pipeline.goals.scene import Scene

__all__ = ["compared"]

STALE_FROM = 5
"""Cases that a month must have had on average for a month without any to be a silence and not chance."""
_SLACK = 14
"""Months that are read beyond window and baseline, because cohorts ripen for so long."""


def compared(scene: Scene, guardrail: Guardrail, test: Comparison) -> tuple[Verdict, ...]:
    """Judge the newest mature months: the whole with volumes, cause and loss, then each member by itself."""
    newest_possible = last_month(scene.as_of)
    trailing = test.baseline if isinstance(test.baseline, int) else 0
    first = add_months(newest_possible, 1 - test.window - trailing - _SLACK)
    if isinstance(test.baseline, Days):
        first = min(first, test.baseline.start)
    found = monthly(scene, scene.facts[guardrail.metric], first, guardrail.cause_by)
    if isinstance(found, Failed):
        return (silent(guardrail, scene.as_of, found),)
    if found.newest is None:
        return (_unripe(scene, guardrail, found, first),)
    start, end = add_months(found.newest, 1 - test.window), found.newest
    base = (
        test.baseline if isinstance(test.baseline, Days) else Days(add_months(start, -trailing), month_end(add_months(start, -1)))
    )
    new_counts, base_counts = found.over(start, end), found.over(base.start, base.end)
    whole = _against(guardrail, test, (start, month_end(end)), TOTAL, new_counts[TOTAL], base_counts[TOTAL])
    shared = _shared(scene, guardrail, found, whole, base)
    members = [each for each in new_counts if each != TOTAL] if guardrail.cause_by else []
    causes = _cause(whole, new_counts, base_counts, members)
    lost = _lost(scene, guardrail, new_counts, members)
    why = {**whole.why, **({"break_even": "above_one"} if "volume" in shared and base_counts[TOTAL].n else {})}
    whole = replace(whole, numbers={**whole.numbers, **shared, **causes, **lost}, why=why, findings=found.findings)
    if _is_stale(found, newest_possible):
        whole = replace(whole, state="stale", compared=None)
    parts = (
        _against(guardrail, test, (start, month_end(end)), each, new_counts[each], base_counts.get(each, Count()))
        for each in sorted(members)
    )
    source = {"base_source": shared["base_source"], "age_days": shared["age_days"]}
    return (whole, *(replace(each, numbers={**each.numbers, **source}) for each in parts))


def _unripe(scene: Scene, guardrail: Guardrail, found: Monthly, first: dt.date) -> Verdict:
    """Say that entries are there and too young, or that there are none."""
    entered = [month for month, count in found.entries.items() if count]
    month = min(entered, default=last_month(scene.as_of))
    state: State = "immature" if entered and found.age else "insufficient_data"
    numbers: Numbers = {"n": 0.0}
    if found.age is not None and entered:
        age = DAYS_OF_AGE * found.age
        numbers |= {"age_days": age, "readable_from": month_end(month) + dt.timedelta(days=age)}
    return Verdict(guardrail, month, month_end(month), state, numbers=numbers, why={"value": state}, findings=found.findings)


def _against(
    guardrail: Guardrail, test: Comparison, days: tuple[dt.date, dt.date], member: str, new: Count, base: Count
) -> Verdict:
    """Hold a count against its base; the tier of what can be told is found once all guardrails are known."""
    enough = new.n >= guardrail.min_n and base.n >= guardrail.min_n
    compared = compare(new, base, margin=test.margin, confidence=test.confidence, direction=guardrail.direction)
    numbers: Numbers = {
        "value": new.rate,
        "numerator": new.hits,
        "n": new.n,
        "base": base.rate,
        "base_numerator": base.hits,
        "base_n": base.n,
        "margin": test.margin,
        "confidence": test.confidence,
    }
    if compared is not None:
        low, high = compared.interval
        numbers |= {"diff": compared.diff, "ci_low": low, "ci_high": high, "p_value": compared.p_worse}
    why = dict.fromkeys(("value", "base", "diff", "ci_low", "ci_high", "p_value", "p_adjusted"), "zero_denominator")
    state: State = "ok" if enough else "insufficient_data"
    if not enough:
        why["p_adjusted"] = state
    return Verdict(guardrail, *days, state, member, numbers, why, compared if enough else None)


def _shared(scene: Scene, guardrail: Guardrail, found: Monthly, whole: Verdict, base: Days) -> Numbers:
    """Work out the volumes, the break-even rate and whether this is local optimisation, where the rate is of the paired KPI."""
    source = f"{base.start:%Y-%m}..{base.end:%Y-%m}"
    numbers: Numbers = {
        "base_source": source,
        "age_days": DAYS_OF_AGE * found.age if found.age else None,
    }
    if found.is_of is None or found.is_of != guardrail.paired_with:
        return numbers
    now = last_month(scene.as_of)
    months_of = (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month
    newest = Days(add_months(now, -months_of), month_end(now))
    calendar = fiscal_calendar(scene.company, min(base.start, whole.start), max(newest.end, whole.end))
    days = business_days(calendar, whole.start, whole.end)

    def scaled(of: Days) -> float | None:
        there = business_days(calendar, of.start, of.end)
        return found.volume(of.start, of.end) * days / there if there else None

    before, current = scaled(base), scaled(newest)
    if before is None or current is None:
        return numbers
    volumes = Volumes(found.volume(whole.start, whole.end), before, current)
    numbers |= {"volume": volumes.window, "base_volume": before, "current_volume": current}
    new_rate, base_rate = whole.numbers["value"], whole.numbers["base"]
    if isinstance(base_rate, float):
        even = volumes.break_even(base_rate)
        numbers["break_even"] = even if even is not None and even <= 1 else None
        if isinstance(new_rate, float):
            numbers["local_optimisation"] = volumes.is_local(new_rate, base_rate)
    return numbers


def _cause(whole: Verdict, new: Mapping[str, Count], base: Mapping[str, Count], members: list[str]) -> Numbers:
    """Say whether the rate moved within the members or only by their mix."""
    if not members or not new[TOTAL].n or not base[TOTAL].n:
        return {}
    change = explain(*({name: count for name, count in side.items() if name != TOTAL} for side in (new, base)))
    if change is None:
        return {}
    worse = -1.0 if whole.guardrail.direction == "up" else 1.0
    cause = "within" if worse * change.within >= worse * change.mix else "mix"
    return {
        "cause": cause,
        "mix_effect": change.mix,
        "within_effect": change.within,
        "sign_reversal": change.sign_reversal,
    }


def _lost(scene: Scene, guardrail: Guardrail, new: Mapping[str, Count], members: list[str]) -> Numbers:
    """Estimate what was lost by approaching too early: per member where both rates rest on enough cases, else at the whole's."""
    if guardrail.outcome is None:
        return {}
    sides = [_ripe(scene, guardrail, name) for name in (guardrail.outcome.usual, guardrail.outcome.risky)]
    if None in sides:
        return {}
    usual, risky = (side for side in sides if side is not None)
    if min(usual[TOTAL].n, risky[TOTAL].n) < guardrail.min_n:
        return {}

    def rates(member: str) -> tuple[float, float]:
        pair = risky.get(member, Count()), usual.get(member, Count())
        least = min(count.n for count in pair)
        chosen = pair if least >= guardrail.min_n else (risky[TOTAL], usual[TOTAL])
        return chosen[0].rate or 0.0, chosen[1].rate or 0.0

    groups = [(new[each].hits, *rates(each)) for each in members or [TOTAL]]
    return {"lost_estimate": lost_at_most(groups), "estimate_kind": "upper_bound"}


def _ripe(scene: Scene, guardrail: Guardrail, metric: str) -> Mapping[str, Count] | None:
    fact = scene.facts.get(metric)
    if fact is None or fact.follows is None or fact.matures_after_days is None:
        return None
    since = add_months(last_month(scene.as_of), -12) - dt.timedelta(days=fact.matures_after_days)
    found = asked(metric, lambda: read_cohorts(scene.ask, scene.facts, metric, since, scene.as_of, by=guardrail.cause_by))
    return at_age(found, settled_age(found, scene.as_of)) if isinstance(found, Cohorts) else None


def _is_stale(found: Monthly, newest: dt.date) -> bool:
    """Say whether the last month that is over brought nothing although months before it did."""
    before = [count for month, count in found.entries.items() if add_months(newest, -12) <= month < newest]
    return not found.entries.get(newest) and bool(before) and sum(before) >= STALE_FROM * len(before)
