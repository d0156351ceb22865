"""A manifest checked against itself: every name leads somewhere, nothing stands twice, nothing goes in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pipeline.decode import at_words
from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding
from pipeline.metrics.calls import Call, read_template
from pipeline.metrics.catalog import Catalog, Leaf
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Filter,
    Input,
    Metric,
    SavedQuery,
    SemanticManifest,
    SemanticModel,
    Simple,
    Span,
)
from pipeline.metrics.times import is_standard, rank


def verify(manifest: SemanticManifest) -> Iterator[Finding]:
    """Give every finding that needs more than one entry to be seen."""
    yield from _duplicates("semantic model", ((each.name, each.place) for each in manifest.models))
    yield from _duplicates("metric", ((each.name, each.place) for each in manifest.metrics))
    yield from _duplicates("saved query", ((each.name, each.place) for each in manifest.saved_queries))
    yield from _spines(manifest)
    catalog = Catalog(manifest)
    models = [(model.name, tuple(_model(model))) for model in manifest.models]
    metrics = [(metric.name, tuple(_metric(metric, catalog))) for metric in manifest.metrics]
    for _, found in (*models, *metrics):
        yield from found
    yield from _circles(manifest)
    whole = _Whole(manifest, frozenset(name for name, found in (*models, *metrics) if found))
    yield from _filters(catalog, whole)
    for metric in manifest.metrics:
        if whole(metric.name):
            yield from _spans(metric, catalog)
            if isinstance(metric.kind, Conversion):
                yield from _counted(metric, metric.kind, catalog)
    for query in manifest.saved_queries:
        yield from _saved_query(query, catalog, whole)


class _Whole:
    """Tells the metrics that hold together down to their tables: only of these can names in filters be looked up."""

    def __init__(self, manifest: SemanticManifest, broken: frozenset[str]) -> None:
        self.manifest, self.broken = manifest, broken
        self.known: dict[str, bool] = {}

    def __call__(self, name: str) -> bool:
        if name not in self.known:
            self.known[name] = False  # while it is looked at: a circle is not whole
            metric = self.manifest.metric_by_name.get(name)
            own = metric is not None and name not in self.broken
            table = metric.kind.model if metric and isinstance(metric.kind, Simple) else ""
            own = own and table not in self.broken
            self.known[name] = own and all(self(each.metric) for each in (metric.inputs if metric else ()))
        return self.known[name]


def _duplicates(kind: str, names: Iterable[tuple[str, Place]]) -> Iterator[Finding]:
    seen: dict[str, Place] = {}
    for name, place in names:
        if name in seen:
            yield finding("metric_duplicate", place, kind=kind, name=name, first=str(seen[name]))
        seen.setdefault(name, place)


def _model(model: SemanticModel) -> Iterator[Finding]:
    yield from _duplicates("dimension", ((each.name, each.place) for each in model.dimensions))
    yield from _duplicates("entity", ((each.name, each.place) for each in model.entities))
    if model.dimensions and not model.local_links:
        yield finding("metric_model_without_key", model.place, model=model.name)
    if model.agg_time_dimension:
        yield from _time_dimension(model, model.agg_time_dimension, model.at("agg_time_dimension"))


def _time_dimension(model: SemanticModel, name: str, place: Place) -> Iterator[Finding]:
    dimension = model.dimension(name)
    if dimension is None or dimension.grain is None:
        near = did_you_mean(name, [each.name for each in model.dimensions if each.grain])
        yield finding("metric_unknown_time", place, hint=near, name=name, model=model.name)


def _spines(manifest: SemanticManifest) -> Iterator[Finding]:
    yield from _duplicates("time spine", ((each.grain, each.place) for each in manifest.spines))
    held = [(name, each.place) for each in manifest.spines for name, _ in each.custom]
    yield from _duplicates("custom grain", (*held, *((each.name, each.place) for each in manifest.company_grains)))


def _spans(metric: Metric, catalog: Catalog) -> Iterator[Finding]:
    """Find windows and offsets that are finer than the times they are taken of, or no time at all."""
    spans: list[tuple[str, Span | None, str | None, Iterable[Leaf]]] = []
    for each in metric.inputs:
        leaves = catalog.leaves((catalog.metric(each.metric),))
        spans += [("offset_window", each.offset_window, None, leaves), ("offset_to_grain", None, each.offset_to_grain, leaves)]
    match metric.kind:
        case Cumulative(window=window, grain_to_date=grain):
            own = catalog.leaves((metric,))
            spans += [("window", window, None, own), ("grain_to_date", None, grain, own)]
        case Conversion(window=window):
            spans.append(("window", window, None, ()))
        case _:
            pass
    for key, span, to, times in spans:
        grain = span.grain if span else to
        finest = max((leaf.time.grain or "day" for leaf in times), key=rank, default=None)
        if span and span.count == 0:
            yield finding("metric_span_of_nothing", metric.place, name=metric.name, key=key)
        elif grain and finest and is_standard(grain) and rank(grain) < rank(finest):
            yield finding("metric_grain_too_fine", metric.place, name=key, grain=grain, finest=finest)


def _counted(metric: Metric, kind: Conversion, catalog: Catalog) -> Iterator[Finding]:
    """Find conversions of what is not counted: an average or an amount of events is no number of events."""
    for each in (kind.base, kind.conversion):
        source = catalog.metric(each.metric).kind
        assert isinstance(source, Simple)
        agg = source.aggregation
        if agg not in ("count", "count_distinct") and (agg, source.expr.strip()) != ("sum", "1"):
            yield finding("metric_conversion_not_counted", each.place, name=metric.name, input=each.metric, agg=agg)


def _metric(metric: Metric, catalog: Catalog) -> Iterator[Finding]:
    if metric.time_granularity and not catalog.is_grain(metric.time_granularity):
        yield catalog.unknown_grain(metric.time_granularity, metric.at("time_granularity"))
    if isinstance(metric.kind, Simple):
        yield from _simple(metric, metric.kind, catalog)
    for each in metric.inputs:
        yield from _input(metric, each, catalog)
    if isinstance(metric.kind, Derived):
        yield from _duplicates("input", ((each.name, each.place) for each in metric.inputs))
    if isinstance(metric.kind, Cumulative):
        yield from _cumulative(metric, metric.kind, catalog)
    if isinstance(metric.kind, Conversion):
        yield from _conversion(metric, metric.kind, catalog)


def _simple(metric: Metric, simple: Simple, catalog: Catalog) -> Iterator[Finding]:
    model = catalog.manifest.model_by_name.get(simple.model)
    if model is None:
        return
    time = simple.agg_time_dimension or model.agg_time_dimension
    if time is None:
        yield finding("metric_without_time", metric.place, name=metric.name, model=model.name)
    elif simple.agg_time_dimension:
        yield from _time_dimension(model, time, metric.at("agg_time_dimension"))
    rows = simple.non_additive
    if rows:
        yield from _time_dimension(model, rows.dimension, metric.at("non_additive_dimension"))
        for name in rows.groupings:
            if model.entity(name) is None:
                near = did_you_mean(name, [each.name for each in model.entities])
                place = metric.at("non_additive_dimension")
                yield finding("metric_unknown_entity", place, hint=near, name=name, model=model.name)


def _input(metric: Metric, each: Input, catalog: Catalog) -> Iterator[Finding]:
    known = catalog.manifest.metric_by_name
    if each.metric not in known:
        yield finding("metric_unknown", each.place, hint=did_you_mean(each.metric, known), name=each.metric)
    if each.offset_window and each.offset_to_grain:
        yield finding("metric_two_offsets", each.place, name=metric.name, input=each.name)
    for grain in (each.offset_window and each.offset_window.grain, each.offset_to_grain):
        if grain and not catalog.is_grain(grain):
            yield catalog.unknown_grain(grain, each.place)


def _must_be_simple(metric: Metric, each: Input, catalog: Catalog) -> Iterator[Finding]:
    source = catalog.manifest.metric_by_name.get(each.metric)
    if source is not None and not isinstance(source.kind, Simple):
        yield finding("metric_input_not_simple", each.place, name=metric.name, input=each.metric)


def _cumulative(metric: Metric, kind: Cumulative, catalog: Catalog) -> Iterator[Finding]:
    yield from _must_be_simple(metric, kind.input, catalog)
    if kind.window and kind.grain_to_date:
        yield finding("metric_window_and_grain", metric.at("grain_to_date"), name=metric.name)
    for key, grain in (("window", kind.window and kind.window.grain), ("grain_to_date", kind.grain_to_date)):
        if grain and not catalog.is_grain(grain):
            yield catalog.unknown_grain(grain, metric.at(key))


def _conversion(metric: Metric, kind: Conversion, catalog: Catalog) -> Iterator[Finding]:
    for each, side in ((kind.base, 0), (kind.conversion, 1)):
        yield from _must_be_simple(metric, each, catalog)
        source = catalog.manifest.metric_by_name.get(each.metric)
        model = catalog.manifest.model_by_name.get(source.kind.model) if source and isinstance(source.kind, Simple) else None
        if model is None:
            continue
        entities = [each.name for each in model.entities]
        if kind.entity not in entities:
            near = did_you_mean(kind.entity, entities)
            yield finding("metric_unknown_entity", metric.at("entity"), hint=near, name=kind.entity, model=model.name)
        known = [*entities, *(each.name for each in model.dimensions)]
        for name in (pair[side] for pair in kind.constant_properties):
            if name not in known:
                near = did_you_mean(name, known)
                place = metric.at("constant_properties")
                yield finding("metric_unknown_property", place, hint=near, name=name, model=model.name)


def _circles(manifest: SemanticManifest) -> Iterator[Finding]:
    """Find metrics that are made of each other, as inputs or by the metrics that their filters look at."""
    done: set[str] = set()

    def walk(name: str, road: tuple[str, ...]) -> Iterator[Finding]:
        if name in road:
            circle = " -> ".join((*road[road.index(name) :], name))
            yield finding("metric_circle", manifest.metric(name).place, circle=circle)
            return
        if name in done or name not in manifest.metric_by_name:
            return
        for each in _made_of(manifest.metric(name)):
            yield from walk(each, (*road, name))
        done.add(name)

    for metric in manifest.metrics:
        yield from walk(metric.name, ())


def _made_of(metric: Metric) -> Iterator[str]:
    yield from (each.metric for each in metric.inputs)
    filters = (*metric.filters, *(one for each in metric.inputs for one in each.filters))
    yield from (call.name for each in filters for call in read_template(each.text).calls if call.kind == "metric")


def _filters(catalog: Catalog, whole: Callable[[str], bool]) -> Iterator[Finding]:
    for metric in catalog.manifest.metrics:
        if whole(metric.name):
            yield from _names_in(metric.filters, (metric,), catalog, whole)
        for each in metric.inputs:
            if each.filters and whole(each.metric):
                yield from _names_in(each.filters, (catalog.manifest.metric(each.metric),), catalog, whole)


def _names_in(
    filters: tuple[Filter, ...], metrics: tuple[Metric, ...], catalog: Catalog, whole: Callable[[str], bool]
) -> Iterator[Finding]:
    leaves = catalog.leaves(metrics) if filters else ()
    for each in filters:
        for call in read_template(each.text).calls:
            if call.kind == "metric" and call.name in catalog.manifest.metric_by_name and not whole(call.name):
                continue
            yield from at_words(_told(partial(check_call, call, leaves, metrics, catalog, each.place)), each.written)


def check_call(call: Call, leaves: tuple[Leaf, ...], metrics: tuple[Metric, ...], catalog: Catalog, place: Place | None) -> None:
    """Look a call's names up. Raises KgiError where one leads nowhere."""
    if call.kind != "metric":
        catalog.key(call, leaves, metrics, place)
        return
    inner = catalog.metric(call.name, place)
    for name in call.group_by:
        catalog.key(name, catalog.leaves((inner,)), (inner,), place)
        if leaves:
            catalog.key(name.split("__")[-1], leaves, metrics, place)


def _told(check: Callable[[], object]) -> Iterator[Finding]:
    try:
        check()
    except KgiError as error:
        yield from error.findings


def _saved_query(query: SavedQuery, catalog: Catalog, whole: Callable[[str], bool]) -> Iterator[Finding]:
    for name in query.metrics:
        if name not in catalog.manifest.metric_by_name:
            near = did_you_mean(name, catalog.manifest.metric_by_name)
            yield finding("metric_unknown", query.at(name), hint=near, name=name)
    if not query.metrics or not all(whole(name) for name in query.metrics):
        return
    metrics = tuple(catalog.manifest.metric(name) for name in query.metrics)
    leaves = catalog.leaves(metrics)
    for name in query.group_by:
        yield from _told(partial(catalog.key, name, leaves, metrics, query.at(name)))
    yield from _names_in(query.where, metrics, catalog, whole)
