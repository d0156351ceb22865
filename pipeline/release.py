"""A sound night -> sealed rows and a new published file. What is published is named here, table by table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.findings import KgiError, finding
from pipeline.goal_views import comments, comments_of_model, goal_views
from pipeline.metric_facts import metric_facts
from pipeline.metrics import semantic_manifest_of
from pipeline.models import DeclaredColumn, Model
from pipeline.nights import note_night
from pipeline.project import Project
from pipeline.publishing import Manifest, PublishedTable, publish, read_manifest
from pipeline.records import write_whole
from pipeline.run_facts import run_facts
from pipeline.saved import saved_tables
from pipeline.scoring import SCORED, SCORED_TABLES, SEALED, SEALED_TABLES
from pipeline.shapes import Relation, comma, literal, quote
from pipeline.versions import seal_versions, stage_versions
from pipeline.warehouse import SCHEMA_VERSION

SEMANTIC_MANIFEST = "semantic_manifest.json"


def release(engine: Engine, project: Project, *, run_id: str, now: dt.datetime, fingerprint: str) -> None:
    """Publish what was scored for the as-of date, then seal it.

    Rows of earlier dates are not touched, and rows of a date that was never published stand nowhere. Raises KgiError (unsound)
    when the new file does not pass its gate; then the old file and the sealed rows are as they were.
    """
    manifest = Manifest(run_id, project.as_of, now, __version__, SCHEMA_VERSION, project.target.company.currency)
    stage_versions(engine, project, run_id=run_id, now=now)
    note_night(engine, project, run_id=run_id)
    publish(engine, project.target.publish, _tables(project, run_id), goal_views(project), manifest)
    write_semantic_manifest(project)
    _seal(engine, project.as_of, run_id=run_id, now=now, fingerprint=fingerprint, target=project.target.name)


def write_semantic_manifest(project: Project) -> None:
    """Write MetricFlow's semantic_manifest.json beside the published file, whole or not at all, for tools that know metrics.

    A run that was killed before this publishes once more, so the two never stay apart.
    """
    path = project.target.publish.with_name(SEMANTIC_MANIFEST)
    write_whole(path, json.dumps(semantic_manifest_of(project.semantics), ensure_ascii=False, indent=1) + "\n")


def recover(engine: Engine, project: Project) -> None:
    """Finish what a run was killed in: a file that is published but not sealed yet is sealed now. The caller holds the warehouse.

    Raises KgiError when a file stands there that this warehouse knows nothing of and that is newer than the date asked for.
    """
    found = read_manifest(project.target.publish) if project.target.publish.is_file() else None
    if found is None or engine.rows("select 1 from state.publication where run_id = ?", [found.run_id]):
        return
    if engine.rows("select 1 from state.run where run_id = ?", [found.run_id]):
        name = project.target.name
        _seal(engine, found.as_of, run_id=found.run_id, now=found.published_at, fingerprint="", target=name)
    elif found.as_of > project.as_of:
        path, date = str(project.target.publish), str(found.as_of)
        raise KgiError(finding("published_unknown", path=path, date=date, as_of=str(project.as_of)))


def _seal(engine: Engine, as_of: dt.date, *, run_id: str, now: dt.datetime, fingerprint: str, target: str) -> None:
    """Move the scored rows of a date to the sealed tables and note the publication, in one transaction."""
    with engine.transaction():
        for table in SEALED_TABLES:
            sealed, scored = SEALED[table.name], SCORED[table.name]
            engine.execute(f"delete from {sealed} where as_of_date >= ?", [as_of])
            engine.execute(f"insert into {sealed} by name select * from {scored}")
        seal_versions(engine, as_of)
        engine.execute(
            "insert into state.publication (as_of_date, run_id, published_at, fingerprint, target) values (?, ?, ?, ?, ?)",
            [as_of, run_id, now, fingerprint, target],
        )


def _tables(project: Project, run_id: str) -> Iterable[PublishedTable]:
    for model in project.marts:
        if project.published_columns[model.relation]:
            yield _mart(model, project.published_columns[model.relation])
    for table in SCORED_TABLES:
        before = f" where as_of_date < {literal(str(project.as_of))}::date union all by name "
        earlier = f"select * from {SEALED[table.name]}{before}" if table.sealed else ""
        yield PublishedTable(
            Relation("main", table.name),
            f"{earlier}select * from {SCORED[table.name]} order by all",
            f"{table.ja} / {table.en}",
            comments(table),
        )
    yield from run_facts(project, run_id)
    yield from metric_facts(project)
    yield from saved_tables(project)


def _mart(model: Model, columns: tuple[DeclaredColumn, ...]) -> PublishedTable:
    """Publish the declared columns of a mart; columns that hold personal data never leave the warehouse."""
    said = model.description
    return PublishedTable(
        model.relation,
        f"select {comma([quote(column.name) for column in columns])} from {model.relation}",
        " / ".join(part for part in (said.label_ja, said.description) if part),
        comments_of_model(columns),
    )
