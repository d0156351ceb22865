"""The numbers of the night before, held against tonight's -> which past numbers became others, by how much, and why.

Only numbers of periods that were over are compared. What differs is told apart by rebuilding the night before, step by step
closer to now (docs/decisions/0012); what the steps do not explain is definition and logic. The causes sum to the change.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError, data_safe
from pipeline.findings import Finding, KgiError, Severity, finding
from pipeline.goals import (
    RESTATEMENT,
    TOTAL,
    Measured,
    Row,
    Scorecard,
    Want,
    Window,
    check_scorecard,
    publish_requests,
)
from pipeline.metrics import SemanticManifest, definition_hash, definition_of
from pipeline.nights import PastNight, logic_of, night_before
from pipeline.numbers import LATER, PARTS, Number, changed_numbers
from pipeline.project import Project
from pipeline.replay import Replay, exports_behind, loads_of, replaying
from pipeline.scoring import SCORED, SEALED, write_scored
from pipeline.shapes import literal
from pipeline.sources import CAUSES

Value = float | None


@dataclass
class Causes:
    """What each cause did to a number; `split` is "split", or why something could not be told apart."""

    effects: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    split: str = "split"
    loads: tuple[int, ...] = ()


def restate(engine: Engine, project: Project, *, run_id: str, spool: Path) -> tuple[Finding, ...]:
    """Write the scored rows of `restatement` for tonight, after the score. Returns how many past numbers changed, if any did."""
    past = night_before(engine, project.as_of)
    numbers = _changed_since(engine, past.as_of) if past is not None else ()
    if past is None or not numbers:
        write_scored(engine, RESTATEMENT, ())
        return ()
    causes, said = _causes(engine, project, past, numbers, spool)
    rows = tuple(_row(number, causes[number], project.as_of, past.as_of, run_id) for number in numbers)
    write_scored(engine, RESTATEMENT, rows)
    found = Counter(part for each in causes.values() for part, effect in each.effects.items() if effect)
    told = finding(
        "numbers_restated",
        severity=Severity.INFO,
        before=str(past.as_of),
        numbers=len(numbers),
        causes=", ".join(f"{part} {found[part]}" for part in PARTS if found[part]) or "-",
    )
    return (told, *said, *check_scorecard(Scorecard(others={RESTATEMENT.name: rows})))


def _changed_since(engine: Engine, before: dt.date) -> tuple[Number, ...]:
    then = f"from {SEALED['kpi']} where as_of_date = date {literal(before.isoformat())}"
    return changed_numbers(engine, then, f"from {SCORED['kpi']}", before)


def _causes(
    engine: Engine, project: Project, past: PastNight, numbers: Sequence[Number], spool: Path
) -> tuple[Mapping[Number, Causes], tuple[Finding, ...]]:
    """Tell the causes of each change apart, as far as log, time and models allow; and what kept it from being done."""
    causes = {number: Causes(split="split" if number.change is not None else "no_value") for number in numbers}
    changed = tuple(number for number in numbers if number.change is not None)
    if not past.is_known:
        _leave(causes, changed, "loads_unknown")
        return causes, ()
    try:
        with replaying(engine, project, past, spool) as replay:
            _Split(project, past, replay, causes, changed).run()
    except (EngineError, KgiError) as error:  # also where memory, disk or time were not enough: the night stands without it
        _leave(causes, changed, "replay_failed")
        problem = data_safe(error) if isinstance(error, EngineError) else error.findings[0].text()
        return causes, (finding("restatement_unsplit", severity=Severity.WARNING, before=str(past.as_of), problem=problem),)
    return causes, ()


def _leave(causes: dict[Number, Causes], numbers: Iterable[Number], why: str) -> None:
    """Leave whole changes without a cause."""
    for number in numbers:
        assert number.change is not None, "a number without a change has nothing to split"
        causes[number] = Causes({**dict.fromkeys(PARTS, 0.0), "unsplit": number.change}, why)


@dataclass
class _Split:
    """The steps from the night before to tonight, and what each of them does to the numbers."""

    project: Project
    past: PastNight
    replay: Replay
    causes: dict[Number, Causes]
    numbers: tuple[Number, ...]

    def run(self) -> None:
        """Write effects, `split` and loads of every number."""
        is_other_logic = self.past.logic != logic_of(self.project)
        redefined = self._redefined()
        present = [cause for cause in CAUSES if any(cause in each.causes for each in self.replay.differences)]
        values: dict[Number, Value] = {number: number.before for number in self.numbers}
        if is_other_logic or redefined:
            if not self._build(()):
                return _leave(self.causes, self.numbers, "over_budget")
            values = self._values()
            self._rename(values, redefined, is_other_logic=is_other_logic)
        done = True
        for at, cause in enumerate(each for each in present if each != LATER):
            is_now = present[at + 1 :] == []
            if not is_now and not self._build(present[: at + 1]):
                done = False
                break
            reached = self._values(rebuilt=not is_now)
            self._add(cause, values, reached)
            values = reached
        self._add(LATER if done else "unsplit", values, {number: number.after for number in self.numbers})
        self._close(done)
        return None

    def _build(self, applied: Sequence[str]) -> bool:
        """Rebuild with these causes applied, where there is time for it."""
        if not self.replay.has_time:
            return False
        self.replay.build(applied)
        return True

    def _redefined(self) -> frozenset[str]:
        """Return the metrics that say something else now."""
        old, new = self.past.manifest, self.project.semantics
        names = {number.metric for number in self.numbers}
        if old is None or old == new:
            return frozenset()
        return frozenset(name for name in names if _definition(old, name) != _definition(new, name))

    def _rename(self, values: dict[Number, Value], redefined: frozenset[str], *, is_other_logic: bool) -> None:
        """Tell definition and logic apart: the rebuilt night without any change of data, less what was told that night."""
        told = {number: number.before for number in self.numbers}
        if not is_other_logic:
            changed = {number: value if number.metric in redefined else number.before for number, value in values.items()}
            values.update(changed)
            return self._add("definition", told, values)
        as_defined = dict(values)
        both = tuple(number for number in self.numbers if number.metric in redefined)
        if both and self.past.manifest is not None:
            as_defined.update(self._values(self.past.manifest, both))
        self._add("logic", told, as_defined)
        return self._add("definition", as_defined, values)

    def _add(self, part: str, start: Mapping[Number, Value], end: Mapping[Number, Value]) -> None:
        """Add what became of the numbers in one step to a cause."""
        for number in self.numbers:
            old, new = start[number], end[number]
            if old is None or new is None:
                self.causes[number].split = "no_value_between"
            elif not math.isclose(old, new, rel_tol=1e-12):
                self.causes[number].effects[part] += new - old

    def _close(self, done: bool) -> None:
        behind = {name: exports_behind(self.project, name) for name in {number.metric for number in self.numbers}}
        for number in self.numbers:
            each = self.causes[number]
            if each.split == "no_value_between":
                _leave(self.causes, (number,), each.split)
                continue
            if not done and each.effects["unsplit"]:
                each.split = "over_budget"
            each.loads = loads_of(self.replay.differences, behind[number.metric], each.effects)

    def _values(
        self, manifest: SemanticManifest | None = None, numbers: tuple[Number, ...] | None = None, *, rebuilt: bool = True
    ) -> dict[Number, Value]:
        """Measure numbers as of the night before; None where there is no value."""
        asked = self.numbers if numbers is None else numbers
        windows: dict[tuple[str, str | None], dict[Window, None]] = {}
        for number in asked:
            windows.setdefault((number.metric, self._group_by(number)), {})[number.window] = None
        wants = [Want(metric, by, tuple(each)) for (metric, by), each in windows.items()]
        measured = self.replay.measure(wants, manifest, rebuilt=rebuilt)
        return {number: _value(number, self._group_by(number), measured) for number in asked}

    def _group_by(self, number: Number) -> str | None:
        if number.dimension == TOTAL:
            return None
        return self._cuts.get((number.metric, number.dimension), number.dimension)

    @cached_property
    def _cuts(self) -> dict[tuple[str, str], str]:
        """What the metric layer calls the dimensions that `kpi` names."""
        requests = publish_requests(self.project.semantics)
        return {(each.metric, cut.name): cut.group_by for each in requests for cut in each.dimensions}


def _value(number: Number, group_by: str | None, measured: Measured) -> Value:
    members = measured.readings.get((number.metric, group_by, number.window))
    if members is None:
        return None
    reading = members.get(number.member)
    if reading is None:
        return 0.0 if number.is_quantity else None
    return reading.value


def _definition(manifest: SemanticManifest, name: str) -> str | None:
    metric = manifest.metric_by_name.get(name)
    return definition_hash(definition_of(manifest, metric)) if metric is not None else None


def _row(number: Number, causes: Causes, as_of: dt.date, before: dt.date, run_id: str) -> Row:
    loads = ",".join(str(load) for load in causes.loads) or None
    effects: Mapping[str, Value] = causes.effects if number.change is not None else dict.fromkeys(PARTS)
    why = dict.fromkeys((*PARTS, "change", "value_before", "value_after"), "no_value")
    return RESTATEMENT.row(
        {**why, "loads": "not_told"},
        as_of_date=as_of,
        as_of_before=before,
        metric=number.metric,
        grain=number.window.grain,
        period_start=number.window.start,
        period_end=number.window.end,
        dimension=number.dimension,
        member=number.member,
        label_ja=number.labels[0],
        label_en=number.labels[1],
        unit=number.unit,
        value_before=number.before,
        value_after=number.after,
        change=number.change,
        **effects,
        split=causes.split,
        loads=loads,
        run_id=run_id,
    )
