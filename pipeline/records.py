"""What a run did, as values, as rows of the warehouse and as the status file beside the published one."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, as_record
from pipeline.messages import Language

Outcome = Literal["done", "unchanged", "unsound", "failed", "blocked"]
RunOutcome = Literal["published", "nothing_to_do", "built", "unsound", "failed"]

STATUS_VERSION = 1


@dataclass(frozen=True)
class StepResult:
    """What became of one step of a plan. `rows`: stored, typed or built rows; None where that says nothing."""

    kind: str
    name: str
    reason: str
    outcome: Outcome
    rows: int | None = None
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """One run in names and numbers only. `steps` are in the order they were carried out."""

    run_id: str
    as_of: dt.date
    started_at: dt.datetime
    ended_at: dt.datetime
    outcome: RunOutcome
    steps: tuple[StepResult, ...]
    published: Path | None
    notes: tuple[Finding, ...] = field(default=())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of the run, in the order they were met."""
        return (*self.notes, *(each for step in self.steps for each in step.findings))

    @property
    def exit_code(self) -> int:
        """0 when published or nothing to do or built on request, 1 when unsound or failed."""
        return 0 if self.outcome in ("published", "nothing_to_do", "built") else 1


def begin_run(engine: Engine, run_id: str, *, as_of: dt.date, now: dt.datetime, target: str, kgi_version: str) -> None:
    """Note that a run has begun. Runs that never ended were killed: they are marked so."""
    with engine.transaction():
        engine.execute("update state.run set outcome = 'killed' where outcome = 'running'")
        engine.execute(
            "insert into state.run values (?, ?, ?, null, 'running', null, ?, ?)", [run_id, as_of, now, kgi_version, target]
        )


def save_step(engine: Engine, run_id: str, number: int, step: StepResult) -> None:
    """Note what became of a step, right after it."""
    engine.execute(
        "insert into state.step values (?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, number, step.kind, step.name, step.reason, step.outcome, step.rows, step.seconds],
    )


def end_run(engine: Engine, record: RunRecord) -> None:
    """Note how a run ended."""
    engine.execute(
        "update state.run set ended_at = ?, outcome = ?, exit_code = ? where run_id = ?",
        [record.ended_at, record.outcome, record.exit_code, record.run_id],
    )


def fail_run(engine: Engine, run_id: str) -> None:
    """Note that the machine ended a run: memory, disk or a time limit."""
    engine.execute("update state.run set outcome = 'failed', exit_code = 4 where run_id = ?", [run_id])


def write_ending(
    path: Path,
    *,
    started_at: dt.datetime,
    as_of: dt.date | None,
    exit_code: int,
    findings: tuple[Finding, ...],
    stands: dt.date | None,
) -> None:
    """Write the status file of a run that ended before it had a record: files to be mended, the machine, an interruption, a bug.

    `stands`: the date of the published file, which is as it was.
    """
    said: dict[str, object] = {
        "version": STATUS_VERSION,
        "run_id": None,
        "as_of_date": as_of.isoformat() if as_of else None,
        "started_at": _utc(started_at),
        "ended_at": _utc(dt.datetime.now(dt.UTC).replace(tzinfo=None)),
        "outcome": "failed",
        "exit_code": exit_code,
        "published_file": None,
        "published_as_of_date": stands.isoformat() if stands else None,
        "steps": {},
        "findings": [as_record(each) for each in findings],
    }
    _write(path, said)


def write_status(path: Path, record: RunRecord, *, data_as_of: dt.date | None) -> None:
    """Write the status file whole or not at all: when and how the last run ended, and up to when the published data goes."""
    said: dict[str, object] = {
        "version": STATUS_VERSION,
        "run_id": record.run_id,
        "as_of_date": record.as_of.isoformat(),
        "started_at": _utc(record.started_at),
        "ended_at": _utc(record.ended_at),
        "outcome": record.outcome,
        "exit_code": record.exit_code,
        "published_file": record.published.name if record.published else None,
        "published_as_of_date": data_as_of.isoformat() if data_as_of else None,
        "steps": {
            outcome: sum(1 for step in record.steps if step.outcome == outcome)
            for outcome in ("done", "unchanged", "unsound", "failed", "blocked")
        },
        "findings": [as_record(each) for each in record.findings],
    }
    _write(path, said)


def last_ending(status: Path | None) -> dict[str, object]:
    """Read the status file of the last run; nothing where there is none or it is no such file."""
    try:
        read = json.loads(status.read_text(encoding="utf-8")) if status else {}
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def report_paths(folder: Path) -> dict[Language, Path]:
    """Return where the report stands in each language."""
    languages: tuple[Language, ...] = ("ja", "en")
    return {language: folder / f"report.{language}.html" for language in languages}


def report_state(run_id: object, status: Path | None) -> str:
    """Return what a report is written from: the run that published, how the last one ended, the version of kgi."""
    return f"{run_id} {last_ending(status).get('exit_code', 0)} {__version__}"


def _write(path: Path, said: dict[str, object]) -> None:
    write_whole(path, json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _utc(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds") + "Z"
