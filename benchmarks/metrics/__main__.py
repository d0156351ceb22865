"""Metric questions against SQL by hand: `python -m benchmarks.metrics [--touches 1000000 10000000] [--pairs 5]`.

Both sides are statements in the same DuckDB process on the same file, in turn (A B A B ...). kgi's side is what `kgi query` runs;
the side by hand is in `cases.py`, of its shapes the one that was fastest in two runs of each. Before anything is timed, every
statement has to give the same rows: a side that gives others is no measurement. With `--metricflow PYTHON`, a Python in which
metricflow is installed, the SQL that MetricFlow writes for the same questions runs beside them, within a time limit.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.metrics import peer, planning, start
from benchmarks.metrics.cases import CASES, Case
from benchmarks.metrics.company import make, manifest
from pipeline import __version__
from pipeline.metrics import compile_question


@dataclass
class Side:
    """Seconds by the clock and seconds of processor time, run by run."""

    name: str
    sql: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, connection: duckdb.DuckDBPyConnection) -> None:
        wall, cpu = time.perf_counter(), _cpu()
        connection.execute(self.sql).fetchall()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(_cpu() - cpu)


def main() -> None:
    """Measure every question on every size, then planning and starting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--touches", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", default="", help="questions whose name holds this")
    parser.add_argument("--metricflow", default=None, metavar="PYTHON", help="a Python with metricflow")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds after which a statement of MetricFlow is stopped")
    parser.add_argument("--out", type=Path, default=None, help="append the result to this Markdown file")
    arguments = parser.parse_args()
    shown = " ".join(sys.argv[1:]) or "--touches 1000000 10000000 --pairs 5"
    lines = [
        f"kgi {__version__}, duckdb {duckdb.__version__}, Python {platform.python_version()}, {platform.machine()},"
        f" `python -m benchmarks.metrics {shown}`",
        "",
    ]
    cases = [case for case in CASES if arguments.only in case.name]
    theirs = peer.statements(arguments.metricflow, cases)
    with tempfile.TemporaryDirectory(prefix="kgi-bench-") as folder:
        for touches in arguments.touches:
            database = Path(folder) / f"{touches}.duckdb"
            make(database, touches)
            lines += [f"### {touches:,} touches", "", *_HEAD, *(_rows(database, cases, arguments, theirs)), ""]
            print("\n".join(lines[-len(cases) - 5 :]), flush=True)
        lines += [*planning.measured(), "", *start.measured(database, pairs=max(5, arguments.pairs)), ""]
    print("\n".join(lines))
    if arguments.out:
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write("\n" + "\n".join(lines))


_HEAD = (
    "| question | rows | by hand: shape | min, median ms | kgi: min, median ms | ratio | ratio of processor time | MetricFlow |",
    "|---|---|---|---|---|---|---|---|",
)


def _rows(database: Path, cases: list[Case], arguments: Any, theirs: dict[str, str]) -> list[str]:
    lines = []
    with duckdb.connect(str(database), read_only=True) as connection:
        for case in cases:
            ours = Side("kgi", compile_question(manifest(), case.question).sql)
            hands = [Side(name, sql) for name, sql in case.by_hand.items()]
            rows = _same_rows(connection, case, [ours, *hands])
            best = _fastest(connection, hands)
            for _ in range(arguments.pairs):
                ours.run(connection)
                best.run(connection)
            peers = peer.seconds(connection, theirs.get(case.name), rows, min(ours.wall), arguments.limit)
            lines.append(_line(case, len(rows), ours, best, peers))
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def _line(case: Case, rows: int, ours: Side, best: Side, peers: str) -> str:
    wall = [a / b for a, b in zip(ours.wall, best.wall, strict=True)]
    cpu = [a / b for a, b in zip(ours.cpu, best.cpu, strict=True)]
    return (
        f"| {case.name} | {rows} | {best.name} | {_ms(best.wall)} | {_ms(ours.wall)} |"
        f" **{statistics.median(wall):.2f}** ({min(wall):.2f} to {max(wall):.2f}) |"
        f" {statistics.median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f}) | {peers} |"
    )


def _ms(seconds: list[float]) -> str:
    return f"{min(seconds) * 1000:.1f}, {statistics.median(seconds) * 1000:.1f}"


def _fastest(connection: duckdb.DuckDBPyConnection, sides: list[Side]) -> Side:
    """Return the side with the least processor time in two runs; what others do on the machine counts least there."""
    for _ in range(2 if len(sides) > 1 else 0):
        for side in sides:
            side.run(connection)
    best = min(sides, key=lambda side: min(side.cpu, default=0.0))
    best.wall.clear()
    best.cpu.clear()
    return best


def _same_rows(connection: duckdb.DuckDBPyConnection, case: Case, sides: list[Side]) -> list[tuple[Any, ...]]:
    first: list[tuple[Any, ...]] | None = None
    for side in sides:
        rows = peer.in_order(connection.execute(side.sql).fetchall())
        if first is not None and not peer.are_same(first, rows):
            raise SystemExit(f"{case.name}: {side.name} gives other rows than {sides[0].name}, so there is nothing to compare")
        first = first or rows
    assert first
    return first


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
