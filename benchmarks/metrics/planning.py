"""How long it takes to write the SQL of a question, in one process: the first time and again, in small and large manifests."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from benchmarks.metrics.cases import CASES
from benchmarks.metrics.company import manifest
from pipeline.metrics import Question, SemanticManifest, compile_question
from pipeline.metrics.spec import Metric


def measured() -> list[str]:
    """Return a table: milliseconds per question by the number of metrics that the manifest holds."""
    lines = [
        "### Planning",
        "",
        "Milliseconds of processor time from a question to its SQL. First: of a manifest that nobody has asked before.",
        "",
        "| metrics in the manifest | questions | first: median, max | again: median, max | 80 metrics in one question |",
        "|---|---|---|---|---|",
    ]
    for size in (len(manifest().metrics), 80, 1000):
        grown = grow(manifest(), size)
        for case in CASES:
            compile_question(fresh(grown), case.question)  # what sqlglot prepares once per process is not counted
        first = [_ms(fresh(grown), case.question) for case in CASES]
        again = [min(_ms(grown, case.question) for _ in range(3)) for case in CASES]
        many = [metric.name for metric in grown.metrics if "ever" not in metric.name][:80]
        whole = Question(metrics=tuple(many), group_by=("metric_time__month",))
        lines.append(
            f"| {len(grown.metrics)} | {len(CASES)} | {statistics.median(first):.1f}, {max(first):.1f} |"
            f" {statistics.median(again):.1f}, {max(again):.1f} | {_ms(fresh(grown), whole):.0f} ({len(many)}) |"
        )
    return lines


def grow(small: SemanticManifest, size: int) -> SemanticManifest:
    """Repeat the metrics under other names until there are so many."""
    metrics: list[Metric] = list(small.metrics)
    while len(metrics) < size:
        number, origin = len(metrics), small.metrics[len(metrics) % len(small.metrics)]
        metrics.append(replace(origin, name=f"{origin.name}_{number}"))
    return replace(small, metrics=tuple(metrics))


def fresh(known: SemanticManifest) -> SemanticManifest:
    """Return an equal manifest that has not looked anything up."""
    return replace(known)


def _ms(known: SemanticManifest, question: Question) -> float:
    started = time.process_time()
    compile_question(known, question)
    return (time.process_time() - started) * 1000
