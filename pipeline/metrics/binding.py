"""Every expression and filter of a manifest against the columns of its table, without running a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from pipeline.decode import Written, at_words
from pipeline.findings import Finding, KgiError, Place, Severity, did_you_mean, finding
from pipeline.metrics.catalog import Catalog
from pipeline.metrics.compile import compile_sql
from pipeline.metrics.composed import checked_expression
from pipeline.metrics.expressions import read_expression
from pipeline.metrics.filters import bind_filters, read_filter, readable
from pipeline.metrics.fitting import misfits, time_misfits
from pipeline.metrics.question import Question
from pipeline.metrics.spec import Derived, Filter, Input, Metric, SavedQuery, SemanticManifest, Simple
from pipeline.metrics.times import is_standard, rank
from pipeline.shapes import Column, Relation

ColumnsOf = Callable[[Relation], tuple[Column, ...] | None]


def bind_manifest(manifest: SemanticManifest, columns_of: ColumnsOf) -> tuple[Finding, ...]:
    """Return every finding: unknown columns, functions that are not allowed, filters that cannot be read."""
    return tuple(dict.fromkeys(_Binding(manifest, columns_of, Catalog(manifest)).findings()))


def unreadable(manifest: SemanticManifest) -> Iterator[Finding]:
    """Find the expressions and filters that cannot be read as SQL, of a manifest whose names need not hold together."""
    texts: list[tuple[str, Place, Written | None]] = []
    filters: list[Filter] = []
    for model in manifest.models:
        texts += [(each.expr, each.place, each.written) for each in model.entities]
        texts += [(each.expr, each.place, each.written) for each in model.dimensions]
    for metric in manifest.metrics:
        if isinstance(metric.kind, Simple | Derived):
            texts.append((metric.kind.expr, metric.place, metric.kind.written))
        filters += [*metric.filters, *(each for source in metric.inputs for each in source.filters)]
    for text, place, written in texts:
        yield from _refused(partial(read_expression, text, place), written)
    for each in filters:
        yield from _refused(partial(_read, each), each.written)


def _read(each: Filter) -> None:
    readable(read_filter(each.text, each.place)[0], each)


def _refused(read: Callable[[], object], written: Written | None) -> Iterator[Finding]:
    try:
        read()
    except KgiError as error:
        yield from at_words(error.findings, written)


@dataclass(frozen=True)
class _Binding:
    manifest: SemanticManifest
    columns_of: ColumnsOf
    catalog: Catalog

    def findings(self) -> Iterator[Finding]:
        for model in self.manifest.models:
            for entity in model.entities:
                yield from self._expression(entity.expr, model.relation, entity.place, entity.written)
            for dimension in model.dimensions:
                yield from self._expression(dimension.expr, model.relation, dimension.place, dimension.written)
                if dimension.grain:
                    yield from time_misfits(dimension, model.relation, self.columns_of)
        for spine in (each for each in self.manifest.spines if each.made is None):
            for name in (spine.column, *(column for _, column in spine.custom)):
                yield from self._column(name, spine.relation, spine.place)
        for metric in self.manifest.metrics:
            yield from self._metric(metric)
        yield from misfits(self.catalog, self.manifest.metrics, (), self.columns_of)
        for query in self.manifest.saved_queries:
            metrics = tuple(self.manifest.metric(name) for name in query.metrics)
            filters = tuple(self._filters(query.where, metrics))
            yield from filters or self._whole(query)

    def _whole(self, query: SavedQuery) -> Iterator[Finding]:
        """Compile a saved query: what cannot be answered tonight is told now."""
        try:
            compile_sql(self.manifest, Question(saved_query=query.name))
        except KgiError as error:
            for each in error.findings:
                yield replace(each, place=each.place or query.at(str(dict(each.arguments).get("name"))))

    def _metric(self, metric: Metric) -> Iterator[Finding]:
        if isinstance(metric.kind, Simple):
            relation = self.manifest.model_by_name[metric.kind.model].relation
            yield from self._expression(metric.kind.expr, relation, metric.place, metric.kind.written)
            for judged in (each for each in metric.kind.evaluated if each.expr):
                yield from self._expression(judged.expr or "", relation, judged.place, judged.written)
        elif isinstance(metric.kind, Derived):
            try:
                checked_expression(metric, metric.kind)
            except KgiError as error:
                yield from at_words(error.findings, metric.kind.written)
        yield from self._filters(metric.filters, (metric,))
        for each in metric.inputs:
            yield from self._filters(each.filters, (self.manifest.metric(each.metric),))
            yield from self._offset(each)

    def _offset(self, each: Input) -> Iterator[Finding]:
        """Warn of days moved by months: the 29th to 31st may be lost, or the last day of a short month counted again."""
        span = each.offset_window
        if span is None or not is_standard(span.grain) or rank(span.grain) < rank("month"):
            return
        leaves = self.catalog.leaves((self.manifest.metric(each.metric),))
        if any(rank(leaf.time.grain or "day") < rank("month") for leaf in leaves):
            what = f"{span.count} {span.grain}"
            yield finding("metric_offset_of_months", each.place, severity=Severity.WARNING, input=each.name, span=what)

    def _filters(self, filters: tuple[Filter, ...], metrics: tuple[Metric, ...]) -> Iterator[Finding]:
        leaves = self.catalog.leaves(metrics)
        for each in filters if leaves else ():
            try:
                bind_filters((each,), leaves, metrics, self.catalog)
            except KgiError as error:
                yield from at_words(error.findings, each.written)

    def _expression(self, text: str, relation: Relation, place: Place, written: Written | None) -> Iterator[Finding]:
        try:
            tree = read_expression(text, place)
        except KgiError as error:
            yield from at_words(error.findings, written)
            return
        for name in dict.fromkeys(node.name for node in tree.find_all(exp.Column)):
            yield from at_words(self._column(name, relation, place), written)

    def _column(self, name: str, relation: Relation, place: Place) -> Iterator[Finding]:
        columns = self.columns_of(relation)
        if columns is None or name.casefold() in {column.name.casefold() for column in columns}:
            return
        near = did_you_mean(name, [column.name for column in columns])
        yield finding("metric_unknown_column", place, hint=near, name=name, table=relation.name)
