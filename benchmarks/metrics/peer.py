"""MetricFlow beside it: the SQL that it writes for the same questions, run on the same file within a time limit."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.metrics.cases import Case
from benchmarks.metrics.company import manifest
from pipeline.metrics import semantic_manifest_of

MISSING = "not installed"


def statements(python: str | None, cases: Sequence[Case]) -> dict[str, str]:
    """Return MetricFlow's SQL by question; nothing without a Python in which it is installed."""
    if python is None:
        print("MetricFlow not installed: --metricflow names a Python that has it", file=sys.stderr)
        return {}
    asked = [
        {"metrics": case.question.metrics, "group_by": case.question.group_by, "where": case.question.where} for case in cases
    ]
    with tempfile.TemporaryDirectory(prefix="kgi-peer-") as folder:
        file = Path(folder) / "semantic_manifest.json"
        file.write_text(json.dumps(semantic_manifest_of(manifest())), encoding="utf-8")
        done = subprocess.run(
            [python, str(Path(__file__).with_name("metricflow_sql.py")), str(file)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        print(f"MetricFlow not installed in {python}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    return dict(zip((case.name for case in cases), json.loads(done.stdout), strict=True))


def seconds(
    connection: duckdb.DuckDBPyConnection, sql: str | None, rows: list[tuple[Any, ...]], ours: float, limit: float
) -> str:
    """Run a statement of MetricFlow once or twice; say how long it took beside our shortest time, or that it took too long."""
    if sql is None:
        return MISSING
    if sql.startswith("error"):
        return sql
    found, took = _within(connection, sql, limit)
    if found is None:
        return f"> {limit:g} s"
    if took < limit / 4:
        took = min(took, _within(connection, sql, limit)[1])
    note = "" if are_same(rows, in_order(found)) else ", other rows"
    return f"{took * 1000:.0f} ms ({took / ours:.1f}x{note})"


def _within(connection: duckdb.DuckDBPyConnection, sql: str, limit: float) -> tuple[list[tuple[Any, ...]] | None, float]:
    watch = threading.Timer(limit, connection.interrupt)
    watch.start()
    started = time.perf_counter()
    try:
        return connection.execute(sql).fetchall(), time.perf_counter() - started
    except (duckdb.InterruptException, RuntimeError):
        return None, math.inf
    finally:
        watch.cancel()


def in_order(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows sorted, with times cut to dates: the two sides may differ in order and in DATE or TIMESTAMP."""
    plain = [tuple(value.date() if hasattr(value, "date") else value for value in row) for row in rows]
    return sorted(plain, key=lambda row: [(value is None, str(value)) for value in row])


def are_same(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> bool:
    """Tell whether rows agree, numbers within 1e-9."""
    return len(left) == len(right) and all(len(a) == len(b) and all(map(_equal, a, b)) for a, b in zip(left, right, strict=True))


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None or isinstance(left, str) or hasattr(left, "year"):
        return bool(left == right)
    return math.isclose(float(left), float(right), rel_tol=1e-9)
