"""How each kind of step is carried out. A step never raises for what a person can mend: it returns a StepResult that says so."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError, data_safe
from pipeline.expectations import CheckResult, findings_of, run_suite
from pipeline.findings import Finding, KgiError, MachineError, Severity, finding
from pipeline.models import Built, build_beside, discard, downstream, swap_in
from pipeline.plan import (
    CALENDAR_NAME,
    SCORE_NAME,
    Build,
    Check,
    Load,
    Plan,
    Publish,
    Score,
    Step,
    Type,
    check_name,
    checked_tables,
    expect,
    read_by,
    scored_as,
)
from pipeline.project import CALENDAR, GOAL_TABLES, Project, check_filler
from pipeline.records import Outcome, StepResult
from pipeline.release import release
from pipeline.restating import restate
from pipeline.scoring import SCORED, score_night, write_calendar_table
from pipeline.shapes import Relation
from pipeline.sources import forget_typing, load_file, log_fingerprint, type_table
from pipeline.warehouse import fingerprints, forget, remember


@dataclass
class Night:
    """What one run carries from step to step. The engine is the warehouse, held by this run alone.

    `blocked` holds the objects that nothing may be built on tonight; `pending` models that stand beside their place until their
    checks have passed; `prints` the fingerprints expected since the last load.
    """

    project: Project
    engine: Engine
    run_id: str
    now: dt.datetime
    spool: Path
    known_until: dt.datetime | None = None
    blocked: set[str] = field(default_factory=set)
    pending: dict[str, Built] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)

    def expected(self, name: str) -> str:
        """Return the fingerprint an object has when it is built from the log and the files as they are now."""
        if not self.prints:
            tables = self.project.source_tables
            logs = {each: log_fingerprint(self.engine, table, self.known_until) for each, table in tables.items()}
            self.prints.update(expect(self.project, logs))
        return self.prints[name]

    def is_current(self, name: str) -> bool:
        """Tell whether an object was last built from just this."""
        return fingerprints(self.engine).get(name) == self.expected(name)

    def note(self, name: str) -> None:
        """Note that an object has been built from what the log and the files say now.

        Only where all it reads is itself so: a model that was selected alone stands on older tables, and is built again.
        """
        built = fingerprints(self.engine)
        if all(built.get(read) == self.expected(read) for read in read_by(self.project, name)):
            remember(self.engine, name, self.expected(name), run_id=self.run_id, now=self.now)
        else:
            forget(self.engine, name)

    def block(self, name: str) -> None:
        """Let nothing be built on an object tonight, and have it made again tomorrow."""
        self.blocked |= {name, *downstream(name, self.project.reads), SCORE_NAME}
        forget(self.engine, name)


def forget_what_is_derived(plan: Plan, engine: Engine) -> None:
    """Let every step of a plan be done anew, whatever was noted of it; the raw log and the sealed rows are not derived."""
    for step in plan.steps:
        if isinstance(step, Type) and step.table is not None:
            forget_typing(engine, step.table)
        forget(engine, check_name(step.suite) if isinstance(step, Check) else step.name)


def carry_out(step: Step, night: Night) -> StepResult:
    """Carry out one step and say what became of it. A step on something blocked is not carried out."""
    started = time.perf_counter()
    try:
        outcome, rows, findings = _dispatch(step, night)
    except MachineError:
        raise  # not the fault of this step: the run ends here with exit code 4
    except EngineError as error:
        night.block(step.name)
        outcome, rows, findings = "failed", None, (_said(step, error),)
    except KgiError as error:
        night.block(step.name)
        outcome, rows, findings = (
            "failed",
            None,
            tuple(replace(each, severity=_at_least_unsound(each)) for each in error.findings),
        )
    kind = type(step).__name__.lower()
    return StepResult(kind, step.name, step.reason, outcome, rows, time.perf_counter() - started, findings)


def _said(step: Step, error: EngineError) -> Finding:
    kind, problem = type(step).__name__.lower(), data_safe(error)
    return finding("step_failed", severity=Severity.UNSOUND, kind=kind, name=step.name, problem=problem)


def _at_least_unsound(each: Finding) -> Severity:
    return Severity.UNSOUND if each.severity in (Severity.WARNING, Severity.INFO, Severity.ALARM) else each.severity


_Done = tuple[Outcome, int | None, tuple[Finding, ...]]


def _dispatch(step: Step, night: Night) -> _Done:
    match step:
        case Load():
            return _load(step, night)
        case Check():
            return _check(step, night)
        case Publish():
            return _publish(night)
        case _ if step.name in night.blocked:
            return "blocked", None, ()
        case Type():
            return _type(step, night)
        case Build():
            return _build(step, night)
        case Score():
            return _score(night)


def _load(step: Load, night: Night) -> _Done:
    company = night.project.target.company
    night.prints.clear()  # a load changes what everything behind it is expected to be
    result = load_file(night.engine, step.table, step.file, now=night.now, company=company, spool=night.spool)
    if result.status == "refused":
        night.block(step.name)
        return "unsound", 0, result.findings
    return ("done" if result.status == "loaded" else "unchanged"), result.rows_stored, result.findings


def _type(step: Type, night: Night) -> _Done:
    if night.is_current(step.name):
        return "unchanged", None, ()
    if step.table is None:
        rows = write_calendar_table(night.engine, CALENDAR, night.project.target.company, night.project.as_of)
        night.note(CALENDAR_NAME)
        return "done", rows, ()
    company = night.project.target.company
    result = type_table(night.engine, step.table, company=company, known_until=night.known_until)
    night.note(step.name)
    return "done", result.rows, result.findings


def _build(step: Build, night: Night) -> _Done:
    if night.is_current(step.name):
        return "unchanged", None, ()
    built = build_beside(night.engine, step.model)
    if any(suite.on == step.name for suite in night.project.suites):
        night.pending[step.name] = built
    else:
        _put_in_place(built, night)
    return "done", built.rows, ()


def _put_in_place(built: Built, night: Night) -> None:
    swap_in(night.engine, built)
    night.note(built.model.name)


def _check(step: Check, night: Night) -> _Done:
    on = scored_as(step.suite.on)
    built = night.pending.get(step.suite.on)
    if night.blocked.intersection(checked_tables(night.project, step.suite)):
        _withdraw(on, built, night)
        return "blocked", None, ()
    if built is None and night.is_current(check_name(step.suite)):
        return "unchanged", None, ()
    results = run_suite(
        night.engine, step.suite, _checked_relation(step, night), run_id=night.run_id, render=_renderer(night, step)
    )
    save_checks(night.engine, night.run_id, results)
    findings = findings_of(results)
    if any(each.severity in (Severity.UNSOUND, Severity.ERROR) for each in findings):
        _withdraw(on, built, night)
        return "unsound", None, findings
    if built is not None and step.suite is _last_suite(night.project, step.suite.on):
        _put_in_place(night.pending.pop(step.suite.on), night)
    night.note(check_name(step.suite))
    return "done", None, findings


def _last_suite(project: Project, on: str) -> object:
    return [suite for suite in project.suites if suite.on == on][-1]


def _withdraw(on: str, built: Built | None, night: Night) -> None:
    """Take back what did not pass: the table that readers of the warehouse see stays the old one."""
    if built is not None:
        discard(night.engine, built.relation)
        night.pending.pop(built.model.name, None)
    night.block(on)


def _checked_relation(step: Check, night: Night) -> Relation:
    on = step.suite.on
    if on in GOAL_TABLES:
        return SCORED[on]
    if on in night.pending:
        return night.pending[on].relation
    if on in night.project.model:
        return night.project.model[on].relation
    return night.project.source_tables[on].relation


def _renderer(night: Night, step: Check) -> Callable[[str], str]:
    project = night.project
    fill = check_filler(project.folder, project.target, project.as_of, project.models, project.sources)
    return lambda text: fill(text, step.suite.place).sql


def save_checks(engine: Engine, run_id: str, results: Iterable[CheckResult]) -> None:
    """Keep the results of a suite; results of the same suite in the same run are replaced."""
    listed = tuple(results)
    with engine.transaction():
        for suite in {each.suite for each in listed}:
            engine.execute("delete from state.check_result where run_id = ? and suite = ?", [run_id, suite])
        for each in listed:
            engine.execute(
                "insert into state.check_result values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    run_id,
                    each.suite,
                    each.on,
                    each.position,
                    each.expectation,
                    each.column,
                    each.severity,
                    each.status,
                    each.element_count,
                    each.unexpected_count,
                    each.unexpected_percent,
                    each.observed,
                    each.description_ja,
                    each.description_en,
                    each.detail,
                    each.place.path,
                    each.place.line,
                ],
            )


def _score(night: Night) -> _Done:
    rows, findings = score_night(night.engine, night.project, run_id=night.run_id)
    if any(each.severity in (Severity.UNSOUND, Severity.ERROR) for each in findings):
        night.block(SCORE_NAME)
        return "unsound", rows, findings
    findings += restate(night.engine, night.project, run_id=night.run_id, spool=night.spool)
    night.note(SCORE_NAME)
    return "done", rows, findings


def _publish(night: Night) -> _Done:
    if night.blocked:
        return "blocked", None, ()
    release(night.engine, night.project, run_id=night.run_id, now=night.now, fingerprint=night.expected("published file"))
    night.note("published file")
    return "done", None, ()
