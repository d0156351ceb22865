"""What a project holds, as plain rows: models, metrics, sources, suites, goals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.metrics import Cut, Metric, cuts_of, definition_of
from pipeline.project import Project
from pipeline.shapes import Column, Table


def list_kind(project: Project, kind: str, names: frozenset[str] | None = None) -> Table:
    """Return one row per thing of a kind; `names` narrows models down to a selection."""
    match kind:
        case "models":
            models = [m for m in project.models if names is None or m.name in names]
            rows = [(m.name, m.relation.schema, m.materialized, ", ".join(project.reads[m.name]), m.path) for m in models]
            return _table(("model", "schema", "materialized", "reads", "path"), rows)
        case "metrics":
            named = _metrics(project)
            columns = ("metric", "type", "label", "unit", "owner", "grains", "place", "dimensions")
            return _table(columns, [_metric(project, metric) for metric in named])
        case "sources":
            tables = [(name, str(table.relation), str(table.place)) for name, table in project.source_tables.items()]
            return _table(("source", "relation", "place"), tables)
        case "expectations":
            suites = [(s.name, s.on, str(len(s.expectations)), str(s.place)) for s in project.suites]
            return _table(("suite", "on", "expectations", "place"), suites)
        case _:
            return _table(("goal", "metric", "place"), [(g.name, g.metric, str(g.place)) for g in project.goals])


def kind_of(metric: Metric) -> str:
    """Return the kind of a metric in the words of its YAML: simple, ratio, derived, cumulative, conversion."""
    return type(metric.kind).__name__.lower()


def described(project: Project, cut: Cut) -> tuple[str, str, str]:
    """Return the labels of a group-by in ja and en, and its description: its own, else those of the column it is."""
    labels = dict(cut.labels)
    relation, sql = cut.reads[-1]
    columns = project.published_columns.get(relation, ()) if cut.path else ()
    column = next((each for each in columns if each.name.casefold() == sql.casefold()), None)
    label_ja = labels.get("ja") or (column.label_ja if column else "")
    return label_ja, labels.get("en", ""), cut.description or (column.description if column else "")


def _metrics(project: Project) -> tuple[Metric, ...]:
    return project.semantics.public_metrics()


def _metric(project: Project, metric: Metric) -> tuple[str, ...]:
    label = metric.label_in(project.target.company.language)
    time, *others = cuts_of(project.semantics, (metric.name,))
    dimensions = ", ".join((time.name, *(each.name for each in others)))
    grains = ", ".join(time.grains)
    return metric.name, kind_of(metric), label, metric.unit or "", metric.owner or "", grains, str(metric.place), dimensions


def list_cuts(project: Project, metrics: tuple[str, ...]) -> Table:
    """Return what these metrics can all be cut by, one row each. Raises KgiError for unknown metrics, all at once."""
    _refuse_unknown(project, metrics)
    cuts = cuts_of(project.semantics, metrics)
    is_ja = project.target.company.language == "ja"
    rows = []
    for cut in cuts:
        label_ja, label_en, _ = described(project, cut)
        label = label_ja if is_ja else label_en or label_ja
        rows.append((cut.name, cut.kind, label, ", ".join(cut.grains), " -> ".join(cut.path)))
    return _table(("dimension", "kind", "label", "grains", "models"), rows)


@dataclass(frozen=True)
class MetricCard:
    """One metric for a reader. `definition` are keys and values; `inputs` are depth and text, the metric's own first."""

    metric: str
    type: str
    label_ja: str
    label_en: str
    description: str
    unit: str
    direction: str
    owner: str
    place: str
    definition: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[int, str], ...]
    dimensions: Table


def metric_cards(project: Project, names: tuple[str, ...]) -> tuple[MetricCard, ...]:
    """Return what there is to say of each named metric. Raises KgiError for unknown names, all at once."""
    _refuse_unknown(project, names)
    return tuple(_card(project, project.semantics.metric(name)) for name in names)


def _card(project: Project, metric: Metric) -> MetricCard:
    definition = definition_of(project.semantics, metric)
    said = [(key, _shown(value)) for key, value in definition.items() if key not in ("type", "names") and not _is_input(value)]
    return MetricCard(
        metric.name,
        kind_of(metric),
        metric.label_in("ja"),
        metric.label_in("en"),
        metric.description_in(project.target.company.language),
        metric.unit or "",
        metric.direction or "",
        metric.owner or "",
        str(metric.place),
        tuple(said),
        tuple(_inputs(project, metric, 0)),
        list_cuts(project, (metric.name,)),
    )


def _inputs(project: Project, metric: Metric, depth: int) -> Iterator[tuple[int, str]]:
    for each in metric.inputs:
        source = project.semantics.metric(each.metric)
        alias = f" as {each.alias}" if each.alias else ""
        window = each.offset_window
        earlier = f", {window.count} {window.grain} earlier" if window else ""
        start = f", at the start of the {each.offset_to_grain}" if each.offset_to_grain else ""
        filters = "".join(f", where {text.text}" for text in each.filters)
        yield depth, f"{source.name}{alias} ({kind_of(source)}{earlier}{start}{filters})"
        yield from _inputs(project, source, depth + 1)


def _is_input(value: object) -> bool:
    """Tell inputs, which stand in the tree, from what the metric says itself."""
    inner = value.values() if isinstance(value, dict) and value and "metric" not in value else [value]
    return any(isinstance(each, dict) and "metric" in each for each in inner)


def _shown(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
        case list():
            return " and ".join(_shown(each) for each in value)
        case _:
            return str(value)


def _refuse_unknown(project: Project, names: tuple[str, ...]) -> None:
    known = [each.name for each in _metrics(project)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KgiError([finding("metric_unknown", hint=did_you_mean(name, known), name=name) for name in unknown])


def compiled_models(project: Project, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (name, SQL) of the named models, of all where none is named. Raises KgiError for an unknown name."""
    unknown = [name for name in names if name not in project.model]
    if unknown:
        known = tuple(project.model)
        raise KgiError([finding("unknown_listing", hint=did_you_mean(name, known), name=name) for name in unknown])
    return tuple((model.name, model.sql) for model in project.models if not names or model.name in names)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(tuple(Column(name, "VARCHAR") for name in names), tuple(rows))
