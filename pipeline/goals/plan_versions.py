"""Several versions of a goal's plan -> the one that holds on a date; versions that do not follow each other are mistakes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

from pipeline.findings import Finding, finding
from pipeline.goals.goal import Goal


def in_force(goals: Iterable[Goal], day: dt.date) -> tuple[Goal, ...]:
    """Return each goal once, in the version that holds on a date; its first version on the days before that one begins."""
    return tuple([each for each in versions if each.holds_from <= day or each is versions[0]][-1] for versions in _by_name(goals))


def version_findings(goals: Iterable[Goal]) -> list[Finding]:
    """Find goals that stand twice, versions that do not begin one after the other, and versions of different goals."""
    faults = []
    for versions in _by_name(goals):
        for earlier, later in pairwise(versions):
            if later.plan_version == earlier.plan_version:
                faults.append(finding("goal_twice", later.place, name=later.name, other=str(earlier.place)))
            elif later.holds_from <= earlier.holds_from:
                at, numbers = str(earlier.place), (later.plan_version, earlier.plan_version)
                faults.append(
                    finding("goal_version_order", later.place, name=later.name, at=at, version=numbers[0], other=numbers[1])
                )
            if _same(later) != _same(earlier):
                faults.append(finding("goal_version_differs", later.place, name=later.name, other=str(earlier.place)))
    return faults


def _same(goal: Goal) -> tuple[object, ...]:
    return goal.metric, goal.unit, goal.direction, goal.period.start, goal.period.end


def _by_name(goals: Iterable[Goal]) -> list[list[Goal]]:
    """Return the versions of each goal, the earliest first, goals in the order in which they are written."""
    found: dict[str, list[Goal]] = {}
    for goal in goals:
        found.setdefault(goal.name, []).append(goal)
    return [sorted(versions, key=lambda each: each.plan_version) for versions in found.values()]
