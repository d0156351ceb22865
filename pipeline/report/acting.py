"""Page one: what helps most for its cost, what is being done and when it can be read, what had been decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from pipeline.board.naming import COHORTS, factor_label, label, reason_of
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Cited, Pair, Sentence, cite, difference, portion, shown
from pipeline.board.why import ahead
from pipeline.board.wording import ROLES, worded
from pipeline.report.blocks import Absent, Block, Cell, DataTable, Grid, Group, Mark, Note, Piece, Said, Section, columns, row
from pipeline.report.edition import Cut, Edition
from pipeline.report.wording import STATES

_RECENT = 28
_WEEK = 7
_ACTIONS = 8
_CLAIMS: dict[str, Mark] = {"effect": "good", "opposite": "bad"}
CUTS = (
    Cut("initiatives", "main.initiative", ("initiative",), order="planned_from, initiative"),
    Cut("effects", "main.initiative_effect", ("initiative", "method"), order="initiative, method"),
    Cut("actions", "main.action", ("kgi_id", "action", "source", "decided_on"), order="due nulls last, kgi_id, action"),
    Cut("backtests", "main.backtest", ("kgi_id", "grain", "period_start", "made_on"), order="made_on desc, kgi_id, period_start"),
    Cut("closures", "main.collaboration", ("kgi_id",), where="kgi_id <> 'total'", order="kgi_id"),
)


def levers(page: Edition) -> Section:
    """Show per goal which lever recovers most for its cost, and what is due to be done."""
    cards = tuple(Group(page.label(board.kgi), (Said(tuple(_helping(page, board))),)) for board in page.night.boards)
    tables = [_levers(page, board) for board in page.night.boards if _ranked(board)]
    return Section("levers", page.word("levers_title"), (Grid(cards), *tables, *_open_actions(page)), (page.word("q7"),))


def _ranked(board: GoalBoard) -> list[Row]:
    """Return the levers that can still help, the one with the most for its cost first."""
    known = (each for each in board.rows("lever") if None not in (each["rank"], each["latest_useful_month"]))
    return sorted(known, key=lambda each: each["rank"])


def _helping(page: Edition, board: GoalBoard) -> Iterator[Sentence]:
    rows = _ranked(board)
    if rows:
        yield _cheapest(page, board, rows[0])
    yield from (each for each in ahead(board) if each.code in ("coverage", "all_levers", "no_lever"))


def _levers(page: Edition, board: GoalBoard) -> DataTable:
    unit = portion(board.kgi["unit"])
    heads = ("factor", "controller", "recovery", "cost", "per_cost", "last_month")
    found = tuple(
        row(
            page.pick(factor_label(board, each["factor"], COHORTS)),
            page.pick(worded(each["controller"], ROLES)) if each["controller"] else page.word("nobody"),
            page.goal_figure("lever", each, "recovery", unit),
            page.goal_figure("lever", each, "cost", page.currency),
            page.goal_figure("lever", each, "recovery_per_yen"),
            page.goal_figure("lever", each, "latest_useful_month", "month"),
        )
        for each in _ranked(board)
    )
    caption = page.word("levers_caption", label=page.label(board.kgi))
    return DataTable(caption, columns([page.word(head) for head in heads], (2, 3, 4)), found, folded=True)


def _cheapest(page: Edition, board: GoalBoard, best: Row) -> Sentence:
    """Name the lever of the first rank: by what it brings per cost where costs are known, else by what it brings."""
    parts: dict[str, Cited | Pair] = {
        "factor": factor_label(board, best["factor"], COHORTS),
        "who": worded(best["controller"], ROLES) if best["controller"] else page.pair("nobody"),
        "recovery": cite("lever", best, "recovery", portion(board.kgi["unit"])),
        "month": cite("lever", best, "latest_useful_month", "month"),
    }
    if best["cost"] is None:
        return page.say("cheapest_unpriced", **parts)
    return page.say("cheapest", **parts, cost=cite("lever", best, "cost", page.currency))


def _open_actions(page: Edition) -> Iterator[DataTable]:
    """List what is due next and not done, the overdue first, and folded what is overdue for long.

    Issues that nobody has decided on are many and stand elsewhere.
    """
    rows = [each for each in page.night.rows("actions") if each["done_on"] is None and each["due"] is not None]
    since = page.night.as_of - dt.timedelta(days=_RECENT)
    due = [each for each in rows if each["due"] >= since]
    seen = due[:_ACTIONS]
    yield _actions(page, page.word("todo_caption", shown=len(seen), all=len(due)), seen)
    if late := [each for each in rows if each["due"] < since]:
        yield _actions(page, page.word("overdue_caption"), late, folded=True)


def _actions(page: Edition, caption: str, rows: Sequence[Row], *, folded: bool = False) -> DataTable:
    heads = ("todo", "for_goal", "due", "owner_of", "recovery", "decision")
    units = {board.name: board.kgi["unit"] for board in page.night.boards}
    found = tuple(
        row(
            page.figure("actions", each, "text_ja" if page.language == "ja" else "text_en"),
            _goal(page, each),
            _due(page, each),
            page.figure("actions", each, "owner"),
            page.figure("actions", each, "expected_recovery", portion(units.get(each["kgi_id"]))),
            _decision(page, each),
        )
        for each in rows
    )
    table = columns([page.word(head) for head in heads], (4,))
    return DataTable(caption, table, found, page.word("nothing_due"), folded=folded)


def _due(page: Edition, each: Row) -> Cell:
    late = each["done_on"] is None and each["due"] is not None and each["due"] < page.night.as_of
    pieces: tuple[Piece, ...] = (page.figure("actions", each, "due"),)
    return Cell((*pieces, " ", page.word("overdue")), "bad") if late else Cell(pieces)


def _goal(page: Edition, each: Row) -> str:
    named = {board.name: page.label(board.kgi) for board in page.night.boards}
    return named.get(str(each["kgi_id"]), str(each["kgi_id"]))


def _decision(page: Edition, each: Row) -> Piece:
    if each["decision"] is None:
        return page.figure("actions", each, "decision")
    return page.named("actions", each, "decision", worded(each["decision"], STATES))


def initiatives(page: Edition) -> Section:
    """Show each initiative: what it was to bring, what can be said of it, or from when."""
    rows = page.night.rows("initiatives")
    if not rows:
        return Section("initiatives", page.word("initiatives_title"), (Note(page.word("no_initiatives")),), (page.word("q8"),))
    effects: dict[object, Row] = {}
    for each in sorted(page.night.rows("effects"), key=lambda each: str(each["grade"])):
        effects.setdefault(each["initiative"], each)  # of several ways to read it the one with the best grade
    said = tuple(_read(page, each, effects.get(each["initiative"])) for each in rows)
    heads = ("initiative", "state", "owner_of", "lasts", "method", "expected", "effect", "readable_from", "spent")
    found = tuple(_initiative(page, each, effects.get(each["initiative"])) for each in rows)
    table = DataTable(page.word("initiatives_caption"), columns([page.word(head) for head in heads], (5, 6, 8)), found)
    blocks = (Said(said), table, Note(page.word("grades")))
    return Section("initiatives", page.word("initiatives_title"), blocks, (page.word("q8"),))


def _read(page: Edition, one: Row, effect: Row | None) -> Sentence:
    """Say what an initiative has brought, that nothing can be claimed, or when it can be read."""
    if effect is None:
        return page.say("effect_unknown", label=label(one))
    if effect["effect"] is None:
        if effect["readable_from"] is None or effect["readable_from"] <= page.night.as_of:
            return page.say("effect_unsaid", label=label(one), reason=reason_of(effect, "effect"))
        return page.say("not_readable", label=label(one), date=cite("initiative_effect", effect, "readable_from"))
    unit = difference(effect["unit"])
    said: dict[str, Cited | Pair] = {"label": label(one), "grade": cite("initiative_effect", effect, "grade")}
    if None in (effect["ci_low"], effect["ci_high"]):
        estimate = cite("initiative_effect", effect, "effect", unit)
        return page.say("effect_unbounded", **said, effect=estimate, reason=reason_of(effect, "ci_low"))
    numbers = {key: cite("initiative_effect", effect, key, unit) for key in ("effect", "ci_low", "ci_high")}
    claim = {"effect": "claimed", "opposite": "opposite"}.get(str(effect["claim"]), "not_claimed")
    return page.say(claim, **said, **numbers)


def _initiative(page: Edition, one: Row, effect: Row | None) -> tuple[Cell, ...]:
    def found(column: str, unit: object = "") -> Piece:
        return page.figure("effects", effect, column, unit) if effect is not None else Absent(page.word("no_value"))

    unit = difference(effect["unit"] if effect else one["expected_unit"])
    span = page.pieces(
        "span", first=page.figure("initiatives", one, "planned_from"), last=page.figure("initiatives", one, "planned_to")
    )
    size: tuple[Piece, ...] = (found("effect", unit),)
    mark: Mark = ""
    if effect is not None and None not in (effect["effect"], effect["ci_low"], effect["ci_high"]):
        size = (*size, " [", found("ci_low", unit), " – ", found("ci_high", unit), "]")
        mark = _CLAIMS.get(str(effect["claim"]), "")
    method: tuple[Piece, ...] = (page.word("no_value"),)
    if effect is not None:
        method = (page.named("effects", effect, "method", worded(effect["method"], STATES)), " / ", found("grade"))
    return row(
        page.label(one),
        page.named("initiatives", one, "state", worded(one["state"], STATES)),
        page.figure("initiatives", one, "owner"),
        Cell(span),
        Cell(method),
        page.figure("initiatives", one, "expected_effect", unit),
        Cell(size, mark),
        found("readable_from"),
        page.figure("initiatives", one, "actual_cost", page.currency),
    )


def decisions(page: Edition) -> Section:
    """Show what had been decided of late and whether it was done, and whether earlier forecasts came true."""
    since = page.night.as_of - dt.timedelta(days=_RECENT)
    rows = [each for each in page.night.rows("actions") if each["decided_on"] is not None]
    recent = sorted((each for each in rows if each["decided_on"] > since), key=lambda each: each["decided_on"], reverse=True)
    heads = ("todo", "for_goal", "decision", "decided_on", "due", "done_on", "owner_of")
    found = tuple(
        row(
            page.figure("actions", each, "text_ja" if page.language == "ja" else "text_en"),
            _goal(page, each),
            _decision(page, each),
            page.figure("actions", each, "decided_on"),
            _due(page, each),
            page.figure("actions", each, "done_on"),
            page.figure("actions", each, "owner"),
        )
        for each in recent
    )
    table = DataTable(
        page.word("decisions_caption"), columns([page.word(head) for head in heads]), found, page.word("no_decisions")
    )
    blocks: tuple[Block, ...] = (Said(tuple(_decided(page, rows, since))), table, *_forecasts(page))
    return Section("decisions", page.word("decisions_title"), blocks, (page.word("q12"),))


def _decided(page: Edition, rows: Sequence[Row], since: dt.date) -> Iterator[Sentence]:
    """Count the decisions of the last week and of four weeks: made, done, overdue; and how many checks were closed in time."""
    week = page.night.as_of - dt.timedelta(days=_WEEK)
    for key, first in (("decided_week", week), ("decided_month", since)):
        found = [each for each in rows if each["decided_on"] > first]
        after = f"decided_on > date '{first}'"
        late = f"done_on is null and due < date '{page.night.as_of}'"
        yield page.say(
            key,
            all=_counted(after, len(found)),
            done=_counted(f"{after} and done_on is not null", sum(each["done_on"] is not None for each in found)),
            late=_counted(
                f"{after} and {late}",
                sum(each["done_on"] is None and each["due"] is not None and each["due"] < page.night.as_of for each in found),
            ),
        )
    yield from _overdue(page, since)
    labels = {board.name: label(board.kgi) for board in page.night.boards}
    for each in page.night.rows("closures"):
        if each["pdca_closure_rate"] is not None and each["kgi_id"] in labels:
            rate, due = (
                cite("collaboration", each, "pdca_closure_rate", "rate"),
                cite("collaboration", each, "checks_due", "count"),
            )
            yield page.say("closure", label=labels[each["kgi_id"]], rate=rate, due=due)


def _overdue(page: Edition, since: dt.date) -> Iterator[Sentence]:
    """Count what is overdue since before these weeks and not done: the longer it waits, the less it may be hidden."""
    late = [each for each in page.night.rows("actions") if each["done_on"] is None and each["due"] is not None]
    late = [each for each in late if each["due"] < since]
    if late:
        condition = f"done_on is null and due < date '{since}'"
        oldest = min(each["due"] for each in late)
        found = Cited("main.action", {}, "min(due)", oldest, shown(oldest, ""), condition)
        yield page.say("overdue_long", count=_counted(condition, len(late)), oldest=found)


def _counted(condition: str, count: int) -> Cited:
    return Cited("main.action", {}, "count(*)", count, shown(count, "count"), condition)


def _forecasts(page: Edition) -> Iterator[Block]:
    """Hold the newest landings of periods that are over against what came."""
    rows = page.night.rows("backtests")
    if not rows:
        yield Note(page.word("no_backtest"))
        return
    newest = [each for each in rows if each["made_on"] == rows[0]["made_on"]] if rows else []
    hit = sum(bool(each["covered"]) for each in rows)
    key = {"all": ("count(*)", len(rows)), "hit": ("count(*) filter (where covered)", hit)}
    yield Said(
        (
            page.say(
                "backtests_said",
                **{name: Cited("main.backtest", {}, sql, n, shown(n, "count")) for name, (sql, n) in key.items()},
            ),
        )
    )
    units = {board.name: board.kgi["unit"] for board in page.night.boards}
    heads = ("for_goal", "period", "made_on", "forecast", "interval_of", "actual", "covered")
    found = []
    for each in newest:
        unit = units.get(each["kgi_id"])
        p10, p50, p90, actual = (page.figure("backtests", each, column, unit) for column in ("p10", "p50", "p90", "actual"))
        first, last, made = (page.figure("backtests", each, column) for column in ("period_start", "period_end", "made_on"))
        covered = Cell(
            (page.named("backtests", each, "covered", page.pair("hit" if each["covered"] else "missed")),),
            "" if each["covered"] else "bad",
        )
        span, bounds = page.pieces("span", first=first, last=last), page.pieces("span", first=p10, last=p90)
        found.append(row(_goal(page, each), Cell(span), made, p50, Cell(bounds), actual, covered))
    table = columns([page.word(head) for head in heads], (3, 4, 5))
    yield DataTable(page.word("backtests_caption"), table, tuple(found))
