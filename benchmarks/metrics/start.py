"""What `kgi query` costs beside the statement: a process of its own against a Python process that runs the same SQL."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.metrics.cases import CASES
from benchmarks.metrics.company import METRICS, manifest
from pipeline.metrics import compile_question

ROOT = Path(__file__).resolve().parents[2]
_FLOOR = "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); print(c.execute(sys.argv[2]).fetchall())"
_KGI = "from pipeline.cli import main; main()"


def measured(database: Path, pairs: int) -> list[str]:
    """Return a table: seconds of whole processes, in turn."""
    lines = [
        "### Starting",
        "",
        "Seconds of whole processes, in turn: `python -c` that runs the same SQL, and `kgi query --format csv`.",
        "",
        "| project | python and duckdb: median | kgi query: median | more: median (range) |",
        "|---|---|---|---|",
    ]
    question = next(case.question for case in CASES if case.question.metrics == ("revenue",) or "calendar" in case.name)
    sql = compile_question(manifest(), question).sql
    with tempfile.TemporaryDirectory(prefix="kgi-start-") as folder:
        shutil.copy(METRICS, Path(folder) / METRICS.name)
        ask = ["query", "--format", "csv", "--database", str(database), "--project-dir", folder, "--schema", "marts"]
        ask += ["--metrics", ",".join(question.metrics), "--group-by", ",".join(question.group_by)]
        lines += _line("the benchmark's YAML", [sys.executable, "-c", _FLOOR, str(database), sql], _command(ask), pairs)
    version = [_seconds(_command(["--version"])) for _ in range(pairs + 1)][1:]
    wall, cpu = (statistics.median(each[n] for each in version) for n in (0, 1))
    return [*lines, "", f"`kgi --version`: median {wall:.3f} s by the clock, {cpu:.3f} s of processor time."]


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-c", _KGI, *arguments]


def _line(name: str, floor: list[str], ours: list[str], pairs: int) -> list[str]:
    sides = [(_seconds(floor), _seconds(ours)) for _ in range(pairs + 1)][1:]
    lines = []
    for number, clock in enumerate(("by the clock", "processor time")):
        more = [b[number] - a[number] for a, b in sides]
        a, b = (statistics.median(side[n][number] for side in sides) for n in (0, 1))
        shown = f"**{statistics.median(more):.2f}** ({min(more):.2f} to {max(more):.2f})"
        lines.append(f"| {name}, {clock} | {a:.2f} | {b:.2f} | {shown} |")
    return lines


def _seconds(command: list[str]) -> tuple[float, float]:
    """Run a process as an installed one would run, its modules compiled once and kept: seconds by the clock and of processor."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    used, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
