"""Every SQL model and every metric against the declared columns, without data: the mistakes of a project in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pipeline.engines.duckdb import open_engine
from pipeline.findings import Finding, KgiError, Place, Severity, finding
from pipeline.goal_views import view_findings
from pipeline.goals import agreement_findings, calendar_columns, facts_of, publish_requests, unit_findings
from pipeline.metrics import bind
from pipeline.models import Model, bind_models, check_reading
from pipeline.project import CALENDAR, PUBLISHED_SCHEMAS, Project
from pipeline.saved import saved_findings
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
        if model.relation.schema in PUBLISHED_SCHEMAS and not model.description.columns
    )
    is_whole = not any(each.severity is Severity.ERROR for each in (*faults, *about_metrics))
    about_exports = tuple(saved_findings(project, columns)) if is_whole else ()
    declared = {model.relation: [each.name for each in model.description.columns] for model in project.models}
    return (
        *about_reading,
        *faults,
        *about_metrics,
        *about_exports,
        *agreement_findings(project.definitions, {relation: listed for relation, listed in declared.items() if listed}),
        *personal_findings(project, everything),
        *unit_findings(project.goals, facts_of(project.semantics)),
        *view_findings(project),
        *unpublished,
    )


def personal_findings(project: Project, columns: Mapping[Relation, tuple[Column, ...]]) -> Iterable[Finding]:
    """Find ways on which the values of a source column marked `personal: true` would be published.

    Such a way is a declared column of a mart, or a dimension by which a metric is published: its members stand in `kpi`. Values
    are followed through every model by the SQL itself, whatever the columns are called on the way.
    """
    names = {relation: tuple(column.name for column in listed) for relation, listed in columns.items()}
    personal = dict(_personal_sources(project))
    for model in project.models:
        for output, origins in _followed(project, model, names, personal).items():
            first = next((personal[origin] for origin in sorted(origins) if origin in personal), None)
            if first is not None:
                personal[model.relation, output] = first
    for model in project.marts:
        for column in model.description.columns:
            origin = personal.get((model.relation, column.name.casefold()))
            if origin is not None and not column.personal:
                yield finding("personal_published", column.place, model=model.name, column=column.name, origin=origin)
    yield from _personal_members(project, {**_withheld(project), **personal})


def _personal_sources(project: Project) -> Iterable[tuple[Origin, str]]:
    """Name the personal columns of the exports, and the keys made of them."""
    for name, table in project.source_tables.items():
        marked = {column.name for column in table.columns if column.personal}
        for column in marked:
            yield (table.relation, column.casefold()), f"{name}.{column}"
        if marked.intersection(table.key):
            for made in ("_key", "_survivor_key"):
                yield (table.relation, made), f"{name}.{made}"


def _followed(
    project: Project, model: Model, names: Mapping[Relation, tuple[str, ...]], personal: Mapping[Origin, str]
) -> Mapping[str, frozenset[Origin]]:
    """Return the origins of a model's columns; what cannot be followed may pass on anything personal that it reads."""
    followed = value_origins(model.sql, names)
    if followed is not None:
        return followed
    read = {project.model[ref].relation for ref in model.refs}
    read |= {project.source_tables[f"{source}.{table}"].relation for source, table in model.sources if source != "kgi"}
    everything = frozenset(origin for origin in personal if origin[0] in read)
    return {name.casefold(): everything for name in names.get(model.relation, ())}


def _withheld(project: Project) -> dict[Origin, str]:
    """Name the columns of marts that are not published: marked personal, or names of accounts where the company keeps them."""
    keeps = not project.target.company.publish_account_names
    return {
        (model.relation, column.name.casefold()): f"{model.name}.{column.name}"
        for model in project.models
        for column in model.description.columns
        if column.personal or (column.account_name and keeps)
    }


def _personal_members(project: Project, personal: Mapping[Origin, str]) -> Iterable[Finding]:
    """Find metrics that are published by a dimension whose values are personal."""
    places = {metric.name: metric.place for metric in project.semantics.metrics}
    for request in publish_requests(project.semantics):
        for cut in request.dimensions:
            wanted = cut.group_by.rpartition("__")[2]
            for model in project.semantics.models:
                exprs = [each.expr for each in model.dimensions if each.name == wanted]
                exprs += [each.expr for each in model.entities if each.name == wanted]
                words = {word.casefold() for expr in exprs for word in re.findall(r"\w+", expr)}
                origin = next((personal[model.relation, w] for w in sorted(words) if (model.relation, w) in personal), None)
                if origin is not None:
                    place, metric = places[request.metric], request.metric
                    yield finding("personal_member", place, metric=metric, dimension=cut.name, origin=origin)


def refuse_mistakes(project: Project) -> tuple[Finding, ...]:
    """Raise KgiError with every mistake that binding finds; return what does not stop a run."""
    found = bind_project(project)
    faults = [each for each in found if each.severity is Severity.ERROR]
    if faults:
        raise KgiError(faults)
    return found
