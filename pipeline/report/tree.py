"""Part two: the tree of each goal with numbers, and how many more entries it takes."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.board.naming import label
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import RATES, Cited, Sentence, shown
from pipeline.board.why import ahead
from pipeline.board.wording import ROLES, worded
from pipeline.report.blocks import Block, Branch, Cell, Facts, Grid, Group, Note, Piece, Said, Section, Tree
from pipeline.report.edition import SMALL, Cut, Edition
from pipeline.shapes import literal

CUTS = (
    Cut(
        "tree_kpis",
        "main.v_latest_kpi",
        ("metric", "grain", "period_start", "dimension", "member"),
        where="grain = 'period' and dimension = 'total'",
        order="metric, period_start",
    ),
)
_JOINED = {"*": "×", "/": "÷", "+": "+", "-": "−"}


def tree(page: Edition) -> Section:
    """Show each goal's tree: target, due by now, actual of every node, in whose hands it is; and what is still needed."""
    cards = tuple(Group(page.label(board.kgi), tuple(_card(page, board))) for board in page.night.boards)
    blocks: tuple[Block, ...] = (Grid(cards), Note(page.word("tree_note"))) if cards else (Note(page.word("no_goals")),)
    return Section("tree", page.word("tree_title"), blocks, (page.word("q6"),))


def _card(page: Edition, board: GoalBoard) -> Iterator[Block]:
    needed = [each for each in ahead(board) if each.code in ("needed", "needed_or")]
    said = (*needed, *_halves(page, board))
    yield Said(said or (page.say("nothing_needed"),))
    nodes = board.rows("kgi_tree")
    root = next((each for each in nodes if each["operator"] == "root"), None)
    if root is not None:
        yield Tree(_branch(page, board, root, nodes))


def _halves(page: Edition, board: GoalBoard) -> Iterator[Sentence]:
    """Say for each step that is followed after how many weeks half of those who ever convert have done so."""
    for earlier, later in dict.fromkeys((each["earlier"], each["later"]) for each in board.rows("funnel_lag")):
        rows = board.rows("funnel_lag", earlier=earlier, later=later)
        most = max(each["cumulative"] or 0.0 for each in rows)
        weeks = [each["age_weeks"] for each in rows if (each["cumulative"] or 0.0) >= most / 2]
        first, last = board.node(str(earlier)), board.node(str(later))
        if not most or first is None or last is None:
            continue
        step = f"earlier = {literal(earlier)} and later = {literal(later)}"
        half = f"cumulative >= (select max(cumulative) / 2 from main.funnel_lag where {step})"
        key = {"earlier": earlier, "later": later}
        found = Cited("main.funnel_lag", key, "min(age_weeks)", min(weeks), shown(min(weeks), ""), half)
        yield page.say("half_converted", earlier=label(first), later=label(last), weeks=found)


def _branch(page: Edition, board: GoalBoard, node: Row, nodes: tuple[Row, ...]) -> Branch:
    below = [each for each in nodes if each["parent"] == node["node"]]
    joined = page.word("beside") if node["operator"] == "beside" else _JOINED.get(node["operator"], "")
    first = bool(joined) and node["operator"] != "beside" and _is_first(node, nodes)
    badge = page.pick(worded(node["controllable_by"], ROLES)) if node["controllable_by"] else ""
    return Branch(
        title=page.label(node),
        facts=Facts(tuple(_facts(page, board, node))),
        joined="" if first else joined,
        badge=badge,
        below=tuple(_branch(page, board, each, nodes) for each in below),
    )


def _is_first(node: Row, nodes: tuple[Row, ...]) -> bool:
    """Tell whether a node is the first of its siblings: nothing stands before it that it could be joined to."""
    return node is next(each for each in nodes if each["parent"] == node["parent"])


def _facts(page: Edition, board: GoalBoard, node: Row) -> Iterator[tuple[str, Cell]]:
    unit = node["unit"]

    def found(column: str) -> Piece:
        return page.goal_figure("kgi_tree", node, column, unit)

    yield page.word("target"), Cell((found("target"),))
    if unit not in RATES:
        yield page.word("due_by_now"), Cell((found("target_to_date"),))
    yield page.word("actual"), _actual(page, board, node, found("actual"))
    if node["actual"] is not None and node["target_to_date"]:
        key = {name: node[name] for name in ("as_of_date", "kgi_id", "node")}
        ratio = node["actual"] / node["target_to_date"]
        share = Cited("main.kgi_tree", key, "actual / nullif(target_to_date, 0)", ratio, shown(ratio, "rate"))
        yield page.word("of_due"), Cell((share,))


def _actual(page: Edition, board: GoalBoard, node: Row, found: Piece) -> Cell:
    """Show what came; a rate with what it divides, pale where it is not grown old or rests on few."""
    if node["actual"] is None:
        return Cell((found,))
    rows = page.night.rows("tree_kpis", metric=node["node"], period_start=board.kgi["period_start"])
    row = next((each for each in rows if each["value"] == node["actual"]), None)
    if not page.is_ratio(str(node["node"]), node["unit"]) or row is None or row["denominator"] is None:
        return Cell((found,))
    n = page.figure("tree_kpis", row, "denominator", "cases")
    if row["maturity"] == "immature":
        return Cell((found, " (n=", n, ") ", page.word("immature")), "immature")
    return Cell((found, " (n=", n, ")"), "small" if row["denominator"] < SMALL else "")
