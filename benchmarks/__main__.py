"""Models of `kgi run` against the same SQL in one DuckDB process: `python -m benchmarks [--scale 22] [--pairs 5]`.

Both sides build every model of this repository from the same typed exports, in turn (A B A B ...), each in a process of its own
on its own copy of one warehouse. The hand-written side is a Python process that opens DuckDB and runs the same statements in the
same order, nothing else. Compared are the seconds of the statements and of the whole processes; loads, typing, checks, scoring
and publishing of the same night are printed apart.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NIGHT = "2026-11-20"
PARTS = ("pyproject.toml", "profiles.yml", "models", "metrics", "expectations")


def main() -> None:
    """Make the exports once, load them once, then measure in pairs and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scale", type=float, default=22.0, help="22 is about a million activities")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None, help="append the result to this Markdown file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kgi-bench-") as folder:
        result = measure(Path(folder), arguments.scale, arguments.pairs)
    print(result)
    if arguments.out:
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write("\n" + result)


def measure(folder: Path, scale: float, pairs: int) -> str:
    project = folder / "project"
    project.mkdir()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / part)
    exports = ["-m", "data.demo", "--out", str(project / "inbox"), "--nights", NIGHT, "--scale", str(scale)]
    generated = _timed([sys.executable, *exports])
    first = _kgi(project)
    _kgi(project, "--full-refresh")  # warm: both sides then find a file that holds two generations
    statements = folder / "statements.json"
    _statements(project, statements)
    sides: dict[str, list[tuple[float, float]]] = {"kgi": [], "by hand": []}
    for _ in range(pairs):
        sides["kgi"].append(_models_of_a_run(project))
        sides["by hand"].append(_by_hand(project, statements))
    return _report(scale, pairs, generated, first, sides, project)


def _models_of_a_run(project: Path) -> tuple[float, float]:
    """Return the seconds of the build steps and of the whole process, for all models rebuilt and checked."""
    record, wall = _kgi(project, "--select", "*", "--full-refresh")
    skipped = [step["name"] for step in record["steps"] if step["outcome"] != "done"]
    assert not skipped, f"these were not done, so there is nothing to compare: {skipped}"
    other = sum(step["seconds"] for step in record["steps"] if step["kind"] != "build")
    return sum(step["seconds"] for step in record["steps"] if step["kind"] == "build"), wall - other


def _by_hand(project: Path, statements: Path) -> tuple[float, float]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/by_hand.py"), str(project / "target/warehouse.duckdb"), str(statements)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout), time.perf_counter() - started


def _kgi(project: Path, *options: str) -> tuple[dict[str, Any], float]:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "run", "--as-of", NIGHT, "--json", *options]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout), wall


def _statements(project: Path, file: Path) -> None:
    """Write the models' SQL in the order of the run, for the side by hand."""
    import datetime as dt

    from pipeline.project import open_project

    opened = open_project(project, now=dt.datetime(2026, 11, 21, 3), as_of=dt.date.fromisoformat(NIGHT))
    listed = [(str(m.relation), "view" if m.materialized == "view" else "table", m.sql) for m in opened.models]
    file.write_text(json.dumps(listed), encoding="utf-8")


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def _report(
    scale: float,
    pairs: int,
    generated: float,
    first: tuple[dict[str, Any], float],
    sides: dict[str, list[tuple[float, float]]],
    project: Path,
) -> str:
    import duckdb

    from pipeline import __version__

    steps = first[0]["steps"]
    rows = sum(step["rows"] or 0 for step in steps if step["kind"] == "load" and "activities" in step["name"])
    apart = {
        kind: sum(s["seconds"] for s in steps if s["kind"] == kind) for kind in ("load", "type", "check", "score", "publish")
    }
    ratios = [a[0] / b[0] for a, b in zip(sides["kgi"], sides["by hand"], strict=True)]
    walls = [a[1] - b[1] for a, b in zip(sides["kgi"], sides["by hand"], strict=True)]
    models = sum(1 for step in steps if step["kind"] == "build")
    size = (project / "target/kgi.duckdb").stat().st_size / 1e6
    lines = [
        f"## {rows:,} activities, {models} models, {pairs} pairs",
        "",
        f"kgi {__version__}, duckdb {duckdb.__version__}, Python {platform.python_version()}, {platform.machine()},"
        f" `python -m benchmarks --scale {scale:g} --pairs {pairs}`",
        "",
        "| models, all rebuilt | median s | min | max |",
        "|---|---|---|---|",
        *(
            f"| {name} | {statistics.median(s):.2f} | {min(s):.2f} | {max(s):.2f} |"
            for name, pair in sides.items()
            if (s := [each[0] for each in pair])
        ),
        "",
        f"Ratio kgi / by hand, pair by pair: median **{statistics.median(ratios):.2f}**"
        f" ({min(ratios):.2f} to {max(ratios):.2f}).",
        f"Whole process beyond the models' seconds, more than by hand: median {statistics.median(walls):.2f} s.",
        "",
        "The first night's other steps, seconds: " + ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in apart.items()) + ".",
        f"Making the exports took {generated:.1f} s, the first night {first[1]:.1f} s; the published file has {size:.1f} MB.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
