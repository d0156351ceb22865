"""The `phases` of goal files -> what each phase needs, or what is wrong with it: every key checked, every mistake on its line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document
from pipeline.findings import Finding, did_you_mean, finding
from pipeline.goals.numeric import number_finding
from pipeline.goals.phases.criterion import READABLE, AgreementSigned, Criterion, MetricReached

__all__ = ["PhasesForm", "read_phases"]

NameText = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Span = Annotated[str, Field(pattern=r"^(fiscal_quarter|[1-9][0-9]?m)$")]
PHASES = ("middle", "late")
Told = Callable[..., Finding]
_OF_METRICS = ("at_least", "window", "of")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Label(_Strict):
    ja: str
    en: str


class CriterionForm(_Strict):
    """A number that a metric must reach, or an agreement that must be signed."""

    criterion: NameText
    label: _Label
    metric: str | None = None
    at_least: Annotated[Any, Field(json_schema_extra={"type": "number", "exclusiveMinimum": 0})] = None
    window: Span | None = None
    of: Literal["rate", "count"] = "count"
    agreement: NameText | None = None


class PhasesForm(_Strict):
    """What must hold before a goal of each phase can be measured."""

    middle: list[CriterionForm] = []
    late: list[CriterionForm] = []


def read_phases(
    documents: Iterable[tuple[Document, PhasesForm | None]], metric_names: Collection[str], agreements: Collection[str] | None
) -> tuple[Mapping[str, tuple[Criterion, ...]], list[Finding]]:
    """Return the criteria of each phase in the order they are written, and the mistakes of all files.

    A form is None where its shape was wrong already. `agreements` are the names that may be signed; any where they are None.
    """
    found: dict[str, list[Criterion]] = {phase: [] for phase in PHASES}
    faults: list[Finding] = []
    first: dict[tuple[str, str], str] = {}
    for document, form in documents:
        for phase, at, raw in _raw(document):
            wrong = list(_faults(document, (phase, at), raw, metric_names, agreements))
            place = document.at("phases", phase, at, "criterion")
            name = str(raw.get("criterion"))
            if (phase, name) in first:
                wrong.append(finding("phase_criterion_twice", place, name=name, phase=phase, other=first[phase, name]))
            first.setdefault((phase, name), str(place))
            faults.extend(wrong)
            if form is not None and not wrong:
                found[phase].append(_criterion(getattr(form, phase)[at], document, phase, at))
    return {phase: tuple(each) for phase, each in found.items()}, faults


def _raw(document: Document) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    phases = document.data.get("phases") if isinstance(document.data, Mapping) else None
    for phase in PHASES:
        listed = phases.get(phase) if isinstance(phases, Mapping) else None
        for at, raw in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(raw, Mapping):
                yield phase, at, raw


def _faults(
    document: Document,
    where: tuple[str, int],
    raw: Mapping[str, Any],
    metric_names: Collection[str],
    agreements: Collection[str] | None,
) -> Iterator[Finding]:
    """Find what the shape of a criterion cannot show."""
    owner, metric, agreement = f"the criterion '{raw.get('criterion', where[1] + 1)}'", raw.get("metric"), raw.get("agreement")

    def told(code: str, *keys: str, hint: str | None = None, **arguments: Any) -> Finding:
        return finding(code, document.at("phases", *where, *keys), hint=hint, owner=owner, **arguments)

    if raw.get("criterion") == READABLE:
        yield told("phase_criterion_name", "criterion", name=READABLE)
    if (metric is None) == (agreement is None):
        yield told("phase_criterion_kinds", *(("agreement",) if agreement is not None else ()))
        return
    if isinstance(metric, str) and metric not in metric_names:
        yield told("phase_unknown_metric", "metric", hint=did_you_mean(metric, metric_names), name=metric)
    if isinstance(agreement, str) and agreements is not None and agreement not in agreements:
        yield told("goal_unknown_definition", "agreement", hint=did_you_mean(agreement, agreements), name=agreement)
    if agreement is not None:
        yield from (told("phase_criterion_key", key, key=key) for key in _OF_METRICS if key in raw)
    elif "at_least" not in raw:
        yield told("yaml_missing_key", key="at_least")
    else:
        yield from _least_faults(document, where, raw, told)


def _least_faults(document: Document, where: tuple[str, int], raw: Mapping[str, Any], told: Told) -> Iterator[Finding]:
    least = raw["at_least"]
    if (fault := number_finding(least, document.at("phases", *where, "at_least"), key="at_least", code="E104")) is not None:
        yield fault
    elif least <= 0 or (raw.get("of") == "rate" and least > 1):
        yield told("phase_threshold", "at_least", value=least, of=str(raw.get("of", "count")))


def _criterion(form: CriterionForm, document: Document, phase: str, at: int) -> Criterion:
    if form.agreement is not None:
        asks: MetricReached | AgreementSigned = AgreementSigned(form.agreement)
    else:
        window = form.window or ("12m" if form.of == "rate" else "fiscal_quarter")
        months = None if window == "fiscal_quarter" else int(window.removesuffix("m"))
        asks = MetricReached(str(form.metric), float(form.at_least), form.of, months)
    place = document.at("phases", phase, at, "criterion")
    return Criterion(form.criterion, form.label.ja, form.label.en, asks, place)
