"""dbt's current form -> spec: semantics nested under `models:`, metrics beside them or in a top-level `metrics:`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.findings import Finding, finding
from pipeline.metrics.aggregations import Percentile, aggregation_faults
from pipeline.metrics.forms import Cursor, filters_of, input_of, name_fault, plain_name, span_of
from pipeline.metrics.forms_latest import ColumnDimension, MetricForm, ModelForm, NonAdditiveForm, SpineForm
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Entity,
    Kind,
    Metric,
    NonAdditive,
    Ratio,
    SemanticModel,
    Simple,
    TimeSpine,
)
from pipeline.metrics.tray import Tray
from pipeline.metrics.words import RESERVED
from pipeline.shapes import Relation

BUSINESS_DAY = "is_business_day"
"""The column of a calendar that tells business days, by its name."""


def read_model(form: ModelForm, relation: Relation | None, cursor: Cursor, tray: Tray) -> None:
    """Put a model's semantic model, metrics and time spine on the tray; nothing of a model that is switched off."""
    if not form.config.enabled:
        tray.lost.off.update((each.name, cursor.at("config", "enabled")) for each in form.metrics)
        return
    if form.time_spine:
        _read_spine(form, form.time_spine, relation, cursor, tray)
    if not (form.semantic_model and form.semantic_model.on):
        _read_metrics_of_none(form, cursor, tray)
    elif relation is None:
        tray.add(finding("metric_model_without_table", cursor.at("name"), model=form.name))
        tray.lost.note("models", {"metrics": [{"name": each.name} for each in form.metrics]})
    else:
        _read_semantics(form, form.semantic_model.name or form.name, relation, cursor, tray)


def _read_metrics_of_none(form: ModelForm, cursor: Cursor, tray: Tray) -> None:
    """Say of each metric that its model has no semantics; when they are switched off, so are the metrics."""
    for number, each in enumerate(form.metrics):
        if form.semantic_model:
            tray.lost.off[each.name] = cursor.at("semantic_model")
        else:
            place = cursor.at("metrics", number, "name")
            tray.lose(each.name, finding("metric_without_semantic_model", place, name=each.name, model=form.name))


def _read_semantics(form: ModelForm, name: str, relation: Relation, cursor: Cursor, tray: Tray) -> None:
    entities, dimensions = _entities(form, cursor, tray), _dimensions(form, cursor, tray)
    tray.models.append(
        SemanticModel(
            name,
            relation,
            cursor.at("name"),
            entities,
            dimensions,
            form.primary_entity,
            form.agg_time_dimension,
            form.description,
            cursor.places(("agg_time_dimension",)),
        )
    )
    for number, metric in enumerate(form.metrics):
        read_metric(metric, name, cursor.under("metrics", number), tray)


def read_metric(form: MetricForm, model: str | None, cursor: Cursor, tray: Tray) -> None:
    """Put a metric on the tray; `model` is the one it stands in, None for a metric of a top-level `metrics:`."""
    if not form.config.enabled:
        tray.lost.off[form.name] = cursor.at("config", "enabled")
        return
    tray.findings.extend(_keys_of_other_types(form, cursor))
    kind = kind_of(form, cursor, tray) if form.type != "simple" else _simple(form, model, cursor, tray)
    if kind is None:
        tray.lose(form.name)
    else:
        tray.metrics.append(metric_of(form, kind, cursor))


def _entities(form: ModelForm, cursor: Cursor, tray: Tray) -> tuple[Entity, ...]:
    found = []
    for number, each in enumerate(form.columns):
        if each.entity:
            here = cursor.under("columns", number)
            name = _own_name(each.entity.name, each.name, here, tray)
            labels = labels_in(each.config, each.entity.label)
            found.append(Entity(name, each.entity.type, quoted(each.name), here.at("name"), labels, here.written("name")))
    for number, entity in enumerate(form.derived_semantics.entities):
        here = cursor.under("derived_semantics", "entities", number)
        found.append(Entity(entity.name, entity.type, entity.expr, here.at("name"), written=here.written("expr")))
    return tuple(found)


def _own_name(name: str | None, column: str, cursor: Cursor, tray: Tray) -> str:
    """Return the name of an entity or a dimension; that of its column has to follow the rules of names too."""
    if name is None and (code := name_fault(column)):
        tray.add(finding(code, cursor.at("name"), hint=plain_name(column), key="name", value=column))
        tray.lost.tables = True
    return name or column


def _dimensions(form: ModelForm, cursor: Cursor, tray: Tray) -> tuple[Dimension, ...]:
    found = []
    for number, column in enumerate(form.columns):
        if column.dimension:
            here = cursor.under("columns", number)
            name = _own_name(column.dimension.name, column.name, here, tray)
            made = _dimension(column.dimension, name, quoted(column.name), column.granularity, here, tray)
            found.append(replace(made, labels=labels_in(column.config, column.dimension.label)))
    for number, each in enumerate(form.derived_semantics.dimensions):
        here = cursor.under("derived_semantics", "dimensions", number)
        found.append(_dimension(each, each.name, each.expr, each.granularity, here, tray))
    return tuple(found)


def _dimension(form: ColumnDimension, name: str, expr: str, granularity: str | None, cursor: Cursor, tray: Tray) -> Dimension:
    if form.type == "time" and granularity is None:
        tray.add(finding("metric_time_without_grain", cursor.at("name"), name=name))
    validity = form.validity_params
    return Dimension(
        name,
        expr,
        cursor.at("name"),
        (granularity or "day") if form.type == "time" else None,
        form.is_partition,
        None if validity is None else "start" if validity.is_start else "end" if validity.is_end else None,
        form.description,
        form.label or "",
        written=cursor.written("expr") if cursor.has("expr") else cursor.written("name"),
    )


def labels_in(config: object, label: str | None) -> tuple[tuple[str, str], ...]:
    """Return a column's labels by language: `config.meta.kgi.label`, else dbt's own `label` in every language."""
    for key in ("meta", "kgi", "label"):
        config = config.get(key) if isinstance(config, dict) else None
    own = {str(language): str(text) for language, text in config.items()} if isinstance(config, dict) else {}
    return tuple({**({"ja": label, "en": label} if label else {}), **own}.items())


def quoted(column: str) -> str:
    """Return a column name as SQL text; quoted where it is no plain word, or one that SQL has taken."""
    is_plain = column.isidentifier() and column.isascii() and column.lower() not in RESERVED
    return column if is_plain else '"' + column.replace('"', '""') + '"'


def _read_spine(form: ModelForm, spine: SpineForm, relation: Relation | None, cursor: Cursor, tray: Tray) -> None:
    column = spine.standard_granularity_column
    place = cursor.at("time_spine", "standard_granularity_column")
    grain = next((each.granularity for each in form.columns if each.name == column), None)
    if grain is None:
        tray.add(finding("metric_spine_without_grain", place, column=column, model=form.name))
    elif relation is None:
        tray.add(finding("metric_model_without_table", cursor.at("name"), model=form.name))
    else:
        custom = tuple((each.name, each.column_name or each.name) for each in spine.custom_granularities)
        open_days = next((each.name for each in form.columns if each.name == BUSINESS_DAY), None)
        tray.spines.append(TimeSpine(relation, column, grain, place, custom, business_day=open_days))


def metric_of(form: MetricForm, kind: Kind, cursor: Cursor) -> Metric:
    """Return the metric with its own attributes."""
    own = form.config.meta.kgi
    return Metric(
        name=form.name,
        kind=kind,
        place=cursor.at("name"),
        filters=filters_of(form.filter, cursor),
        time_granularity=form.time_granularity,
        label=form.label or "",
        description=form.description.strip(),
        hidden=form.hidden,
        unit=own.unit,
        direction=own.direction,
        owner=own.owner,
        publish=own.publish,
        labels=tuple(own.label.items()),
        places=cursor.places(*((key,) for key in _TOLD)),
        descriptions=tuple((own.description or {}).items()),
    )


def _simple(form: MetricForm, model: str | None, cursor: Cursor, tray: Tray) -> Simple | None:
    if model is None:
        tray.add(finding("metric_simple_at_top", cursor.at("name"), name=form.name))
        return None
    if form.agg is None:
        tray.add(finding("metric_needs_key", cursor.at("name"), name=form.name, type=form.type, key="agg"))
        return None
    meta, rows = form.config.meta, form.non_additive_dimension
    percentile = Percentile(form.percentile, form.percentile_type == "discrete", meta.use_approximate_percentile)
    faults = aggregation_faults(form.name, form.agg, form.expr, percentile, cursor, cursor)
    tray.findings.extend(faults)
    if faults:
        return None
    return Simple(
        model=model,
        aggregation=form.agg,
        expr=form.expr if form.expr is not None else quoted(form.name),
        agg_time_dimension=form.agg_time_dimension,
        percentile=form.percentile,
        is_discrete=percentile.discrete,
        is_approximate=percentile.approximate or meta.kgi.use_approximate_percentile,
        non_additive=non_additive_of(rows) if rows else None,
        join_to_timespine=form.join_to_timespine,
        fill_nulls_with=form.fill_nulls_with,
        written=cursor.written("expr") if cursor.has("expr") else cursor.written("name"),
    )


_TOLD = (
    "agg_time_dimension",
    "non_additive_dimension",
    "time_granularity",
    "window",
    "grain_to_date",
    "entity",
    "constant_properties",
)
"""Keys whose values are looked up elsewhere, so that a mistake in them is told where they stand."""

_KEYS = {
    "simple": (
        "agg",
        "expr",
        "percentile",
        "percentile_type",
        "agg_time_dimension",
        "non_additive_dimension",
        "join_to_timespine",
        "fill_nulls_with",
    ),
    "ratio": ("numerator", "denominator"),
    "derived": ("expr", "input_metrics"),
    "cumulative": ("input_metric", "window", "grain_to_date", "period_agg"),
    "conversion": ("entity", "calculation", "base_metric", "conversion_metric", "constant_properties", "window"),
}


def _keys_of_other_types(form: MetricForm, cursor: Cursor) -> Iterator[Finding]:
    """Find keys that mean nothing for the metric's type: what they are meant to do would silently not happen."""
    for key in dict.fromkeys(key for keys in _KEYS.values() for key in keys):
        said = getattr(form, key) if key in form.model_fields_set else None
        if key not in _KEYS[form.type] and said is not None and said is not False and said != ():
            types = " / ".join(type_ for type_, keys in _KEYS.items() if key in keys)
            yield finding("metric_key_of_other_type", cursor.at(key), key=key, name=form.name, type=form.type, types=types)


def non_additive_of(form: NonAdditiveForm) -> NonAdditive:
    """Return the rule of a measure that may not be added up over time."""
    window = form.window_agg or form.window_choice or "min"
    return NonAdditive(form.name, window, form.group_by or form.window_groupings)


def kind_of(form: MetricForm, cursor: Cursor, tray: Tray) -> Kind | None:
    """Return the kind of a metric that is made of others; a missing key is a finding."""

    def need(key: str) -> None:
        tray.add(finding("metric_needs_key", cursor.at("name"), name=form.name, type=form.type, key=key))

    match form.type:
        case "ratio" if form.numerator and form.denominator:
            numerator = input_of(form.numerator, cursor.under("numerator"))
            return Ratio(numerator, input_of(form.denominator, cursor.under("denominator")))
        case "ratio":
            need("denominator" if form.numerator else "numerator")
        case "derived" if form.expr is not None and form.input_metrics:
            inputs = enumerate(form.input_metrics)
            return Derived(
                form.expr, tuple(input_of(each, cursor.under("input_metrics", n)) for n, each in inputs), cursor.written("expr")
            )
        case "derived":
            need("input_metrics" if form.expr else "expr")
        case "cumulative" if form.input_metric:
            source = input_of(form.input_metric, cursor.under("input_metric"))
            return Cumulative(source, span_of(form.window), form.grain_to_date, form.period_agg)
        case "cumulative":
            need("input_metric")
        case _:
            return _conversion(form, cursor, tray)
    return None


def _conversion(form: MetricForm, cursor: Cursor, tray: Tray) -> Conversion | None:
    if not (form.entity and form.base_metric and form.conversion_metric):
        key = "entity" if not form.entity else "base_metric" if not form.base_metric else "conversion_metric"
        tray.add(finding("metric_needs_key", cursor.at("name"), name=form.name, type=form.type, key=key))
        return None
    return Conversion(
        form.entity,
        input_of(form.base_metric, cursor.under("base_metric")),
        input_of(form.conversion_metric, cursor.under("conversion_metric")),
        form.calculation,
        span_of(form.window),
        tuple((each.base_property, each.conversion_property) for each in form.constant_properties),
    )
