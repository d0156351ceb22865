"""What was measured and planned -> the rows of `kpi`, each metric, window, dimension and member once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pipeline.goals.aims import Aim, Aims, aims_of
from pipeline.goals.measuring import TOTAL, Measured, MetricFact, Reading, Window
from pipeline.goals.outlook import Flows
from pipeline.goals.plan import Plan, windows_of
from pipeline.goals.rows import KpiRow, KpiTargetRow, reasons
from pipeline.goals.trust import (
    NOT_A_COHORT,
    Bounds,
    Completion,
    Maturity,
    bounds_of,
    completions,
    is_counted,
    maturity_of,
    status_of,
)

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
class Cell:
    """A row in the making: a metric over a window, in total (`cut` is None) or of one member, as it was read."""

    fact: MetricFact
    cut: Cut | None
    member: str
    window: Window
    reading: Reading
    maturity: Maturity

    def is_unfinished(self, as_of: dt.date) -> bool:
        """Tell whether cohorts of these days have begun to convert and may still do; only the whole is followed."""
        return self.cut is None and self.maturity == "immature" and self.window.start <= as_of and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether the metric could not be asked."""
        return self.reading.reason in ("metric_failed", "not_measured")

    def completion(self, known: Mapping[tuple[str, Window], Completion], as_of: dt.date) -> Completion:
        """Return how far the cohorts of the row have come: a mature one is complete, and heads for what it is."""
        if self.maturity == "not_applicable":
            return NOT_A_COHORT
        if self.maturity == "mature":
            return Completion(None if self.reading.value is None else 1.0, self.reading.value, self.reading.reason)
        if self.cut is not None:
            return Completion(reason="total_only")
        if self.window.start > as_of:
            return Completion(reason="not_started")
        return known.get((self.fact.name, self.window), Completion(reason="metric_failed"))

    def aim(self, aims: Aims) -> Aim:
        """Return the target of the row: goals set one for the whole only."""
        if self.cut is not None:
            return Aim(None, "total_only")
        return aims.get((self.fact.name, self.window.start, self.window.end), Aim(None, "no_goal"))


Key = tuple[str, Cut | None, Window]


def kpi_rows(
    plans: Sequence[Plan],
    targets: Iterable[KpiTargetRow],
    spans: Mapping[PublishRequest, tuple[Window, ...]],
    facts: Mapping[str, MetricFact],
    measured: Measured,
    flows: Flows,
    run_id: str,
    *,
    version_of: Callable[[str, dt.date], int | None] = lambda metric, day: None,
) -> tuple[KpiRow, ...]:
    """Return the rows of every node of every tree, and of the metrics to be published.

    Nothing is dropped: a window without data is 0 for a count or an amount, null with a reason for a rate; a member seen in
    one window has a row in each. A target stands where goals name one for exactly these days. `version_of` says by which
    version of its definition a metric counts events of a date; 1 where nothing was agreed on.
    """
    as_of = flows.as_of
    keys: dict[Key, None] = {}
    for plan in plans:
        windows = windows_of(plan.goal, plan.months)
        keys.update({(node.name, None, window): None for node in plan.nodes for window in windows})
    for request, started in spans.items():
        keys.update({(request.metric, by, window): None for by in (None, *request.dimensions) for window in started})
    cells = [
        _cell(facts.get(name) or _plan_only(name), cut, member, window, reading, as_of)
        for name, cut, window in keys
        for member, reading in _members(name, cut, window, facts, measured, as_of)
    ]
    aims = aims_of(plans, tuple(targets), facts, flows.calendar, as_of)
    bounds = bounds_of([(cell.fact, cell.reading) for cell in cells], facts)
    known = completions({(cell.fact, cell.window): None for cell in cells if cell.is_unfinished(as_of)}, flows)
    versions = cache(lambda metric, day: version_of(metric, day) or 1)
    return tuple(
        _row(
            cell,
            around,
            cell.aim(aims),
            known,
            versions(cell.fact.name, min(cell.window.end, as_of)),
            is_counted(cell.fact, facts),
            as_of,
            run_id,
        )
        for cell, around in zip(cells, bounds, strict=True)
    )


def _cell(fact: MetricFact, cut: Cut | None, member: str, window: Window, reading: Reading, as_of: dt.date) -> Cell:
    maturity = maturity_of(fact, window, as_of)
    if reading.value is not None and maturity == "immature":
        reading = replace(reading, value=None, reason="immature")  # the parts stay: they say how far it has come
    return Cell(fact, cut, member, window, reading, maturity)


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


def _row(
    cell: Cell,
    bounds: Bounds,
    aim: Aim,
    known: Mapping[tuple[str, Window], Completion],
    version: int,
    counted: bool,
    as_of: dt.date,
    run_id: str,
) -> KpiRow:
    fact, reading = cell.fact, cell.reading
    low, high = bounds.interval or (None, None)
    completion = cell.completion(known, as_of)
    numbers = {
        "value": reading.value,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "ci_low": low,
        "ci_high": high,
        "projected": completion.projected,
        "completion": completion.share,
        "target": aim.value,
        "gap": reading.value - aim.value if reading.value is not None and aim.value is not None else None,
    }
    within_noise = bounds.interval.holds(aim.due) if bounds.interval is not None and aim.due is not None else None
    part = "not_a_rate" if fact.is_quantity else reading.reason or "no_parts"
    why = {
        "value": reading.reason,
        "numerator": part,
        "denominator": part,
        "ci_low": bounds.reason,
        "ci_high": bounds.reason,
        "projected": completion.reason,
        "completion": completion.reason,
        "target": aim.reason,
        "gap": reading.reason or aim.reason,
        "within_noise": bounds.reason or aim.reason or "no_business_days",
    }
    label_ja, label_en = labels_of(fact)
    return KpiRow(
        as_of_date=as_of,
        metric=fact.name,
        grain=cell.window.grain,
        period_start=cell.window.start,
        period_end=cell.window.end,
        dimension=cell.cut.name if cell.cut else TOTAL,
        member=cell.member,
        label_ja=label_ja,
        label_en=label_en,
        unit=fact.unit,
        value_kind=fact.kind,
        maturity=cell.maturity,
        status=status_of(reading, aim, counted=counted, less_is_better=aim.less_is_better or fact.less_is_better),
        within_noise=within_noise,
        definition_version=version,
        null_reason=reasons(why, {**numbers, "within_noise": within_noise}),
        run_id=run_id,
        **numbers,
    )


def labels_of(fact: MetricFact) -> tuple[str, str]:
    """Return a metric's labels in ja and en; a ratio of the same period is marked as one, lest it pass for a conversion rate."""
    if fact.kind != "ratio" or _CURRENCY.fullmatch(fact.unit):  # a unit price is no rate
        return fact.label_ja, fact.label_en
    ja, en = PERIOD_RATIO
    return (
        fact.label_ja if ja in fact.label_ja else f"{fact.label_ja}({ja})",
        fact.label_en if en in fact.label_en.casefold() else f"{fact.label_en} ({en})",
    )
