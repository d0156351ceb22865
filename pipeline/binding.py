"""Every SQL model and every metric against the declared columns, without data: the mistakes of a project in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.engines.duckdb import open_engine
from pipeline.findings import Finding, KgiError, Place, Severity, finding
from pipeline.goals import calendar_columns
from pipeline.metrics import bind
from pipeline.models import bind_models, check_reading
from pipeline.project import CALENDAR, Project
from pipeline.shapes import Column, Relation
from pipeline.sources import declared_columns
from pipeline.sql import Origin, value_origins


def bind_project(project: Project) -> tuple[Finding, ...]:
    """Return the mistakes in models, contracts and metrics, at their places, and warnings."""
    sources: dict[Relation, tuple[Column, ...]] = {CALENDAR: calendar_columns()}
    for table in project.source_tables.values():
        sources[table.relation] = declared_columns(table)
    with open_engine(None, threads=1) as engine:
        columns, faults = bind_models(engine, project.models, sources)
    known = {**sources, **columns}
    broken = {model.relation for model in project.models} - set(columns)
    about_metrics = bind(project.semantics, lambda relation: None if relation in broken else known.get(relation))
    everything = {**sources, **columns}
    about_reading = check_reading(project.models, set(sources))
    unpublished = (
        finding("mart_unpublished", Place(model.path, 1), severity=Severity.WARNING, model=model.name)
        for model in project.models
        if model.relation.schema == "marts" and not model.description.columns
    )
    return (*about_reading, *faults, *about_metrics, *personal_findings(project, everything), *unpublished)


def personal_findings(project: Project, columns: Mapping[Relation, tuple[Column, ...]]) -> Iterable[Finding]:
    """Find declared columns of marts that pass on the values of a source column marked `personal: true`.

    Followed through every model by the SQL itself, whatever the columns are called on the way.
    """
    names = {relation: tuple(column.name for column in listed) for relation, listed in columns.items()}
    personal: dict[Origin, str] = {
        (table.relation, column.name.casefold()): f"{name}.{column.name}"
        for name, table in project.source_tables.items()
        for column in table.columns
        if column.personal
    }
    for model in project.models:
        followed = value_origins(model.sql, names)
        if followed is None:  # what cannot be followed may pass on anything that it reads
            read = {project.model[ref].relation for ref in model.refs}
            read |= {project.source_tables[f"{source}.{table}"].relation for source, table in model.sources if source != "kgi"}
            everything = frozenset(origin for origin in personal if origin[0] in read)
            followed = {name.casefold(): everything for name in names.get(model.relation, ())}
        for output, origins in followed.items():
            first = next((personal[origin] for origin in sorted(origins) if origin in personal), None)
            if first is not None:
                personal[model.relation, output] = first
    for model in project.marts:
        for column in model.description.columns:
            origin = personal.get((model.relation, column.name.casefold()))
            if origin is not None and not column.personal:
                yield finding("personal_published", column.place, model=model.name, column=column.name, origin=origin)


def refuse_mistakes(project: Project) -> tuple[Finding, ...]:
    """Raise KgiError with every mistake that binding finds; return what does not stop a run."""
    found = bind_project(project)
    faults = [each for each in found if each.severity is Severity.ERROR]
    if faults:
        raise KgiError(faults)
    return found
