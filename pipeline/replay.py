"""A night rebuilt apart, today's models over rows of then and of now -> metrics as they would have been measured that night.

The rebuild lies in a database of its own that is gone afterwards; the warehouse is only read. Only the models are built that
metrics read and that a changed export leads to; all else is looked at where it stands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.engines.duckdb import Engine, attach
from pipeline.goals import Measured, Want, facts_of, measure
from pipeline.metrics import Question, SemanticManifest, compile_question
from pipeline.models import Model, discard, downstream, upstream
from pipeline.nights import PastNight, models_behind
from pipeline.project import CALENDAR, Project, end_of, models_as_of
from pipeline.shapes import Relation, quote
from pipeline.sources import Difference, put_mixture, write_difference
from pipeline.sql import read_sql

_NAME = "replay"


@dataclass
class Replay:
    """The rebuild of one past night. `seconds` is how long the next rebuild is expected to take."""

    engine: Engine
    project: Project
    past: PastNight
    models: tuple[Model, ...]
    differences: tuple[Difference, ...]
    deadline: float
    seconds: float
    made: list[Relation] = field(default_factory=list)

    @property
    def has_time(self) -> bool:
        """Whether one more rebuild can be expected to end in time."""
        return time.monotonic() + self.seconds <= self.deadline

    def build(self, applied: Sequence[str]) -> None:
        """Build the models over rows of then, with the changes of these causes applied. Raises EngineError, KgiError."""
        started = time.monotonic()
        self.engine.execute(f"use {_NAME}.main")
        try:
            while self.made:
                discard(self.engine, self.made.pop())
            changed = {each.table.full_name for each in self.differences if each.causes}
            self._put_sources(applied, changed)
            affected = frozenset().union(*(downstream(name, self.project.reads) for name in changed))
            for model in self.models:
                self._put(model.relation, None if model.name in affected else "wh", model)
        finally:
            self.engine.execute("use wh.main")
        self.seconds = time.monotonic() - started

    def measure(self, wants: Iterable[Want], manifest: SemanticManifest | None = None, *, rebuilt: bool = True) -> Measured:
        """Measure as of the past night: in what was built last, or (`rebuilt` False) in the warehouse as it stands."""
        asked = manifest or self.project.semantics
        self.engine.execute(f"use {_NAME if rebuilt else 'wh'}.main")
        try:
            return measure(
                wants, facts_of(asked), lambda question: self.engine.table(compile_question(asked, question).sql), self.past.as_of
            )
        finally:
            self.engine.execute("use wh.main")

    def _put_sources(self, applied: Sequence[str], changed: set[str]) -> None:
        for name, table in self.project.source_tables.items():
            if name in changed:
                self._make_way(table.relation)
                put_mixture(self.engine, table, applied, of="wh")
            else:
                self._put(table.relation, "wh")
        self._put(CALENDAR, "wh")

    def _put(self, relation: Relation, of: str | None, model: Model | None = None) -> None:
        """Put a relation into the rebuild: as it stands in another database, else built from its model."""
        self._make_way(relation)
        if of is not None or model is None:
            self.engine.execute(f"create view {relation} as from {of}.{relation}")
        else:
            kind = "view" if model.materialized == "view" else "table"
            self.engine.execute(f"create {kind} {relation} as {model.sql}")

    def _make_way(self, relation: Relation) -> None:
        """Make the schema of a relation that is about to be written, and note that it is to be swept."""
        self.engine.execute(f"create schema if not exists {quote(relation.schema)}")
        self.made.append(relation)


@contextmanager
def replaying(engine: Engine, project: Project, past: PastNight, spool: Path) -> Iterator[Replay]:
    """Find out what differs since a past night and give the place where it can be rebuilt. The caller holds the warehouse."""
    path = spool / f"{_NAME}.duckdb"
    deadline = time.monotonic() + project.target.restatement_seconds
    attach(engine, path, _NAME)
    try:
        until = past.as_of, end_of(past.as_of, project.target.company.timezone)
        differences = tuple(
            write_difference(engine, table, past.loads, until=until, beside=_NAME) for table in project.source_tables.values()
        )
        behind = models_behind(project)
        models = tuple(model for model in models_as_of(project, past.as_of) if model.name in behind)
        yield Replay(engine, project, past, models, differences, deadline, _seconds_of_builds(engine, behind))
    finally:
        engine.execute("use wh.main")
        engine.execute(f"detach {_NAME}")
        for left in spool.glob(f"{_NAME}.duckdb*"):
            left.unlink()


def _seconds_of_builds(engine: Engine, names: frozenset[str]) -> float:
    """Return how long the models took when they were last built."""
    rows = engine.rows(
        "select name, arg_max(seconds, run_id) from state.step where kind = 'build' and outcome = 'done' group by name"
    )
    return float(sum(seconds for name, seconds in rows if name in names))


def exports_behind(project: Project, metric: str) -> frozenset[str]:
    """Return the exports that lead to a metric, by full name; all of them where that cannot be read from its SQL."""
    read = read_sql(compile_question(project.semantics, Question((metric,))).sql)
    if read is None:
        return frozenset(project.source_tables)
    names = [model.name for model in project.models if model.relation in read.tables]
    above = frozenset(names).union(*(upstream(name, project.reads) for name in names))
    return above & frozenset(project.source_tables)


def loads_of(differences: Iterable[Difference], exports: frozenset[str], causes: Mapping[str, float]) -> tuple[int, ...]:
    """Return the loads that brought changes of these causes to these exports."""
    return tuple(
        sorted(
            {load for each in differences if each.table.full_name in exports for cause, load in each.loads if causes.get(cause)}
        )
    )
