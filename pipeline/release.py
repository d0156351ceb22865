"""A sound night -> sealed rows and a new published file. What is published is named here, table by table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.models import Model
from pipeline.project import Project
from pipeline.publishing import Manifest, PublishedTable, PublishedView, publish
from pipeline.run_facts import run_facts
from pipeline.scoring import SCORED, SEALED, SEALED_TABLES
from pipeline.shapes import Relation, comma, quote
from pipeline.warehouse import SCHEMA_VERSION


def release(engine: Engine, project: Project, *, run_id: str, now: dt.datetime, fingerprint: str) -> None:
    """Seal what was scored for the as-of date and publish.

    Rows of earlier dates are not touched. Raises KgiError (unsound) when the new file does not pass its gate; then the old file
    stands, and the next run for this date or a later one replaces what was sealed now.
    """
    _seal(engine, project.as_of)
    manifest = Manifest(run_id, project.as_of, now, __version__, SCHEMA_VERSION)
    publish(engine, project.target.publish, _tables(project, run_id), _views(), manifest)
    engine.execute(
        "insert into state.publication (as_of_date, run_id, published_at, fingerprint, target) values (?, ?, ?, ?, ?)",
        [project.as_of, run_id, now, fingerprint, project.target.name],
    )


def _seal(engine: Engine, as_of: dt.date) -> None:
    """Move the scored rows of a date to the sealed tables; what an unpublished run left for this date or later ones goes."""
    with engine.transaction():
        for table in SEALED_TABLES:
            sealed, scored = SEALED[table.name], SCORED[table.name]
            engine.execute(f"delete from {sealed} where as_of_date >= ?", [as_of])
            engine.execute(f"insert into {sealed} by name select * from {scored}")


def _tables(project: Project, run_id: str) -> Iterable[PublishedTable]:
    for model in project.marts:
        yield _mart(model, project.target.company.publish_account_names)
    for table in SEALED_TABLES:
        yield PublishedTable(
            Relation("main", table.name),
            f"select * from {SEALED[table.name]} order by all",
            f"{table.ja} / {table.en}",
            tuple((c.name, f"{c.ja} / {c.en}" + (f" [{c.unit}]" if c.unit else "")) for c in table.columns),
        )
    yield from run_facts(project, run_id)


def _views() -> Iterable[PublishedView]:
    for table in SEALED_TABLES:
        name = quote(table.name)
        yield PublishedView(
            Relation("main", f"v_latest_{table.name}"),
            f"select * from main.{name} where as_of_date = (select max(as_of_date) from main.{name})",
            f"{table.ja} (最新の基準日) / {table.en} (newest as-of date)",
        )


def _mart(model: Model, with_account_names: bool) -> PublishedTable:
    """Publish the declared columns of a mart; columns that hold personal data never leave the warehouse."""
    columns = [c for c in model.description.columns if not c.personal and (with_account_names or not c.account_name)]
    said = model.description
    return PublishedTable(
        model.relation,
        f"select {comma([quote(column.name) for column in columns])} from {model.relation}",
        " / ".join(part for part in (said.label_ja, said.description) if part),
        tuple(
            (c.name, " / ".join(part for part in (c.label_ja, c.description) if part) + (f" [{c.unit}]" if c.unit else ""))
            for c in columns
        ),
    )
