"""What the spellings put down while files are read: parts of the manifest, and what was wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.findings import Finding
from pipeline.metrics.grains import CompanyGrain
from pipeline.metrics.lost import Lost
from pipeline.metrics.spec import MadeCalendar, Metric, SavedQuery, SemanticModel, TimeSpine


@dataclass
class Tray:
    """Filled file by file; `findings` holds every mistake."""

    models: list[SemanticModel] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    spines: list[TimeSpine] = field(default_factory=list)
    saved_queries: list[SavedQuery] = field(default_factory=list)
    company_grains: list[CompanyGrain] = field(default_factory=list)
    calendars: list[MadeCalendar] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    lost: Lost = field(default_factory=Lost)

    def add(self, each: Finding) -> None:
        """Note a mistake and go on reading."""
        self.findings.append(each)

    def lose(self, metric: str, *mistakes: Finding) -> None:
        """Note the mistakes of a metric that is therefore left out."""
        self.findings.extend(mistakes)
        self.lost.metrics.add(metric)
