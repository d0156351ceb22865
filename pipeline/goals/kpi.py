"""What was measured and planned -> the rows of `kpi`, each metric, window, dimension and member once."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.goals.measuring import TOTAL, Measured, MetricFact, Reading, Window
from pipeline.goals.plan import Plan, is_spread, windows_of
from pipeline.goals.rows import KpiRow, KpiTargetRow, reasons

Grain = Literal["month", "fiscal_quarter", "fiscal_half", "fiscal_year"]
_CURRENCY = re.compile("[A-Z]{3}")
PERIOD_RATIO = ("期間比率", "period ratio")


@dataclass(frozen=True)
class Cut:
    """A dimension: the name it has in `kpi`, and the one the metric layer is asked by."""

    name: str
    group_by: str


@dataclass(frozen=True)
class PublishRequest:
    """A metric that is to stand in `kpi` whatever the goals are: by a grain, in total and by each of the dimensions."""

    metric: str
    grain: Grain = "month"
    dimensions: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class Aim:
    """The target of a metric over some days, or why it has none."""

    value: float | None
    reason: str | None = None


Aims = Mapping[tuple[str, dt.date, dt.date], Aim]
Key = tuple[str, Cut | None, Window]


def kpi_rows(
    plans: Sequence[Plan],
    targets: Iterable[KpiTargetRow],
    spans: Mapping[PublishRequest, tuple[Window, ...]],
    facts: Mapping[str, MetricFact],
    measured: Measured,
    as_of: dt.date,
    run_id: str,
) -> tuple[KpiRow, ...]:
    """Return the rows of every node of every tree, and of the metrics to be published.

    Nothing is dropped: a window without data is 0 for a count or an amount, null with a reason for a rate; a member seen in
    one window has a row in each. A target stands where goals name one for exactly these days.
    """
    keys: dict[Key, None] = {}
    for plan in plans:
        windows = windows_of(plan.goal, plan.months)
        keys.update({(node.name, None, window): None for node in plan.nodes for window in windows})
    for request, started in spans.items():
        keys.update({(request.metric, by, window): None for by in (None, *request.dimensions) for window in started})
    aims = _aims(plans, tuple(targets), facts)
    return tuple(
        _row(facts.get(name) or _plan_only(name), cut, member, window, reading, aims, as_of, run_id)
        for name, cut, window in keys
        for member, reading in _members(name, cut, window, facts, measured, as_of)
    )


def _members(
    name: str, cut: Cut | None, window: Window, facts: Mapping[str, MetricFact], measured: Measured, as_of: dt.date
) -> Iterable[tuple[str, Reading]]:
    if cut is not None:
        return measured.readings.get((name, cut.group_by, window), {}).items()
    if name not in facts:
        return ((TOTAL, Reading(None, reason="no_metric")),)
    if window.start > as_of:
        return ((TOTAL, Reading(None, reason="not_started")),)
    return ((TOTAL, measured.total(name, window)),)


def _plan_only(name: str) -> MetricFact:
    """Describe a node that is agreed but not measured."""
    return MetricFact(name, "rate", "", name, name)


def _aims(plans: Sequence[Plan], targets: Sequence[KpiTargetRow], facts: Mapping[str, MetricFact]) -> Aims:
    """Index the targets by metric and days; quarters and halves that months tile exactly get the sum of their months."""
    found: dict[tuple[str, dt.date, dt.date], list[Aim]] = {}
    months: dict[tuple[str, str], list[KpiTargetRow]] = {}
    for row in targets:
        if row.grain == "month":
            months.setdefault((row.kgi_id, row.metric), []).append(row)
        aim = Aim(row.target_value, _reason(row.null_reason))
        found.setdefault((row.metric, row.period_start, row.period_end), []).append(aim)
    goals = {plan.goal.name: plan.goal for plan in plans}
    for (kgi, metric), rows in months.items():
        spread = is_spread(metric, goals[kgi], facts)
        for length in (3, 6, 12):
            for at in range(len(rows) - length + 1):
                run = rows[at : at + length]
                key = (metric, run[0].period_start, run[-1].period_end)
                # a run as long as the goal is its period, which has a row already
                if length != len(rows):
                    found.setdefault(key, []).append(_over(run, spread=spread))
    return {key: _one(aims) for key, aims in found.items()}


def _over(run: Sequence[KpiTargetRow], *, spread: bool) -> Aim:
    values = [row.target_value for row in run if row.target_value is not None]
    if len(values) < len(run):
        return Aim(None, next(_reason(row.null_reason) for row in run if row.target_value is None))
    return Aim(math.fsum(values) if spread else values[0])


def _one(aims: Sequence[Aim]) -> Aim:
    """Keep the target that all goals agree on; a metric that two goals want differently has no target of its own."""
    first, *others = aims
    for other in others:
        if first.value is None or other.value is None or not math.isclose(first.value, other.value, rel_tol=1e-9):
            return Aim(None, "several_goals")
    return first


def _reason(null_reason: str | None) -> str | None:
    pairs = dict(part.split("=", 1) for part in (null_reason or "").split(";") if part)
    return pairs.get("target_value")


def _row(
    fact: MetricFact,
    cut: Cut | None,
    member: str,
    window: Window,
    reading: Reading,
    aims: Aims,
    as_of: dt.date,
    run_id: str,
) -> KpiRow:
    if reading.value is not None and is_immature(fact, window, as_of):
        reading = replace(reading, value=None, reason="immature")  # the parts stay: they say how far it has come
    aim = aims.get((fact.name, window.start, window.end), Aim(None, "no_goal"))
    if cut is not None:
        aim = Aim(None, "total_only")
    numbers = {
        "value": reading.value,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "target": aim.value,
        "gap": reading.value - aim.value if reading.value is not None and aim.value is not None else None,
    }
    part = "not_a_rate" if fact.is_quantity else reading.reason or "no_parts"
    why = {
        "value": reading.reason,
        "numerator": part,
        "denominator": part,
        "target": aim.reason,
        "gap": reading.reason or aim.reason,
    }
    label_ja, label_en = labels_of(fact)
    return KpiRow(
        as_of_date=as_of,
        metric=fact.name,
        grain=window.grain,
        period_start=window.start,
        period_end=window.end,
        dimension=cut.name if cut else TOTAL,
        member=member,
        label_ja=label_ja,
        label_en=label_en,
        unit=fact.unit,
        value_kind=fact.kind,
        null_reason=reasons(why, numbers),
        run_id=run_id,
        **numbers,
    )


def is_immature(fact: MetricFact, window: Window, as_of: dt.date) -> bool:
    """Tell whether entries of the window may still convert: such a rate must not look final."""
    if fact.matures_after_days is None:
        return False
    return window.end + dt.timedelta(days=fact.matures_after_days) > as_of


def labels_of(fact: MetricFact) -> tuple[str, str]:
    """Return a metric's labels in ja and en; a ratio of the same period is marked as one, lest it pass for a conversion rate."""
    if fact.kind != "ratio" or _CURRENCY.fullmatch(fact.unit):  # a unit price is no rate
        return fact.label_ja, fact.label_en
    ja, en = PERIOD_RATIO
    return (
        fact.label_ja if ja in fact.label_ja else f"{fact.label_ja}({ja})",
        fact.label_en if en in fact.label_en.casefold() else f"{fact.label_en} ({en})",
    )
