"""The private warehouse: one holder at a time, migrations that keep what cannot be recomputed."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from pipeline.findings import HeldError, KgiError, MachineError
from pipeline.profile import Target
from pipeline.warehouse import SCHEMA_VERSION, fingerprints, forget, newest_published, open_warehouse, remember

NOW = dt.datetime(2026, 11, 21, 1, 0)


def target_in(folder: Path, timeout: float = 0.3) -> Target:
    return Target("dev", folder / "w.duckdb", folder / "k.duckdb", folder / "inbox", lock_timeout_seconds=timeout)


def hold(script: str, folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "held"
    return holder


def test_a_new_warehouse_is_made_and_what_is_noted_in_it_stays(tmp_path: Path) -> None:
    with open_warehouse(target_in(tmp_path), now=NOW) as engine:
        remember(engine, "a", "one", run_id="r", now=NOW)
        remember(engine, "a", "two", run_id="r", now=NOW)
        remember(engine, "b", "x", run_id="r", now=NOW)
        forget(engine, "b")
    with open_warehouse(target_in(tmp_path), now=NOW) as engine:
        assert fingerprints(engine) == {"a": "two"}
        assert newest_published(engine) is None


def test_a_second_run_waits_a_bounded_time_and_names_the_holder(tmp_path: Path) -> None:
    script = """
        import datetime as dt, sys, time
        from pathlib import Path
        from pipeline.profile import Target
        from pipeline.warehouse import open_warehouse
        folder = Path(sys.argv[1])
        with open_warehouse(Target("dev", folder / "w.duckdb", folder / "k.duckdb", folder), now=dt.datetime(2026, 1, 1)):
            print("held", flush=True)
            time.sleep(60)
    """
    holder = hold(script, tmp_path)
    try:
        with pytest.raises(HeldError) as caught, open_warehouse(target_in(tmp_path), now=NOW):
            pass
        assert f"PID {holder.pid}" in str(caught.value)
        assert caught.value.exit_code == 3
    finally:
        holder.kill()
        holder.communicate()
    with open_warehouse(target_in(tmp_path), now=NOW) as engine:  # the lock of a killed holder is free at once
        assert fingerprints(engine) == {}


def test_a_notebook_that_has_the_file_open_is_named_as_well(tmp_path: Path) -> None:
    with open_warehouse(target_in(tmp_path), now=NOW):
        pass
    script = """
        import sys, time, duckdb
        connection = duckdb.connect(sys.argv[1] + "/w.duckdb", read_only=True)
        print("held", flush=True)
        time.sleep(60)
    """
    holder = hold(script, tmp_path)
    try:
        with pytest.raises(HeldError) as caught, open_warehouse(target_in(tmp_path), now=NOW):
            pass
        assert f"PID {holder.pid}" in str(caught.value)
    finally:
        holder.kill()
        holder.communicate()


def test_a_warehouse_of_version_1_is_lifted_and_keeps_its_log_and_sealed_rows(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as old:
        for statement in (
            "create schema state",
            "create schema raw",
            "create schema goals",
            "create table state.schema_version (version integer, migrated_at timestamp)",
            "insert into state.schema_version values (1, '2026-01-01')",
            "create table state.publication (as_of_date date, run_id varchar, published_at timestamp, fingerprint varchar)",
            "insert into state.publication values ('2026-10-31', 'r1', '2026-11-01', 'f')",
            "create table raw.crm__deals as select 1 as load_id, 'x' as amount",
            "create table goals.kgi as select date '2026-10-31' as as_of_date, 'k' as kgi_id, 42.0::double as actual",
        ):
            old.execute(statement)
    with open_warehouse(target_in(tmp_path), now=NOW) as engine:
        assert engine.value("select max(version) from state.schema_version") == SCHEMA_VERSION
        assert engine.rows("select as_of_date, run_id, target from state.publication") == [(dt.date(2026, 10, 31), "r1", None)]
        assert engine.rows("from raw.crm__deals") == [(1, "x")]
        assert engine.rows("select kgi_id, actual from goals.kgi") == [("k", 42.0)]


def test_a_warehouse_of_a_newer_kgi_is_refused(tmp_path: Path) -> None:
    with open_warehouse(target_in(tmp_path), now=NOW) as engine:
        engine.execute("insert into state.schema_version values (?, ?)", [SCHEMA_VERSION + 1, NOW])
    with pytest.raises(KgiError) as caught, open_warehouse(target_in(tmp_path), now=NOW):
        pass
    assert caught.value.findings[0].code == "warehouse_newer"
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").write_text("this is not a database " * 1000)
    with pytest.raises(MachineError) as caught, open_warehouse(target_in(tmp_path), now=NOW):
        pass
    assert caught.value.findings[0].code == "warehouse_unreadable"
    assert caught.value.exit_code == 4


def test_the_lock_file_says_who_holds_the_warehouse(tmp_path: Path) -> None:
    with open_warehouse(target_in(tmp_path), now=NOW):
        said = json.loads((tmp_path / "w.duckdb.lock").read_text())
    assert said["pid"] == multiprocessing.current_process().pid
