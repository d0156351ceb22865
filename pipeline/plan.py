"""What a run will do, and why, as data. `kgi plan` prints the same steps that `kgi run` carries out.

An object (a typed export, a model, a suite, the scores) has a fingerprint: a hash of what it says and of the fingerprints of
all it reads. A step is planned where the fingerprint differs from the one that the object was last built from. There is no
second road for resuming: what succeeded has its fingerprint noted, so the plan after a failure holds the rest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline import __version__
from pipeline.engines.duckdb import Engine
from pipeline.expectations import Suite
from pipeline.models import Model
from pipeline.project import GOAL_TABLES, Project
from pipeline.publishing import read_manifest
from pipeline.sources import NewFile, SourceTable, log_fingerprint, new_files
from pipeline.warehouse import fingerprints

CALENDAR_NAME = "kgi.fiscal_calendar"
SCORE_NAME = "scores"
PUBLISH_NAME = "published file"


@dataclass(frozen=True)
class Load:
    """Read one export file into the raw log."""

    table: SourceTable
    name: str
    file: NewFile
    reason: str


@dataclass(frozen=True)
class Type:
    """Derive a typed source table and its rejects from the raw log. `table` is None for the company's calendar."""

    table: SourceTable | None
    name: str
    reason: str


@dataclass(frozen=True)
class Build:
    """Build one model beside its place."""

    model: Model
    reason: str

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name


@dataclass(frozen=True)
class Check:
    """Run one suite of expectations on its table, right after that table."""

    suite: Suite
    name: str
    reason: str


@dataclass(frozen=True)
class Score:
    """Compute metrics and hold them against the goals."""

    reason: str
    name: str = SCORE_NAME


@dataclass(frozen=True)
class Publish:
    """Write the published file and swap it in."""

    reason: str
    name: str = PUBLISH_NAME


Step = Load | Type | Build | Check | Score | Publish


@dataclass(frozen=True)
class Plan:
    """The steps of one run in their order. No step: there is nothing to do."""

    as_of: dt.date
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Survey:
    """What the warehouse holds before a run: what each object was built from, the state of each log, files not loaded yet.

    `is_readable`: a published file stands in its place and opens.
    """

    built: Mapping[str, str]
    logs: Mapping[str, str]
    files: Mapping[str, tuple[NewFile, ...]]
    is_readable: bool


def survey(project: Project, engine: Engine) -> Survey:
    """Look at the warehouse and the inbox; known files are not read."""
    tables = project.source_tables
    return Survey(
        built=fingerprints(engine),
        logs={name: log_fingerprint(engine, table) for name, table in tables.items()},
        files={name: new_files(engine, table, project.target.inbox) for name, table in tables.items()},
        is_readable=project.target.publish.is_file() and read_manifest(project.target.publish) is not None,
    )


def make_plan(project: Project, found: Survey, *, chosen: frozenset[str] | None = None, full_refresh: bool = False) -> Plan:
    """Return the steps that bring the warehouse and the published file to what the project and the inbox say.

    `chosen`: only these models are built and checked, and nothing is scored or published. `full_refresh`: everything derived is
    rebuilt; the raw log and the sealed rows are not touched.
    """
    expected = expect(project, found.logs)
    built = {} if full_refresh else found.built
    reasons = _reasons(project, found, expected, built, full_refresh)
    steps: list[Step] = [
        Load(project.source_tables[name], name, file, "new file") for name, files in found.files.items() for file in files
    ]
    suites = _suites_by_table(project)
    for name, table in (*project.source_tables.items(), (CALENDAR_NAME, None)):
        if reason := reasons.get(name):
            steps.append(Type(table, name, reason))
    for name in project.source_tables:  # after all are typed: a check may look up another export
        steps.extend(_checks(suites, name, reasons))
    for model in project.models:
        if chosen is None or model.name in chosen:
            if reason := reasons.get(model.name):
                steps.append(Build(model, reason))
            steps.extend(_checks(suites, model.name, reasons))
    if chosen is None:
        steps.extend(_closing(project, suites, reasons, found))
    return Plan(project.as_of, tuple(steps))


def _closing(project: Project, suites: Mapping[str, tuple[Suite, ...]], reasons: Mapping[str, str], found: Survey) -> list[Step]:
    steps: list[Step] = []
    if reason := reasons.get(SCORE_NAME):
        steps.append(Score(reason))
    for name in GOAL_TABLES:
        steps.extend(_checks(suites, name, reasons))
    if reason := reasons.get(PUBLISH_NAME):
        steps.append(Publish(reason))
    elif not found.is_readable:
        steps.append(Publish("the published file is not there or cannot be read"))
    return steps


def expect(project: Project, logs: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprint that each object has when it is built from the files and the logs as they are now."""
    company = project.target.company
    prints = {name: _hash(table.fingerprint, logs[name], company.timezone) for name, table in project.source_tables.items()}
    prints[CALENDAR_NAME] = _hash(repr(company), str(project.as_of.year))
    for model in project.models:
        prints[model.name] = _hash(model.fingerprint, *(prints[name] for name in project.reads[model.name]))
    prints[SCORE_NAME] = _hash(
        __version__, str(project.as_of), project.measures, *(prints[name] for name in read_by(project, SCORE_NAME))
    )
    for suite in project.suites:
        prints[check_name(suite)] = _hash(suite.fingerprint, *(prints[name] for name in checked_tables(project, suite)))
    prints[PUBLISH_NAME] = _hash(
        prints[SCORE_NAME],
        *(prints[check_name(suite)] for suite in project.suites),
        *(repr(model.description) for model in project.marts),
        str(project.target.publish),
    )
    return prints


def check_name(suite: Suite) -> str:
    """Return the name under which a suite's success is noted."""
    return f"check {suite.name}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _suites_by_table(project: Project) -> dict[str, tuple[Suite, ...]]:
    found: dict[str, tuple[Suite, ...]] = {}
    for suite in project.suites:
        found[suite.on] = (*found.get(suite.on, ()), suite)
    return found


def _checks(suites: Mapping[str, tuple[Suite, ...]], name: str, reasons: Mapping[str, str]) -> list[Check]:
    return [Check(suite, suite.name, reason) for suite in suites.get(name, ()) if (reason := reasons.get(check_name(suite)))]


def _reasons(
    project: Project, found: Survey, expected: Mapping[str, str], built: Mapping[str, str], full_refresh: bool
) -> dict[str, str]:
    """Say why each object has to be made again; objects that need not are left out."""
    reasons: dict[str, str] = {}

    def judge(name: str, reads: Iterable[str], changed: str) -> None:
        if above := next((each for each in reads if each in reasons), None):
            reasons[name] = f"downstream of {above}"
        elif built.get(name) != expected[name]:
            reasons[name] = "full refresh" if full_refresh else changed if name in built else "first time"

    for name, files in found.files.items():
        if files:
            reasons[name] = "new files"
        else:
            judge(name, (), "log or declaration changed")
    judge(CALENDAR_NAME, (), "calendar changed")
    for model in project.models:
        judge(model.name, project.reads[model.name], "changed")
    judge(SCORE_NAME, read_by(project, SCORE_NAME), "new date or changed metrics")
    for suite in project.suites:
        judge(check_name(suite), checked_tables(project, suite), "not passed yet")
    judge(PUBLISH_NAME, tuple(reasons), "something to publish")
    return reasons


def read_by(project: Project, name: str) -> tuple[str, ...]:
    """Return the objects that an object is made from."""
    if name == SCORE_NAME:
        return (CALENDAR_NAME, *(model.name for model in project.models))
    if name == PUBLISH_NAME:
        return (SCORE_NAME, *(check_name(suite) for suite in project.suites))
    if name in project.reads:
        return project.reads[name]
    return next((checked_tables(project, suite) for suite in project.suites if check_name(suite) == name), ())


def checked_tables(project: Project, suite: Suite) -> tuple[str, ...]:
    """Return the objects that a suite looks at: its own table first, then those its queries look up."""
    return (scored_as(suite.on), *(scored_as(name) for name in project.check_reads[suite.name]))


def scored_as(on: str) -> str:
    """Return the object that a suite's table belongs to: goal tables are written by the scoring."""
    return SCORE_NAME if on in GOAL_TABLES else on
