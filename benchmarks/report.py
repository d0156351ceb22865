"""Writing the report, both languages: `python -m benchmarks.report [--rounds 7] [--scale 10] [--out FILE]`.

Two demo companies, one with `scale` times the activities: their published tables are the same aggregates, so the report must
take the same time. Each is built once through the command line. A process of its own writes the report of each, first with all
imports, then again and again; another one asks every question of the report (its cuts) with DuckDB alone and fetches the rows.
Told is processor time with all threads, so that a crowded machine does not change what is read, and the clock beside it.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NIGHT = "2026-11-20"
PARTS = ("pyproject.toml", "profiles.yml", "models", "metrics", "expectations")


@dataclass(frozen=True)
class Times:
    """Seconds of processor and clock: the first time, with all imports, and each time after it."""

    first: tuple[float, float]
    later: list[tuple[float, float]]

    @property
    def warm(self) -> tuple[float, float]:
        """The medians of the later times."""
        processor, clock = zip(*self.later, strict=True)
        return statistics.median(processor), statistics.median(clock)


def main() -> None:
    """Build both companies, write the report of each in turn, and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=float, default=10.0, help="how many times the activities of the demo")
    parser.add_argument("--out", type=Path, default=None, help="append the result to this Markdown file")
    parser.add_argument("--only", choices=("written", "asked"), help="measure one published file in this process")
    parser.add_argument("--published", type=Path)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(_repeated(_written if asked.only == "written" else _asked, asked.published, asked.rounds)))
        return
    with tempfile.TemporaryDirectory(prefix="kgi-bench-") as folder:
        companies = [_built(Path(folder) / f"{scale:g}", scale) for scale in (1.0, asked.scale)]
        result = _report(companies, asked.rounds, asked.scale)
    print(result)
    if asked.out:
        with asked.out.open("a", encoding="utf-8") as file:
            file.write("\n" + result)


def _built(project: Path, scale: float) -> Path:
    project.mkdir()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / part)
    exports = ["-m", "data.demo", "--out", str(project / "inbox"), "--nights", NIGHT, "--scale", str(scale)]
    subprocess.run([sys.executable, *exports], cwd=ROOT, check=True, capture_output=True)
    run = ["-c", "from pipeline.cli import main; main()", "run", "--project-dir", str(project), "--as-of", NIGHT]
    subprocess.run([sys.executable, *run], cwd=ROOT, check=True, capture_output=True)
    return project


def _written(published: Path) -> None:
    """Write the report, importing what it needs."""
    from pipeline.report import write_report

    with tempfile.TemporaryDirectory(prefix="kgi-bench-") as folder:
        write_report(published, Path(folder))


def _asked(published: Path) -> None:
    """Ask every question of the report in one connection of DuckDB, and fetch the rows."""
    import duckdb

    with duckdb.connect(str(published), read_only=True) as connection:
        for sql in json.loads((published.parent / "cuts.json").read_text(encoding="utf-8")):
            connection.execute(sql).fetchall()


def _repeated(act: Callable[[Path], None], published: Path, rounds: int) -> list[tuple[float, float]]:
    """Return processor seconds and clock of each time; the first one holds the imports."""
    found = []
    for _ in range(rounds + 1):
        processor, clock = time.process_time(), time.perf_counter()
        act(published)
        found.append((time.process_time() - processor, time.perf_counter() - clock))
    return found


def _measured(what: str, published: Path, rounds: int) -> Times:
    command = [sys.executable, "-m", "benchmarks.report", "--only", what, "--published", str(published), "--rounds", str(rounds)]
    first, *later = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return Times((first[0], first[1]), [(processor, clock) for processor, clock in later])


def _report(companies: list[Path], rounds: int, scale: float) -> str:
    import duckdb

    from pipeline import __version__
    from pipeline.report.writing import _CUTS

    rows, warm = [], []
    for project in companies:
        published = project / "target/kgi.duckdb"
        (published.parent / "cuts.json").write_text(json.dumps([cut.sql for cut in _CUTS]), encoding="utf-8")
        written, asked = _measured("written", published, rounds), _measured("asked", published, rounds)
        warm.append((written.warm[0], asked.warm[0]))
        activities = sum(sum(1 for _ in file.open("rb")) - 1 for file in (project / "inbox").rglob("*activities*.csv"))
        size = [path.stat().st_size / 1e6 for path in sorted(published.parent.rglob("report.*.html"))]
        rows.append(
            f"| {activities:,} | {published.stat().st_size / 1e6:.1f} MB | {' and '.join(f'{each:.2f}' for each in size)} MB"
            f" | {written.first[0]:.2f} ({written.first[1]:.2f}) | **{written.warm[0]:.2f}** ({written.warm[1]:.2f})"
            f" | {asked.warm[0]:.2f} ({asked.warm[1]:.2f}) |"
        )
    (one, by_hand), (more, more_by_hand) = warm
    return "\n".join(
        [
            f"## The demo, and {scale:g} times its activities, {rounds} rounds",
            "",
            f"kgi {__version__}, duckdb {duckdb.__version__}, Python {platform.python_version()}, {platform.machine()},"
            f" `python -m benchmarks.report --rounds {rounds} --scale {scale:g}`",
            "",
            "| activities | published file | report ja and en | first, with imports | again | the questions alone, again |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"{scale:g} times the activities take **{more / one:.2f}** times the processor time of the report"
            f" ({more_by_hand / by_hand:.2f} times that of its questions alone).",
            f"Its {len(_CUTS)} questions alone are {by_hand / one:.0%} of the report's processor time; the rest is drawn, worded"
            " and laid out.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
