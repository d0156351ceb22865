"""Exports -> published file -> report: the whole road of one night.

Read this page first. The plan says what is to be done and why; the steps are carried out in order; what depends on something
unsound is not built; the file is published only when all is sound; record, status and report are left behind in any case.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pipeline import __version__
from pipeline.backtest import backtest_of
from pipeline.binding import refuse_mistakes
from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import Finding, HeldError, KgiError, MachineError
from pipeline.nights import prepare_nights
from pipeline.plan import Build, Plan, Score, make_plan, survey
from pipeline.profile import Target
from pipeline.project import Project
from pipeline.publishing import read_manifest
from pipeline.records import (
    RunOutcome,
    RunRecord,
    StepResult,
    begin_run,
    end_run,
    fail_run,
    save_step,
    write_ending,
    write_status,
)
from pipeline.release import recover
from pipeline.reporting import tell
from pipeline.scoring import prepare_scores
from pipeline.select import Past, select
from pipeline.sources import NewFile, create_state
from pipeline.steps import Night, carry_out, forget_what_is_derived
from pipeline.warehouse import newest_published, open_warehouse

Watch = Callable[[StepResult, int, int], None]
"""Called after each step with its result, its number and how many there are."""


def run(
    project: Project,
    *,
    now: dt.datetime,
    chosen: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    full_refresh: bool = False,
    watch: Watch = lambda result, number, of: None,
) -> RunRecord:
    """Bring the warehouse and the published file to what the project and the inbox say, and say what was done.

    `now` is naive UTC. A date before the newest published one is a backtest: built apart from the log as it was known then, it
    never writes into sealed rows. Raises KgiError before anything is done for mistakes in files, HeldError when another process
    holds the warehouse, MachineError for memory, disk and permissions. A step that fails
    or is unsound raises nothing: the record says it.
    """
    with open_warehouse(project.target, now=now) as engine:
        prepare_scores(engine)
        prepare_nights(engine)
        recover(engine, project)
        newest = newest_published(engine)
        if newest is None or project.as_of >= newest:
            return _carry_out_plan(project, engine, now, chosen, excluded, full_refresh, watch)
        apart = backtest_of(project, engine)
    with open_warehouse(apart.target, now=now) as engine:
        return _carry_out_plan(apart, engine, now, chosen, excluded, full_refresh, watch)


@contextmanager
def noted_ending(
    target: Target,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    warn: Callable[[tuple[Finding, ...]], None] = lambda amiss: None,
) -> Iterator[None]:
    """Leave a status file however what happens inside ends; a run that ended by itself has written its own.

    A held warehouse leaves none: the run that holds it will. `warn` gets what went wrong with the report or the notify command.
    """
    try:
        yield
    except HeldError:
        raise
    except BaseException as error:
        findings = error.findings if isinstance(error, KgiError) else ()
        code = error.exit_code if isinstance(error, KgiError) else 130 if isinstance(error, KeyboardInterrupt) else 70
        manifest = read_manifest(target.publish) if target.publish.is_file() else None
        stands = manifest.as_of if manifest else None
        with suppress(OSError):  # a full disk must not hide what happened first
            write_ending(target.status, started_at=now, as_of=as_of, exit_code=code, findings=findings, stands=stands)
            if amiss := tell(target):
                warn(amiss)
                told = (*findings, *amiss)
                write_ending(target.status, started_at=now, as_of=as_of, exit_code=code, findings=told, stands=stands)
        raise


def show_plan(
    project: Project,
    *,
    now: dt.datetime,
    chosen: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    full_refresh: bool = False,
) -> Plan:
    """Return what `run` would do, after the same checks; does none of it."""
    with open_warehouse(project.target, now=now) as engine:
        create_state(engine)
        newest = newest_published(engine)
        if newest is not None and project.as_of < newest:  # a backtest starts from nothing but the log
            nothing: dict[str, tuple[NewFile, ...]] = dict.fromkeys(project.source_tables, ())
            plan = make_plan(project, replace(survey(project, engine), built={}, files=nothing, is_readable=False))
        else:
            plan = _plan(project, engine, chosen, excluded, full_refresh)
    _refuse_mistakes_of(project, plan)
    return plan


def _carry_out_plan(
    project: Project,
    engine: Engine,
    now: dt.datetime,
    chosen: tuple[str, ...],
    excluded: tuple[str, ...],
    full_refresh: bool,
    watch: Watch,
) -> RunRecord:
    create_state(engine)
    prepare_scores(engine)
    prepare_nights(engine)
    plan = _plan(project, engine, chosen, excluded, full_refresh)
    notes = _refuse_mistakes_of(project, plan)
    if full_refresh:
        forget_what_is_derived(plan, engine)
    run_id = f"{project.as_of:%Y%m%d}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    begin_run(engine, run_id, as_of=project.as_of, now=now, target=project.target.name, kgi_version=__version__)
    results: list[StepResult] = []
    try:
        with _spool(project.target.warehouse.parent) as spool:
            night = Night(project, engine, run_id, now, spool)
            for number, step in enumerate(plan.steps, start=1):
                results.append(carry_out(step, night))
                save_step(engine, run_id, number, results[-1])
                watch(results[-1], number, len(plan.steps))
    except MachineError:
        with suppress(EngineError):  # where the disk is full even this may fail; the next run then marks the run as killed
            fail_run(engine, run_id)
        raise
    return _close(project, engine, run_id, now, tuple(results), notes)


@contextmanager
def _spool(folder: Path) -> Iterator[Path]:
    """Give a folder for temporary files beside the warehouse; what killed runs left is swept, for the lock is ours."""
    for left in folder.glob(".spool-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".spool-", dir=folder) as made:
        yield Path(made)


def _plan(project: Project, engine: Engine, chosen: tuple[str, ...], excluded: tuple[str, ...], full_refresh: bool) -> Plan:
    found = survey(project, engine)
    names = None
    if chosen or excluded:
        names = select(project.models, chosen=chosen, excluded=excluded, past=_past(project, engine))
    return make_plan(project, found, chosen=names, full_refresh=full_refresh)


def _past(project: Project, engine: Engine) -> Past:
    """Return what state: and result: selectors speak of: models whose own text changed, models that failed in the last run."""
    plan = make_plan(project, survey(project, engine))
    modified = {step.name for step in plan.steps if isinstance(step, Build) and step.reason in ("changed", "first time")}
    failed = engine.rows(
        "select name from state.step where kind in ('build', 'check') and outcome in ('failed', 'unsound')"
        " and run_id = (select max_by(run_id, started_at) from state.run)"
    )
    return Past(frozenset(modified), frozenset(name for (name,) in failed))


def _refuse_mistakes_of(project: Project, plan: Plan) -> tuple[Finding, ...]:
    """Bind all SQL and all metrics before the first step, where the plan builds or measures anything; return warnings."""
    if any(isinstance(step, Build | Score) for step in plan.steps):
        return refuse_mistakes(project)
    return ()


def _close(
    project: Project,
    engine: Engine,
    run_id: str,
    now: dt.datetime,
    results: tuple[StepResult, ...],
    notes: tuple[Finding, ...],
) -> RunRecord:
    published = any(step.kind == "publish" and step.outcome == "done" for step in results)
    record = RunRecord(
        run_id=run_id,
        as_of=project.as_of,
        started_at=now,
        ended_at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        outcome=_outcome(results, published),
        steps=results,
        published=project.target.publish if published else None,
        notes=notes,
    )
    end_run(engine, record)
    newest = newest_published(engine)
    write_status(project.target.status, record, data_as_of=newest)
    if amiss := tell(project.target):
        record = replace(record, notes=(*record.notes, *amiss))
        write_status(project.target.status, record, data_as_of=newest)
    return record


def _outcome(results: tuple[StepResult, ...], published: bool) -> RunOutcome:
    if any(step.outcome in ("failed", "unsound", "blocked") for step in results):
        return "unsound"
    if published:
        return "published"
    return "built" if any(step.outcome == "done" for step in results) else "nothing_to_do"
