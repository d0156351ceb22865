"""Metric YAML -> one SELECT: MetricFlow's meaning, as the SQL an expert would have written.

`read_semantics` reads the files, `bind` checks them against the tables, `compile_question` writes the SQL and
`dimensions_of` lists what a metric can be cut by, `semantic_manifest_of` is what other tools read. sqlglot is imported only
when SQL is written or bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pipeline.decode import Document
from pipeline.findings import Finding, Place
from pipeline.messages import Language
from pipeline.metrics.agreed import AgreedRule, AgreedVersion
from pipeline.metrics.cuts import Cut
from pipeline.metrics.headings import Heading
from pipeline.metrics.question import Basis, Cohorts, Comparison, Compiled, Question, question_of
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Metric,
    Ratio,
    SavedQuery,
    SemanticManifest,
    SemanticModel,
    Simple,
)
from pipeline.shapes import Column, Relation

__all__ = [
    "AgreedRule",
    "AgreedVersion",
    "Basis",
    "Cohorts",
    "Comparison",
    "Compiled",
    "Conversion",
    "Cumulative",
    "Cut",
    "Derived",
    "Heading",
    "Metric",
    "Question",
    "Ratio",
    "SavedQuery",
    "SemanticManifest",
    "SemanticModel",
    "Simple",
    "bind",
    "columns_of_rule",
    "comparison_dates",
    "compile_question",
    "cuts_of",
    "definition_changes",
    "definition_hash",
    "definition_of",
    "dimensions_of",
    "govern",
    "headings",
    "manifest_losses",
    "metrics_schema",
    "misfits_of",
    "question_of",
    "read_semantics",
    "semantic_manifest_of",
]


def read_semantics(documents: Iterable[Document], relation_of: Callable[[str], Relation | None]) -> SemanticManifest:
    """Read metric YAML of any spelling. `relation_of` gives the table that a ref() or a model's name stands for.

    Raises one KgiError with every mistake of all files, each with its line.
    """
    from pipeline.metrics.spelling import read_manifest

    return read_manifest(documents, relation_of)


def govern(manifest: SemanticManifest, rules: Iterable[AgreedRule]) -> SemanticManifest:
    """Filter every metric that an agreed definition governs by the version in force on each event's own date.

    Raises KgiError with every mistake: metrics that are not there or not simple, conditions that are none or not allowed.
    """
    if not (listed := tuple(rules)):
        return manifest
    from pipeline.metrics.governing import govern as governed

    return governed(manifest, listed)


def columns_of_rule(manifest: SemanticManifest, rule: AgreedRule) -> tuple[tuple[AgreedVersion, SemanticModel, str], ...]:
    """Return the columns that each version of a definition reads, with the table they stand in."""
    from pipeline.metrics.governing import columns_of_rule as read

    return tuple(read(manifest, rule))


def metrics_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file that holds models and metrics."""
    from pipeline.metrics.schema import metrics_schema as made

    return made()


def bind(manifest: SemanticManifest, columns_of: Callable[[Relation], tuple[Column, ...] | None]) -> tuple[Finding, ...]:
    """Check every expression and filter against the tables' columns and the allowed SQL functions.

    `columns_of` gives None for a table that is not known; its expressions are then checked for their functions only.
    """
    from pipeline.metrics.binding import bind_manifest

    return bind_manifest(manifest, columns_of)


def misfits_of(
    manifest: SemanticManifest, question: Question, columns_of: Callable[[Relation], tuple[Column, ...] | None]
) -> tuple[Finding, ...]:
    """Return what a question asks for and the types of the tables' columns do not allow: a sum of text."""
    from pipeline.metrics.catalog import Catalog
    from pipeline.metrics.fitting import misfits
    from pipeline.metrics.spec import Filter

    catalog = Catalog(manifest)
    saved = next((each for each in manifest.saved_queries if each.name == question.saved_query), None)
    names = (*question.metrics, *(saved.metrics if saved else ()))
    where = (*(Filter(text, Place("--where")) for text in question.where), *(saved.where if saved else ()))
    return misfits(catalog, tuple(map(catalog.metric, names)), where, columns_of)


def compile_question(manifest: SemanticManifest, question: Question) -> Compiled:
    """Write the SQL of a question. Raises KgiError for names that lead nowhere, fan-outs and what is not supported."""
    from pipeline.metrics.compile import compile_sql

    return compile_sql(manifest, question)


def comparison_dates(manifest: SemanticManifest, question: Question) -> str:
    """Write the query for the dates of a comparison, to be run where the question is: one row
    (own_start, start, until, aligned_by, business_days). Raises KgiError for a question that cannot be compared.
    """
    from pipeline.metrics.compile import comparison_sql

    return comparison_sql(manifest, question)


def headings(
    manifest: SemanticManifest, columns: Iterable[str], language: Language, fiscal_start: tuple[int, int] | None = None
) -> tuple[Heading, ...]:
    """Say in words of a language what each column of an answer is. `fiscal_start`: (month, day), where no calendar tells."""
    from pipeline.metrics.labels import headings_of

    return headings_of(manifest, columns, language, fiscal_start)


def dimensions_of(manifest: SemanticManifest, metric_names: Iterable[str]) -> tuple[str, ...]:
    """Return the group-bys that all these metrics can be cut by, metric_time first. Raises KgiError for unknown names."""
    from pipeline.metrics.catalog import METRIC_TIME, Catalog

    catalog = Catalog(manifest)
    leaves = catalog.leaves(catalog.metric(name) for name in metric_names)
    shared: list[str] | None = None
    for leaf in leaves:
        names = ["__".join((*links, name)) for (links, name), ways in catalog.items(leaf.model).items() if len(ways) == 1]
        shared = names if shared is None else [name for name in shared if name in set(names)]
    return (METRIC_TIME, *(shared or ()))


def semantic_manifest_of(manifest: SemanticManifest) -> dict[str, Any]:
    """Return the manifest in the shape of MetricFlow's semantic_manifest.json."""
    from pipeline.metrics.interchange import semantic_manifest_of as written

    return written(manifest)


def manifest_losses(manifest: SemanticManifest) -> tuple[Finding, ...]:
    """Return a warning for each thing that MetricFlow's file has no place for."""
    from pipeline.metrics.interchange import losses

    return tuple(losses(manifest))


def definition_of(manifest: SemanticManifest, metric: Metric) -> dict[str, Any]:
    """Return all that decides the numbers of a metric, whatever its spelling, as values that JSON can hold."""
    from pipeline.metrics.meaning import definition_of as read

    return read(manifest, metric)


def definition_hash(definition: dict[str, Any]) -> str:
    """Return a hash of a definition: it changes when the meaning does."""
    from pipeline.metrics.meaning import definition_hash as hashed

    return hashed(definition)


def definition_changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Say what differs between two definitions, part by part."""
    from pipeline.metrics.meaning import definition_changes as compared

    return compared(old, new)


def cuts_of(manifest: SemanticManifest, metric_names: Iterable[str]) -> tuple[Cut, ...]:
    """Return what these metrics can all be cut by, metric_time first. Raises KgiError for unknown names."""
    from pipeline.metrics.cuts import cuts_of as found

    return found(manifest, tuple(metric_names))
