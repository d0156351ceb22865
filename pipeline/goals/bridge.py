"""A changed definition -> what it does to the numbers, month by month, and to a goal's window. Never a part of performance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.goals.agreement import Agreement, Version
from pipeline.goals.calendar import add_months, month_end, months
from pipeline.goals.goal import Goal
from pipeline.goals.measuring import Reading, Want, Window, measure
from pipeline.goals.scene import Scene
from pipeline.goals.tables import DEFINITION_BRIDGE, Row
from pipeline.goals.tree import nodes
from pipeline.metrics import SemanticManifest

OVERLAP_MONTHS = 3
"""How many whole months before a change are counted by both versions, so that the step is seen before it is made."""


@dataclass(frozen=True)
class DefinitionChange:
    """A metric over a window, each event by the version of its own date, beside what it would have been.

    `as_planned`: had nothing been changed since the plan was made; `before`: had the last change been left out, None without one.
    """

    actual: Reading
    as_planned: Reading
    before: Reading | None
    version: int
    planned_with: int

    @property
    def effect(self) -> float | None:
        """The part of actual - target that the definition made and nobody's work did; 0 where the plan knew the version."""
        return _difference(self.actual, self.as_planned)

    @property
    def step(self) -> float | None:
        """What the last change did to the number, which compares it with earlier nights; 0 where nothing was changed yet."""
        return 0.0 if self.before is None else _difference(self.actual, self.before)


def definition_change(scene: Scene, goal: Goal, window: Window, metric: str | None = None) -> DefinitionChange | None:
    """Say what changed definitions did to a goal's metric (or another one) in a window; None where nothing is agreed about it.

    performance = actual - effect - target. A plan made with the new version has no effect in its gap, and the step stands
    beside it: with 80 by the old definition, 68 by the new and 75 planned with the new, performance is -7 and the step -12.
    Source: docs/agreements.md#bridge.
    """
    name = metric or goal.metric
    agreement = scene.definitions.governing(name)
    if agreement is None:
        return None
    end = min(window.end, scene.as_of)
    last, planned = agreement.in_force(end), agreement.in_force(goal.holds_from)
    earlier = [each for each in agreement.versions if each.version < last.version]
    actual = _reading(scene, scene.definitions.semantics, name, window)
    return DefinitionChange(
        actual=actual,
        as_planned=_reading(scene, scene.definitions.until(agreement.name, planned.version), name, window),
        before=_reading(scene, scene.definitions.until(agreement.name, earlier[-1].version), name, window) if earlier else None,
        version=last.version,
        planned_with=planned.version,
    )


def bridge_rows(scene: Scene) -> Iterator[Row]:
    """Count every governed metric of the goals by both versions of each change: months since, and the overlap before."""
    for agreement in scene.definitions.agreements:
        for old, new in pairwise(agreement.versions):
            windows = _windows(new, scene.as_of)
            for metric in _metrics(scene, agreement) if windows else ():
                values = [_values(scene, agreement, each, metric, windows) for each in (old, new)]
                for window in windows:
                    yield _row(scene, agreement, metric, (old, new), window, (values[0][window], values[1][window]))


def _metrics(scene: Scene, agreement: Agreement) -> tuple[str, ...]:
    """Return the metrics that an agreement governs, and those of the goals' trees that are made of them."""
    in_trees = [name for goal in scene.goals for name in nodes(goal.tree, goal.metric)]
    known = (name for name in (*agreement.metric_names, *in_trees) if name in scene.facts)
    return tuple(dict.fromkeys(name for name in known if scene.definitions.governing(name) is agreement))


def _windows(new: Version, as_of: dt.date) -> tuple[Window, ...]:
    first = add_months(new.effective_from.replace(day=1), -OVERLAP_MONTHS)
    return tuple(Window("month", day, month_end(day)) for day in months(first, as_of)) if first <= as_of else ()


def _values(
    scene: Scene, agreement: Agreement, version: Version, metric: str, windows: tuple[Window, ...]
) -> dict[Window, Reading]:
    ask = scene.ask_of(scene.definitions.under(agreement.name, version.version))
    measured = measure([Want(metric, None, windows)], scene.facts, ask, scene.as_of)
    return {window: measured.total(metric, window) for window in windows}


def _reading(scene: Scene, manifest: SemanticManifest, metric: str, window: Window) -> Reading:
    return measure([Want(metric, None, (window,))], scene.facts, scene.ask_of(manifest), scene.as_of).total(metric, window)


def _difference(later: Reading, earlier: Reading) -> float | None:
    return None if later.value is None or earlier.value is None else later.value - earlier.value


def _row(
    scene: Scene, agreement: Agreement, metric: str, pair: tuple[Version, Version], window: Window, read: tuple[Reading, Reading]
) -> Row:
    why_old, why_new = read[0].reason, read[1].reason
    return DEFINITION_BRIDGE.row(
        {"value_old": why_old, "value_new": why_new, "effect": why_old or why_new},
        as_of_date=scene.as_of,
        agreement=agreement.name,
        metric=metric,
        period_start=window.start,
        period_end=window.end,
        version_old=pair[0].version,
        version_new=pair[1].version,
        value_old=read[0].value,
        value_new=read[1].value,
        effect=_difference(read[1], read[0]),
        is_in_force=window.end >= pair[1].effective_from,
        run_id=scene.run_id,
    )
