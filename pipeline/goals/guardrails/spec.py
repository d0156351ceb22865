"""The `guardrails` of goal files -> guardrails: every key checked, every mistake on its line."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document
from pipeline.findings import Finding, did_you_mean, finding
from pipeline.goals.calendar import month_end
from pipeline.goals.goal import Goal
from pipeline.goals.guardrails.guardrail import AgreedRate, Capacity, Comparison, Days, Guardrail, Outcome, ProcessLimits, Test
from pipeline.goals.period import read_baseline
from pipeline.profile import Company

__all__ = ["KEYS", "GuardrailForm", "between_guardrails", "guardrail_names", "read_guardrails"]

Kind = Literal["newcombe_noninferiority", "local_optimisation", "evidence", "xmr", "capacity"]
NameText = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Months = Annotated[str, Field(pattern=r"^[1-9][0-9]?m$")]
_COMPARED = ("margin", "baseline", "window", "confidence")
KEYS: dict[str, tuple[str, ...]] = {
    "newcombe_noninferiority": _COMPARED,
    "local_optimisation": _COMPARED,
    "evidence": ("plan_rate", "since"),
    "xmr": ("baseline_points",),
    "capacity": ("available", "hours_each", "watch_at"),
}
"""The keys of a test beside `kind`, by its kind."""
NEEDED = {"evidence": ("plan_rate",), "capacity": ("available",)}
MOST_TRAILING = 60


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Label(_Strict):
    ja: str
    en: str


class _Test(_Strict):
    kind: Kind
    margin: Annotated[float, Field(ge=0, lt=1)] | None = None
    baseline: Any = None
    window: Months | None = None
    confidence: Annotated[float, Field(ge=0.5, lt=1)] | None = None
    plan_rate: float | NameText | None = None
    since: dt.date | None = None
    baseline_points: Annotated[int, Field(ge=10, le=36)] | None = None
    available: Annotated[float, Field(gt=0)] | None = None
    hours_each: Annotated[float, Field(gt=0)] | None = None
    watch_at: Annotated[float, Field(gt=0, le=1)] | None = None


class _Outcome(_Strict):
    risky: str
    usual: str


class GuardrailForm(_Strict):
    """A metric that must not suffer while a KPI is pursued."""

    name: NameText
    label: _Label
    protects: str
    paired_with: str | None = None
    metric: str
    direction: Literal["up", "down"]
    test: _Test
    min_n: Annotated[int, Field(ge=1)] | None = None
    owner: str | None = None
    cause_by: NameText | None = None
    outcome: _Outcome | None = None


def guardrail_names(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the names of the guardrails of all files as they are written, those with mistakes too."""
    return tuple(str(raw["name"]) for document in documents for _, raw in _raw(document) if "name" in raw)


def read_guardrails(
    document: Document, forms: Iterable[GuardrailForm], company: Company, metric_names: Collection[str]
) -> tuple[list[Guardrail], list[Finding]]:
    """Return the guardrails of a file and what is wrong with them; `forms` is empty where their shape was wrong already."""
    faults = [each for number, raw in _raw(document) for each in _faults(document, number, raw, company, metric_names)]
    if faults:
        return [], faults
    return [_guardrail(document, number, form, company) for number, form in enumerate(forms)], []


def between_guardrails(guardrails: Iterable[Guardrail], goals: Iterable[Goal], *, all_were_read: bool) -> Iterator[Finding]:
    """Judge what only all files together can show: names that stand twice, guardrails of no goal, rates that no plan agrees."""
    first: dict[str, Guardrail] = {}
    for each in guardrails:
        if each.name in first:
            yield finding("guardrail_twice", each.place, name=each.name, other=str(first[each.name].place))
            continue
        first[each.name] = each
        holders = [goal for goal in goals if each in goal.guardrails]
        if not all_were_read:
            continue
        if not holders:
            yield finding("guardrail_unused", each.place, name=each.name)
        elif isinstance(each.test, AgreedRate) and isinstance(each.test.rate, str):
            yield from _rate_faults(each, each.test.rate, holders)


def _rate_faults(guardrail: Guardrail, name: str, holders: list[Goal]) -> Iterator[Finding]:
    """Judge a plan rate by its name: the newest plan of each goal agrees on it, all on the same."""
    goals = {goal.name: goal for goal in sorted(holders, key=lambda goal: goal.plan_version)}.values()
    agreed = {rate.value for goal in goals if (rate := goal.plan_rate(name)) is not None}
    if not agreed:
        near = did_you_mean(name, {rate.name for goal in goals for rate in goal.plan_rates})
        yield finding("guardrail_plan_rate", guardrail.place, hint=near, owner=_owner(guardrail.name), name=name)
    elif len(agreed) > 1:
        listed = ", ".join(str(value) for value in sorted(agreed))
        yield finding("guardrail_plan_rates", guardrail.place, owner=_owner(guardrail.name), name=name, values=listed)
    elif not 0 < min(agreed) < 1:
        yield finding("guardrail_rate_range", guardrail.place, owner=_owner(guardrail.name), name=name, value=min(agreed))


def _raw(document: Document) -> Iterator[tuple[int, Mapping[str, Any]]]:
    raw = document.data.get("guardrails") if isinstance(document.data, Mapping) else None
    for number, data in enumerate(raw if isinstance(raw, list) else []):
        if isinstance(data, Mapping):
            yield number, data


def _owner(name: object) -> str:
    return f"the guardrail '{name}'"


def _faults(
    document: Document, number: int, raw: Mapping[str, Any], company: Company, metric_names: Collection[str]
) -> Iterator[Finding]:
    """Find what the shape of a guardrail cannot show, straight from the file, so that it comes with the other mistakes."""
    owner = _owner(raw.get("name", number + 1))
    outcome = raw.get("outcome")
    named: list[tuple[tuple[str, ...], Any]] = [((key,), raw.get(key)) for key in ("metric", "protects", "paired_with")]
    if isinstance(outcome, Mapping):
        named += [(("outcome", key), outcome.get(key)) for key in ("risky", "usual")]
    for keys, name in named:
        if isinstance(name, str) and name not in metric_names:
            place, near = document.at("guardrails", number, *keys), did_you_mean(name, metric_names)
            yield finding("guardrail_metric", place, hint=near, owner=owner, key=keys[-1], name=name)
    test = raw.get("test")
    if isinstance(test, Mapping) and test.get("kind") in KEYS:
        yield from _test_faults(document, number, raw, test, company)


def _test_faults(
    document: Document, number: int, raw: Mapping[str, Any], test: Mapping[str, Any], company: Company
) -> Iterator[Finding]:
    """Find keys that a test of this kind does not have or lacks, and a baseline that is none."""
    kind, owner = str(test["kind"]), _owner(raw.get("name", number + 1))
    for key in test:
        if key in _Test.model_fields and key not in ("kind", *KEYS[kind]):
            place = document.at("guardrails", number, "test", key)
            yield finding("guardrail_key", place, owner=owner, key=key, test=kind, known=", ".join(KEYS[kind]))
    for key in NEEDED.get(kind, ()):
        if key not in test:
            yield finding("yaml_missing_key", document.at("guardrails", number, "test"), key=key, owner=f"{owner}, test")
    rate = test.get("plan_rate")
    if isinstance(rate, int | float) and not isinstance(rate, bool) and not 0 < rate < 1:
        place = document.at("guardrails", number, "test", "plan_rate")
        yield finding("guardrail_rate_range", place, owner=owner, name="plan_rate", value=rate)
    if kind == "local_optimisation" and "paired_with" not in raw:
        yield finding("yaml_missing_key", document.at("guardrails", number), key="paired_with", owner=owner)
    if "baseline" in KEYS[kind] and isinstance(read := _baseline(document, number, test, company), Finding):
        yield read


def _baseline(document: Document, number: int, test: Mapping[str, Any], company: Company) -> int | Days | Finding:
    """Read what a guardrail is compared with: `trailing_12m`, FY2025, or a period of whole months."""
    value, place = test.get("baseline", "trailing_12m"), document.at("guardrails", number, "test", "baseline")
    if isinstance(value, str) and value.startswith("trailing_"):
        count = value.removeprefix("trailing_").removesuffix("m")
        if value.endswith("m") and count.isdecimal() and 1 <= int(count) <= MOST_TRAILING:
            return int(count)
    elif isinstance(value, Mapping | str):
        read = read_baseline(value, company, place, owner=_owner(number))
        if not isinstance(read, Finding) and read.start.day == 1 and read.end == month_end(read.end):
            return Days(read.start, read.end)
    return finding("guardrail_baseline", place, value=str(value))


def _guardrail(document: Document, number: int, form: GuardrailForm, company: Company) -> Guardrail:
    raw = document.data["guardrails"][number]["test"]
    test = _test(form.test, _baseline(document, number, raw, company))
    return Guardrail(
        name=form.name,
        label_ja=form.label.ja,
        label_en=form.label.en,
        protects=form.protects,
        metric=form.metric,
        direction=form.direction,
        kind=form.test.kind,
        test=test,
        min_n=form.min_n or (20 if isinstance(test, Comparison) else 5),
        place=document.at("guardrails", number, "name"),
        paired_with=form.paired_with,
        owner=form.owner,
        cause_by=form.cause_by,
        outcome=Outcome(form.outcome.risky, form.outcome.usual) if form.outcome else None,
    )


def _test(form: _Test, baseline: int | Days | Finding) -> Test:
    match form.kind:
        case "evidence":
            return AgreedRate(form.plan_rate if form.plan_rate is not None else math.nan, form.since)
        case "xmr":
            return ProcessLimits(form.baseline_points or 12)
        case "capacity":
            return Capacity(form.available or math.nan, form.hours_each, form.watch_at or 0.9)
        case "newcombe_noninferiority" | "local_optimisation" as kind:
            assert not isinstance(baseline, Finding)
            window = int((form.window or "3m").removesuffix("m"))
            return Comparison(form.margin or 0.0, baseline, window, form.confidence or 0.95, kind == "local_optimisation")
