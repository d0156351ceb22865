"""The `target` of a goal file -> exactly one of the four kinds of target, or what is wrong with it (E101, E103, E125, E126)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from pipeline.decode import Document, decode
from pipeline.findings import Finding, KgiError, did_you_mean, finding
from pipeline.goals.goal import Goal, MultipleOfBaseline, SalesForecast, ShortfallShare, SumOf, TargetRule, Value
from pipeline.goals.measuring import MetricFact
from pipeline.goals.numeric import sign_finding
from pipeline.goals.period import read_baseline, year_finding
from pipeline.profile import Company

Spec = TypeVar("Spec", bound=BaseModel)
KINDS = ("value", "shortfall_share", "multiple_of_baseline", "sum_of")


class Reader(Protocol):
    """One goal of a file that is being read."""

    document: Document
    under: tuple[str, int]
    data: Mapping[str, Any]
    company: Company
    facts: Mapping[str, MetricFact]
    owner: str
    faults: list[Finding]

    def fault(self, code: str, *keys: str | int, hint: str | None = None, **arguments: Any) -> None:
        """Note a mistake."""

    def number(self, value: object, *keys: str | int, code: str = "E101") -> bool:
        """Tell whether a value is a finite number."""
        ...

    def section(self, key: str) -> Mapping[str, Any]:
        """Return a mapping of the goal."""
        ...


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Shortfall(_Strict):
    sales_target: Any
    sales_landing: Any
    share: Any
    share_basis: Any = None  # its absence is E125, not a missing key
    win_rate: str = "win_rate"


class _Landing(_Strict):
    value: Any = None
    at: dt.date | None = None
    source: Literal["forecast"] | None = None
    measure: Literal["p10", "p50", "p90", "closed_only"] = "p50"
    metric: str = "won_amount"


class _Multiple(_Strict):
    metric: str
    baseline: Any
    multiple: Any


def read_target(reader: Reader, metric_names: Collection[str]) -> TargetRule | None:
    """Return the target of the goal; None after a mistake, which the reader then holds."""
    target = reader.data.get("target")
    if not isinstance(target, Mapping):
        if target is None:
            reader.fault("kgi_target_kinds", "target", kinds=", ".join(KINDS), found="-")
        else:
            reader.number(target, "target")
            reader.fault("kgi_target_kinds", "target", kinds=", ".join(KINDS), found=str(target))
        return None
    found = [str(key) for key in target]
    unknown = [key for key in found if key not in KINDS]
    for key in unknown:
        near = did_you_mean(key, KINDS)
        reader.fault("yaml_unknown_key", "target", key, hint=near, key=key, known=", ".join(KINDS))
    if len(found) - len(unknown) != 1 and not unknown:
        reader.fault("kgi_target_kinds", "target", kinds=", ".join(KINDS), found=", ".join(found) or "-")
    read = [_READERS[key](reader, target[key], metric_names) for key in found if key in KINDS]
    return read[0] if len(read) == 1 else None


def sum_findings(in_force: Iterable[Goal]) -> list[Finding]:
    """Judge the goals of one date that are sums of goals: each part exists, has the same unit and period, none sums itself."""
    goals = {goal.name: goal for goal in in_force}
    faults = []
    for goal in goals.values():
        if not isinstance(goal.target, SumOf):
            continue
        for name in goal.target.goals:
            part = goals.get(name)
            if part is None:
                near = did_you_mean(name, goals)
                faults.append(finding("goal_unknown_goal", goal.place, hint=near, owner=goal.name, name=name))
            elif (part.unit, part.period.start, part.period.end) != (goal.unit, goal.period.start, goal.period.end):
                faults.append(finding("goal_sum_differs", goal.place, owner=goal.name, name=name))
        if goal.name in _parts(goal, goals, frozenset()):
            faults.append(finding("goal_sum_circle", goal.place, name=goal.name))
    return faults


def _parts(goal: Goal, goals: Mapping[str, Goal], seen: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for name in goal.target.goals if isinstance(goal.target, SumOf) else ():
        found.add(name)
        if name in goals and name not in seen:
            found |= _parts(goals[name], goals, seen | {name})
    return found


def _value(reader: Reader, data: object, _: Collection[str]) -> Value | None:
    if not reader.number(data, "target", "value"):
        return None
    assert isinstance(data, int | float)
    direction = str(reader.data.get("direction", "up"))
    place = reader.document.at(*reader.under, "target", "value")
    if (fault := sign_finding(data, place, key="value", direction=direction)) is not None:
        reader.faults.append(fault)
        return None
    return Value(float(data))


def _shortfall(reader: Reader, data: object, metric_names: Collection[str]) -> ShortfallShare | None:
    keys = ("target", "shortfall_share")
    spec = _decoded(_Shortfall, reader, data, *keys)
    if spec is None:
        return None
    before = len(reader.faults)
    reader.number(spec.sales_target, *keys, "sales_target")
    landing, at = _landing(reader, spec.sales_landing, metric_names)
    if reader.number(spec.share, *keys, "share") and not 0 < spec.share <= 1:
        reader.fault("share_outside", *keys, "share", value=spec.share)
    if spec.share_basis not in ("revenue", "pipeline"):
        reader.fault("share_basis", *keys, "share_basis", value=str(spec.share_basis))
    if isinstance(unit := reader.data.get("unit"), str) and unit != reader.company.currency:
        reader.fault("shortfall_unit", "unit", unit=unit, currency=reader.company.currency)
    if len(reader.faults) > before:
        return None
    return ShortfallShare(float(spec.sales_target), landing, at, float(spec.share), spec.share_basis, spec.win_rate)


def _landing(reader: Reader, data: object, metric_names: Collection[str]) -> tuple[float | SalesForecast, dt.date | None]:
    keys: tuple[str, ...] = ("target", "shortfall_share", "sales_landing")
    at = None
    if isinstance(data, Mapping):
        spec = _decoded(_Landing, reader, data, *keys)
        if spec is None:
            return 0.0, None
        place = reader.document.at(*reader.under, *keys, "at")
        if spec.at and (fault := year_finding(spec.at.year, place, owner=reader.owner, value=str(spec.at))) is not None:
            reader.faults.append(fault)
        if spec.source is not None:
            if spec.at is None:
                reader.fault("landing_needs_date", *keys)
            if spec.metric not in metric_names:
                near = did_you_mean(spec.metric, metric_names)
                reader.fault("goal_unknown_metric", *keys, "metric", hint=near, name=spec.metric)
            return SalesForecast(spec.at or dt.date.min, spec.measure, spec.metric), spec.at
        data, at, keys = spec.value, spec.at, (*keys, "value")
    usable = reader.number(data, *keys)
    return (float(data) if usable and isinstance(data, int | float) else 0.0), at


def _multiple(reader: Reader, data: object, metric_names: Collection[str]) -> MultipleOfBaseline | None:
    keys = ("target", "multiple_of_baseline")
    spec = _decoded(_Multiple, reader, data, *keys)
    if spec is None:
        return None
    before = len(reader.faults)
    if spec.metric not in metric_names:
        near = did_you_mean(spec.metric, metric_names)
        reader.fault("goal_unknown_metric", *keys, "metric", hint=near, name=spec.metric)
    if reader.number(spec.multiple, *keys, "multiple"):
        place = reader.document.at(*reader.under, *keys, "multiple")
        if (fault := sign_finding(spec.multiple, place, key="multiple", direction="up")) is not None:
            reader.faults.append(fault)
    place = reader.document.at(*reader.under, *keys, "baseline")
    baseline = read_baseline(spec.baseline, reader.company, place, owner=reader.owner)
    if isinstance(baseline, Finding):
        reader.faults.append(baseline)
        return None
    return None if len(reader.faults) > before else MultipleOfBaseline(spec.metric, baseline, float(spec.multiple))


def _sum_of(reader: Reader, data: object, _: Collection[str]) -> SumOf | None:
    if isinstance(data, list) and data and all(isinstance(each, str) for each in data) and len(set(data)) == len(data):
        return SumOf(tuple(data))
    reader.fault("goal_sum_names", "target", "sum_of", value=str(data))
    return None


def _decoded(spec: type[Spec], reader: Reader, data: object, *keys: str) -> Spec | None:
    if not isinstance(data, Mapping):
        reader.fault("goal_needs_keys", *keys, key=keys[-1], keys=", ".join(spec.model_fields))
        return None
    try:
        return decode(spec, reader.document, owner=f"{reader.owner}, {keys[-1]}", under=(*reader.under, *keys))
    except KgiError as error:
        reader.faults.extend(error.findings)
        return None


_READERS = {"value": _value, "shortfall_share": _shortfall, "multiple_of_baseline": _multiple, "sum_of": _sum_of}
