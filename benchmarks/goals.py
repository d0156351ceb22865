"""The scoring of a night, by part: `python -m benchmarks.goals [--rounds 5] [--out FILE]`.

Two projects over the demo's exports: the demo as it is, and the demo with nine more goals of its own metrics, each summed over
five channels in twelve months (540 cells of KGI x channel x month). Each is built once through the command line; then the same
night is scored again and again in this process on the warehouse that the build left. Told is processor time of the process with
all threads of DuckDB, so that a crowded machine does not change what is read; the first scoring, which imports scipy, is apart.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NIGHT = dt.date(2026, 11, 20)
FOLDERS = ("pyproject.toml", "profiles.yml", "models", "metrics", "expectations")
CHANNELS, MONTHS = 5, 12
TREES = {
    "leads_more": ("leads", "count", {}),
    "mqls_more": ("mqls", "count", {"mqls": "sum over channel (leads * mql_rate)"}),
    "appointments_more": ("appointments", "count", {"appointments": "sum over channel (mqls * appointment_rate)"}),
    "valid_more": ("valid_opportunities", "count", {"valid_opportunities": "sum over channel (appointments * valid_rate)"}),
    "won_more": ("won", "count", {"won": "sum over channel (valid_opportunities * win_rate)"}),
    "pipeline_more": (
        "created_pipeline_amount",
        "JPY",
        {"created_pipeline_amount": "sum over channel (valid_opportunities * unit_price)"},
    ),
    "revenue_more": ("won_amount", "JPY", {"won_amount": "sum over channel (won * won_price)"}),
    "pipeline_deep": (
        "created_pipeline_amount",
        "JPY",
        {
            "created_pipeline_amount": "sum over channel (valid_opportunities * unit_price)",
            "valid_opportunities": "appointments * valid_rate",
            "appointments": "mqls * appointment_rate",
            "mqls": "leads * mql_rate",
        },
    ),
    "revenue_deep": (
        "won_amount",
        "JPY",
        {
            "won_amount": "sum over channel (won * won_price)",
            "won": "valid_opportunities * win_rate",
            "valid_opportunities": "appointments * valid_rate",
        },
    ),
}
RATES = {
    "mql_rate": 0.27,
    "appointment_rate": 0.55,
    "valid_rate": 0.44,
    "win_rate": 0.3,
    "unit_price": 3_000_000,
    "won_price": 3_000_000,
}
TARGETS = {"JPY": 400_000_000, "count": 200}
COUNTED = ("kgi", "kpi", "gap_decomposition")
TIMED = ("settled", "measure", "_planned", "outlook_of", "with_needs", "target_rows", "kgi_rows", "kpi_rows")


def main() -> None:
    """Build both projects, score each again and again, and print the seconds by part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None, help="append the result to this Markdown file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kgi-bench-") as folder:
        result = "\n".join(
            _report(name, *measure(_built(Path(folder) / name, more), arguments.rounds), arguments.rounds)
            for name, more in (("the demo", False), ("nine goals more", True))
        )
    print(result)
    if arguments.out:
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write("\n" + result)


def _built(project: Path, more: bool) -> Path:
    project.mkdir()
    for name in FOLDERS:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / name)
    if more:
        (project / "metrics/goals/more.yml").write_text(_goals(), encoding="utf-8")
    exports = ["-m", "data.demo", "--out", str(project / "inbox"), "--nights", NIGHT.isoformat()]
    subprocess.run([sys.executable, *exports], cwd=ROOT, check=True, capture_output=True)
    run = ["-c", "from pipeline.cli import main; main()", "run", "--project-dir", str(project), "--as-of", NIGHT.isoformat()]
    subprocess.run([sys.executable, *run], cwd=ROOT, check=True, capture_output=True)
    return project


def _goals() -> str:
    """Write nine goals of the demo's metrics, as a person would."""
    lines = ["version: 1", "", "kgi:"]
    for name, (metric, unit, tree) in TREES.items():
        formulas = tree or {"mqls": "leads * mql_rate"}
        used = {rate: value for rate, value in RATES.items() if any(rate in formula for formula in formulas.values())}
        lines += [
            f"  - name: {name}",
            f"    label: {{ja: {name}, en: {name}}}",
            "    phase: early",
            f"    metric: {metric}",
            f"    unit: {unit}",
            "    direction: up",
            "    roles: {marketing: hmihon}",
            "    period: {fiscal_year: 2026}",
            f"    target: {{value: {TARGETS[unit]}}}",
            "    tree:",
            *(f"      {node}: {formula}" for node, formula in formulas.items()),
            "    plan_rates:",
            "      agreed:",
            *(f"        {rate}: {value}" for rate, value in used.items()),
            "    override: {reason: a goal of the benchmark, approved_by: hmihon}",
        ]
    return "\n".join(lines) + "\n"


class Clock:
    """Processor seconds and calls by name; a part inside another counts in both."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and notes how long it took."""

        def run(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started
                self.calls[name] = self.calls.get(name, 0) + 1

        return run


def measure(folder: Path, rounds: int) -> tuple[list[Clock], dict[str, int]]:
    """Score a built night again and again; return a clock of each round, the first with the imports, and the number of rows."""
    from pipeline import scoring
    from pipeline.engines.duckdb import Engine, open_engine
    from pipeline.goals import score as public
    from pipeline.project import open_project

    parts = sys.modules[public.__module__]
    kept = {name: getattr(parts, name) for name in (*TIMED, "PARTS")}
    outer = {name: getattr(scoring, name) for name in ("write_scored", "check_scorecard", "compile_question")}
    answered = Engine.table
    clocks = []
    project = open_project(folder, now=dt.datetime(2026, 11, 21, 3), as_of=NIGHT)
    try:
        for _ in range(rounds + 1):
            clock = Clock()
            for name in TIMED:
                setattr(parts, name, clock.timed(name.strip("_"), kept[name]))
            parts.PARTS = tuple(clock.timed(part.__name__, part) for part in kept["PARTS"])  # type: ignore[attr-defined]
            for name, function in outer.items():
                setattr(scoring, name, clock.timed(name, function))
            Engine.table = clock.timed("answered", answered)  # type: ignore[method-assign]
            with open_engine(project.target.warehouse) as engine:
                clock.timed("all", scoring.score_night)(engine, project, run_id="bench")
                rows = {
                    name: engine.value(f"select count(*) from goals.{name}__scored")
                    for name in ("kgi", "kpi", "gap_decomposition")
                }
            clocks.append(clock)
    finally:
        Engine.table = answered  # type: ignore[method-assign]
        for module, functions in ((parts, kept), (scoring, outer)):
            for name, function in functions.items():
                setattr(module, name, function)
    return clocks, {**rows, "goals": len(project.goals)}


def _report(name: str, clocks: list[Clock], counts: dict[str, int], rounds: int) -> str:
    import duckdb

    from pipeline import __version__

    first, later = clocks[0], clocks[1:]
    middle = {part: statistics.median(each.seconds[part] for each in later) for part in later[0].seconds}
    parts = sorted((part for part in middle if part != "all"), key=lambda part: -middle[part])
    cells = sum(1 for _ in TREES) * CHANNELS * MONTHS
    return "\n".join(
        [
            f"## {name}: {counts['goals']} goals, {rounds} rounds",
            "",
            f"kgi {__version__}, duckdb {duckdb.__version__}, Python {platform.python_version()}, {platform.machine()},"
            f" `python -m benchmarks.goals --rounds {rounds}`",
            "",
            f"Rows: {counts['kgi']} of kgi, {counts['kpi']} of kpi, {counts['gap_decomposition']} of gap_decomposition"
            + (f"; {cells} cells of KGI x channel x month are those of the nine goals." if counts["goals"] > 9 else "."),
            f"The whole score: **{middle['all']:.2f} s** of processor time ({min(each.seconds['all'] for each in later):.2f} to"
            f" {max(each.seconds['all'] for each in later):.2f}); the first, with its imports, {first.seconds['all']:.2f} s.",
            "",
            "| part | calls | processor s | of all |",
            "|---|---|---|---|",
            *(
                f"| `{part}` | {later[0].calls[part]} | {middle[part]:.3f} | {middle[part] / middle['all']:.0%} |"
                for part in parts
                if middle[part] >= 0.005
            ),
            "",
        ]
    )


if __name__ == "__main__":
    main()
