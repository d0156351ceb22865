"""Metrics and the agreements that govern them -> the metrics under the versions in force, and under any one version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.decode import Document
from pipeline.findings import Finding, Severity, did_you_mean, finding
from pipeline.goals.agreement import Agreement, Version
from pipeline.goals.agreement_spec import read_agreements
from pipeline.metrics import AgreedRule, SemanticManifest, columns_of_rule, govern, read_semantics
from pipeline.shapes import Relation


@dataclass(frozen=True)
class Definitions:
    """The metrics as they are written, and what departments agreed on about them.

    `current`: the columns of tables that hold a status as it is now.
    """

    written: SemanticManifest = field(default_factory=SemanticManifest)
    agreements: tuple[Agreement, ...] = ()
    current: Mapping[Relation, Collection[str]] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Agreement]:
        """The agreements by name."""
        return {each.name: each for each in self.agreements}

    @cached_property
    def semantics(self) -> SemanticManifest:
        """The metrics, each event counted by the version in force on its own date. Raises KgiError with every mistake."""
        return govern(self.written, (each.rule for each in self.agreements))

    def under(self, name: str, version: int) -> SemanticManifest:
        """Return the metrics as if one version of an agreement had held at all times; the others stay as they are."""
        return self._with(name, lambda rule: rule.only(version))

    def at(self, day: dt.date) -> SemanticManifest:
        """Return the metrics as if the versions in force on a date had held at all times."""
        return govern(self.written, (each.rule.only(each.in_force(day).version) for each in self.agreements))

    def has_changed(self, day: dt.date) -> bool:
        """Tell whether any definition in force on a date is not its first version."""
        return any(each.in_force(day).version != each.versions[0].version for each in self.agreements)

    def until(self, name: str, version: int) -> SemanticManifest:
        """Return the metrics as if a version of an agreement had not been changed since; the others stay as they are."""
        return self._with(name, lambda rule: rule.until(version))

    def _with(self, name: str, change: Callable[[AgreedRule], AgreedRule]) -> SemanticManifest:
        return govern(self.written, (change(each.rule) if each.name == name else each.rule for each in self.agreements))

    def governing(self, metric: str) -> Agreement | None:
        """Return the agreement that decides what a metric counts, itself or by what it is made of; None where none does.

        Of a metric made of several, it is the first in the order of the files.
        """
        names = self._made_of(metric)
        return next((each for each in self.agreements if names & set(each.metric_names)), None)

    def version_of(self, metric: str, day: dt.date) -> int | None:
        """Return the version of its definition by which a metric counts events of a date; None where nothing is agreed on."""
        agreement = self.governing(metric)
        return agreement.in_force(day).version if agreement else None

    def is_monotone(self, agreement: Agreement, version: int) -> bool:
        """Tell whether a version reads only what was true at the event, so that its counts never fall by themselves."""
        read = columns_of_rule(self.written, agreement.rule.only(version))
        return not any(self.is_current(model.relation, name) for _, model, name in read)

    def is_current(self, relation: Relation, column: str) -> bool:
        """Tell whether a column holds a status as it is now."""
        return column.casefold() in {each.casefold() for each in self.current.get(relation, ())}

    def _made_of(self, metric: str) -> set[str]:
        known, waiting, found = self.written.metric_by_name, [metric], set[str]()
        while waiting:
            name = waiting.pop()
            if name in known and name not in found:
                found.add(name)
                waiting.extend(each.metric for each in known[name].inputs)
        return found


def read_definitions(
    metrics: Iterable[Document],
    agreements: Iterable[Document],
    relation_of: Callable[[str], Relation | None],
    current: Mapping[Relation, Collection[str]] | None = None,
) -> Definitions:
    """Read the files of metrics and of agreements and hold them against each other. Raises KgiError with every mistake."""
    found = Definitions(read_semantics(metrics, relation_of), read_agreements(agreements), current or {})
    found.semantics  # noqa: B018 - what does not fit together is told now
    return found


def agreement_findings(definitions: Definitions, columns: Mapping[Relation, Collection[str]]) -> Iterator[Finding]:
    """Judge what agreements read: W250 for a version that reads a current status, an error for evidence that is no column.

    `columns` are the declared columns of tables. A count by a current status falls when the status changes later, without any
    event taken back.
    """
    for agreement in definitions.agreements:
        models = {}
        for version, model, name in columns_of_rule(definitions.written, agreement.rule):
            models[model.relation] = model
            if definitions.is_current(model.relation, name):
                place = agreement.written.of(name) if agreement.written else version.place
                owner = f"{agreement.name} v{version.version}"
                yield finding(
                    "agreement_not_monotone", place, severity=Severity.WARNING, owner=owner, name=name, table=model.name
                )
        for relation, model in models.items():
            known = [*columns.get(relation, ()), *(each.name for each in model.dimensions)]
            if relation in columns:
                yield from (each for signed in agreement.versions for each in _evidence(signed, known, relation))


def _evidence(version: Version, known: list[str], relation: Relation) -> Iterator[Finding]:
    for name in version.evidence:
        if name not in known:
            near = did_you_mean(name, known)
            yield finding("metric_unknown_column", version.at("evidence"), hint=near, name=name, table=relation.name)
