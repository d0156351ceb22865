"""Plans, landings and the past of their factors -> lever: what each factor could still bring, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

from pipeline.goals.cells import Chain, chain_of
from pipeline.goals.cohorts import conversion_of
from pipeline.goals.levers.levels import History
from pipeline.goals.levers.lever import Level, Lever, Quarter, Reach, joint, level_of, ranks
from pipeline.goals.levers.reach import Reaches
from pipeline.goals.path import path_of_goal
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import LEVER, Row
from pipeline.goals.tree import names, reached

__all__ = ["TOGETHER", "followed_by", "lever_part", "lever_rows"]

TOGETHER = "all"
"""The factor of the row for all levers at once."""


def lever_part(scene: Scene) -> Part:
    """Say for each goal that is still running what each factor of its tree could recover of the gap of its landing.

    Not for a goal that is over, for what cannot be summed over time, nor where less is better.
    """
    past = History(scene)
    return Part({LEVER.name: tuple(row for plan in scene.plans for row in _rows_of(scene, plan, past))})


def _rows_of(scene: Scene, plan: Plan, past: History) -> Iterable[Row]:
    goal, outlook = plan.goal, scene.outlooks[plan.goal.name]
    path = path_of_goal(goal, scene.facts)
    if path is None or outlook.flow is None or goal.direction == "down" or scene.as_of >= goal.period.end:
        return ()
    chain = chain_of(goal, path, scene.facts)
    landing = next(each for window, each in outlook.landings.items() if window.grain == "period")
    reaches = Reaches(scene, goal.period, chain, outlook.flow, landing)
    target = plan.target.value
    gap = None if target is None else max(0.0, target - landing.total.expected)
    return lever_rows(scene, plan, (*_of_chain(scene, plan, chain, past, reaches), *_beside(scene, plan, chain, past)), gap)


def _of_chain(scene: Scene, plan: Plan, chain: Chain, past: History, reaches: Reaches) -> Iterator[Lever]:
    """Give the levers of the chain, volume first."""
    counts = chain.counts
    yield _lever(plan, counts[0], past.volume(counts[0]), reaches.of_stage(0))
    for at, name in enumerate(chain.factors, start=1):
        conversion = conversion_of(scene.facts, counts[at - 1], counts[at])
        yield _lever(plan, name, past.rate(conversion) if conversion else (), reaches.of_stage(at), is_followed=bool(conversion))
    if chain.price is not None:
        yield _lever(plan, chain.price, past.price(plan.goal.metric, counts[-1]), reaches.of_price())


def _beside(scene: Scene, plan: Plan, chain: Chain, past: History) -> Iterator[Lever]:
    """Give the rates of what follows from the goal, such as winning: they have a level, but do not move the goal."""
    goal = plan.goal
    counts = {name for name, fact in scene.facts.items() if fact.kind == "count"}
    for node in sorted({node for node, _ in goal.tree} - set(reached(goal.tree, goal.metric))):
        below = [name for name in names(dict(goal.tree)[node]) if name in counts]
        rates = [name for name in names(dict(goal.tree)[node]) if name not in counts]
        conversion = conversion_of(scene.facts, below[0], node) if len(below) == len(rates) == 1 else None
        if conversion is not None and rates[0] not in chain.names:
            yield _lever(plan, rates[0], past.rate(conversion), Reach(reason="beside"))


def followed_by(scene: Scene, plan: Plan, factor: str) -> str | None:
    """Return the conversion metric whose cohorts say how good a rate of a tree is; None for a count, a price, or without one."""
    for node, formula in plan.goal.tree:
        if factor in names(formula) and factor not in dict(plan.goal.tree):
            below = [name for name in names(formula) if name in scene.facts and scene.facts[name].kind == "count"]
            return conversion_of(scene.facts, below[0], node) if len(below) == 1 and below[0] != factor else None
    return None


def _lever(plan: Plan, name: str, quarters: tuple[Quarter, ...] | None, reach: Reach, *, is_followed: bool = True) -> Lever:
    agreed = plan.goal.lever(name)
    level = level_of(quarters or (), agreed.best if agreed else None)
    why = "metric_failed" if quarters is None else None if is_followed else "not_followed"
    if why is not None:
        level = Level(None, level.best, why, level.best_reason and why)
    return Lever(name, level, reach, agreed.cost if agreed else None)


def lever_rows(scene: Scene, plan: Plan, levers: tuple[Lever, ...], gap: float | None) -> tuple[Row, ...]:
    """Write one row per lever and one for all of them; `gap` is what the landing lacks, None without a target."""
    controllers = {name: role for role, held in plan.goal.controllable_by for name in held}
    open_gap = gap or 0.0
    ranked = ranks(levers, open_gap) if gap else {}
    together = joint(levers)
    costs = [each.cost for each in levers if each.effect is not None]
    cost = math.fsum(each or 0.0 for each in costs) if costs and all(costs) else None
    why_none = "no_target" if gap is None else None if gap else "no_gap"

    def row(name: str, level: Level, reach: Reach, effect: float | None, cost: float | None, why: str | None) -> Row:
        recovery = None if why_none or effect is None else min(effect, open_gap)
        because = why_none or level.reason or reach.reason or why
        return LEVER.row(
            {
                "controller": "not_assigned" if name != TOGETHER else why,
                "now": level.now_reason,
                "best": level.best_reason,
                "headroom": level.reason,
                "time_effectiveness": reach.reason or "nothing_left",
                "recovery": because,
                "cost": "no_cost",
                "recovery_per_yen": because if recovery is None else "no_cost",
                "latest_useful_month": reach.reason,
                "rank": because if name != TOGETHER else why,
            },
            as_of_date=scene.as_of,
            kgi_id=plan.goal.name,
            factor=name,
            controller=controllers.get(name),
            now=level.now,
            best=level.best,
            headroom=level.headroom,
            time_effectiveness=reach.time_effectiveness,
            recovery=recovery,
            cost=Decimal(str(cost)) if cost is not None else None,
            recovery_per_yen=recovery / cost if recovery is not None and cost else None,
            latest_useful_month=reach.latest,
            rank=ranked.get(name),
            run_id=scene.run_id,
        )

    rows = [row(each.factor, each.level, each.reach, each.effect, each.cost, None) for each in levers]
    why = "joint" if together is not None else "not_known"
    return (*rows, row(TOGETHER, Level(None, None, why, why), Reach(reason=why), together, cost, why))
