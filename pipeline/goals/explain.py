"""Plans, readings and landings -> gap_decomposition: what the gap of each goal is made of, part by part, exactly.

Two bases. `to_date`: the targets due so far against what has happened, by the ratios of the same period. `cohort_landing`: the
period's target against its expected landing, by cohorts, with phasing and speed. Source: docs/goals.md#gap.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.goals.gap import SPEED, Basis, Gap, Piece
from pipeline.goals.measuring import TOTAL
from pipeline.goals.path import path_of_goal
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import GAP, Row

SMALL_GAP = 0.005
"""A gap below this part of the target is split, but its parts get no shares."""


def gap_part(scene: Scene) -> Part:
    """Explain every goal that has a target and a path; a goal that has not started, or is a rate, has no gap to explain."""
    return Part({GAP.name: tuple(row for plan in scene.plans for row in _rows_of(scene, plan))})


def _rows_of(scene: Scene, plan: Plan) -> Iterable[Row]:
    path, outlook = path_of_goal(plan.goal, scene.facts), scene.outlooks[plan.goal.name]
    if path is None or plan.target.value is None or scene.as_of < plan.goal.period.start:
        return
    basis = Basis(scene, plan, path)
    if not basis.chain.counts:  # the plan gives its KPIs no targets: the gap stands as a whole
        yield from _rows(scene, plan, basis.whole(outlook))
        return
    yield from _rows(scene, plan, basis.to_date())
    if outlook.flow is not None and outlook.flow.curve is not None and path.earlier in basis.chain.counts:
        yield from _rows(scene, plan, basis.landing(outlook))


def _rows(scene: Scene, plan: Plan, gap: Gap) -> Iterable[Row]:
    total = gap.actual - gap.plan
    small = abs(total) < SMALL_GAP * abs(plan.target.value or 0.0) or not total
    controllers = {name: role for role, names in plan.goal.controllable_by for name in names}
    if plan.goal.owner("sales"):
        controllers.setdefault(SPEED, "sales")

    def row(kind: str, piece: Piece) -> Row:
        share = None if small else piece.contribution / total
        why = {"share_of_gap": "small_gap", "controller": "not_assigned", "within_noise": "not_tested", "n": "not_a_rate"}
        why |= dict.fromkeys(("plan", "actual"), "not_defined")
        return GAP.row(
            why,
            as_of_date=scene.as_of,
            kgi_id=plan.goal.name,
            period_start=plan.goal.period.start,
            period_end=plan.goal.period.end,
            basis=gap.basis,
            kind=kind,
            channel=piece.channel,
            factor=piece.factor,
            plan=piece.plan,
            actual=piece.actual,
            contribution=piece.contribution,
            share_of_gap=share,
            controller=controllers.get(piece.factor),
            method=gap.method,
            within_noise=piece.within_noise,
            n=piece.n,
            run_id=scene.run_id,
        )

    yield row("total", Piece(TOTAL, "gap", total, gap.plan, gap.actual))
    yield from (row("part", piece) for piece in gap.pieces)
    yield from (row("subtotal", piece) for piece in gap.subtotals)
    yield from (row("view", piece) for piece in gap.views)
