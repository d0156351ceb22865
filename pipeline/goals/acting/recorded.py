"""The marts of what people record -> decisions and issues, as they were known at the end of the as-of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.goals.plan import Plan
from pipeline.goals.scene import Scene
from pipeline.goals.tree import nodes

__all__ = ["DECISIONS", "ISSUES", "Decided", "Issue", "concerns", "decisions", "is_recorded", "issues"]

DECISIONS = "fct_decisions"
ISSUES = "fct_issues"


@dataclass(frozen=True)
class Decided:
    """What was decided on an action of a goal; `cycle` is week or month, what was looked back on."""

    key: str
    kgi: str
    action: str | None
    decision: str | None
    owner: str | None
    cycle: str | None
    decided_on: dt.date
    due: dt.date | None
    done_on: dt.date | None


@dataclass(frozen=True)
class Issue:
    """What a department has raised; `metric` is the KGI or metric that it is about."""

    key: str
    raised_by: str | None
    metric: str | None
    owner: str | None
    opened_on: dt.date
    closed_on: dt.date | None


def is_recorded(scene: Scene, model: str) -> bool:
    """Tell whether the project records such things at all: that nobody wrote anything down is not that nothing was done."""
    return scene.table(model) is not None


def decisions(scene: Scene) -> tuple[Decided, ...]:
    """Return the decisions taken up to the as-of date, the earliest first; none where the project records none."""
    found = [
        Decided(
            _text(row, "decision_id") or "",
            _text(row, "kgi_id") or "",
            _text(row, "action"),
            _text(row, "decision"),
            _text(row, "owner"),
            _text(row, "cycle"),
            decided,
            _date(row, "due_date"),
            _until(_date(row, "done_date"), scene.as_of),
        )
        for row in _rows(scene, DECISIONS)
        if (decided := _date(row, "decided_date")) is not None and decided <= scene.as_of
    ]
    return tuple(sorted(found, key=lambda each: (each.decided_on, each.key)))


def issues(scene: Scene) -> tuple[Issue, ...]:
    """Return the issues raised up to the as-of date, the oldest first; none where the project records none."""
    found = [
        Issue(
            _text(row, "issue_id") or "",
            _text(row, "raised_by"),
            _text(row, "metric"),
            _text(row, "owner"),
            opened,
            _until(_date(row, "closed_date"), scene.as_of),
        )
        for row in _rows(scene, ISSUES)
        if (opened := _date(row, "opened_date")) is not None and opened <= scene.as_of
    ]
    return tuple(sorted(found, key=lambda each: (each.opened_on, each.key)))


def concerns(issue: Issue, plan: Plan) -> bool:
    """Tell whether an issue is about a goal: its name, its metric or a node of its tree."""
    return issue.metric in {plan.goal.name, *nodes(plan.goal.tree, plan.goal.metric)}


def _rows(scene: Scene, model: str) -> Iterator[Mapping[str, object]]:
    table = scene.table(model)
    if table is not None:
        yield from (dict(zip(table.names, row, strict=True)) for row in table.rows)


def _until(day: dt.date | None, as_of: dt.date) -> dt.date | None:
    return day if day is not None and day <= as_of else None


def _text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    return None if value is None else str(value)


def _date(row: Mapping[str, object], name: str) -> dt.date | None:
    value = row.get(name)
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None
