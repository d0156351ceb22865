"""The initiatives of the files -> the rows of `initiative`, each with the goal that it serves and what it shall bring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.acting.recorded import Decided, decisions
from pipeline.goals.acting.worth import Lag, initiative_coverage, is_in_tree, node_of, time_share, worth
from pipeline.goals.cohorts import DAYS_OF_AGE
from pipeline.goals.initiative import Initiative, Side
from pipeline.goals.measuring import MetricFact, Window
from pipeline.goals.path import dimension_of, path_of_goal, path_to
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.statistics.lag import convolve, pmf_of
from pipeline.goals.tables import INITIATIVE, Row

__all__ = ["Served", "coverage", "initiative_part", "served"]

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
            time_share(initiative, scene.as_of, plan.goal.period.end, _lag(scene, plan, fact)),
        )
        for plan in plans
    )


def coverage(scene: Scene, plan: Plan) -> tuple[float | None, str | None]:
    """Return how much of a goal's gap its open initiatives cover, and the reason where that is None.

    The gap is target - expected landing, turned around where less is better; without initiatives the answer is 0. One that was
    decided to be stopped brings nothing more.
    """
    landing = scene.outlooks[plan.goal.name].landing(Window("period", plan.goal.period.start, plan.goal.period.end))
    gap = plan.target.value - landing.total.expected if landing is not None and plan.target.value is not None else None
    up = plan.goal.direction == "up"
    stopped = {each.action for each in _newest(decisions(scene)) if each.decision == "stop"}
    open_ones = (each for each in scene.initiatives if each.state(scene.as_of) in OPEN and each.name not in stopped)
    brought = [one.to_come for each in open_ones for one in served(scene, each) if one.plan is plan]
    signed = [each if each is None or up else -each for each in brought]
    return initiative_coverage(signed, gap if gap is None or up else -gap)


def _newest(taken: Iterable[Decided]) -> tuple[Decided, ...]:
    """Return the last decision on each action of each goal; they come the earliest first."""
    return tuple({(each.kgi, each.action): each for each in taken}.values())


def _lag(scene: Scene, plan: Plan, fact: MetricFact) -> Lag | None:
    """Return how an effect on a KPI arrives at the goal, by the lags of the steps between; None where it is there at once.

    It is also None where the past cannot say: then the effect counts as soon as the KPI has it.
    """
    node, path = node_of(plan, fact), path_of_goal(plan.goal, scene.facts)
    pmf: tuple[float, ...] = (1.0,)
    while path is not None and node not in (path.metric, path.count):
        flow = scene.flows.of(path, dimension_of(plan.goal.tree)) if path.earlier else None
        if path.earlier is None or flow is None or flow.curve is None or not flow.curve.eventual:
            return None
        pmf = convolve(pmf, pmf_of(flow.curve))
        path = path_to(path.earlier, plan.goal.tree, scene.facts)
    if path is None or len(pmf) == 1:
        return None
    # an age is a whole week: what belongs to age 0 has come after seven days
    arrived = tuple(accumulate(pmf, initial=0.0))
    return lambda days: arrived[min(days // DAYS_OF_AGE, len(arrived) - 1)]


def initiative_part(scene: Scene) -> Part:
    """Write the ledger: one row per initiative, in the order of the files."""
    rows = tuple(_row(scene, each) for each in scene.initiatives)
    return Part({INITIATIVE.name: rows}, tuple(_findings(scene)))


def _findings(scene: Scene) -> list[Finding]:
    lost = [each for each in scene.initiatives if not served(scene, each)]
    said = [finding("initiative_no_goal", each.place, severity=Severity.WARNING, name=each.name, kpi=each.kpi) for each in lost]
    for plan in scene.plans if scene.initiatives else ():
        covered, _ = coverage(scene, plan)
        if covered is not None and covered < 1:
            percent = round(100 * covered)
            goal = plan.goal
            said.append(finding("goal_gap_not_covered", goal.place, severity=Severity.WARNING, name=goal.name, percent=percent))
    return said


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
