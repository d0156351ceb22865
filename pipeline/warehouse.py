"""The private warehouse file: its lock, its schema version, and the state that a run keeps between nights.

What cannot be recomputed in it: the raw log of loads (`raw`, `state.load`), the sealed rows (`goals`) and the history of the
metrics' definitions (`state.metric_version`). All else may be dropped and rebuilt. BI never opens this file.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError, attach, open_engine
from pipeline.findings import HeldError, KgiError, MachineError, finding
from pipeline.profile import Target

SCHEMA_VERSION = 3

_STATE = """
create schema if not exists state;
create schema if not exists raw;
create schema if not exists source;
create schema if not exists goals;
create table if not exists state.schema_version (version integer not null, migrated_at timestamp not null);
create table if not exists state.run (
    run_id varchar not null, as_of_date date not null, started_at timestamp not null, ended_at timestamp,
    outcome varchar not null, exit_code integer, kgi_version varchar not null, target varchar not null
);
create table if not exists state.step (
    run_id varchar not null, number integer not null, kind varchar not null, name varchar not null, reason varchar not null,
    outcome varchar not null, row_count bigint, seconds double not null
);
create table if not exists state.built (
    object varchar not null, fingerprint varchar not null, run_id varchar not null, built_at timestamp not null
);
create table if not exists state.check_result (
    run_id varchar not null, suite varchar not null, on_name varchar not null, position integer not null,
    expectation varchar not null, column_name varchar, severity varchar not null, status varchar not null,
    element_count bigint, unexpected_count bigint, unexpected_percent double, observed double,
    description_ja varchar, description_en varchar, detail varchar, path varchar, line integer
);
create table if not exists state.publication (
    as_of_date date not null, run_id varchar not null, published_at timestamp not null, fingerprint varchar not null
);
create table if not exists state.metric_version (
    metric varchar not null, version integer not null, change varchar not null, definition_hash varchar not null,
    definition varchar not null, changes varchar not null, valid_from date not null, changed_at timestamp not null,
    run_id varchar not null
);
create table if not exists state.metric_version__staged as from state.metric_version where false;
"""


def _to_version_2(engine: Engine) -> None:
    """Publications learned which target they were made for; those before had only one."""
    engine.execute("alter table state.publication add column if not exists target varchar")


def _to_version_3(engine: Engine) -> None:
    """The definitions of metrics have a history; its tables are new, and what was published before is not known."""


MIGRATIONS: dict[int, Callable[[Engine], None]] = {2: _to_version_2, 3: _to_version_3}
"""What lifts a warehouse to a version from the one before it. Sealed rows and the raw log survive every one of them."""


@contextmanager
def open_warehouse(target: Target, *, now: dt.datetime) -> Iterator[Engine]:
    """Hold the warehouse of a target alone and give its engine; made or migrated where needed.

    The current database of the engine is the warehouse, whatever the file is called. Waits for the lock at most
    `lock_timeout_seconds`, then raises HeldError naming the holder.
    """
    _make_folder(target.warehouse.parent)
    with _lock(target):
        engine = open_engine(
            None,
            threads=target.threads,
            memory_limit=target.memory_limit,
            temp_directory=target.temp_directory,
            statement_timeout_seconds=target.statement_timeout_seconds,
        )
        with engine:
            _attach(engine, target)
            engine.execute("use wh.main")
            _migrate(engine, now)
            yield engine
            engine.execute("checkpoint wh")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(finding("no_permission", path=str(folder), problem=error.strerror or str(error))) from error


@contextmanager
def _lock(target: Target) -> Iterator[None]:
    """Hold an advisory lock beside the warehouse; the system gives it back when the process dies, however it dies."""
    path = target.warehouse.with_name(target.warehouse.name + ".lock")
    try:
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise MachineError(finding("no_permission", path=str(path), problem=error.strerror or str(error))) from error
    with handle:
        deadline = time.monotonic() + target.lock_timeout_seconds
        while not _try_lock(handle.fileno()):
            if time.monotonic() >= deadline:
                handle.seek(0)
                raise _held(handle.read() or "?", target)
            time.sleep(0.1)
        handle.seek(0)
        handle.truncate()
        started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        handle.write(json.dumps({"pid": os.getpid(), "host": platform.node(), "since": started}))
        handle.flush()
        yield


def _try_lock(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _held(note: str, target: Target) -> HeldError:
    try:
        holder = json.loads(note)
        words = f"kgi, PID {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (ValueError, KeyError):
        words = note.strip()
    return HeldError(finding("warehouse_held", holder=words, seconds=target.lock_timeout_seconds))


def _attach(engine: Engine, target: Target) -> None:
    """Attach the file; a reader outside kgi (an IDE, a notebook) holds DuckDB's own lock and is waited for as well."""
    deadline = time.monotonic() + target.lock_timeout_seconds
    while True:
        try:
            attach(engine, target.warehouse, "wh")
            return
        except EngineError as error:
            if "Could not set lock" not in error.message:
                raise _unreadable(error, target) from error
            if time.monotonic() >= deadline:
                holder = error.message.partition("Conflicting lock is held in ")[2].split("See also")[0].strip(" .") or "?"
                raise _held(holder, target) from error
            time.sleep(0.2)


def _unreadable(error: EngineError, target: Target) -> KgiError:
    return MachineError(finding("warehouse_unreadable", path=str(target.warehouse), problem=error.message.splitlines()[0]))


def _migrate(engine: Engine, now: dt.datetime) -> None:
    """Lift the warehouse to this version, one transaction for all steps. Raises KgiError for a newer one."""
    found = _version(engine)
    if found is not None and found > SCHEMA_VERSION:
        raise KgiError(finding("warehouse_newer", found=found, known=SCHEMA_VERSION))
    if found == SCHEMA_VERSION:
        return
    with engine.transaction():
        for statement in filter(str.strip, _STATE.split(";")):
            engine.execute(statement)
        for version in range((found or 1) + 1, SCHEMA_VERSION + 1):
            MIGRATIONS[version](engine)
        engine.execute("insert into state.schema_version values (?, ?)", [SCHEMA_VERSION, now])


def _version(engine: Engine) -> int | None:
    """Return the schema version of the warehouse, None for a new file."""
    tables = engine.value(
        "select count(*) from information_schema.tables"
        " where table_catalog = 'wh' and table_schema = 'state' and table_name = 'schema_version'"
    )
    version = engine.value("select max(version) from state.schema_version") if tables else None
    return None if version is None else int(version)


def fingerprints(engine: Engine) -> dict[str, str]:
    """Return what each object was last built from: object name -> fingerprint."""
    return dict(engine.rows("select object, fingerprint from state.built"))


def remember(engine: Engine, name: str, fingerprint: str, *, run_id: str, now: dt.datetime) -> None:
    """Note that an object has been built from this fingerprint; what was noted before is replaced."""
    with engine.transaction():
        engine.execute("delete from state.built where object = ?", [name])
        engine.execute("insert into state.built values (?, ?, ?, ?)", [name, fingerprint, run_id, now])


def forget(engine: Engine, name: str) -> None:
    """Note that an object has to be built again."""
    engine.execute("delete from state.built where object = ?", [name])


def previous_run(engine: Engine, as_of: dt.date) -> tuple[dt.date, str] | None:
    """Return the newest sealed date before a date and the run that was the last to publish it; None before the first."""
    rows = engine.rows(
        "select as_of_date, run_id from state.publication where as_of_date < ?"
        " order by as_of_date desc, published_at desc limit 1",
        [as_of],
    )
    return rows[0] if rows else None


def newest_published(engine: Engine) -> dt.date | None:
    """Return the newest as_of_date that was ever published; earlier dates are sealed. None before the first."""
    newest = engine.value("select max(as_of_date) from state.publication")
    assert newest is None or isinstance(newest, dt.date)
    return newest
