"""Whole demo companies: exports delivered and nights run in a project of their own, once for all tests and workers that ask."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.engines.duckdb import open_engine
from pipeline.project import open_project
from pipeline.run import run

ROOT = Path(__file__).parent.parent
NIGHTS = ("2026-10-31", "2026-11-13", "2026-11-19", "2026-11-20")
SWITCHES = ("push_appointments", "definition_change", "slower_deals", "forced_approaches", "channel_mix_shift")
SEEDS = (20261123, 42) if "KGI_SOAK" in os.environ else (20261123,)
"""The companies that a planted thing is looked for in: one in `make test`, a second of another seed in `make soak`."""
PROJECT = ("pyproject.toml", "profiles.yml", "models", "metrics", "expectations")


@dataclass(frozen=True)
class Ran:
    """A company whose nights have been run. Others read it too: change nothing in it, take a `copy` for that."""

    folder: Path
    nights: tuple[str, ...]

    @property
    def published(self) -> Path:
        return self.folder / "target/kgi.duckdb"

    @property
    def books(self) -> dict[str, Any]:
        """What is true on the last night, with what was planted."""
        read: dict[str, Any] = json.loads((self.folder / "books.json").read_text(encoding="utf-8"))
        return {**read, **read["nights"][self.nights[-1]]}

    def rows(self, sql: str, *, warehouse: bool = False) -> list[tuple[Any, ...]]:
        """Ask the published file, or the warehouse."""
        with open_engine(self.folder / "target/warehouse.duckdb" if warehouse else self.published, read_only=True) as engine:
            return list(engine.rows(sql))

    def copy(self, to: Path) -> Ran:
        """Return the same company in another folder, to be changed there."""
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return Ran(to, self.nights)


@dataclass(frozen=True)
class Companies:
    """The companies of one test session, each in a folder below `root`."""

    root: Path

    def ran(
        self,
        *scenario: str,
        nights: tuple[str, ...] = (NIGHTS[-1],),
        seed: int = 20261123,
        scale: float = 1.0,
        without: tuple[str, ...] = (),
    ) -> Ran:
        """Return a company after its nights.

        `scenario` as on the command line: "push_appointments=2026-07"; `without` are exports that nobody delivers: "sales/hours".
        """
        words = (*sorted(scenario), *nights, str(seed), str(scale), *(f"no {each}" for each in sorted(without)))
        name = re.sub(r"[^-+.\w]", "-", "+".join(words))
        folder = self.root / name
        with alone(self.root / f"{name}.lock"):
            if not (folder / "done").exists():
                shutil.rmtree(folder, ignore_errors=True)
                options = (
                    "--seed",
                    str(seed),
                    "--scale",
                    str(scale),
                    *(word for each in scenario for word in ("--scenario", each)),
                )
                build(folder, nights, options, without)
                (folder / "done").touch()
        return Ran(folder, nights)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time be inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def build(folder: Path, nights: tuple[str, ...], options: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Lay out the project of the repository, deliver the exports of each night and run it."""
    folder.mkdir(parents=True)
    for part in PROJECT:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, folder / part)
    exports = folder / "exports"
    command = [sys.executable, "-m", "data.demo", "--out", str(exports), "--nights", ",".join(nights)]
    command += ["--books", str(folder / "books.json"), "--agreements", str(folder / "metrics/agreements")]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    for night in nights:
        deliver(exports, folder / "inbox", night, without)
        now = dt.datetime.fromisoformat(night) + dt.timedelta(days=1)
        record = run(open_project(folder, now=now, as_of=dt.date.fromisoformat(night)), now=now)
        assert record.exit_code == 0, [(step.name, step.outcome, step.findings) for step in record.steps if step.findings]


def deliver(exports: Path, inbox: Path, night: str, without: tuple[str, ...] = ()) -> None:
    """Put a night's exports into the inbox, all but some."""
    for path in sorted(exports.rglob(f"*_{night.replace('-', '')}.csv")):
        name = path.relative_to(exports).as_posix().rpartition("_")[0]
        if name not in without:
            (inbox / name).parent.mkdir(parents=True, exist_ok=True)
            path.rename(inbox / path.relative_to(exports))
