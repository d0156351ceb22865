"""Initiatives, issues and the PDCA ledger -> how the departments work together for each goal, and in total."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.goals.acting.pdca import closure
from pipeline.goals.acting.recorded import DECISIONS, ISSUES, Issue, concerns, is_recorded, issues
from pipeline.goals.acting.worth import is_in_tree
from pipeline.goals.initiative import Initiative
from pipeline.goals.measuring import TOTAL
from pipeline.goals.rows import divide
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import COLLABORATION, PDCA, Row

__all__ = ["collaboration_part", "participation"]


def collaboration_part(scene: Scene) -> Part:
    """Write one row per goal over what concerns it, and one over all."""
    open_ones = [each for each in issues(scene) if each.closed_on is None]
    alive = [each for each in scene.initiatives if each.state(scene.as_of) != "cancelled"]
    rows = [_row(scene, TOTAL, _coordinators(scene), alive, open_ones)]
    for plan in scene.plans:
        own = [each for each in alive if (fact := scene.facts.get(each.kpi)) is not None and is_in_tree(plan, fact)]
        raised = [each for each in open_ones if concerns(each, plan)]
        rows.append(_row(scene, plan.goal.name, plan.goal.owner("coordinator"), own, raised))
    return Part({COLLABORATION.name: tuple(rows)})


def participation(initiatives: Sequence[Initiative]) -> tuple[int, float | None, float, float, float | None]:
    """Return how sales takes part in initiatives: how many with a member of sales, their share, cost, cost of these, its share.

    A share is None without initiatives, that by cost also where nothing was spent.
    """
    joined = [each for each in initiatives if each.sales_members]
    cost, theirs = (math.fsum(each.cost or 0.0 for each in some) for some in (initiatives, joined))
    return len(joined), divide(len(joined), len(initiatives)), cost, theirs, divide(theirs, cost)


def _coordinators(scene: Scene) -> str | None:
    named = [plan.goal.owner("coordinator") for plan in scene.plans]
    return ", ".join(dict.fromkeys(each for each in named if each is not None)) or None


def _row(scene: Scene, kgi: str, coordinator: str | None, initiatives: Sequence[Initiative], open_ones: Sequence[Issue]) -> Row:
    joined, share, cost, theirs, by_cost = participation(initiatives)
    due, closed, rate = closure(scene.earlier.get(PDCA.name, ()), scene.as_of, None if kgi == TOTAL else kgi)
    oldest = min((each.opened_on for each in open_ones), default=None)
    counted, decided = is_recorded(scene, ISSUES), is_recorded(scene, DECISIONS)
    return COLLABORATION.row(
        {
            "coordinator": "not_named",
            "open_issues": "not_recorded",
            "oldest_issue_days": "no_open_issue" if counted else "not_recorded",
            "sales_participation": "no_initiative",
            "sales_participation_by_cost": "no_initiative" if not initiatives else "zero_denominator",
            "checks_due": "not_recorded",
            "checks_closed": "not_recorded",
            "pdca_closure_rate": "nothing_due" if decided else "not_recorded",
        },
        as_of_date=scene.as_of,
        kgi_id=kgi,
        coordinator=coordinator,
        open_issues=len(open_ones) if counted else None,
        oldest_issue_days=(scene.as_of - oldest).days if oldest else None,
        initiatives=len(initiatives),
        initiatives_with_sales=joined,
        sales_participation=share,
        initiative_cost=cost,
        cost_with_sales=theirs,
        sales_participation_by_cost=by_cost,
        checks_due=due if decided else None,
        checks_closed=closed if decided else None,
        pdca_closure_rate=rate,
        run_id=scene.run_id,
    )
