"""What departments agreed on and whether it still holds: rows of agreement, plan_version, definition_bridge, count_agreement."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.agreement import Agreement, Version
from pipeline.goals.bridge import bridge_rows
from pipeline.goals.count_agreement import count_rows
from pipeline.goals.goal import Goal
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import AGREEMENT, COUNT_AGREEMENT, DEFINITION_BRIDGE, KGI, PLAN_VERSION, Row

SAME = 1e-9
"""Targets that differ by less, relatively, are the same."""


def agreed(scene: Scene) -> Part:
    """Say what is agreed on, what is missing (E150, W241), stale (W240) or dated back (E152), and what changes did to numbers.

    What was published stays as it was: a change of the past is a row with its state and a warning, never a stopped night.
    """
    past = _Past(scene)
    return Part(
        {
            AGREEMENT.name: tuple(_agreement_rows(scene, past)),
            PLAN_VERSION.name: tuple(_plan_rows(scene, past)),
            DEFINITION_BRIDGE.name: tuple(bridge_rows(scene)),
            COUNT_AGREEMENT.name: tuple(count_rows(scene)),
        },
        tuple(_findings(scene, past)),
    )


@dataclass(frozen=True)
class _Published:
    """The first night that was published with a version, and its target; `again`: others had been published before."""

    day: dt.date
    target: float | None
    again: bool

    def is_dated_back(self, effective_from: dt.date) -> bool:
        """Tell whether nights that a version claims for itself were published without it."""
        return self.again and effective_from < self.day


class _Past:
    """Which versions the sealed nights know."""

    def __init__(self, scene: Scene) -> None:
        self.as_of = scene.as_of
        self.definitions = _first(scene, AGREEMENT.name, "agreement", "version")
        self.plans = _first(scene, KGI.name, "kgi_id", "plan_version")
        self.last_night = str(max((_day(row["as_of_date"]) for row in scene.memory.last(KGI.name)), default=scene.as_of))

    def definition(self, name: str, version: int) -> _Published:
        """Return when a version of a definition was first published; tonight where it never was."""
        return self._published(self.definitions, name, version)

    def plan(self, name: str, version: int) -> _Published:
        """Return when a version of a plan was first published; tonight where it never was."""
        return self._published(self.plans, name, version)

    def _published(self, known: dict[tuple[str, int], Row], name: str, version: int) -> _Published:
        row = known.get((name, version))
        day = _day(row["as_of_date"]) if row else self.as_of
        again = any(which[0] == name and _day(each["as_of_date"]) < day for which, each in known.items())
        target = row.get("target") if row else None
        return _Published(day, float(str(target)) if target is not None else None, again)


def _first(scene: Scene, table: str, name: str, version: str) -> dict[tuple[str, int], Row]:
    rows = scene.memory.first(table, name, version)
    return {(str(row[name]), int(str(row[version]))): row for row in rows if row.get("grain", "period") == "period"}


def _day(value: object) -> dt.date:
    assert isinstance(value, dt.date)
    return value


# ---- definitions


def _agreement_rows(scene: Scene, past: _Past) -> Iterator[Row]:
    for agreement in scene.definitions.agreements:
        for version, following in zip_longest(agreement.versions, agreement.versions[1:]):
            until = following.effective_from - dt.timedelta(days=1) if following else None
            yield _agreement_row(scene, agreement, version, until, past.definition(agreement.name, version.version))


def _agreement_row(scene: Scene, agreement: Agreement, version: Version, until: dt.date | None, published: _Published) -> Row:
    column, days = version.evaluated or (None, 0)
    signed = version.agreed_by
    return AGREEMENT.row(
        {
            "evaluated_at": "at_once",
            "evidence": "not_given",
            "effective_to": "open",
            "agreed_on": "not_agreed",
            "agreed_by_marketing": "not_signed",
            "agreed_by_sales": "not_signed",
            "agreed_level": "not_agreed",
            "agreed_level_per": "not_agreed",
            "review_by": "not_agreed",
        },
        as_of_date=scene.as_of,
        agreement=agreement.name,
        version=version.version,
        label_ja=agreement.label_ja,
        label_en=agreement.label_en,
        metrics=", ".join(agreement.metric_names),
        predicate=" ".join(version.predicate.split()),
        evaluated_at=f"{column} + {days} business_days" if days else column,
        evidence=", ".join(version.evidence) or None,
        effective_from=version.effective_from,
        effective_to=until,
        agreed_on=version.agreed_on,
        agreed_by_marketing=signed.marketing,
        agreed_by_sales=signed.sales,
        agreed_level=version.level,
        agreed_level_per=version.level_per,
        review_by=version.review_due(),
        first_published=published.day,
        is_in_force=agreement.in_force(scene.as_of) is version,
        is_monotone=scene.definitions.is_monotone(agreement, version.version),
        state=_state(scene, agreement, version, published),
        run_id=scene.run_id,
    )


def _state(scene: Scene, agreement: Agreement, version: Version, published: _Published) -> str:
    in_force = agreement.in_force(scene.as_of)
    if version is not in_force:
        return "superseded" if version.version < in_force.version else "upcoming"
    if published.is_dated_back(version.effective_from):
        return "dated_back"
    if not version.agreed_by.is_by_both:
        return "not_agreed"
    return "stale" if _is_stale(version, scene.as_of) else "agreed"


def _is_stale(version: Version, day: dt.date) -> bool:
    due = version.review_due()
    return due is not None and due < day


# ---- plans


def missing_agreement(scene: Scene, goal: Goal) -> tuple[str, ...]:
    """Return what a goal still needs to be agreed on: empty in the early phase, where one signature on the plan suffices."""
    if goal.phase == "early":
        return () if goal.agreed_by.marketing or goal.agreed_by.sales or goal.plan_version == 1 else ("agreed_by",)
    found = [f"agreed_by.{department}" for department in goal.agreed_by.missing]
    agreement = scene.definitions.by_name.get(goal.definition or "")
    if agreement is None:
        return ("definition", *found)
    version = agreement.in_force(scene.as_of)
    signed = [f"{agreement.name} v{version.version} agreed_by.{each}" for each in version.agreed_by.missing]
    return (*signed, *found)


def agreement_states(rows: Iterable[Row]) -> dict[tuple[str, int], str]:
    """Return where each version of a plan stands, by goal and version, from the rows of plan_version."""
    return {(str(row["kgi_id"]), int(str(row["plan_version"]))): str(row["state"]) for row in rows}


def _is_in_force(scene: Scene, goal: Goal) -> bool:
    """Tell whether a version of a plan is in force: what is scored may have been completed since by what the past says."""
    return any((each.name, each.plan_version) == (goal.name, goal.plan_version) for each in scene.goals)


def _plan_rows(scene: Scene, past: _Past) -> Iterator[Row]:
    for goal in scene.versions:
        published = past.plan(goal.name, goal.plan_version)
        is_in_force = _is_in_force(scene, goal)
        target = scene.plan(goal.name).target if is_in_force else None
        agreement = scene.definitions.by_name.get(goal.definition or "")
        why_target = target.reason if target else "not_in_force"
        yield PLAN_VERSION.row(
            {
                "target": why_target,
                "target_published": "not_published",
                "definition": "not_given",
                "definition_version": "not_given",
                "agreed_by_marketing": "not_signed",
                "agreed_by_sales": "not_signed",
                "override_reason": "not_overridden",
                "override_by": "not_overridden",
            },
            as_of_date=scene.as_of,
            kgi_id=goal.name,
            plan_version=goal.plan_version,
            effective_from=goal.holds_from,
            target=target.value if target else None,
            target_published=published.target,
            first_published=published.day,
            definition=goal.definition,
            definition_version=agreement.in_force(goal.holds_from).version if agreement else None,
            agreed_by_marketing=goal.agreed_by.marketing,
            agreed_by_sales=goal.agreed_by.sales,
            override_reason=goal.override.reason if goal.override else None,
            override_by=goal.override.approved_by if goal.override else None,
            is_in_force=is_in_force,
            state=_plan_state(scene, goal, published),
            run_id=scene.run_id,
        )


def _plan_state(scene: Scene, goal: Goal, published: _Published) -> str:
    if not _is_in_force(scene, goal):
        return "upcoming" if goal.holds_from > scene.as_of else "superseded"
    if _is_changed(scene, goal, published):
        return "changed"
    if published.is_dated_back(goal.holds_from):
        return "dated_back"
    return "not_agreed" if missing_agreement(scene, goal) else "agreed"


def _is_changed(scene: Scene, goal: Goal, published: _Published) -> bool:
    target = scene.plan(goal.name).target.value
    if published.target is None or target is None:
        return False
    return not math.isclose(target, published.target, rel_tol=SAME)


# ---- findings


def _findings(scene: Scene, past: _Past) -> Iterator[Finding]:
    for agreement in scene.definitions.agreements:
        yield from _definition_findings(scene, agreement, past)
    for goal in scene.goals:
        yield from _goal_findings(scene, goal, past)


def _definition_findings(scene: Scene, agreement: Agreement, past: _Past) -> Iterator[Finding]:
    version = agreement.in_force(scene.as_of)
    if _is_stale(version, scene.as_of):
        owner, due = f"{agreement.name} v{version.version}", str(version.review_due())
        yield finding("agreement_stale", version.at("review_by"), severity=Severity.WARNING, owner=owner, due=due)
    for each in agreement.versions:
        published = past.definition(agreement.name, each.version)
        if published.day == scene.as_of and published.is_dated_back(each.effective_from):
            yield finding(
                "agreement_changed_late",
                each.at("effective_from"),
                severity=Severity.WARNING,
                name=agreement.name,
                version=each.version,
                effective_from=str(each.effective_from),
                published=past.last_night,
            )


def _goal_findings(scene: Scene, goal: Goal, past: _Past) -> Iterator[Finding]:
    published, warning = past.plan(goal.name, goal.plan_version), Severity.WARNING
    if missing := missing_agreement(scene, goal):
        yield finding("agreement_unsigned", goal.place, severity=warning, name=goal.name, missing=", ".join(missing))
    if _is_changed(scene, goal, published):
        yield finding(
            "plan_changed_unversioned",
            goal.place,
            severity=warning,
            name=goal.name,
            target=scene.plan(goal.name).target.value,
            version=goal.plan_version,
            sealed=published.target,
            next=goal.plan_version + 1,
        )
    elif published.day == scene.as_of and published.is_dated_back(goal.holds_from):
        yield finding(
            "plan_changed_late",
            goal.place,
            severity=warning,
            name=goal.name,
            version=goal.plan_version,
            effective_from=str(goal.holds_from),
            published=past.last_night,
        )
    if goal.phase != "early" and goal.owner("coordinator") is None:
        yield finding("goal_no_coordinator", goal.place, severity=Severity.INFO, name=goal.name, phase=goal.phase)
