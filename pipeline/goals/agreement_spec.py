"""Files of metrics/agreements/ -> agreements: every key checked, every mistake on its line, all of them at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document, Key, Written, decode
from pipeline.findings import Finding, KgiError, Place, finding
from pipeline.goals.agreement import Agreement, Version
from pipeline.goals.signatures import Signed, signature_finding

NameText = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Level = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_EVALUATED = re.compile(r"(?P<column>[^\W\d]\w*)(?:\s*\+\s*(?P<days>[0-9]{1,3})\s+business_days?)?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Label(_Strict):
    """The name of a thing in both languages."""

    ja: str
    en: str


class _AgreedLevel(_Strict):
    per_month: Level | None = None
    per_quarter: Level | None = None
    per_half: Level | None = None
    per_year: Level | None = None


class _Version(_Strict):
    version: Annotated[int, Field(ge=1)]
    effective_from: dt.date
    agreed_on: dt.date | None = None
    agreed_by: Signed = Signed()
    predicate: Annotated[str, Field(description="A condition over columns of the governed metrics' table.")]
    evaluated_at: Annotated[str | None, Field(description="A column, or a column + k business_days.")] = None
    evidence: list[NameText] = []
    agreed_level: _AgreedLevel = _AgreedLevel()
    review_by: dt.date | None = None


class _Agreement(_Strict):
    name: NameText
    label: Label
    metrics: Annotated[list[NameText], Field(min_length=1, description="The simple metrics that the definition governs.")]
    versions: Annotated[list[_Version], Field(min_length=1)]


class AgreementFile(_Strict):
    """A file under metrics/agreements/."""

    agreement: _Agreement


def read_agreements(documents: Iterable[Document]) -> tuple[Agreement, ...]:
    """Read the files of metrics/agreements/ in order; the versions of each stand from the earliest on.

    Raises KgiError with every mistake of every file: keys, names that stand twice, versions out of order, one person who signs
    for both departments (E151), a version that holds from a day before it was agreed on (E152).
    """
    faults: list[Finding] = []
    found: dict[str, Agreement] = {}
    for document in documents:
        if document.data is None:
            continue
        try:
            spec = decode(AgreementFile, document, owner="an agreement file").agreement
        except KgiError as error:
            faults.extend(error.findings)
            continue
        agreement, wrong = _agreement(spec, document)
        faults.extend(wrong)
        if spec.name in found:
            faults.append(finding("agreement_twice", agreement.place, name=spec.name, other=str(found[spec.name].place)))
        found.setdefault(spec.name, agreement)
    if faults:
        raise KgiError(dict.fromkeys(faults))
    return tuple(found.values())


def _agreement(spec: _Agreement, document: Document) -> tuple[Agreement, list[Finding]]:
    faults: list[Finding] = []
    versions = []
    for number, each in enumerate(spec.versions):
        version, wrong = _version(each, document, number, spec.name)
        versions.append(version)
        faults.extend(wrong)
    versions.sort(key=lambda each: (each.version, each.effective_from))
    faults.extend(_order(versions, spec.name))
    under: tuple[Key, ...] = ("agreement",)
    metrics = tuple((name, document.at(*under, "metrics", at)) for at, name in enumerate(spec.metrics))
    place = document.at(*under, "name")
    agreement = Agreement(spec.name, spec.label.ja, spec.label.en, metrics, tuple(versions), place, _written(document))
    return agreement, faults


def _written(document: Document) -> Written:
    """Return the versions as they are written, so that a wrong name is told at its word."""
    line = document.at("agreement", "versions").line or 1
    return Written(Place(document.path, line, 1), "\n".join(document.source[line - 1 :]))


def _version(spec: _Version, document: Document, number: int, name: str) -> tuple[Version, list[Finding]]:
    under: tuple[Key, ...] = ("agreement", "versions", number)
    raw: Mapping[str, Any] = document.data["agreement"]["versions"][number]
    places = tuple((key, document.at(*under, key)) for key in raw)
    level = next(((per, value) for per, value in spec.agreed_level if value is not None), (None, None))
    version = Version(
        version=spec.version,
        effective_from=spec.effective_from,
        predicate=spec.predicate,
        place=document.at(*under, "version"),
        agreed_on=spec.agreed_on,
        agreed_by=spec.agreed_by.signatures,
        evaluated=_evaluated(spec.evaluated_at),
        evidence=tuple(spec.evidence),
        level=level[1],
        level_per=level[0].removeprefix("per_") if level[0] else None,
        review_by=spec.review_by,
        places=places,
        written=document.written(*under, "predicate"),
    )
    return version, list(_version_faults(version, spec, name))


def _version_faults(version: Version, spec: _Version, name: str) -> Iterator[Finding]:
    owner = f"{name} v{version.version}"
    if (wrong := signature_finding(version.agreed_by, version.at("agreed_by"), owner)) is not None:
        yield wrong
    if version.agreed_on and version.effective_from < version.agreed_on:
        since, agreed = str(version.effective_from), str(version.agreed_on)
        yield finding("agreement_dated_back", version.at("effective_from"), owner=owner, effective_from=since, agreed_on=agreed)
    if spec.evaluated_at is not None and version.evaluated is None:
        yield finding("agreement_evaluated_at", version.at("evaluated_at"), owner=owner, value=spec.evaluated_at)
    if sum(value is not None for _, value in spec.agreed_level) > 1:
        yield finding("agreement_levels", version.at("agreed_level"), owner=owner)


def _evaluated(text: str | None) -> tuple[str, int] | None:
    found = _EVALUATED.fullmatch(text.strip()) if text else None
    return (found["column"], int(found["days"] or 0)) if found else None


def _order(versions: list[Version], name: str) -> Iterator[Finding]:
    """Find versions that do not follow each other: a higher number begins on a later day."""
    for earlier, later in pairwise(versions):
        if later.version == earlier.version or later.effective_from <= earlier.effective_from:
            place = later.at("effective_from") if later.version != earlier.version else later.place
            yield finding("agreement_order", place, name=name, version=later.version, other=earlier.version)
