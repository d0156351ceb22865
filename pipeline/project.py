"""The files of a project on disk -> one frozen Project. Nothing has touched a database yet.

What dbt calls a manifest, without caches and without mutation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.decode import Document, read_text
from pipeline.expectations import Suite, read_suites, templates_of
from pipeline.files import GOAL_FOLDER, INITIATIVE_FOLDER, agreement_documents, wanted_profile, yaml_documents
from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding
from pipeline.goals import TABLES, Definitions, Goal, Initiative, facts_of, read_definitions, read_goals, read_initiatives
from pipeline.metrics import SemanticManifest
from pipeline.models import (
    BESIDE_GOALS,
    DeclaredColumn,
    Filled,
    Model,
    ModelFile,
    in_order,
    query_renderer,
    read_descriptions,
    read_models,
)
from pipeline.profile import Target, open_target
from pipeline.shapes import Relation
from pipeline.sources import Source, SourceTable, read_sources

GOAL_TABLES = tuple(table.name for table in TABLES if table.kept != "itself")
PUBLISHED_SCHEMAS = ("marts", BESIDE_GOALS)
"""Schemas of the warehouse whose models are published, in the schema of the same name."""
CALENDAR = Relation("source", "kgi__fiscal_calendar")
"""The company's fiscal calendar, written by every run; models read it as source('kgi', 'fiscal_calendar')."""


@dataclass(frozen=True)
class Project:
    """Everything the files say, for one target and one as-of date. Models stand in the order in which they can be built.

    `check_reads`: the tables that the queries of a suite look up beside their own.
    """

    folder: Path
    target: Target
    as_of: dt.date
    sources: tuple[Source, ...]
    models: tuple[Model, ...]
    suites: tuple[Suite, ...]
    check_reads: Mapping[str, tuple[str, ...]]
    semantics: SemanticManifest
    definitions: Definitions
    goals: tuple[Goal, ...]
    initiatives: tuple[Initiative, ...]
    documents: tuple[Document, ...]

    @cached_property
    def source_tables(self) -> dict[str, SourceTable]:
        """Return every declared export under the name 'source.table'."""
        return {f"{source.name}.{table.name}": table for source in self.sources for table in source.tables}

    @cached_property
    def model(self) -> dict[str, Model]:
        """Return every model under its name."""
        return {model.name: model for model in self.models}

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Return what each model reads: names of models, and 'source.table'."""
        return {m.name: (*m.refs, *(f"{source}.{table}" for source, table in m.sources)) for m in self.models}

    @cached_property
    def measures(self) -> str:
        """Return a hash of what the files say of metrics and goals, wherever they stand: scores depend on it."""
        said = [repr(document.data) for document in _without(self.documents, "sources")]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    @cached_property
    def marts(self) -> tuple[Model, ...]:
        """The models that are published: tables of the folder marts/, and those beside the goal tables, which declare columns."""
        return tuple(m for m in self.models if m.relation.schema in PUBLISHED_SCHEMAS and m.description.columns)

    @cached_property
    def published_columns(self) -> dict[Relation, tuple[DeclaredColumn, ...]]:
        """The columns of each mart that leave the warehouse: declared, not personal, no account names where those are kept."""
        with_names = self.target.company.publish_account_names
        return {
            model.relation: tuple(c for c in model.description.columns if not c.personal and (with_names or not c.account_name))
            for model in self.marts
        }


def business_date(now: dt.datetime, timezone: str) -> dt.date:
    """Return the date in the company's time zone at an instant given as naive UTC."""
    return now.replace(tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(timezone)).date()


def end_of(day: dt.date, timezone: str) -> dt.datetime:
    """Return the first instant after a business date, as naive UTC."""
    local = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zoneinfo.ZoneInfo(timezone))
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def models_as_of(project: Project, as_of: dt.date) -> tuple[Model, ...]:
    """Return the models with their templates filled for another as-of date, in the order in which they can be built."""
    found = {each.name: each for each in _models(project.folder, project.target, as_of, project.documents, project.sources)}
    return tuple(found[model.name] for model in project.models)


def open_project(
    folder: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    profiles_dir: Path | None = None,
    target: str | None = None,
    variables: dict[str, Any] | None = None,
) -> Project:
    """Read every file of a project and bind names to names.

    `now` is naive UTC; `as_of` defaults to the last complete business date in the company's time zone. Raises KgiError with the
    mistakes of all files of the first kind that has any: profile, sources, models, expectations, metrics, goals.
    """
    chosen = open_target(
        folder, profiles_dir=profiles_dir, profile=wanted_profile(folder), target=target, variables=variables or {}
    )
    return read_project(folder, chosen, now=now, as_of=as_of)


def read_project(folder: Path, target: Target, *, now: dt.datetime, as_of: dt.date | None = None) -> Project:
    """Read every file of a project for a target that is open already; as `open_project` otherwise."""
    today = business_date(now, target.company.timezone)
    if as_of is not None and as_of > today:
        raise KgiError(finding("as_of_future", date=str(as_of), today=str(today), timezone=target.company.timezone))
    return _read_project(folder, target, as_of or today - dt.timedelta(days=1))


def _read_project(folder: Path, target: Target, as_of: dt.date) -> Project:
    described = yaml_documents(folder, ("models", "metrics"))
    sources = read_sources(_having(described, "sources"), target.company)
    models = _models(folder, target, as_of, described, sources)
    suites = read_suites(yaml_documents(folder, ("expectations",)))
    _check_suites(suites, models, sources)
    check_reads, faults = _check_reads(suites, models, check_filler(folder, target, as_of, models, sources))
    if faults:
        raise KgiError(faults)
    models = _with_checks(models, suites, check_reads)
    relations = {model.name: model.relation for model in models}
    agreed = agreement_documents(folder)
    current = {m.relation: tuple(c.name for c in m.description.columns if c.known == "current") for m in models}
    definitions = read_definitions(described, agreed, relations.get, current)
    semantics = definitions.semantics
    goal_files = yaml_documents(folder / "metrics", (GOAL_FOLDER,), folder)
    names = {metric.name for metric in semantics.public_metrics()}
    goals = read_goals(goal_files, target.company, names, definitions.by_name, facts_of(semantics) if goal_files else None)
    initiative_files = yaml_documents(folder / "metrics", (INITIATIVE_FOLDER,), folder)
    return Project(
        folder,
        target,
        as_of,
        sources,
        models,
        suites,
        check_reads,
        semantics,
        definitions,
        goals,
        _initiatives(initiative_files, semantics, goals),
        (*described, *agreed, *goal_files, *initiative_files),
    )


def _initiatives(documents: tuple[Document, ...], semantics: SemanticManifest, goals: tuple[Goal, ...]) -> tuple[Initiative, ...]:
    if not documents:
        return ()
    public = {metric.name for metric in semantics.public_metrics()}
    facts = {name: fact for name, fact in facts_of(semantics).items() if name in public}
    return read_initiatives(documents, facts, goals)


def _models(
    folder: Path, target: Target, as_of: dt.date, described: tuple[Document, ...], sources: tuple[Source, ...]
) -> tuple[Model, ...]:
    return read_models(
        _model_files(folder),
        _macros(folder),
        descriptions=read_descriptions(described),
        sources=_source_relations(sources),
        variables=_variables(target, as_of),
        target=_target_facts(target),
    )


def check_filler(
    folder: Path, target: Target, as_of: dt.date, models: tuple[Model, ...], sources: tuple[Source, ...]
) -> Callable[[str, Place], Filled]:
    """Return the function that fills ref(), source() and var() in the queries of checks."""
    return query_renderer(
        models,
        _macros(folder),
        sources=_source_relations(sources),
        variables=_variables(target, as_of),
        target=_target_facts(target),
    )


def _check_reads(
    suites: tuple[Suite, ...], models: Iterable[Model], fill: Callable[[str, Place], Filled]
) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    """Return what the queries of each suite read beside their own table, and the mistakes in their templates.

    A check of an export may look up other exports only: it runs before any model is built.
    """
    names = {model.name for model in models}
    reads: dict[str, tuple[str, ...]] = {}
    faults: list[Finding] = []
    for suite in suites:
        named: dict[str, None] = {}
        for text, place in templates_of(suite):
            try:
                named.update(dict.fromkeys(fill(text, place).reads))
            except KgiError as error:
                faults.extend(error.findings)
        reads[suite.name] = tuple(name for name in named if name != suite.on)
        above = [name for name in reads[suite.name] if name in names and "." in suite.on]
        faults.extend(finding("check_reads_upwards", suite.place, suite=suite.name, model=name) for name in above)
    return reads, faults


def _with_checks(
    models: tuple[Model, ...], suites: tuple[Suite, ...], check_reads: dict[str, tuple[str, ...]]
) -> tuple[Model, ...]:
    """Order the models so that what the checks of a model look up is built before it."""
    by_name = {model.name: model for model in models}
    looked_up = {
        name: tuple(each for suite in suites if suite.on == name for each in check_reads[suite.name] if each in by_name)
        for name in by_name
    }
    edges = {name: (*model.refs, *looked_up[name]) for name, model in by_name.items()}
    places = {suite.on: suite.place for suite in suites if looked_up.get(suite.on)}
    return tuple(by_name[name] for name in in_order(edges, places))


def _macros(folder: Path) -> tuple[tuple[str, str], ...]:
    return tuple(_texts(folder, "models/macros", ".sql"))


def _source_relations(sources: tuple[Source, ...]) -> dict[tuple[str, str], Relation]:
    relations = {(source.name, table.name): table.relation for source in sources for table in source.tables}
    return {**relations, ("kgi", "fiscal_calendar"): CALENDAR}


def _variables(target: Target, as_of: dt.date) -> dict[str, Any]:
    return {**dict(target.variables), "as_of_date": as_of}


def _target_facts(target: Target) -> dict[str, Any]:
    """Return what a template sees as `target`."""
    return {
        "name": target.name,
        "type": "duckdb",
        "timezone": target.company.timezone,
        "currency": target.company.currency,
        "won_date": target.company.won_date,
        "threads": target.threads,
    }


def _without(documents: tuple[Document, ...], key: str) -> tuple[Document, ...]:
    return tuple(each for each in documents if not (isinstance(each.data, dict) and key in each.data))


def _having(documents: tuple[Document, ...], key: str) -> tuple[Document, ...]:
    return tuple(each for each in documents if isinstance(each.data, dict) and key in each.data)


def _model_files(folder: Path) -> list[ModelFile]:
    files = []
    for path, text in _texts(folder, "models", ".sql"):
        parts = Path(path).parts[1:]
        if parts[0] != "macros":
            files.append(ModelFile(path, parts[:-1], Path(path).stem, text))
    return files


def _texts(folder: Path, top: str, suffix: str) -> Iterable[tuple[str, str]]:
    for path in sorted((folder / top).rglob(f"*{suffix}")):
        shown = path.relative_to(folder).as_posix()
        yield shown, read_text(path, shown)


def _check_suites(suites: tuple[Suite, ...], models: tuple[Model, ...], sources: tuple[Source, ...]) -> None:
    tables = [f"{source.name}.{table.name}" for source in sources for table in source.tables]
    known = [*(model.name for model in models), *tables, *GOAL_TABLES]
    faults = [
        finding("suite_on_nothing", suite.place, hint=did_you_mean(suite.on, known), name=suite.on)
        for suite in suites
        if suite.on not in known
    ]
    if faults:
        raise KgiError(faults)
