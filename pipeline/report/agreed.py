"""Part two: what the departments owe each other, and what they have agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.board.naming import label, same
from pipeline.board.reading import Row
from pipeline.board.sentences import Sentence, difference
from pipeline.board.wording import worded
from pipeline.report.blocks import Block, Cell, Code, DataTable, Facts, Fold, Note, Piece, Said, Section, columns, row, text
from pipeline.report.edition import Cut, Edition
from pipeline.report.scales import month_name
from pipeline.report.standing import MARKS
from pipeline.report.wording_evidence import DEPARTMENTS, DIRECTIONS, SPANS

_MONTHS = 12
_ISSUES = 20
CUTS = (
    Cut("feedback", "main.sharing", ("month", "direction"), where="direction = 'sales_to_marketing'", order="month desc"),
    Cut("open_issues", "main.sharing", ("month", "direction"), order="month desc, direction"),
    Cut("issues", "main.issue", ("issue_id",), where="is_open", order="age_days desc, issue_id"),
    Cut("counts", "main.count_agreement", ("agreement", "metric", "period_start"), order="period_start desc, agreement"),
    Cut("together", "main.collaboration", ("kgi_id",), order="kgi_id = 'total', kgi_id"),
    Cut("agreements", "main.v_latest_agreement", ("agreement", "version"), order="agreement, version desc"),
    Cut("plan_versions", "main.plan_version", ("kgi_id", "plan_version"), order="kgi_id, plan_version desc"),
    Cut(
        "bridges",
        "main.definition_bridge",
        ("agreement", "metric", "period_start", "version_old", "version_new"),
        order="metric, period_start desc, version_new desc",
    ),
)


def sharing(page: Edition) -> Section:
    """Show whether sales returns results, whether both count the same, what issues are open, how far both work together."""
    blocks = tuple(_shared(page)) or (Note(page.word("no_sharing")),)
    return Section("sharing", page.word("sharing_title"), blocks, (page.word("q10"),))


def _shared(page: Edition) -> Iterator[Block]:
    feedback, counts = page.night.rows("feedback"), page.night.rows("counts")
    said = (*_feedback_said(page, feedback), *_counts_said(page, counts))
    if said:
        yield Said(said)
    if feedback:
        heads = [page.word(key) for key in ("month", "due_results", "returned", "median_days")]
        lines = tuple(
            row(
                month_name(page, each["month"]),
                page.figure("feedback", each, "appointments_due"),
                page.rate("feedback", each, "feedback_rate", "appointments_due"),
                page.figure("feedback", each, "median_days", "days"),
            )
            for each in feedback[:_MONTHS]
        )
        yield DataTable(page.word("feedback_caption"), columns(heads, (1, 2, 3)), lines)
    if counts:
        yield _counts(page, counts[:_MONTHS])
    yield from _issues(page)
    yield from _issue_list(page)
    yield from _together(page)


def _feedback_said(page: Edition, rows: Sequence[Row]) -> Iterator[Sentence]:
    newest = next((each for each in rows if each["feedback_rate"] is not None), None)
    if newest is not None:
        yield page.say(
            "feedback_said",
            month=page.cited("feedback", newest, "month", "month"),
            due=page.cited("feedback", newest, "appointments_due", "count"),
            rate=page.cited("feedback", newest, "feedback_rate", "rate"),
        )


def _counts_said(page: Edition, rows: Sequence[Row]) -> Iterator[Sentence]:
    newest = next((each for each in rows if each["count_agreement"] is not None), None)
    if newest is None:
        return
    same = newest["count_marketing"] == newest["count_sales"] == newest["count_both"]
    counted = {name: page.cited("counts", newest, f"count_{name}", "count") for name in ("marketing", "sales", "both")}
    month = page.cited("counts", newest, "period_start", "month")
    yield page.say("counts_same" if same else "counts_differ", month=month, **counted)


def _counts(page: Edition, rows: Sequence[Row]) -> DataTable:
    heads = [page.word(key) for key in ("month", "by_marketing", "by_sales", "by_both", "agreeing")]
    lines = tuple(
        row(
            month_name(page, each["period_start"]),
            page.figure("counts", each, "count_marketing"),
            page.figure("counts", each, "count_sales"),
            page.figure("counts", each, "count_both"),
            page.rate("counts", each, "count_agreement", "count_either"),
        )
        for each in rows
    )
    return DataTable(page.word("counts_caption"), columns(heads, (1, 2, 3, 4)), lines)


def _issues(page: Edition) -> Iterator[Block]:
    rows = page.night.rows("open_issues")
    newest = [each for each in rows if each["month"] == rows[0]["month"]] if rows else []
    if newest:
        heads = [page.word(key) for key in ("raised_by", "open_issues", "oldest_issue")]
        lines = tuple(
            row(
                page.named("open_issues", each, "direction", worded(each["direction"], DIRECTIONS)),
                page.figure("open_issues", each, "open_issues"),
                page.figure("open_issues", each, "oldest_issue_days", "days"),
            )
            for each in newest
        )
        yield DataTable(page.word("issues_caption"), columns(heads, (1, 2)), lines)


def _issue_list(page: Edition) -> Iterator[Block]:
    """List the open issues by number, the oldest first: what each is about in words stays in the warehouse."""
    rows = page.night.rows("issues")
    if rows:
        heads = [page.word(key) for key in ("issue", "raised_in", "keeper", "raised_on", "age")]
        lines = tuple(
            row(
                text(page.figure("issues", each, "issue_id"), " ", _indicator(page, each)),
                page.named("issues", each, "raised_by", worded(each["raised_by"], DEPARTMENTS)),
                page.figure("issues", each, "owner"),
                page.figure("issues", each, "opened"),
                page.figure("issues", each, "age_days", "days"),
            )
            for each in rows[:_ISSUES]
        )
        caption = page.word("issue_list_caption", shown=len(lines), all=len(rows))
        yield DataTable(caption, columns(heads, (4,)), lines, folded=True)


def _indicator(page: Edition, each: Row) -> Piece:
    """Name the goal or the metric that an issue is about."""
    if each["kpi"] is None:
        return page.figure("issues", each, "kpi")
    goals = [board.kgi for board in page.night.boards if board.name == each["kpi"]]
    known = next(iter((*goals, *page.night.rows("metrics", metric=each["kpi"]))), None)
    return page.named("issues", each, "kpi", label(known) if known else same(each["kpi"]))


def _together(page: Edition) -> Iterator[Block]:
    rows = page.night.rows("together")
    if rows:
        named = {board.name: page.label(board.kgi) for board in page.night.boards}
        heads = [page.word(key) for key in ("for_goal", "with_sales", "closed_in_time", "open_issues")]
        lines = tuple(
            row(
                named.get(str(each["kgi_id"]), page.word("all_goals")),
                page.rate("together", each, "sales_participation", "initiatives"),
                page.rate("together", each, "pdca_closure_rate", "checks_due"),
                page.figure("together", each, "open_issues"),
            )
            for each in rows
        )
        yield DataTable(page.word("together_caption"), columns(heads, (1, 2, 3)), lines)


_DEFINITION = (
    *("definition_of", "version", "state", "valid", "agreed_on", "agreed_level"),
    *("signed_marketing", "signed_sales", "review_by"),
)
_PLAN = ("for_goal", "version", "state", "valid_from", "target", "signed_marketing", "signed_sales")


def agreements(page: Edition) -> Section:
    """Show every version of a definition and of a plan: what was agreed, by whom, from when, and what a change did."""
    rows, plans = page.night.rows("agreements"), page.night.rows("plan_versions")
    blocks: list[Block] = []
    if rows:
        in_force = [each for each in rows if each["is_in_force"]]
        blocks += [Said(tuple(_agreed_said(page, each) for each in in_force))] if in_force else []
        heads = [page.word(key) for key in _DEFINITION]
        blocks += [
            DataTable(page.word("agreements_caption"), columns(heads, (1,)), tuple(_agreement(page, each) for each in rows))
        ]
        blocks += [_predicate(page, each) for each in rows]
    else:
        blocks += [Note(page.word("no_agreements"))]
    if plans:
        overridden = any(each["override_by"] is not None for each in plans)
        heads = [page.word(key) for key in (*_PLAN, *(("override",) if overridden else ()))]
        lines = tuple((*_plan(page, each), *((_override(page, each),) if overridden else ())) for each in plans)
        blocks += [DataTable(page.word("plans_caption"), columns(heads, (1, 4)), lines)]
    bridges = page.night.rows("bridges")
    if bridges:
        heads = [page.word(key) for key in ("metric", "month", "version", "by_old", "by_new", "effect_of_change")]
        lines = tuple(_bridge(page, each) for each in bridges[:_MONTHS])
        blocks += [DataTable(page.word("bridges_caption"), columns(heads, (2, 3, 4, 5)), lines)]
    return Section("agreements", page.word("agreements_title"), tuple(blocks))


def _agreed_said(page: Edition, each: Row) -> Sentence:
    return page.say(
        "agreed_said",
        label=label(each),
        version=page.cited("agreements", each, "version"),
        since=page.cited("agreements", each, "effective_from"),
        state=worded(each["state"]),
    )


def _agreement(page: Edition, each: Row) -> tuple[Cell, ...]:
    def found(column: str) -> Cell:
        return text(page.figure("agreements", each, column))

    last = found("effective_to").pieces[0] if each["effective_to"] is not None else ""
    span = page.pieces("span", first=found("effective_from").pieces[0], last=last)
    state = Cell((page.named("agreements", each, "state", worded(each["state"])),), MARKS.get(str(each["state"]), ""))
    signed = (found("agreed_by_marketing"), found("agreed_by_sales"))
    agreed = (found("agreed_on"), _level(page, each))
    return row(page.label(each), found("version"), state, Cell(span), *agreed, *signed, found("review_by"))


def _level(page: Edition, each: Row) -> Cell:
    """Show how many both agreed on, and in what time."""
    level = page.figure("agreements", each, "agreed_level", "count")
    if each["agreed_level"] is None:
        return text(level)
    per = page.named("agreements", each, "agreed_level_per", worded(each["agreed_level_per"], SPANS))
    return text(level, " / ", per)


def _predicate(page: Edition, each: Row) -> Fold:
    facts = tuple(
        (page.word(key), text(page.figure("agreements", each, column)))
        for key, column in (("metrics_of", "metrics"), ("evidence", "evidence"), ("evaluated_at", "evaluated_at"))
    )
    title = page.word("predicate_title", label=page.label(each), version=each["version"])
    return Fold(title, (Code(str(each["predicate"])), Facts(facts)))


def _plan(page: Edition, each: Row) -> tuple[Cell, ...]:
    board = next((board for board in page.night.boards if board.name == each["kgi_id"]), None)

    def found(column: str, unit: object = "") -> Cell:
        return text(page.figure("plan_versions", each, column, unit))

    state = Cell((page.named("plan_versions", each, "state", worded(each["state"])),), MARKS.get(str(each["state"]), ""))
    target = found("target", board.kgi["unit"] if board else "")
    signed = (found("agreed_by_marketing"), found("agreed_by_sales"))
    name = page.label(board.kgi) if board else str(each["kgi_id"])
    return row(name, found("plan_version"), state, found("effective_from"), target, *signed)


def _override(page: Edition, each: Row) -> Cell:
    """Show who approved of a goal that was judged unrealistic, and why."""
    by = page.figure("plan_versions", each, "override_by")
    return text(by, ": ", page.figure("plan_versions", each, "override_reason")) if each["override_by"] is not None else text(by)


def _bridge(page: Edition, each: Row) -> tuple[Cell, ...]:
    node = next((found for board in page.night.boards if (found := board.node(str(each["metric"])))), None)
    unit = str(node["unit"]) if node else ""
    versions = page.pieces(
        "from_to", old=page.figure("bridges", each, "version_old"), new=page.figure("bridges", each, "version_new")
    )
    values = (page.figure("bridges", each, column, unit) for column in ("value_old", "value_new"))
    month = month_name(page, each["period_start"])
    return row(
        page.label(node) if node else str(each["metric"]),
        month,
        Cell(versions),
        *values,
        page.figure("bridges", each, "effect", difference(unit)),
    )
