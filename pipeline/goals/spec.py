"""Goal files -> goals: every key checked, every mistake on its line, all of them at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document, decode
from pipeline.findings import Finding, KgiError, did_you_mean, finding
from pipeline.goals.bounds import judge_bounds
from pipeline.goals.fitting import judge_rates
from pipeline.goals.goal import Goal, Lag, Override, Period, PlanRate, Realism, Trailing
from pipeline.goals.guardrails.guardrail import Guardrail
from pipeline.goals.guardrails.spec import GuardrailForm, between_guardrails, guardrail_names, read_guardrails
from pipeline.goals.levers.spec import LeverForm, read_levers
from pipeline.goals.measuring import MetricFact
from pipeline.goals.numeric import number_finding
from pipeline.goals.period import read_period
from pipeline.goals.phases.criterion import NEXT
from pipeline.goals.phases.spec import PhasesForm, read_phases
from pipeline.goals.plan_versions import in_force, version_findings
from pipeline.goals.signatures import DEPARTMENTS, Person, Signed, signature_finding
from pipeline.goals.target_spec import read_target, sum_findings
from pipeline.goals.tree_spec import read_tree
from pipeline.profile import Company

NameText = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]*m$")]
Share = Annotated[float, Field(ge=0, le=1)]
SEASON = r"trailing_([1-9][0-9]*)m"
DEFAULT_WINDOW = "12m"
DEFAULT_STRENGTH = 20.0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Label(_Strict):
    ja: str
    en: str


class _Periodise(_Strict):
    by: Literal["business_days"] = "business_days"
    basis: Literal["entry", "landing"] = "entry"
    seasonality: str | list[Any] | None = None


class _Lag(_Strict):
    source: Literal["observed", "agreed"]
    window: Duration
    tail: str | None = None


class _Rates(_Strict):
    source: Literal["agreed", "trailing_mature"] = "agreed"
    agreed: dict[NameText, Any] = {}
    window: Duration | None = None
    shrink_to: Literal["company"] | None = None
    strength: Annotated[float, Field(ge=0)] | None = None
    on_missing: Literal["error"] = "error"


class _Agreed(_Strict):
    value: Any
    source: str = "agreed"
    n: Annotated[int, Field(ge=0)] | None = None


class _Realism(_Strict):
    min_probability: Share = 0.05
    stretch_below: Share = 0.5


class _Override(_Strict):
    reason: Person
    approved_by: Person


class _Goal(_Strict):
    name: NameText
    label: _Label
    phase: Literal["early", "middle", "late"]
    metric: str
    unit: Any = None  # its absence is E101, not a missing key
    direction: Literal["up", "down"] = "up"
    roles: dict[NameText, str] = {}
    rolls_up_to: str | None = None
    period: Any
    target: Any = None
    periodise: _Periodise = _Periodise()
    tree: dict[NameText, str] = {}
    channels: list[str] = []
    lags: dict[Annotated[str, Field(pattern=r"^\w+->\w+$")], _Lag] = {}
    plan_rates: _Rates = _Rates()
    controllable_by: dict[NameText, list[NameText]] = {}
    realism: _Realism | None = None
    definition: NameText | None = None
    guardrails: list[NameText] = []
    plan_version: Annotated[int, Field(ge=1)] = 1
    effective_from: dt.date | None = None
    agreed_by: Signed = Signed()
    override: _Override | None = None
    levers: dict[NameText, LeverForm] = {}


class _File(_Strict):
    version: Literal[1]
    kgi: list[_Goal] = []
    guardrails: list[GuardrailForm] = []
    phases: PhasesForm = PhasesForm()


def read_goals(
    documents: Iterable[Document],
    company: Company,
    metric_names: Collection[str],
    agreements: Collection[str] | None = None,
    facts: Mapping[str, MetricFact] | None = None,
) -> tuple[Goal, ...]:
    """Read the files of metrics/goals/ into goals, every version of each, in the order they are written.

    `agreements` are the names that a goal's `definition` may have; any where they are not given.
    `facts` describes the metrics; what only they can show, such as by what a metric can be cut, is judged where they are given.

    Raises KgiError with every mistake of every file: unknown and missing keys, targets that are no number (E101, E103),
    plan rates and levers that are no number (E104), trees with orphans or circles (E110, E111), goals without owners (E112),
    shares without a basis or outside 0..1 (E125, E126), and what this version does not compute yet, by name.
    """
    decoded = [_decoded(document) for document in documents]
    faults = [fault for _, _, found in decoded for fault in found]
    guardrails: list[Guardrail] = []
    for document, spec, _ in decoded:
        read, wrong = read_guardrails(document, spec.guardrails if spec else (), company, metric_names)
        guardrails.extend(read)
        faults.extend(wrong)
    named = dict.fromkeys(guardrail_names(document for document, _, _ in decoded))
    rails: dict[str, Guardrail | None] = {**named, **{each.name: each for each in reversed(guardrails)}}
    goals: list[Goal] = []
    for document, spec, _ in decoded:
        found = _read_goals_of(document, spec, company, metric_names, rails, facts or {})
        goals.extend(each for each in found if isinstance(each, Goal))
        faults.extend(each for each in found if isinstance(each, Finding))
    criteria, wrong = read_phases(((each, spec.phases if spec else None) for each, spec, _ in decoded), metric_names, agreements)
    faults.extend(wrong)
    complete = not faults
    faults.extend(_between(goals, agreements, all_were_read=complete))
    faults.extend(between_guardrails(guardrails, goals, all_were_read=complete))
    if faults:
        raise KgiError(dict.fromkeys(faults))
    return tuple(replace(goal, needed_next=criteria.get(NEXT.get(goal.phase, ""), ())) for goal in goals)


def _decoded(document: Document) -> tuple[Document, _File | None, tuple[Finding, ...]]:
    """Check the shape of a file that holds goals, guardrails, phases or several of these."""
    try:
        spec = decode(_File, document, owner="a goal file")
    except KgiError as error:
        return document, None, error.findings
    if not spec.model_fields_set & {"kgi", "guardrails", "phases"}:
        return document, None, (finding("yaml_missing_key", document.at(), key="kgi", owner="a goal file"),)
    return document, spec, ()


def _read_goals_of(
    document: Document,
    spec: _File | None,
    company: Company,
    metric_names: Collection[str],
    guardrails: Mapping[str, Guardrail | None],
    facts: Mapping[str, MetricFact],
) -> list[Goal | Finding]:
    found: list[Goal | Finding] = []
    raw = document.data.get("kgi") if isinstance(document.data, Mapping) else None
    for number, data in enumerate(raw if isinstance(raw, list) else []):
        if isinstance(data, Mapping):
            reader = _Reader(document, number, data, company, facts)
            parts = reader.read(metric_names, guardrails)
            found.extend(reader.faults)
            if spec is not None and not reader.faults:
                found.append(_goal(spec.kgi[number], parts))
    return found


class _Reader:
    """Reads what pydantic cannot judge of one goal, straight from the file, so that its mistakes come with the others."""

    def __init__(
        self, document: Document, number: int, data: Mapping[str, Any], company: Company, facts: Mapping[str, MetricFact]
    ) -> None:
        self.document, self.under, self.data, self.company, self.facts = document, ("kgi", number), data, company, facts
        self.owner = f"the KGI '{data.get('name', number + 1)}'"
        self.faults: list[Finding] = []

    def read(self, metric_names: Collection[str], guardrails: Mapping[str, Guardrail | None]) -> dict[str, Any]:
        """Return the fields of the goal that need more than their shape; `faults` holds the mistakes."""
        parts: dict[str, Any] = {
            "place": self.document.at(*self.under, "name"),
            "period": self._period(),
            "target": read_target(self, metric_names),
            "plan_rates": self._plan_rates(),
            "seasonal_index": self._seasonality(),
            "guardrails": self._guardrails(guardrails),
        }
        parts["tree"] = read_tree(self, metric_names, {rate.name for rate in parts["plan_rates"]})
        judge_bounds(self, parts["period"])
        judge_rates(self, parts["tree"], parts["plan_rates"])
        parts["levers"] = read_levers(self, parts["tree"])
        self._unit()
        self._metric(metric_names)
        self._owners()
        self._realism()
        return parts

    def fault(self, code: str, *keys: str | int, hint: str | None = None, **arguments: Any) -> None:
        """Note a mistake at the place of a key of this goal."""
        self.faults.append(finding(code, self.document.at(*self.under, *keys), hint=hint, owner=self.owner, **arguments))

    def number(self, value: object, *keys: str | int, code: str = "E101") -> bool:
        """Tell whether a value is a finite number; note the mistake where it is not."""
        fault = number_finding(value, self.document.at(*self.under, *keys), key=str(keys[-1]), code=code)
        if fault is not None:
            self.faults.append(fault)
        return fault is None

    def section(self, key: str) -> Mapping[str, Any]:
        """Return a mapping of the goal; empty where the file has something else, which pydantic then reports."""
        value = self.data.get(key)
        return value if isinstance(value, Mapping) else {}

    def _period(self) -> Period | None:
        if "period" not in self.data:
            return None
        read = read_period(self.data["period"], self.company, self.document.at(*self.under, "period"), owner=self.owner)
        if isinstance(read, Finding):
            self.faults.append(read)
            return None
        return read

    def _unit(self) -> None:
        unit = self.data.get("unit")
        if not isinstance(unit, str) or not unit.strip():
            self.fault("kgi_unit", "unit")

    def _metric(self, metric_names: Collection[str]) -> None:
        metric = self.data.get("metric")
        if isinstance(metric, str) and metric not in metric_names:
            self.fault("goal_unknown_metric", "metric", hint=did_you_mean(metric, metric_names), name=metric)

    def _guardrails(self, known: Mapping[str, Guardrail | None]) -> tuple[Guardrail, ...]:
        """Return the guardrails that the goal names; of one with a mistake of its own only its name is known."""
        named = self.data.get("guardrails")
        names = dict.fromkeys(name for name in named if isinstance(name, str)) if isinstance(named, list) else {}
        for name in names:
            if name not in known:
                at = list(named or ()).index(name)
                self.fault("goal_unknown_guardrail", "guardrails", at, hint=did_you_mean(name, known), name=name)
        return tuple(rail for name in names if (rail := known.get(name)) is not None)

    def _owners(self) -> None:
        roles = self.section("roles")
        named = {role for role, holder in roles.items() if isinstance(holder, str) and holder.strip()} - {"coordinator"}
        if self.data.get("phase") == "early":
            missing: tuple[str, ...] = () if named else ("marketing",)
        else:
            missing = tuple(role for role in DEPARTMENTS if role not in named)
        for role in missing:
            self.fault("goal_owner", "roles", role=role, phase=str(self.data.get("phase")))

    def _realism(self) -> None:
        bounds = Realism()
        section = self.section("realism")
        least, stretch = (
            section.get("min_probability", bounds.min_probability),
            section.get("stretch_below", bounds.stretch_below),
        )
        if isinstance(least, int | float) and isinstance(stretch, int | float) and least > stretch:
            self.fault("goal_realism_order", "realism", least=least, stretch=stretch)

    def _seasonality(self) -> tuple[float, ...]:
        periodise = self.section("periodise")
        value = periodise.get("seasonality")
        if isinstance(value, str) and value != "none" and not re.fullmatch(SEASON, value):
            self.fault("goal_season_word", "periodise", "seasonality", value=value)
        if periodise.get("basis") == "landing" and value not in (None, "none"):
            self.fault("goal_season_landing", "periodise", "seasonality", value=str(value))
        if not isinstance(value, list):
            return (1.0,) * 12
        usable = [self.number(each, "periodise", "seasonality", at) for at, each in enumerate(value)]
        if all(usable) and (len(value) != 12 or min(value) < 0 or not any(value)):
            self.fault("goal_seasonality", "periodise", "seasonality", count=len(value))
        return tuple(float(each) for each, good in zip(value, usable, strict=True) if good)

    def _plan_rates(self) -> tuple[PlanRate, ...]:
        section = self.section("plan_rates")
        agreed = section.get("agreed")
        rates = [self._plan_rate(str(name), value) for name, value in agreed.items()] if isinstance(agreed, Mapping) else []
        return tuple(sorted((rate for rate in rates if rate is not None), key=lambda rate: rate.name))

    def _plan_rate(self, name: str, data: object) -> PlanRate | None:
        keys: tuple[str, ...] = ("plan_rates", "agreed", name)
        spec = _Agreed(value=data)
        if isinstance(data, Mapping):
            try:
                spec = decode(_Agreed, self.document, owner=f"the plan rate '{name}'", under=(*self.under, *keys))
            except KgiError as error:
                self.faults.extend(error.findings)
                return None
            keys = (*keys, "value")
        if not self.number(spec.value, *keys, code="E104"):
            return None
        if spec.value < 0:
            self.fault("plan_rate_negative", *keys, name=name, value=spec.value)
        return PlanRate(name, float(spec.value), spec.source, spec.n)


def _goal(spec: _Goal, parts: dict[str, Any]) -> Goal:
    return Goal(
        name=spec.name,
        label_ja=spec.label.ja,
        label_en=spec.label.en,
        phase=spec.phase,
        metric=spec.metric,
        unit=spec.unit,
        direction=spec.direction,
        roles=tuple(sorted(spec.roles.items())),
        plan_version=spec.plan_version,
        effective_from=spec.effective_from,
        rolls_up_to=spec.rolls_up_to,
        channels=tuple(spec.channels),
        lags=tuple(_lag(pair, lag) for pair, lag in spec.lags.items()),
        controllable_by=tuple((role, tuple(held)) for role, held in spec.controllable_by.items()),
        realism=Realism(**spec.realism.model_dump()) if spec.realism else None,
        definition=spec.definition,
        agreed_by=spec.agreed_by.signatures,
        override=Override(**spec.override.model_dump()) if spec.override else None,
        trailing=_trailing(spec.plan_rates) if spec.plan_rates.source == "trailing_mature" else None,
        seasonal_months=_season_months(spec.periodise.seasonality),
        spread_by=spec.periodise.basis,
        **parts,
    )


def _trailing(rates: _Rates) -> Trailing:
    strength = DEFAULT_STRENGTH if rates.strength is None else rates.strength
    return Trailing(_months(rates.window), strength if rates.shrink_to else 0.0)


def _months(duration: str | None) -> int:
    return int((duration or DEFAULT_WINDOW).removesuffix("m"))


def _season_months(seasonality: object) -> int | None:
    match = re.fullmatch(SEASON, seasonality) if isinstance(seasonality, str) else None
    return int(match[1]) if match else None


def _lag(pair: str, spec: _Lag) -> Lag:
    earlier, later = pair.split("->")
    return Lag(earlier, later, spec.source, spec.window, spec.tail)


def _between(goals: list[Goal], agreements: Collection[str] | None, *, all_were_read: bool) -> list[Finding]:
    """Judge what only all goals together can show: versions out of order, sums that do not fit, unknown definitions."""
    faults = version_findings(goals)
    names = {goal.name for goal in goals}
    for goal in goals:
        if all_were_read and goal.rolls_up_to is not None and goal.rolls_up_to not in names - {goal.name}:
            owner, near = f"the KGI '{goal.name}'", did_you_mean(goal.rolls_up_to, names - {goal.name})
            faults.append(finding("goal_rolls_up_nowhere", goal.place, hint=near, owner=owner, name=goal.rolls_up_to))
        if agreements is not None and goal.definition is not None and goal.definition not in agreements:
            owner, near = f"the KGI '{goal.name}'", did_you_mean(goal.definition, agreements)
            faults.append(finding("goal_unknown_definition", goal.place, hint=near, owner=owner, name=goal.definition))
        if (wrong := signature_finding(goal.agreed_by, goal.place, goal.name)) is not None:
            faults.append(wrong)
    # a goal with a mistake of its own is missing here; nobody is told that it does not exist
    sums = [each for day in sorted({goal.holds_from for goal in goals}) for each in sum_findings(in_force(goals, day))]
    return faults + [each for each in sums if all_were_read or each.code != "goal_unknown_goal"]
