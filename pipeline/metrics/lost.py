"""What could not be read or is switched off: nobody is told that an entry does not exist when only its own mistake hides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.findings import Finding, Place, finding

_LOOKUPS = frozenset(
    {
        "metric_unknown_dimension",
        "metric_unknown_grain",
        "metric_unknown_entity",
        "metric_unknown_property",
        "metric_unknown_time",
        "metric_not_a_time",
        "metric_no_spine",
    }
)
"""Names that may stand in a table, a calendar or a dimension whose own entry is broken."""


@dataclass
class Lost:
    """Names that are written but not in the manifest. `tables`: some table or calendar could not be read whole."""

    metrics: set[str] = field(default_factory=set)
    measures: set[str] = field(default_factory=set)
    off: dict[str, Place] = field(default_factory=dict)
    tables: bool = False

    def note(self, kind: str, entry: object) -> None:
        """Note the names in an entry that could not be read."""
        if not isinstance(entry, dict):
            return
        if kind in ("metrics", "metric"):
            self.metrics.update(_names([entry]))
        elif kind not in ("saved_queries", "saved_query"):
            self.tables = True
            self.metrics.update(_names(entry.get("metrics")))
            self.measures.update(_names(entry.get("measures")))
            self.metrics.update(_names(entry.get("measures")))

    def note_part(self, key: str, part: object) -> None:
        """Note a metric of a model, or a measure of a semantic model, that could not be read while the rest could."""
        self.metrics.update(_names([part]))
        if key == "measures":
            self.measures.update(_names([part]))

    def told(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Give the findings that say something new; of a name that is switched off, say that."""
        for each in findings:
            name = str(dict(each.arguments).get("name"))
            if each.code in ("metric_unknown", "metric_unknown_measure") and name in self.off:
                yield finding("metric_switched_off", each.place, name=name, first=str(self.off[name]))
            elif name not in self._hidden(each.code) and not (self.tables and each.code in _LOOKUPS):
                yield each

    def _hidden(self, code: str) -> set[str]:
        return {"metric_unknown": self.metrics, "metric_unknown_measure": self.measures}.get(code, set())


def _names(entries: object) -> Iterator[str]:
    for each in entries if isinstance(entries, list) else []:
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str):
            yield name
