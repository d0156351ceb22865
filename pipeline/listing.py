"""What a project holds, as plain rows: models, metrics, sources, suites, goals."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.metrics import Cut, Metric, dimensions_of
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
            return _table(("metric", "type", "label", "dimensions", "place"), [_metric(project, m) for m in _metrics(project)])
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


def described(project: Project, cut: Cut) -> tuple[str, str]:
    """Return label and description of a group-by: its own, else those of the column it is."""
    relation, sql = cut.reads[-1]
    columns = project.published_columns.get(relation, ())
    column = next((each for each in columns if each.name.casefold() == sql.casefold()), None)
    if column is None or cut.name == "metric_time":
        return cut.label, cut.description
    return cut.label or column.label_ja, cut.description or column.description


def _metrics(project: Project) -> tuple[Metric, ...]:
    return project.semantics.public_metrics()


def _metric(project: Project, metric: Metric) -> tuple[str, ...]:
    label = metric.label_in(project.target.company.language)
    dimensions = ", ".join(dimensions_of(project.semantics, (metric.name,)))
    return metric.name, kind_of(metric), label, dimensions, str(metric.place)


def compiled_models(project: Project, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (name, SQL) of the named models, of all where none is named. Raises KgiError for an unknown name."""
    unknown = [name for name in names if name not in project.model]
    if unknown:
        known = tuple(project.model)
        raise KgiError([finding("unknown_listing", hint=did_you_mean(name, known), name=name) for name in unknown])
    return tuple((model.name, model.sql) for model in project.models if not names or model.name in names)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(tuple(Column(name, "VARCHAR") for name in names), tuple(rows))
