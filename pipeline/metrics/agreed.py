"""What an agreed definition says, for the metrics it governs: conditions with the dates from which they hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from pipeline.decode import Written
from pipeline.findings import Place


@dataclass(frozen=True)
class AgreedVersion:
    """One version of a definition: a condition over a row's columns and dimensions. The first holds for all earlier events too.

    `evaluated`: the column from which on an event is judged, and how many business days later; null columns are not judged.
    """

    version: int
    effective_from: dt.date
    predicate: str
    place: Place
    evaluated: tuple[str, int] | None = None
    written: Written | None = field(default=None, compare=False)


@dataclass(frozen=True)
class AgreedRule:
    """A definition with its versions, the earliest first, and the simple metrics it governs, each with its place."""

    name: str
    labels: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, Place], ...]
    versions: tuple[AgreedVersion, ...]
    written: Written | None = field(default=None, compare=False)

    def in_force(self, day: dt.date) -> AgreedVersion:
        """Return the version that decides about an event of a date."""
        return [each for each in self.versions if each.effective_from <= day or each is self.versions[0]][-1]

    def only(self, version: int) -> AgreedRule:
        """Return the rule with one version alone, which then decides about events of all dates."""
        return replace(self, versions=tuple(each for each in self.versions if each.version == version))

    def until(self, version: int) -> AgreedRule:
        """Return the rule as it was before the versions that follow one."""
        return replace(self, versions=tuple(each for each in self.versions if each.version <= version))
