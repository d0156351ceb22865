"""Page one: what a goal's gap is made of, of which kind it is, and in whose hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pipeline.board.naming import factor_label, member
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Cited, Pair, Sentence, cite, difference, shown
from pipeline.board.why import made_of
from pipeline.board.wording import ROLES, worded
from pipeline.report import charts
from pipeline.report.blocks import (
    Block,
    Cell,
    Chart,
    DataTable,
    Fold,
    Grid,
    Group,
    Mark,
    Piece,
    Said,
    Section,
    columns,
    row,
    text,
)
from pipeline.report.edition import SMALL, Edition
from pipeline.report.scales import scale_of
from pipeline.shapes import is_currency, literal

GAP = "gap_decomposition"
_SHOWN = 12
"""Rows of the table by channel."""
_SENTENCES = 3
"""Sentences that are seen without opening anything."""
_APART = ("phasing", "outside", "plan_timing", "definition_change")
KINDS = ("volume", "quality", "price", "speed", "other")
HANDS = ("marketing", "sales", "nobody")


def gap(page: Edition) -> Section:
    """Explain each goal's gap: by kind, by whose hands it is in, drawn from target to landing, in sentences, by channel.

    Where the landing is explained, the gap to date is left to `kgi goals --why`.
    """
    cards = tuple(Group(page.label(board.kgi), tuple(_explained(page, board))) for board in page.night.boards)
    return Section("gap", page.word("gap_title"), (Grid(cards),), (page.word("q3"), page.word("q4")))


def basis_of(board: GoalBoard) -> str | None:
    """Return the basis by which a goal's gap is explained: its landing, else the gap to date, else none."""
    found = (basis for basis in ("cohort_landing", "to_date") if board.row(GAP, basis=basis, kind="total"))
    return next(found, None)


def _explained(page: Edition, board: GoalBoard) -> Iterator[Block]:
    basis = basis_of(board)
    told = tuple(made_of(board))
    if basis is None:
        yield Said(told)
        return
    codes = [each.code for each in told]
    begun = codes.index(f"basis_{basis}") + 1
    ended = next((at for at in range(begun, len(codes)) if codes[at].startswith("basis_")), len(codes))
    yield Said((*told[:begun], *_summed(page, board, basis)))
    yield _waterfall(page, board, basis)
    seen = min(begun + _SENTENCES, ended)
    yield Said(told[begun:seen])
    if told[seen:ended]:
        yield Fold(page.word("gap_more"), (Said(told[seen:ended]),))
    yield _by_channel(page, board, basis)


def _summed(page: Edition, board: GoalBoard, basis: str) -> Iterator[Sentence]:
    """Say how much of the gap is volume, quality, price or speed, and how much is in whose hands."""
    rows = board.rows(GAP, basis=basis, kind="subtotal")
    yield from _sentence(page, board, rows, "kinds", KINDS, lambda each: kind_of(board, str(each["factor"])))
    yield from _sentence(page, board, rows, "hands", HANDS, lambda each: str(each["controller"] or "nobody"))


def kind_of(board: GoalBoard, factor: str) -> str:
    """Return whether a factor is volume, quality, price or speed; what is none of these is `other`."""
    if factor == "speed" or factor in _APART:
        return "speed" if factor == "speed" else "other"
    unit = str((board.node(factor) or {}).get("unit"))
    return {"count": "volume", "rate": "quality", "fraction": "quality"}.get(unit, "price" if is_currency(unit) else "other")


def _sentence(
    page: Edition, board: GoalBoard, rows: Sequence[Row], key: str, names: Sequence[str], of: Callable[[Row], str]
) -> Iterator[Sentence]:
    prefix = key[:-1]  # kinds are told by kind_*, hands by hand_*
    by_name = {name: [each for each in rows if of(each) == name] for name in names}
    clauses = [
        page.say(f"{prefix}_{name}", size=_sum(board, found))
        for name, found in by_name.items()
        if any(each["contribution"] for each in found)
    ]
    if clauses:
        yield page.say(key, parts=Sentence(key, (_joined(clauses, 0, "、"), _joined(clauses, 1, ", "))))


def _joined(clauses: Sequence[Sentence], at: int, comma: str) -> tuple[str | Cited, ...]:
    found: list[str | Cited] = []
    for number, clause in enumerate(clauses):
        found += [comma] if number else []
        found += clause.pieces[at]
    return tuple(found)


def _sum(board: GoalBoard, rows: Sequence[Row]) -> Cited:
    """Cite the sum of several subtotals."""
    key = {name: rows[0][name] for name in ("as_of_date", "kgi_id", "basis", "kind")}
    named = ", ".join(literal(str(each["factor"])) for each in rows)
    value = sum(float(each["contribution"]) for each in rows)
    words = shown(value, difference(board.kgi["unit"]))
    return Cited(GAP, key, "sum(contribution)", value, words, f"factor in ({named})")


def _waterfall(page: Edition, board: GoalBoard, basis: str) -> Chart:
    goal, unit = board.kgi, str(board.kgi["unit"])
    total = board.row(GAP, basis=basis, kind="total")
    assert total is not None  # a basis is one that has a total
    parts = sorted(board.rows(GAP, basis=basis, kind="subtotal"), key=lambda each: -abs(each["contribution"]))
    scale = scale_of(page, unit, max(abs(total["plan"]), abs(total["actual"])))
    drawn_parts = [each for each in parts if scale.write(abs(each["contribution"])).strip("%") not in ("0", "0.0", "0.00")]
    good = 1 if goal["direction"] == "up" else -1
    first, last = ("target", "landing") if basis == "cohort_landing" else ("due_by_now", "actual")
    steps = [
        charts.Step(page.word(first), total["plan"], scale.write(total["plan"]), is_total=True),
        *(
            charts.Step(
                page.pick(factor_label(board, each["factor"], basis)),
                each["contribution"],
                scale.write(each["contribution"], signed=True),
                good=each["contribution"] * good > 0,
            )
            for each in drawn_parts
        ),
        charts.Step(page.word(last), total["actual"], scale.write(total["actual"]), is_total=True),
    ]
    title = page.word("waterfall" if basis == "cohort_landing" else "waterfall_to_date", label=page.label(goal))
    spoken = {"target": total["plan"], "actual": total["actual"], "gap": total["contribution"]}
    about = page.word("waterfall_about", **{key: page.spoken(value, unit) for key, value in spoken.items()})
    frame = charts.Frame(f"gap-{board.name}", title, about)
    drawn = charts.waterfall(frame, steps, scale, page.word("axis_cut"))
    return Chart(frame.name, title, drawn, _factors(page, board, [*parts, total], title), page.word("waterfall_note"))


def _factors(page: Edition, board: GoalBoard, rows: Sequence[Row], caption: str) -> DataTable:
    """Return the chart's table: a row per factor, and the whole gap."""
    unit = difference(board.kgi["unit"])
    heads = ("factor", "contribution", "share_of_gap", "controller", "chance_or_not")
    found = tuple(
        row(
            page.word("gap_total") if each["kind"] == "total" else page.pick(factor_label(board, each["factor"], each["basis"])),
            page.goal_figure(GAP, each, "contribution", unit),
            page.goal_figure(GAP, each, "share_of_gap", "rate"),
            _worded(page, each, "controller", ROLES),
            _noise(page, board, each),
        )
        for each in rows
    )
    return DataTable(caption, columns([page.word(head) for head in heads], (1, 2)), found)


def _worded(page: Edition, each: Row, column: str, words: Mapping[str, Pair]) -> Piece:
    """Show a code of a row of the gap in words."""
    if each[column] is None:
        return "" if each["kind"] == "total" else page.word("nobody")
    found = cite(GAP, each, column)
    return Cited(found.table, found.key, column, found.value, worded(each[column], dict(words)))


def _noise(page: Edition, board: GoalBoard, each: Row) -> Cell:
    if each["kind"] == "total" or not each["contribution"]:
        return text("")
    if each["within_noise"] is None:
        return text(page.word("not_tested"), mark="quiet")
    found = cite(GAP, each, "within_noise")
    key = "within_chance" if each["within_noise"] else "beyond_chance"
    hurts = each["contribution"] < 0 if board.kgi["direction"] == "up" else each["contribution"] > 0
    mark: Mark = "quiet" if each["within_noise"] else "bad" if hurts else "good"
    return text(Cited(found.table, found.key, found.column, found.value, page.pair(key)), mark=mark)


def _actual(page: Edition, each: Row, unit: str) -> Cell:
    """Show what a factor was; a rate or a price with the cases that it divides by, pale where they are few."""
    found = page.goal_figure(GAP, each, "actual", unit)
    if each["actual"] is None or each.get("n") is None:
        return Cell((found,))
    return Cell((found, " (n=", page.goal_figure(GAP, each, "n", "cases"), ")"), "small" if each["n"] < SMALL else "")


def _by_channel(page: Edition, board: GoalBoard, basis: str) -> DataTable:
    """List the largest parts by channel and factor, with plan and actual of each; the caption says how many there are."""
    unit = difference(board.kgi["unit"])
    parts = [each for each in board.rows(GAP, basis=basis, kind="part") if each["contribution"]]
    parts.sort(key=lambda each: -abs(each["contribution"]))

    def line(each: Row) -> tuple[Cell, ...]:
        node = board.node(str(each["factor"]))
        node_unit = str(node["unit"] or "") if node else "" if each["factor"] == "speed" else str(board.kgi["unit"])
        channel = page.pair("not_divided") if each["channel"] == "total" else member(each["channel"])
        what = f"{page.pick(channel)} / {page.pick(factor_label(board, each['factor'], basis))}"
        size = page.goal_figure(GAP, each, "contribution", unit)
        return row(what, size, page.goal_figure(GAP, each, "plan", node_unit), _actual(page, each, node_unit))

    heads = [page.word(key) for key in ("channel_factor", "contribution", "plan", "actual")]
    caption = page.word("by_channel", label=page.label(board.kgi), shown=min(_SHOWN, len(parts)), all=len(parts))
    return DataTable(caption, columns(heads, (1, 2, 3)), tuple(map(line, parts[:_SHOWN])), page.word("no_parts"), folded=True)
