"""What departments agreed on: a definition with its versions, who signed each, and what they read. Frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from pipeline.decode import Written
from pipeline.findings import Place
from pipeline.goals.calendar import add_months, month_end
from pipeline.goals.signatures import UNSIGNED, Signatures
from pipeline.metrics import AgreedRule, AgreedVersion

STALE_AFTER_MONTHS = 12
"""How long a definition stands without being looked at again, where no review_by is written."""


@dataclass(frozen=True)
class Version:
    """One version of a definition. `level` is the agreed number and `level_per` the period it is meant for.

    `places` holds where each key stands.
    """

    version: int
    effective_from: dt.date
    predicate: str
    place: Place
    agreed_on: dt.date | None = None
    agreed_by: Signatures = UNSIGNED
    evaluated: tuple[str, int] | None = None
    evidence: tuple[str, ...] = ()
    level: float | None = None
    level_per: str | None = None
    review_by: dt.date | None = None
    places: tuple[tuple[str, Place], ...] = ()
    written: Written | None = field(default=None, compare=False)
    """The predicate as it stands in its file."""

    def at(self, key: str) -> Place:
        """Return the place of one of its keys; of the version where it is not written."""
        return dict(self.places).get(key, self.place)

    def review_due(self) -> dt.date | None:
        """Return the last day on which the version is not stale; None where nobody has agreed to it yet."""
        if self.review_by is not None or self.agreed_on is None:
            return self.review_by
        first = add_months(self.agreed_on.replace(day=1), STALE_AFTER_MONTHS)
        return min(first + dt.timedelta(days=self.agreed_on.day - 1), month_end(first))


@dataclass(frozen=True)
class Agreement:
    """A definition that departments agreed on, its versions from the earliest on, and the metrics it governs."""

    name: str
    label_ja: str
    label_en: str
    metrics: tuple[tuple[str, Place], ...]
    versions: tuple[Version, ...]
    place: Place
    written: Written | None = field(default=None, compare=False)

    def in_force(self, day: dt.date) -> Version:
        """Return the version that decides about events of a date; the first one also decides about all earlier events."""
        number = self.rule.in_force(day).version
        return next(each for each in self.versions if each.version == number)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of the metrics it governs."""
        return tuple(name for name, _ in self.metrics)

    @property
    def rule(self) -> AgreedRule:
        """Return what the metric layer needs of it."""
        versions = tuple(
            AgreedVersion(each.version, each.effective_from, each.predicate, each.at("predicate"), each.evaluated, each.written)
            for each in self.versions
        )
        labels = (("ja", f"合意した{self.label_ja}"), ("en", f"{self.label_en} as agreed"))
        return AgreedRule(self.name, labels, self.metrics, versions, self.written)
