"""Page one: whether quality or sales' hours suffer while the goals are pursued."""

from __future__ import annotations

import datetime as dt

from pipeline.board.naming import label, member
from pipeline.board.reading import Row
from pipeline.board.sentences import Cited, Sentence, difference, shown
from pipeline.board.why import SILENT, watched
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
_WITHOUT_RATE = ("xmr", "capacity")
_LATELY = 31


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
    silent = ", ".join(f"'{each}'" for each in SILENT)
    said = [
        page.say(
            "guardrails_counted",
            all=counted("", len(whole)),
            breach=counted("state = 'breach'", states.count("breach")),
            watch=counted("state = 'watch'", states.count("watch")),
            silent=counted(f"state in ({silent})", sum(state in SILENT for state in states)),
        )
    ]
    said += [_judged_by(page, each) for each in whole if _is_of_the_past(page, each)]
    told: dict[str, Sentence] = {}
    for board in page.night.boards:
        for sentence in watched(board):
            if sentence.code not in ("no_guardrails", "guardrail_silent"):
                told.setdefault(sentence.text_ja, sentence)
    return [*said, *told.values()]


def _is_of_the_past(page: Edition, each: Row) -> bool:
    """Tell whether a guardrail is judged by what lies more than a month back, for its results take their time."""
    return (
        each["state"] not in SILENT
        and None not in (each["period_start"], each["period_end"])
        and each["period_end"] < page.night.as_of - dt.timedelta(days=_LATELY)
    )


def _judged_by(page: Edition, each: Row) -> Sentence:
    days = {key: page.cited("guardrails", each, column) for key, column in (("first", "period_start"), ("last", "period_end"))}
    return page.say("guardrail_period", label=label(each), **days)


def _table(page: Edition, caption: str, rows: list[Row], *, folded: bool = False) -> DataTable:
    heads = ("guardrail", "state", "judged_by", "value", "compared_with", "difference", "margin", "owner_of")
    found = tuple(
        row(
            Cell(
                (f"{page.label(each)}({page.pick(member(each['channel']))})" if each["channel"] != "total" else page.label(each),)
            ),
            Cell((page.named("guardrails", each, "state", worded(each["state"])),), MARKS.get(str(each["state"]), "quiet")),
            Cell(page.pieces("span", first=_day(page, each, "period_start"), last=_day(page, each, "period_end"))),
            _value(page, each, "value", "numerator", "n"),
            _base(page, each),
            _difference(page, each),
            page.figure("guardrails", each, "margin", "points") if each["margin"] is not None else "",
            page.figure("guardrails", each, "owner"),
        )
        for each in rows
    )
    return DataTable(caption, columns([page.word(head) for head in heads], (3, 4, 5, 6)), found, folded=folded)


def _day(page: Edition, each: Row, column: str) -> Piece:
    return page.figure("guardrails", each, column)


def _unit(page: Edition, each: Row) -> str:
    """Return the unit of a guardrail's values: that of its metric where its months are charted, else they are rates."""
    if each["test"] != "xmr":
        return "rate"
    return next((str(one["unit"] or "") for one in page.night.tables["metrics"] if one["metric"] == each["metric"]), "")


def _value(page: Edition, each: Row, value: str, numerator: str, cases: str) -> Cell:
    """Show a value with the cases that it rests on."""
    rate = page.figure("guardrails", each, value, _unit(page, each))
    if each[value] is None or each[cases] is None or each[numerator] is None:
        return Cell((rate,))
    over, of = (page.figure("guardrails", each, column, "cases") for column in (numerator, cases))
    few = each["test"] not in _WITHOUT_RATE and each["min_n"] is not None and each[cases] < each["min_n"]
    return Cell((rate, " (", over, "/", of, ")"), "small" if few else "")


def _base(page: Edition, each: Row) -> Cell:
    """Show what the value is held against: a rate with its cases, the mean of a chart with its control limits."""
    if each["test"] != "xmr":
        return _value(page, each, "base", "base_numerator", "base_n")
    return Cell((page.figure("guardrails", each, "base", _unit(page, each)), *_bounds(page, each, _unit(page, each))))


def _difference(page: Edition, each: Row) -> Cell:
    unit = difference(_unit(page, each))
    bounds = () if each["test"] == "xmr" else _bounds(page, each, unit)
    return Cell((page.figure("guardrails", each, "diff", unit), *bounds))


def _bounds(page: Edition, each: Row, unit: str) -> tuple[Piece, ...]:
    if None in (each["ci_low"], each["ci_high"]):
        return ()
    low, high = (page.figure("guardrails", each, bound, unit) for bound in ("ci_low", "ci_high"))
    return (" [", low, " – ", high, "]")


def _texts(page: Edition, rows: list[Row]) -> Block:
    column = "text_ja" if page.language == "ja" else "text_en"
    found = tuple(row(page.label(each), page.figure("guardrails", each, column)) for each in rows)
    caption = page.word("guardrails_texts")
    return DataTable(caption, columns([page.word("guardrail"), page.word("in_words")]), found, folded=True)
