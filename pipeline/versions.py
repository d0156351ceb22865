"""The history of the metrics' definitions: which version of a metric was published from which date on, and what changed.

Like the sealed rows it cannot be recomputed: a run stages the versions of its as-of date, publishing shows, sealing keeps them.
A run for the same date replaces what an earlier run of that date said; what later dates have been published on stays.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from pipeline.engines.duckdb import Engine
from pipeline.metrics import definition_changes, definition_hash, definition_of
from pipeline.project import Project
from pipeline.shapes import Relation, literal

KEPT = Relation("state", "metric_version")
STAGED = Relation("state", "metric_version__staged")


@dataclass(frozen=True)
class Version:
    """One version of a metric. `definition` is JSON, empty for one that is gone; `changes` says what differs, a line each."""

    metric: str
    version: int
    change: Literal["added", "changed", "removed"]
    definition_hash: str
    definition: str
    changes: str
    valid_from: dt.date
    changed_at: dt.datetime
    run_id: str


def stage_versions(engine: Engine, project: Project, *, run_id: str, now: dt.datetime) -> None:
    """Write the versions that begin at the run's as-of date: new and changed metrics, and those that are gone."""
    before = _before(engine, project.as_of)
    names = [field.name for field in fields(Version)]
    with engine.transaction():
        engine.execute(f"delete from {STAGED}")
        rows = [[getattr(each, name) for name in names] for each in _new_versions(project, before, run_id, now)]
        engine.insert(STAGED, names, rows)


def seal_versions(engine: Engine, as_of: dt.date) -> None:
    """Keep the staged versions in place of those that an earlier run said for this date. The caller holds the transaction."""
    engine.execute(f"delete from {KEPT} where valid_from >= ?", [as_of])
    engine.execute(f"insert into {KEPT} by name select * from {STAGED}")


def versions_query(as_of: dt.date) -> str:
    """Return the SELECT of every version as it stands once the staged ones are sealed; `valid_to` is null for the newest."""
    return (
        "select *, lead(valid_from) over (partition by metric order by version) as valid_to,"
        " lag(definition) over (partition by metric order by version) as previous_definition"
        f" from (select * from {KEPT} where valid_from < {literal(str(as_of))}::date union all by name select * from {STAGED})"
    )


def definitions(project: Project) -> dict[str, dict[str, Any]]:
    """Return the definition of every public metric, by name."""
    return {each.name: definition_of(project.semantics, each) for each in project.semantics.public_metrics()}


def as_text(definition: Mapping[str, Any]) -> str:
    """Write a definition as JSON, always in the same way."""
    return json.dumps(definition, ensure_ascii=False)


def _before(engine: Engine, as_of: dt.date) -> dict[str, tuple[int, str, str]]:
    """Return version, hash and definition of each metric on the day before a date; an empty hash stands for one that was gone."""
    rows = engine.rows(
        f"select metric, version, definition_hash, definition from {KEPT} where valid_from < ?"
        " qualify row_number() over (partition by metric order by version desc) = 1",
        [as_of],
    )
    return {metric: (version, hashed, definition) for metric, version, hashed, definition in rows}


def _new_versions(
    project: Project, before: Mapping[str, tuple[int, str, str]], run_id: str, now: dt.datetime
) -> Iterator[Version]:
    defined = definitions(project)
    for name, definition in defined.items():
        version, old_hash, old = before.get(name, (0, "", ""))
        new_hash = definition_hash(definition)
        if new_hash == old_hash:
            continue
        changes = definition_changes(json.loads(old), definition) if old_hash else ()
        change: Literal["added", "changed"] = "changed" if old_hash else "added"
        said = as_text(definition), "\n".join(changes)
        yield Version(name, version + 1, change, new_hash, *said, project.as_of, now, run_id)
    for name, (version, old_hash, _) in before.items():
        if name not in defined and old_hash:
            yield Version(name, version + 1, "removed", "", "", "", project.as_of, now, run_id)
