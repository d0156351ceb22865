"""The initiatives of the files -> the rows of `initiative`, each with the goal that it serves and what it shall bring."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.acting.worth import is_in_tree, time_share, worth
from pipeline.goals.initiative import Initiative, Side
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import INITIATIVE, Row

__all__ = ["Served", "initiative_part", "served", "uplifts"]

OPEN = ("planned", "running", "late")


@dataclass(frozen=True)
class Served:
    """What an initiative is expected to bring to a goal, and the part of it that still comes in time."""

    plan: Plan
    expected: float | None
    share: float

    @property
    def to_come(self) -> float | None:
        """What is still to come in time, in the goal's unit."""
        return None if self.expected is None else self.expected * self.share


def served(scene: Scene, initiative: Initiative) -> tuple[Served, ...]:
    """Return the goals that an initiative serves, the one that its file names first; none when its KPI is in no tree."""
    fact = scene.facts.get(initiative.kpi)
    if fact is None:
        return ()
    plans = sorted((plan for plan in scene.plans if is_in_tree(plan, fact)), key=lambda plan: plan.goal.name != initiative.kgi)
    expected = initiative.expected
    return tuple(
        Served(
            plan,
            worth(plan, fact, expected.effect, expected.cases),
            time_share(initiative, scene.as_of, plan.goal.period.end),
        )
        for plan in plans
    )


def uplifts(scene: Scene, goal: str) -> tuple[float | None, ...]:
    """Return what each open initiative still brings to a goal in time, in the goal's unit."""
    open_ones = (each for each in scene.initiatives if each.state(scene.as_of) in OPEN)
    return tuple(one.to_come for each in open_ones for one in served(scene, each) if one.plan.goal.name == goal)


def initiative_part(scene: Scene) -> Part:
    """Write the ledger: one row per initiative, in the order of the files."""
    rows = tuple(_row(scene, each) for each in scene.initiatives)
    return Part({INITIATIVE.name: rows}, tuple(_findings(scene)))


def _findings(scene: Scene) -> list[Finding]:
    lost = [each for each in scene.initiatives if not served(scene, each)]
    return [finding("initiative_no_goal", each.place, severity=Severity.WARNING, name=each.name, kpi=each.kpi) for each in lost]


def _row(scene: Scene, each: Initiative) -> Row:
    goals = served(scene, each)
    first = goals[0] if goals else None
    done, compare = each.done, each.comparison
    begun = done.start if done.start is not None and done.start <= scene.as_of else None
    ended = done.end if done.end is not None and done.end <= scene.as_of else None
    return INITIATIVE.row(
        {
            **dict.fromkeys(("kgi_id", "expected_kgi_effect", "time_share"), "in_no_goal" if first is None else "no_target"),
            "done_from": "not_begun",
            "done_to": "not_over",
            "planned_cost": "not_given",
            "actual_cost": "not_given",
            "control": "no_control",
            "decision": "not_decided",
        },
        as_of_date=scene.as_of,
        initiative=each.name,
        label_ja=each.label_ja,
        label_en=each.label_en,
        kpi=each.kpi,
        kgi_id=first.plan.goal.name if first else None,
        owner=each.owner,
        sales_members=len(each.sales_members),
        planned_from=each.planned.start,
        planned_to=each.planned.end,
        done_from=begun,
        done_to=ended,
        planned_cost=each.planned_cost,
        actual_cost=done.cost,
        expected_effect=each.expected.effect,
        expected_unit=each.expected.unit,
        expected_basis=each.expected.basis,
        expected_kgi_effect=first.expected if first else None,
        time_share=first.share if first else None,
        method=compare.method,
        treated=_side(compare.treated),
        control=_side(compare.control) if compare.control else None,
        state=each.state(scene.as_of),
        decision=each.decision,
        run_id=scene.run_id,
    )


def _side(side: Side) -> str:
    return f"{side.dimension}: {', '.join(side.members)}"
