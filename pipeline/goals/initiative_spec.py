"""Files of metrics/initiatives/ -> initiatives: every mistake on its line, all at once; the unverifiable is refused (E140)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document, decode
from pipeline.findings import Finding, KgiError, did_you_mean, finding
from pipeline.goals.calendar import add_months, month_end
from pipeline.goals.goal import Goal, Period
from pipeline.goals.initiative import GRADES, Basis, Comparison, Decision, Done, Expected, Initiative, Method, Side
from pipeline.goals.measuring import MetricFact
from pipeline.goals.numeric import number_finding
from pipeline.goals.tree import reached

NameText = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Person = Annotated[str, Field(min_length=1)]
Cost = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]
BASELINE_MONTHS = 12
LEAST_MONTHS = 2
"""How many whole months a baseline has where the file names none, and the fewest that show what chance does."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Label(_Strict):
    ja: str
    en: str | None = None


class _Days(_Strict):
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    to: dt.date | None = None


class _DaysAndCost(_Days):
    cost: Cost = None


class _Expected(_Strict):
    effect: Any = None  # its absence is E140, not a missing key
    unit: str | None = None
    basis: Basis = "cohort_landing"
    cases: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None


class _Compare(_Strict):
    method: Method | None = None
    treated: Annotated[dict[str, str | list[str]] | None, Field(description="One dimension and its members.")] = None
    control: Annotated[dict[str, str | list[str]] | None, Field(description="The same dimension, other members.")] = None
    before: _Days | None = None
    after: _Days | None = None


class _Initiative(_Strict):
    name: NameText
    label: _Label
    owner: Person
    sales_members: list[Person] = []
    kpi: str | None = None
    kgi: str | None = None
    expected: _Expected | None = None
    planned: _DaysAndCost | None = None
    compare: _Compare | None = None
    done: _DaysAndCost | None = None
    decision: Decision | None = None


class InitiativeFile(_Strict):
    """A file under metrics/initiatives/."""

    initiative: _Initiative


def read_initiatives(
    documents: Iterable[Document], facts: Mapping[str, MetricFact], goals: Sequence[Goal]
) -> tuple[Initiative, ...]:
    """Read the files of metrics/initiatives/, in order. `facts` describes the metrics that a KPI may name.

    Raises KgiError with every mistake of every file: unknown keys and names with the nearest one, days out of order, members on
    both sides, and what makes an initiative unverifiable (E140): no KPI, no baseline window, no expected effect, no comparison.
    """
    faults: list[Finding] = []
    found: dict[str, Initiative] = {}
    for document in documents:
        if document.data is None:
            continue
        spec: _Initiative | None = None
        try:
            spec = decode(InitiativeFile, document, owner="an initiative file").initiative
        except KgiError as error:
            faults.extend(error.findings)
        raw = document.data.get("initiative") if isinstance(document.data, Mapping) else None
        if not isinstance(raw, Mapping):
            continue
        reader = _Reader(document, raw, facts, {goal.name: goal for goal in goals})
        parts = reader.read()
        faults.extend(reader.faults)
        if spec is not None and not reader.faults:
            made = _initiative(spec, parts)
            if made.name in found:
                faults.append(finding("initiative_twice", made.place, name=made.name, other=str(found[made.name].place)))
            found.setdefault(made.name, made)
    if faults:
        raise KgiError(dict.fromkeys(faults))
    return tuple(found.values())


class _Reader:
    """Judges of one initiative what its form cannot, straight from the file, so that its mistakes come with the others."""

    def __init__(
        self, document: Document, data: Mapping[str, Any], facts: Mapping[str, MetricFact], goals: Mapping[str, Goal]
    ) -> None:
        self.document, self.data, self.facts, self.goals = document, data, facts, goals
        self.owner = f"the initiative '{data.get('name', '?')}'"
        self.faults: list[Finding] = []

    def read(self) -> dict[str, Any]:
        """Return the fields that need more than their form; `faults` holds the mistakes."""
        fact = self._kpi()
        planned = self._planned()
        parts: dict[str, Any] = {
            "place": self.document.at("initiative", "name"),
            "planned": planned,
            "expected": self._expected(fact),
            "done": self._done(),
        }
        self._goal(fact)
        parts["comparison"] = self._comparison(fact, parts["done"].start or (planned.start if planned else None))
        return parts

    def fault(self, code: str, *keys: str, hint: str | None = None, **arguments: Any) -> None:
        """Note a mistake at the place of a key of this initiative."""
        self.faults.append(finding(code, self.document.at("initiative", *keys), hint=hint, owner=self.owner, **arguments))

    def section(self, *keys: str) -> Mapping[str, Any]:
        """Return a mapping of the initiative; empty where the file has something else, which its form then reports."""
        value: Any = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value if isinstance(value, Mapping) else {}

    def _kpi(self) -> MetricFact | None:
        name = self.data.get("kpi")
        if name is None:
            self.fault("initiative_no_kpi", "kpi")
        elif isinstance(name, str) and name not in self.facts:
            self.fault("goal_unknown_metric", "kpi", hint=did_you_mean(name, self.facts), name=name)
        return self.facts.get(name) if isinstance(name, str) else None

    def _goal(self, fact: MetricFact | None) -> None:
        name = self.data.get("kgi")
        if not isinstance(name, str):
            return
        if (goal := self.goals.get(name)) is None:
            self.fault("initiative_unknown_goal", "kgi", hint=did_you_mean(name, self.goals), name=name)
        elif fact is not None and not names_of(fact) & reached(goal.tree, goal.metric):
            self.fault("initiative_not_in_goal", "kgi", name=name, kpi=fact.name)

    def _planned(self) -> Period | None:
        planned = self.section("planned")
        if not planned.get("from") or not planned.get("to"):
            self.fault("initiative_no_baseline", "planned", lacks="planned: {from, to}")
            return None
        return self._days("planned")

    def _days(self, *keys: str) -> Period | None:
        start, end = self.section(*keys).get("from"), self.section(*keys).get("to")
        if type(start) is not dt.date or type(end) is not dt.date:
            return None
        if start > end:
            self.fault("initiative_days", *keys, start=str(start), end=str(end))
            return None
        return Period(start, end, f"{start}..{end}")

    def _done(self) -> Done:
        done = self.section("done")
        start, end = (each if type(each := done.get(key)) is dt.date else None for key in ("from", "to"))
        if end is not None and (start is None or start > end):
            self.fault("initiative_days", "done", start=str(start), end=str(end))
        cost = done.get("cost")
        return Done(start, end, float(cost) if isinstance(cost, int | float) else None)

    def _expected(self, fact: MetricFact | None) -> Expected | None:
        expected = self.section("expected")
        effect: Any = expected.get("effect")
        lacks = "effect" if effect is None or effect in (0, False) else "unit" if not expected.get("unit") else None
        if lacks is None and fact is not None and not fact.is_quantity and expected.get("cases") is None:
            lacks = "cases"
        if lacks is not None:
            self.fault("initiative_no_effect", "expected", lacks=lacks)
            return None
        place = self.document.at("initiative", "expected", "effect")
        if (wrong := number_finding(effect, place, key="effect", code="E140")) is not None:
            self.faults.append(wrong)
            return None
        unit, cases = str(expected["unit"]), expected.get("cases")
        if fact is not None and fact.unit and unit != fact.unit:
            self.fault("initiative_unit", "expected", "unit", hint=fact.unit, unit=unit, kpi=fact.name)
        basis: Basis = "period" if expected.get("basis") == "period" else "cohort_landing"
        return Expected(float(effect), unit, basis, float(cases) if isinstance(cases, int | float) else None)

    def _comparison(self, fact: MetricFact | None, start: dt.date | None) -> Comparison | None:
        compare = self.section("compare")
        method: Any = compare.get("method")
        needed = ("method", "treated") if method == "before_after" else ("method", "treated", "control")
        for key in needed:
            if not compare.get(key):
                self.fault("initiative_no_comparison", "compare", lacks=key)
        if method == "before_after" and compare.get("control"):
            self.fault("initiative_control_unused", "compare", "control")
        if method == "holdout" and fact is not None and fact.is_quantity:
            self.fault("initiative_holdout", "compare", "method", kpi=fact.name)
        treated, control = self._side("treated", fact), self._side("control", fact)
        if treated and control:
            self._judge_sides(treated, control)
        before = None if method == "holdout" else self._before(start)
        after = None if compare.get("after") is None else self._whole("after")
        if treated is None or not isinstance(method, str) or method not in GRADES:
            return None
        return Comparison(method, treated, control, before, after)

    def _side(self, key: str, fact: MetricFact | None) -> Side | None:
        side = self.section("compare", key)
        if not side:
            return None
        if len(side) > 1:
            self.fault("initiative_side", "compare", key, key=key)
            return None
        ((dimension, members),) = side.items()
        listed = (members,) if isinstance(members, str) else tuple(members) if isinstance(members, list) else ()
        if not listed or not all(isinstance(each, str) for each in listed):
            self.fault("initiative_side", "compare", key, key=key)
            return None
        group_by = fact.cut(str(dimension)) if fact is not None else None
        if fact is not None and group_by is None:
            short = sorted({name.rpartition("__")[2] for name in fact.dimensions} | set(fact.dimensions))
            near = did_you_mean(str(dimension), short)
            self.fault("initiative_dimension", "compare", key, str(dimension), hint=near, name=str(dimension), kpi=fact.name)
        return Side(str(dimension), group_by or str(dimension), listed)

    def _judge_sides(self, treated: Side, control: Side) -> None:
        both = [member for member in treated.members if member in control.members]
        if treated.dimension != control.dimension:
            self.fault("initiative_side", "compare", "control", key="control")
        elif both:
            self.fault("initiative_both_sides", "compare", "control", members=", ".join(both))

    def _before(self, start: dt.date | None) -> Period | None:
        """Return the baseline window, cut to whole months: the one that is written, else the twelve months before the start."""
        if self.section("compare").get("before") is None:
            if start is None:
                return None
            first = add_months(start.replace(day=1), -BASELINE_MONTHS)
            return _period(first, start.replace(day=1) - dt.timedelta(days=1))
        written = self._whole("before")
        if written is None:
            return None
        first = written.start if written.start.day == 1 else month_end(written.start) + dt.timedelta(days=1)
        last = written.end if written.end == month_end(written.end) else written.end.replace(day=1) - dt.timedelta(days=1)
        late = start is not None and written.end >= start
        if late or add_months(first, LEAST_MONTHS) > last + dt.timedelta(days=1):
            self.fault("initiative_baseline", "compare", "before", before=written.written, start=str(start), least=LEAST_MONTHS)
            return None
        return _period(first, last)

    def _whole(self, key: str) -> Period | None:
        """Return a window of the comparison, which needs both its days."""
        window = self.section("compare", key)
        if not window.get("from") or not window.get("to"):
            self.fault("initiative_no_baseline", "compare", key, lacks=f"compare.{key}: {{from, to}}")
            return None
        return self._days("compare", key)


def names_of(fact: MetricFact) -> set[str]:
    """Return the names under which a KPI may stand in a goal's tree: its own, and what becomes of a cohort that it follows."""
    return {fact.name, *(fact.follows[1:] if fact.follows else ())}


def _period(start: dt.date, end: dt.date) -> Period:
    return Period(start, end, f"{start}..{end}")


def _initiative(spec: _Initiative, parts: dict[str, Any]) -> Initiative:
    return Initiative(
        name=spec.name,
        label_ja=spec.label.ja,
        label_en=spec.label.en or spec.label.ja,
        owner=spec.owner,
        kpi=spec.kpi or "",
        planned_cost=spec.planned.cost if spec.planned else None,
        sales_members=tuple(dict.fromkeys(spec.sales_members)),
        decision=spec.decision,
        kgi=spec.kgi,
        **parts,
    )
