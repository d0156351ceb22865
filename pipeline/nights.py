"""What a published night stood on: the loads that counted, what models and metrics said. A later night is held against it.

Written before a night is published; a row whose run was never published says nothing. Like the sealed rows it cannot be
recomputed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.metrics import SemanticManifest
from pipeline.models import Model, upstream
from pipeline.project import Project
from pipeline.warehouse import previous_run

_STATE = (
    """create table if not exists state.night (
        run_id varchar not null, last_load bigint not null, left_out varchar not null, logic varchar not null,
        manifest varchar not null)""",
    "create table if not exists state.night_manifest (manifest varchar not null, said varchar not null)",
)


@dataclass(frozen=True)
class PastNight:
    """A sealed night. `loads` are those that counted; `logic` is a hash of each thing that numbers are made by.

    `manifest` is what the metrics said, None where this kgi can no longer read it. `is_known` is False for a night that an older
    kgi published: only its numbers are known.
    """

    as_of: dt.date
    loads: frozenset[int] = frozenset()
    logic: Mapping[str, str] | None = None
    manifest: SemanticManifest | None = None
    is_known: bool = False


def prepare_nights(engine: Engine) -> None:
    """Make the tables that nights are noted in where they are not there."""
    for statement in _STATE:
        engine.execute(statement)


def note_night(engine: Engine, project: Project, *, run_id: str) -> None:
    """Note what a night stands on that is about to be published; notes of runs that came to nothing are swept."""
    from pipeline.metrics import codec

    said = codec.written(project.semantics)
    key = _hash(said)
    last = engine.value("select coalesce(max(load_id), 0) from state.load")
    left_out = [load for (load,) in engine.rows("select load_id from state.load where status <> 'loaded' order by all")]
    with engine.transaction():
        engine.execute(
            "delete from state.night where run_id = ? or run_id not in (select run_id from state.publication)", [run_id]
        )
        row = [run_id, last, json.dumps(left_out), json.dumps(logic_of(project)), key]
        engine.execute("insert into state.night values (?, ?, ?, ?, ?)", row)
        if not engine.rows("select 1 from state.night_manifest where manifest = ?", [key]):
            engine.execute("insert into state.night_manifest values (?, ?)", [key, said])


def night_before(engine: Engine, as_of: dt.date) -> PastNight | None:
    """Return the newest sealed night before a date; None before the first."""
    found = previous_run(engine, as_of)
    if found is None:
        return None
    date, run_id = found
    noted = engine.rows("select last_load, left_out, logic, manifest from state.night where run_id = ?", [run_id])
    if not noted:
        return PastNight(date)
    last, left_out, logic, manifest = noted[0]
    aside = set(json.loads(left_out))
    rows = engine.rows("select load_id from state.load where load_id <= ? and status in ('loaded', 'undone')", [last])
    loads = frozenset(load for (load,) in rows if load not in aside)
    return PastNight(date, loads, json.loads(logic), _manifest(engine, manifest), is_known=True)


def logic_of(project: Project) -> dict[str, str]:
    """Return a hash of each thing that makes numbers of the log: models behind metrics, declarations, the company, kgi itself.

    The as-of date that a template was filled with is no part of it.
    """
    behind = [model for model in project.models if model.name in models_behind(project)]
    said = {f"model {model.name}": _said(model, project.as_of) for model in behind}
    said |= {f"export {name}": table.fingerprint for name, table in project.source_tables.items()}
    said |= {"company": repr(project.target.company), "kgi": __version__}
    return {name: _hash(text) for name, text in said.items()}


def models_behind(project: Project) -> frozenset[str]:
    """Return the models that metrics read, directly or through others."""
    read = {each.relation for each in project.semantics.models}
    names = [model.name for model in project.models if model.relation in read]
    return frozenset(names).union(*(upstream(name, project.reads) for name in names))


def _said(model: Model, as_of: dt.date) -> str:
    return repr((model.sql.replace(as_of.isoformat(), "as_of_date"), model.materialized, str(model.relation)))


def _manifest(engine: Engine, key: str) -> SemanticManifest | None:
    from pipeline.metrics import codec

    rows = engine.rows("select said from state.night_manifest where manifest = ?", [key])
    try:
        return codec.read(rows[0][0]) if rows else None
    except (ValueError, TypeError):
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
