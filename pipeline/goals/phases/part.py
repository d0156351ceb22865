"""Goals and what the next phase needs -> phase_readiness: what is met, how many are missing, and when checks can be read.

Source: docs/goals.md#phases.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.goals.calendar import add_months, business_dates, fiscal_start, fiscal_year_of, month_end
from pipeline.goals.cohorts import Cohorts
from pipeline.goals.flow import FEWEST_MATURE, HISTORY_MONTHS, Flow
from pipeline.goals.measuring import Reading, Want, Window, measure
from pipeline.goals.phases.criterion import NEXT, READABLE, AgreementSigned, Criterion, MetricReached
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.signatures import DEPARTMENTS
from pipeline.goals.tables import READINESS, Row

__all__ = ["readiness_part"]

SLACK = 1e-9
_DAY = dt.timedelta(days=1)
_NAMES = {"marketing": "マーケティング", "sales": "営業"}


@dataclass(frozen=True)
class _Found:
    """What a criterion looks like tonight. Without a value there is a reason; `missing` has one of its own."""

    value: float | None
    threshold: float
    met: bool | None
    missing: int | None
    ja: str
    en: str
    reason: str | None = None
    readable_from: dt.date | None = None


def readiness_part(scene: Scene) -> Part:
    """Judge for each goal what its next phase needs, and say of a goal without enough grown-old entrants when checks can be read.

    A late goal has no next phase.
    """
    return Part({READINESS.name: tuple(row for plan in scene.plans for row in _rows_of(scene, plan))})


def _rows_of(scene: Scene, plan: Plan) -> Iterator[Row]:
    for criterion in plan.goal.needed_next:
        asks = criterion.asks
        found = _reached(scene, criterion, asks) if isinstance(asks, MetricReached) else _signed(scene, criterion, asks)
        yield _row(scene, plan, criterion.name, found)
    flow = scene.outlooks[plan.goal.name].flow
    if flow is not None and flow.curve is None and flow.path.conversion is not None:
        yield _row(scene, plan, READABLE, _readable(scene, plan, flow))


def _row(scene: Scene, plan: Plan, criterion: str, found: _Found) -> Row:
    return READINESS.row(
        {
            "next_phase": "no_next_phase",
            "value": found.reason,
            "met": found.reason,
            "missing": found.reason or "no_parts",
            "readable_from": found.reason or "readable_now",
        },
        as_of_date=scene.as_of,
        kgi_id=plan.goal.name,
        next_phase=NEXT.get(plan.goal.phase),
        criterion=criterion,
        value=found.value,
        threshold=found.threshold,
        met=found.met,
        missing=found.missing,
        text_ja=found.ja,
        text_en=found.en,
        readable_from=found.readable_from,
        run_id=scene.run_id,
    )


def _reached(scene: Scene, criterion: Criterion, asks: MetricReached) -> _Found:
    """Hold a metric against its number. Of a rate as many cases are missing as would have to come out well."""
    window = _window(scene, asks.months)
    reading = _reading(scene, asks.metric, window)
    days_ja, days_en = f"{window.start}〜{window.end}", f"{window.start} to {window.end}"
    need = _shown(asks.at_least, asks.of)
    if reading.value is None:
        ja = f"{criterion.label_ja}は確かめられない(必要 {need}、{days_ja})"
        en = f"{criterion.label_en}: cannot be told ({need} needed, {days_en})"
        return _Found(None, asks.at_least, None, None, ja, en, reading.reason)
    met = reading.value >= asks.at_least - SLACK
    missing = 0 if met else _missing(asks, reading)
    state_ja = "満たしている" if met else "足りない" if missing is None else f"あと {missing} 件"
    state_en = "met" if met else "short" if missing is None else f"{missing} missing"
    value = _shown(reading.value, asks.of)
    ja = f"{criterion.label_ja}は {value}(必要 {need}、{days_ja})。{state_ja}"
    en = f"{criterion.label_en}: {value} ({need} needed, {days_en}); {state_en}"
    return _Found(reading.value, asks.at_least, met, missing, ja, en)


def _missing(asks: MetricReached, reading: Reading) -> int | None:
    if asks.of == "count":
        return math.ceil(asks.at_least - (reading.value or 0.0) - SLACK)
    if reading.numerator is None or reading.denominator is None:
        return None
    return math.ceil(asks.at_least * reading.denominator - reading.numerator - SLACK)


def _shown(value: float, of: str) -> str:
    return f"{value:.1%}" if of == "rate" else f"{value:,.4g}" if value < 10_000 else f"{value:,.0f}"


def _reading(scene: Scene, metric: str, window: Window) -> Reading:
    """Ask for a metric; the rate of cohorts that may still convert is no evidence."""
    fact = scene.facts.get(metric)
    if fact is None:
        return Reading(None, reason="metric_unknown")
    if fact.matures_after_days is not None and window.end + dt.timedelta(days=fact.matures_after_days) > scene.as_of:
        return Reading(None, reason="immature")
    return measure([Want(metric, None, (window,))], scene.facts, scene.ask, scene.as_of).total(metric, window)


def _window(scene: Scene, months: int | None) -> Window:
    """Return the last complete fiscal quarter, or the last whole months."""
    after = scene.as_of + _DAY
    first = after.replace(day=1)
    if months is not None:
        return Window("months", add_months(first, -months), first - _DAY)
    year = fiscal_start(scene.company, fiscal_year_of(scene.company, after))
    gone = (first.year - year.year) * 12 + first.month - year.month
    end = add_months(year, gone // 3 * 3) - _DAY
    return Window("fiscal_quarter", add_months(end.replace(day=1), -2), month_end(end))


def _signed(scene: Scene, criterion: Criterion, asks: AgreementSigned) -> _Found:
    """Count the departments that signed the version of a definition in force."""
    agreement = scene.definitions.by_name.get(asks.agreement)
    needed = len(DEPARTMENTS)
    if agreement is None:
        missing: tuple[str, ...] = DEPARTMENTS
    else:
        missing = agreement.in_force(scene.as_of).agreed_by.missing
    signed = needed - len(missing)
    who_ja, who_en = "、".join(_NAMES[each] for each in missing), ", ".join(missing)
    ja = f"{criterion.label_ja}は {needed} 部門中 {signed} 部門が合意。" + (f"未合意: {who_ja}" if missing else "満たしている")
    en = f"{criterion.label_en}: signed by {signed} of {needed} departments; " + (f"missing: {who_en}" if missing else "met")
    return _Found(float(signed), float(needed), not missing, len(missing), ja, en)


def _readable(scene: Scene, plan: Plan, flow: Flow) -> _Found:
    """Say when enough entrants will have grown old for a curve, at the planned volume; nobody says so without a plan for them."""
    conversion, earlier = flow.path.conversion, flow.path.earlier
    assert conversion is not None and earlier is not None
    cohorts = scene.flows.cohorts(conversion, add_months(scene.as_of.replace(day=1), -HISTORY_MONTHS))
    if cohorts is None:
        return _Found(None, FEWEST_MATURE, None, None, "確かめられない", "cannot be told", "metric_failed")
    old = cohorts.mature().entered
    missing = math.ceil(FEWEST_MATURE - old - SLACK)
    planned = next((node.value for node in plan.nodes if node.name == earlier), None)
    last = _last_entry(scene, plan, cohorts, planned)
    fact = scene.facts[earlier]
    ja = f"結果の確定した{fact.label_ja}は {old:.0f} 件で、{FEWEST_MATURE} 件から転換率や見込みの確認ができる。"
    en = f"{old:.0f} of {FEWEST_MATURE} {fact.label_en} have grown old, from which on rates and landings can be checked; "
    if last is None:
        ja, en = f"{ja}計画の件数では、その日が決まらない", f"{en}the plan does not say when"
        return _Found(old, FEWEST_MATURE, False, missing, ja, en, "no_planned_entries")
    day = last + dt.timedelta(weeks=cohorts.horizon)
    ja, en = f"{ja}計画どおりの件数なら {day} から", f"{en}at the planned volume that is on {day}"
    return _Found(old, FEWEST_MATURE, False, missing, ja, en, readable_from=day)


def _last_entry(scene: Scene, plan: Plan, cohorts: Cohorts, planned: float | None) -> dt.date | None:
    """Return the day on which the last of the entrants that are needed enters: those known first, then the plan's, day by day."""
    entered = 0.0
    for each in sorted(cohorts.entrants, key=lambda each: each.day):
        entered += each.entered
        if entered >= FEWEST_MATURE - SLACK:
            return each.day
    days = sum(month.business_days for month in plan.months)
    if not planned or not days:
        return None
    ahead = max(scene.as_of + _DAY, plan.goal.period.start)
    for day in business_dates(scene.calendar, ahead, scene.calendar[-1].date):
        entered += planned / days
        if entered >= FEWEST_MATURE - SLACK:
            return day
    return None
