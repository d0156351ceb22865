"""Part two: why the pipeline moved, and what marketing carries of what sales will not reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.board.naming import label, reason_of, same
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Cited, Pair, Sentence
from pipeline.report import charts
from pipeline.report.blocks import Block, Cell, Chart, DataTable, Note, Said, Section, columns, row, text
from pipeline.report.edition import Cut, Edition
from pipeline.report.scales import month_name, scale_of

MONTHS = 12
"""How many months the table shows."""

MOVES: dict[str, tuple[int, bool]] = {
    "created": (1, True),
    "pulled_in": (1, True),
    "amount_up": (1, True),
    "amount_down": (-1, False),
    "pushed_out": (-1, False),
    "lost": (-1, False),
    "won": (-1, True),
}
"""Movement -> whether it adds to the pipeline or takes from it, and whether it is welcome."""

_COLUMNS = ("opening", *MOVES, "closing")
_COUNTS = ("open_deals", "deals_without_amount", "deals_pushed_out")
_SUMS = tuple((name, f"sum({name})") for name in (*_COLUMNS, *_COUNTS))
CUTS = (
    Cut(
        "pipeline_months",
        "main.pipeline_movement",
        ("month",),
        (*_SUMS, ("is_complete", "bool_and(is_complete)")),
        order="month desc",
    ),
    Cut("pipeline_units", "main.pipeline_movement", ("month", "sales_unit"), _SUMS, order="month desc, sales_unit"),
    Cut(
        "shortfalls",
        "main.v_latest_kgi",
        ("kgi_id", "grain"),
        (
            ("shortfall", "any_value(shortfall)"),
            ("shortfall_live", "any_value(shortfall_live)"),
            ("target", "any_value(target)"),
            ("target_now", "any_value(target * shortfall_live / nullif(shortfall, 0))"),
        ),
        where="grain = 'period' and shortfall is not null and target is not null",
        order="kgi_id",
    ),
)


def pipeline(page: Edition) -> Section:
    """Show how the newest month went from opening to closing, the months before it, and sales' shortfall then and now."""
    return Section("pipeline", page.word("pipeline_title"), tuple(_blocks(page)), (page.word("q11"),))


def _blocks(page: Edition) -> Iterator[Block]:
    months = page.night.rows("pipeline_months")
    shortfalls = tuple(_shortfalls(page))
    if not months:
        yield Note(page.word("no_pipeline"))
        yield Said(shortfalls)
        return
    newest = months[0]
    lacking = tuple(name for name in _COLUMNS if newest[name] is None)
    yield Said((*(_lacking(page, newest, lacking) if lacking else _moved(page, newest)), *shortfalls))
    if not lacking:
        yield _chart(page, newest)
    yield Note(page.word("pipeline_note"))
    heads = [page.word(name) for name in _COLUMNS]
    numeric = range(1, len(heads) + 1)
    rows = tuple(row(_month(page, each), *_cells(page, "pipeline_months", each)) for each in months[:MONTHS])
    yield DataTable(page.word("pipeline_months"), columns([page.word("month"), *heads], numeric), rows)
    units = page.night.rows("pipeline_units", month=newest["month"])
    yield DataTable(
        page.word("pipeline_units", month=month_name(page, newest["month"])),
        columns([page.word("sales_unit"), *heads], numeric),
        tuple(row(_unit(page, each), *_cells(page, "pipeline_units", each)) for each in units),
        folded=True,
    )


def _cells(page: Edition, cut: str, each: Row) -> Iterator[Cell]:
    for name in _COLUMNS:
        yield text(page.figure(cut, each, name, page.currency))


def _month(page: Edition, each: Row) -> str:
    month = month_name(page, each["month"])
    return month if each["is_complete"] else page.word("running_month", month=month)


def _unit(page: Edition, each: Row) -> str:
    return page.word("unassigned") if each["sales_unit"] == "unassigned" else str(each["sales_unit"])


def _lacking(page: Edition, newest: Row, names: Sequence[str]) -> Iterator[Sentence]:
    """Say which movements of a month have no value, so that nothing can be told or drawn of it."""
    said = [page.pair(name) for name in names]
    listed = ("、".join(ja for ja, _ in said), ", ".join(en for _, en in said))
    yield page.say("pipeline_lacking", month=same(month_name(page, newest["month"])), names=listed)


def _moved(page: Edition, newest: Row) -> Iterator[Sentence]:
    def sum_of(name: str, unit: str = page.currency) -> Cited | Pair:
        piece = page.figure("pipeline_months", newest, name, unit)
        return piece if isinstance(piece, Cited) else same(page.word("no_value"))

    month = same(month_name(page, newest["month"]))
    amounts = {name: sum_of(name) for name in ("opening", "closing", "created", "won", "lost")}
    yield page.say("pipeline_said", month=month, **amounts)
    if newest["deals_pushed_out"]:
        yield page.say("pipeline_slipped", pushed=sum_of("pushed_out"), deals=sum_of("deals_pushed_out", ""))
    if not newest["is_complete"]:
        yield page.say("pipeline_open", month=month)
    if newest["deals_without_amount"]:
        yield page.say("pipeline_unpriced", deals=sum_of("open_deals", ""), unpriced=sum_of("deals_without_amount", ""))


def _shortfalls(page: Edition) -> Iterator[Sentence]:
    boards = {board.name: board for board in page.night.boards}
    found = page.night.rows("shortfalls")
    for each in found:
        yield _shortfall(page, boards.get(each["kgi_id"]), each)
    if not found:
        yield page.say("shortfall_none")


def _shortfall(page: Edition, board: GoalBoard | None, each: Row) -> Sentence:
    """Say a goal's shortfall; a goal that the file does not describe stands by its name."""
    goal: Row = board.kgi if board else {"label_ja": each["kgi_id"], "label_en": each["kgi_id"], "unit": ""}
    pieces = {
        name: page.figure("shortfalls", each, name, goal["unit"])
        for name in ("shortfall", "shortfall_live", "target", "target_now")
    }
    said = {name: piece for name, piece in pieces.items() if isinstance(piece, Cited)}
    common: dict[str, Cited | Pair] = {"label": label(goal), "frozen": said["shortfall"], "target": said["target"]}
    if len(said) < len(pieces):
        return page.say("shortfall_unsaid", **common, reason=reason_of(goal, "shortfall_live"))
    return page.say("shortfall_said", **common, live=said["shortfall_live"], now=said["target_now"])


def _chart(page: Edition, newest: Row) -> Chart:
    """Draw the newest month: a bar per movement, hanging on the one before."""
    month = month_name(page, newest["month"])
    ends = {name: page.spoken(newest[name], page.currency) for name in ("opening", "closing")}
    scale = scale_of(page, page.currency, float(max(newest[name] for name in ("opening", "closing", "created"))))
    moves = {name: sign * float(newest[name]) for name, (sign, _) in MOVES.items()}
    steps = [
        _end(page, newest, "opening", scale),
        *(
            charts.Step(page.word(name), moved, scale.write(moved, signed=True), good=MOVES[name][1])
            for name, moved in moves.items()
        ),
        _end(page, newest, "closing", scale),
    ]
    title = page.word("pipeline_chart", month=month)
    frame = charts.Frame("pipeline-moves", title, page.word("pipeline_about", month=month, **ends))
    svg = charts.waterfall(frame, steps, scale, page.word("axis_cut"))
    rows = tuple(row(page.word(name), page.figure("pipeline_months", newest, name, page.currency)) for name in _COLUMNS)
    table = DataTable(title, columns([page.word("movement"), page.word("amount")], (1,)), rows)
    return Chart(frame.name, title, svg, table, page.word("moves_note"))


def _end(page: Edition, newest: Row, name: str, scale: charts.Scale) -> charts.Step:
    value = float(newest[name])
    return charts.Step(page.word(name), value, scale.write(value), is_total=True)
