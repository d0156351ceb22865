"""Page one, first half: where each goal stands and lands, and whether it is ahead of its plan."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pipeline.board.naming import label, reason_of
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Sentence, cite, difference
from pipeline.board.why import realism, standing
from pipeline.board.wording import worded
from pipeline.report import charts
from pipeline.report.blocks import (
    Absent,
    Block,
    Cell,
    Chart,
    DataTable,
    Facts,
    Grid,
    Group,
    Mark,
    Note,
    Piece,
    Said,
    Section,
    columns,
    row,
    text,
)
from pipeline.report.edition import SMALL, Cut, Edition
from pipeline.report.scales import month_name, scale_of

CUTS = (
    Cut(
        "goal_months",
        "main.v_latest_kgi",
        ("kgi_id", "grain", "period_start"),
        where="grain = 'month' and period_start is not null and period_end is not null",
        order="kgi_id, period_start",
    ),
)

MARKS: dict[str, Mark] = {
    "attained": "good",
    "on_pace": "good",
    "covered_by_sales": "good",
    "ok": "good",
    "agreed": "good",
    "behind": "bad",
    "missed": "bad",
    "breach": "bad",
    "attained_with_breach": "bad",
    "not_agreed": "watch",
    "changed": "bad",
    "dated_back": "bad",
    "watch": "watch",
    "stale": "watch",
    "not_started": "quiet",
}
"""State of a goal or a guardrail -> how it looks."""


def goals(page: Edition) -> Section:
    """Show each goal as a card: whose it is, how long is left, target, to date, landing, chance, state."""
    cards = tuple(_card(page, board) for board in page.night.boards)
    blocks: tuple[Block, ...] = (Grid(cards),) if cards else (Note(page.word("no_goals")),)
    return Section("goals", page.word("goals_title"), blocks, (page.word("q1"),))


def _card(page: Edition, board: GoalBoard) -> Group:
    goal, unit = board.kgi, board.kgi["unit"]

    def shown(column: str, unit: object = "") -> Piece:
        return page.goal_figure("kgi", goal, column, unit)

    def state(column: str) -> Cell:
        words = worded(goal[column]) if goal[column] else ("", "")
        return text(page.pick(words) or Absent(page.pick(reason_of(goal, column))), mark=MARKS.get(str(goal[column]), ""))

    landing: tuple[Piece, ...] = (shown("landing_expected", unit),)
    if goal["landing_expected"] is not None:
        landing = page.pieces("interval", **{key: shown(column, unit) for key, column in _INTERVAL.items()})
    chance: list[Piece] = [shown("p_attain", "chance")]
    if goal["outlook"]:
        chance += [f" {page.pick(worded(goal['outlook']))}"]
    items = (
        (page.word("target"), text(shown("target", unit))),
        (
            page.word("to_date"),
            Cell((*_actual(page, goal), *page.pieces("of_target_to_date", due=shown("target_to_date", unit)))),
        ),
        (page.word("landing"), Cell(landing)),
        (page.word("chance"), Cell(tuple(chance))),
        (page.word("days_left"), text(shown("business_days_left", "days"))),
        (page.word("eta"), text(shown("eta_p50"))),
        (page.word("owner"), text(_owners(page, goal))),
        (page.word("period"), Cell(page.pieces("span", first=shown("period_start"), last=shown("period_end")))),
        (page.word("plan_verdict"), state("verdict")),
        (page.word("guardrail_state"), state("guardrail_state")),
        (page.word("agreement_state"), state("agreement_state")),
    )
    said = (*(each for each in standing(board) if each.code != "standing"), *tuple(realism(board))[:1])  # the facts say the rest
    badge = page.pick(worded(goal["status"]))
    return Group(page.label(goal), (Said(said), Facts(items)), badge, MARKS.get(str(goal["status"]), ""), f"goal-{board.name}")


def _actual(page: Edition, goal: Row) -> tuple[Piece, ...]:
    """Show what came so far; a rate with the cases that it divides by."""
    found = page.goal_figure("kgi", goal, "actual", goal["unit"])
    rows = page.night.rows("tree_kpis", metric=goal["metric"], period_start=goal["period_start"], period_end=goal["period_end"])
    if goal["actual"] is None or not rows or rows[0]["denominator"] is None:
        return (found,)
    return (found, " (n=", page.figure("tree_kpis", rows[0], "denominator", "cases"), ")")


def _owners(page: Edition, goal: Row) -> str:
    named = ((key, goal[f"{key}_owner"]) for key in ("marketing", "sales"))
    return page.word("and").join(page.word(f"owner_{key}", who=who) for key, who in named if who) or page.word("nobody")


def pace(page: Edition) -> Section:
    """Draw each goal against its plan, and say how much is still needed per business day."""
    cards = tuple(Group(page.label(board.kgi), tuple(_pace(page, board))) for board in page.night.boards)
    return Section("pace", page.word("pace_title"), (Grid(cards), Note(page.word("pace_note"))), (page.word("q2"),))


def _pace(page: Edition, board: GoalBoard) -> Iterator[Block]:
    yield Said((_pace_said(page, board),))
    months = page.night.rows("goal_months", kgi_id=board.name)
    if months:
        yield pace_chart(page, board, months)
        if all(each["target"] is None for each in months):
            yield Note(page.word("no_target_line", reason=page.pick(reason_of(months[0], "target"))))


def _pace_said(page: Edition, board: GoalBoard) -> Sentence:
    """Say how far a goal has come of what was due by now, and what each business day left must still bring, if any."""
    goal, unit = board.kgi, str(board.kgi["unit"])
    missing = next((each for each in ("pace", "gap_to_date") if goal[each] is None), None)
    if missing:
        return page.say("pace_unsaid", label=label(goal), reason=reason_of(goal, missing))
    return page.say(
        "pace_down" if goal["direction"] == "down" else "pace_said",
        label=label(goal),
        pace=cite("kgi", goal, "pace", "rate"),
        gap=cite("kgi", goal, "gap_to_date", difference(unit)),
        left=_left(page, goal, unit),
    )


def _left(page: Edition, goal: Row, unit: str) -> Sentence:
    if goal["period_end"] <= page.night.as_of:
        return page.say("pace_over", last=cite("kgi", goal, "period_end"))
    days = cite("kgi", goal, "business_days_left")
    needed = goal["required_per_business_day"]
    if needed is None:  # less is better, or it is no sum: no day has to bring its part
        return page.say("pace_days", days=days)
    if needed <= 0:
        return page.say("pace_attained", days=days)
    return page.say("pace_needed", days=days, needed=cite("kgi", goal, "required_per_business_day", unit))


def pace_chart(page: Edition, board: GoalBoard, months: tuple[Row, ...]) -> Chart:
    """Draw the months of a goal: added up where it is a flow, as they are where it is a rate or a mean."""
    goal, unit = board.kgi, str(board.kgi["unit"])
    adds_up = not page.is_ratio(str(goal["metric"]), unit)
    points = _points(page, months, unit, adds_up)
    largest = max((abs(each) for point in points for each in (point.actual, point.target) if each is not None), default=0.0)
    scale = scale_of(page, unit, largest)
    name = f"pace-{board.name}"
    title = page.word("pace_chart" if adds_up else "months_chart", label=page.label(goal))
    spoken = {key: page.spoken(goal[column], unit) for key, column in (("actual", "actual"), ("due", "target_to_date"))}
    about = page.word("pace_about" if adds_up else "months_about", first=points[0].month, last=points[-1].month, **spoken)
    landing = None
    if adds_up and None not in (goal[column] for column in _INTERVAL.values()):
        said = f"{page.word('landing')} " + page.word(
            "interval", **{key: page.spoken(goal[column], unit) for key, column in _INTERVAL.items()}
        )
        landing = charts.Landing(goal["landing_p10"], goal["landing_expected"], goal["landing_p90"], said)
    frame = charts.Frame(name, title, about)
    return Chart(name, title, charts.pace(frame, points, landing, scale), _months_table(page, title, months, unit))


_INTERVAL = {"low": "landing_p10", "middle": "landing_expected", "high": "landing_p90"}


def _points(page: Edition, months: tuple[Row, ...], unit: str, adds_up: bool) -> list[charts.Point]:
    targets, actuals = ([each[column] for each in months] for column in ("target", "actual"))
    if adds_up:
        targets, actuals = _added_up(targets), _added_up(actuals)
    points = []
    for each, target, actual in zip(months, targets, actuals, strict=True):
        month = f"{each['period_start']:%Y-%m}"
        said = [f"{page.word(key)} {page.spoken(value, unit)}" for key, value in (("actual", actual), ("target", target))]
        hover = f"{month_name(page, each['period_start'])}: {', '.join(said)}"
        open_, few = each["period_end"] > page.night.as_of, _is_few(page, each)
        points.append(charts.Point(month, actual, target, is_open=open_, is_small=few, said=hover))
    return points


def _is_few(page: Edition, month: Row) -> bool:
    kpi = _kpi_of(page, month)
    return kpi is not None and kpi["denominator"] < SMALL


def _added_up(values: list[float | None]) -> list[float | None]:
    """Add values up month by month; a month without a value has no sum either and adds nothing to those after it."""
    sums = itertools.accumulate(each or 0.0 for each in values)
    return [None if each is None else total for each, total in zip(values, sums, strict=True)]


def _kpi_of(page: Edition, month: Row) -> Row | None:
    """Return the row of the goal's metric in a month, where its value is a rate or a mean over known cases."""
    metric = next(board.kgi["metric"] for board in page.night.boards if board.name == month["kgi_id"])
    rows = page.night.rows("kpi_months", metric=metric, period_start=month["period_start"])
    return next((each for each in rows if each["denominator"] is not None), None)


def _actual_of_month(page: Edition, month: Row, unit: str) -> Cell:
    kpi = _kpi_of(page, month)
    found = page.figure("goal_months", month, "actual", unit)
    if month["actual"] is None or kpi is None:
        return Cell((found,))
    few: Mark = "small" if kpi["denominator"] < SMALL else ""
    return Cell((found, " (n=", page.figure("kpi_months", kpi, "denominator", "cases"), ")"), few)


def _months_table(page: Edition, caption: str, months: tuple[Row, ...], unit: str) -> DataTable:
    rows = [
        row(
            month_name(page, each["period_start"]),
            _actual_of_month(page, each, unit),
            page.figure("goal_months", each, "target", unit),
        )
        for each in months
    ]
    return DataTable(caption, columns([page.word("month"), page.word("actual"), page.word("target")], (1, 2)), tuple(rows))
