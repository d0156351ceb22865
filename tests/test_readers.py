"""Readers during publishing, and runs that are killed: never an error, never a mixture of two nights, no hand needed."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.project_builder import DEALS, NOW, deliver, night, write

KGI = str(Path(sys.executable).with_name("kgi"))

READER = """
import json, pathlib, sys, duckdb
path, stop = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
seen, wrong, polls = set(), [], 0
while not stop.exists():
    polls += 1
    try:
        with duckdb.connect() as con:
            con.execute(f"attach '{path}' as pub (read_only)")
            run, as_of = con.execute("select run_id, as_of_date from pub.ops.manifest").fetchone()
            newest = con.execute("select distinct run_id, as_of_date from pub.main.v_latest_kgi").fetchall()
            kpi = con.execute("select distinct run_id from pub.main.v_latest_kpi").fetchall()
            deals = con.execute("select count(*) from pub.marts.fct_deals").fetchone()[0]
            actual = con.execute("select actual from pub.main.v_latest_kgi where grain = 'period'").fetchone()[0]
        if newest != [(run, as_of)] or kpi != [(run,)] or actual != deals:
            wrong.append([run, str(newest), str(kpi), deals, actual])
        seen.add(run)
    except Exception as error:
        wrong.append([type(error).__name__, str(error)])
    if polls == 1:
        print("polling", flush=True)
print(json.dumps({"polls": polls, "nights": len(seen), "wrong": wrong[:5]}))
"""


def deals(count: int) -> str:
    rows = [f"x{number},p{number}@example.com,2026-05-01,Web,10" for number in range(count)]
    return DEALS.splitlines()[0] + "\n" + "\n".join(rows) + "\n"


@pytest.mark.slow
def test_a_reader_that_polls_during_ten_runs_meets_no_error_and_no_mixture(tmp_path: Path) -> None:
    write(tmp_path)
    deliver(tmp_path, "deals_20261101.csv", deals(1))
    night(tmp_path, "2026-11-01")
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(tmp_path / "target/kgi.duckdb"), str(stop)]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert reader.stdout is not None and reader.stdout.readline().strip() == "polling"
        for day in range(2, 12):
            deliver(tmp_path, f"deals_202611{day:02}.csv", deals(day))
            assert night(tmp_path, f"2026-11-{day:02}").outcome == "published"
    finally:
        stop.touch()
        said = reader.communicate(timeout=60)[0]
    result = json.loads(said)
    assert result["wrong"] == []
    assert result["nights"] >= 5 and result["polls"] > 20, result


@pytest.mark.slow
def test_a_run_killed_at_any_moment_leaves_a_whole_night_and_the_next_run_needs_no_hand(tmp_path: Path) -> None:
    write(tmp_path)
    deliver(tmp_path, "deals_20261101.csv", deals(1))
    assert night(tmp_path, "2026-11-01").outcome == "published"
    moments = random.Random(20261123)
    published = tmp_path / "target/kgi.duckdb"
    killed = 0
    for day in range(2, 10):
        deliver(tmp_path, f"deals_202611{day:02}.csv", deals(day))
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        started = subprocess.Popen(
            [KGI, "run", "--as-of", f"2026-11-{day:02}"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0.3, 3.0))
        killed += started.poll() is None
        started.send_signal(signal.SIGKILL)
        started.wait()
        with duckdb.connect() as reader:
            reader.execute(f"attach '{published}' as pub (read_only)")
            found = reader.execute("select actual, run_id from pub.main.v_latest_kgi where grain = 'period'").fetchall()
            counted = reader.execute("select count(*) from pub.marts.fct_deals").fetchall()
        assert found[0][0] == counted[0][0]
    assert killed >= 3
    assert night(tmp_path, "2026-11-10", NOW + dt.timedelta(days=1)).exit_code == 0
    with duckdb.connect() as reader:
        reader.execute(f"attach '{published}' as pub (read_only)")
        assert reader.execute("select actual from pub.main.v_latest_kgi where grain = 'period'").fetchall() == [(9.0,)]
    assert not list(tmp_path.glob("target/.kgi.*"))
    assert not list(tmp_path.glob("target/.spool-*"))
