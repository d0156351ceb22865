"""Plan versions, initiatives, nights and decisions -> the PDCA ledger by month, and how many checks were closed in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from pipeline.goals.acting.recorded import DECISIONS, Decided, decisions, is_recorded
from pipeline.goals.acting.worth import is_in_tree
from pipeline.goals.calendar import add_months, fiscal_calendar, months
from pipeline.goals.initiative import Initiative
from pipeline.goals.plan import Plan
from pipeline.goals.plan_versions import in_force
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import KGI, PDCA, Row

__all__ = ["CLOSED_WITHIN", "business_day_after", "closure", "pdca_part"]

CLOSED_WITHIN = 5
"""Business days after the end of a month within which its check is followed by a decision."""


def pdca_part(scene: Scene) -> Part:
    """Write one row per goal, month of its period that has begun, and step."""
    taken, checked = decisions(scene), _checked(scene)
    rows = [
        row
        for plan in scene.plans
        for month in months(plan.goal.period.start, min(plan.goal.period.end, scene.as_of))
        for row in _cycle(scene, plan, month, taken, checked.get((plan.goal.name, month)))
    ]
    return Part({PDCA.name: tuple(rows)})


def closure(rows: Iterable[Row], as_of: dt.date, goal: str | None = None) -> tuple[int, int, float | None]:
    """Return the checks whose decision is due by a date, how many of them had it in time, and their quotient; None without any.

    A check is closed by its step act. One whose decision is not due yet is not counted, even when it is there already.
    """
    acts = [row for row in rows if row["step"] == "act" and goal in (None, row["kgi_id"]) and row["closed_in_time"] is not None]
    due = [row for row in acts if isinstance(day := row["due"], dt.date) and day <= as_of]
    closed = sum(row["closed_in_time"] is True for row in due)
    return len(due), closed, closed / len(due) if due else None


def business_day_after(scene: Scene, day: dt.date, count: int) -> dt.date:
    """Return the business day that comes so many business days after a date."""
    last = day + dt.timedelta(days=4 * count + 14)
    known = scene.calendar[0].date <= day and last <= scene.calendar[-1].date
    calendar = scene.calendar if known else fiscal_calendar(scene.company, day, last)
    following = calendar[(day - calendar[0].date).days + 1 :]
    return [each.date for each in following if each.is_business_day][count - 1]


def _checked(scene: Scene) -> dict[tuple[str, dt.date], dt.date]:
    """Return for each goal and month the first night that held the whole month against its target."""
    found: dict[tuple[str, dt.date], dt.date] = {}
    for row in scene.memory.first(KGI.name, "kgi_id", "grain", "period_start", "period_end", "status"):
        night, start, end = row["as_of_date"], row["period_start"], row["period_end"]
        if row["grain"] == "month" and isinstance(night, dt.date) and isinstance(end, dt.date) and night >= end:
            assert isinstance(start, dt.date)
            key = (str(row["kgi_id"]), start.replace(day=1))
            found[key] = min(night, found.get(key, night))
    return found


def _cycle(scene: Scene, plan: Plan, month: dt.date, taken: tuple[Decided, ...], checked: dt.date | None) -> Iterator[Row]:
    """Give the four steps of a month; the check is what follows from the first night after it."""
    start, end = max(month, plan.goal.period.start), min(_end(month), plan.goal.period.end)
    due = business_day_after(scene, end, CLOSED_WITHIN)
    yield _step(scene, plan, month, "plan", start, *_planned(scene, plan, start))
    yield _step(scene, plan, month, "do", end, *_done(scene, plan, start, end))
    night = checked or (scene.as_of if scene.as_of >= end else None)
    yield _step(scene, plan, month, "check", due, night, f"as_of_date {night}" if night else None)
    act = _acted(taken, plan.goal.name, end, _end(add_months(month, 1)))
    yield _step(scene, plan, month, "act", due, act.decided_on if act else None, f"decision {act.key}" if act else None)


def _planned(scene: Scene, plan: Plan, start: dt.date) -> tuple[dt.date, str]:
    """Return the day from which the plan of the month holds, and its version."""
    (goal,) = in_force((each for each in scene.versions or (plan.goal,) if each.name == plan.goal.name), start)
    return goal.holds_from, f"plan_version {goal.plan_version}"


def _done(scene: Scene, plan: Plan, start: dt.date, end: dt.date) -> tuple[dt.date | None, str | None]:
    """Return the day on which the first initiative of the month was at work, and their names."""
    running = [each for each in scene.initiatives if _works(scene, plan, each, start, end)]
    first = min((max(each.done.start, start) for each in running if each.done.start), default=None)
    return first, ", ".join(each.name for each in running) or None


def _works(scene: Scene, plan: Plan, each: Initiative, start: dt.date, end: dt.date) -> bool:
    fact, begun, over = scene.facts.get(each.kpi), each.done.start, each.done.end
    at_work = begun is not None and begun <= min(end, scene.as_of) and (over is None or over >= start)
    return at_work and fact is not None and is_in_tree(plan, fact)


def _acted(taken: Iterable[Decided], goal: str, after: dt.date, until: dt.date) -> Decided | None:
    """Return the first decision on a goal that looks back on a month: it is taken in the month that follows."""
    looked_back = (each for each in taken if each.kgi == goal and each.cycle != "week")
    return next((each for each in looked_back if after < each.decided_on <= until), None)


def _step(scene: Scene, plan: Plan, month: dt.date, step: str, due: dt.date, done_on: dt.date | None, ref: str | None) -> Row:
    open_still = done_on is None and scene.as_of <= due
    silent = step == "act" and not is_recorded(scene, DECISIONS)
    why = "not_recorded" if silent else "not_due" if open_still else "no_initiative" if step == "do" else "not_done"
    return PDCA.row(
        dict.fromkeys(("done_on", "ref", "closed_in_time"), why),
        as_of_date=scene.as_of,
        kgi_id=plan.goal.name,
        cycle=f"{month:%Y-%m}",
        step=step,
        due=due,
        done_on=done_on,
        ref=ref,
        closed_in_time=None if open_still or silent else done_on is not None and done_on <= due,
        run_id=scene.run_id,
    )


def _end(month: dt.date) -> dt.date:
    return add_months(month, 1) - dt.timedelta(days=1)
