"""Page one: whether quality or sales' hours suffer while the goals are pursued."""

from __future__ import annotations

from pipeline.board.naming import member
from pipeline.board.reading import Row
from pipeline.board.sentences import Cited, Sentence, shown
from pipeline.board.why import watched
from pipeline.board.wording import worded
from pipeline.report.blocks import Block, Cell, DataTable, Note, Piece, Said, Section, columns, row
from pipeline.report.edition import Cut, Edition
from pipeline.report.standing import MARKS

_VIEW = "main.v_latest_guardrail"
CUTS = (
    Cut(
        "guardrails",
        _VIEW,
        ("guardrail", "channel", "period_start"),
        order="state = 'breach' desc, state = 'watch' desc, channel = 'total' desc, guardrail, channel",
    ),
)
_SILENT = ("insufficient_data", "immature", "stale")
_WITHOUT_RATE = ("xmr", "capacity")


def guardrails(page: Edition) -> Section:
    """Show every guardrail of all channels together, single ones where they are watched or breached, and each in words."""
    rows = page.night.rows("guardrails")
    shown_rows = [each for each in rows if each["channel"] == "total" or each["state"] in ("watch", "breach")]
    blocks: list[Block] = [Said(tuple(_sentences(page, rows)))]
    if rows:
        blocks += [_table(page, page.word("guardrails_caption"), shown_rows), _texts(page, shown_rows)]
        others = [each for each in rows if each not in shown_rows]
        blocks += [_table(page, page.word("guardrails_others"), others, folded=True)] if others else []
        blocks += [Note(page.word("guardrails_note"))]
    return Section("guardrails", page.word("guardrails_title"), tuple(blocks), (page.word("q5"),))


def _sentences(page: Edition, rows: tuple[Row, ...]) -> list[Sentence]:
    if not rows:
        return [page.say("guardrails_none")]
    total = "channel = 'total'"

    def counted(condition: str, count: int) -> Cited:
        return Cited(_VIEW, {}, "count(*)", count, shown(count, "count"), f"{total} and {condition}" if condition else total)

    whole = [each for each in rows if each["channel"] == "total"]
    states = [each["state"] for each in whole]
    silent = ", ".join(f"'{each}'" for each in _SILENT)
    said = [
        page.say(
            "guardrails_counted",
            all=counted("", len(whole)),
            breach=counted("state = 'breach'", states.count("breach")),
            watch=counted("state = 'watch'", states.count("watch")),
            silent=counted(f"state in ({silent})", sum(state in _SILENT for state in states)),
        )
    ]
    told: dict[str, Sentence] = {}
    for board in page.night.boards:
        for sentence in watched(board):
            if sentence.code not in ("no_guardrails", "guardrail_silent"):
                told.setdefault(sentence.text_ja, sentence)
    return [*said, *told.values()]


def _table(page: Edition, caption: str, rows: list[Row], *, folded: bool = False) -> DataTable:
    heads = ("guardrail", "state", "value", "compared_with", "difference", "owner_of")
    found = tuple(
        row(
            Cell(
                (f"{page.label(each)}({page.pick(member(each['channel']))})" if each["channel"] != "total" else page.label(each),)
            ),
            Cell((page.named("guardrails", each, "state", worded(each["state"])),), MARKS.get(str(each["state"]), "quiet")),
            _value(page, each, "value", "numerator", "n"),
            _value(page, each, "base", "base_numerator", "base_n"),
            _difference(page, each),
            page.figure("guardrails", each, "owner"),
        )
        for each in rows
    )
    return DataTable(caption, columns([page.word(head) for head in heads], (2, 3, 4)), found, folded=folded)


def _value(page: Edition, each: Row, value: str, numerator: str, cases: str) -> Cell:
    """Show a value with the cases that it rests on; one of an XmR chart or of hours has a unit of its own."""
    rate = page.figure("guardrails", each, value, "" if each["test"] == "xmr" else "rate")
    if each[value] is None or each[cases] is None or each[numerator] is None:
        return Cell((rate,))
    pieces = (rate, " (", page.figure("guardrails", each, numerator), "/", page.figure("guardrails", each, cases), ")")
    few = each["test"] not in _WITHOUT_RATE and each["min_n"] is not None and each[cases] < each["min_n"]
    return Cell(pieces, "small" if few else "")


def _difference(page: Edition, each: Row) -> Cell:
    unit = "" if each["test"] == "xmr" else "points"
    pieces: list[Piece] = [page.figure("guardrails", each, "diff", unit)]
    if each["ci_low"] is not None and each["ci_high"] is not None:
        low, high = (page.figure("guardrails", each, bound, unit) for bound in ("ci_low", "ci_high"))
        pieces += [" [", low, " – ", high, "]"]
    return Cell(tuple(pieces))


def _texts(page: Edition, rows: list[Row]) -> Block:
    column = "text_ja" if page.language == "ja" else "text_en"
    found = tuple(row(page.label(each), page.figure("guardrails", each, column)) for each in rows)
    caption = page.word("guardrails_texts")
    return DataTable(caption, columns([page.word("guardrail"), page.word("in_words")]), found, folded=True)
