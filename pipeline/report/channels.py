"""Part two: which channels and campaigns lead to won deals, and what sales says of their appointments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.board.naming import member
from pipeline.board.reading import Row
from pipeline.board.sentences import Cited, Sentence
from pipeline.report.blocks import Absent, Block, Cell, DataTable, Note, Piece, Said, Section, columns, row
from pipeline.report.edition import SMALL, Cut, Edition

_SHOWN = 12
_SUMS = (
    ("appointments", "sum(appointments)"),
    ("appointments_valid", "sum(appointments_valid)"),
    ("valid_rate", "sum(appointments_valid) / nullif(sum(appointments), 0)"),
    ("valid_opportunities", "sum(valid_opportunities)"),
    ("won", "sum(won)"),
    ("won_amount", "sum(won_amount)"),
    ("feedback_given", "sum(feedback_given)"),
    ("feedback_due", "sum(feedback_due)"),
    ("feedback_rate", "sum(feedback_given) / nullif(sum(feedback_due), 0)"),
    ("cost", "sum(cost)"),
    ("cost_per_valid", "sum(cost) / nullif(sum(valid_opportunities), 0)"),
    ("is_mature", "bool_and(is_mature)"),
)
CUTS = (
    Cut("channel_feedback", "main.campaign_feedback", ("channel",), _SUMS, order="won_amount desc nulls last, channel"),
    Cut(
        "campaign_feedback",
        "main.campaign_feedback",
        ("channel", "campaign_id"),
        (*_SUMS, ("top_lost_reason", "mode(top_lost_reason order by lost desc, top_lost_reason)")),
        where="campaign_id <> '(none)'",
        order="won_amount desc nulls last, appointments desc, campaign_id",
    ),
    Cut("campaign_names", "marts.dim_campaign", ("campaign_id",), where="campaign_name is not null"),
    Cut("all_feedback", "main.campaign_feedback", (), _SUMS),
    Cut("channel_credit", "main.attribution_channel", ("channel",), order="share_w_shaped desc"),
)


def channels(page: Edition) -> Section:
    """Show by channel and by campaign how far appointments went, what sales returned, what they cost, and their credit."""
    rows = page.night.rows("channel_feedback")
    blocks = tuple(_blocks(page, rows)) if rows else (Note(page.word("no_campaigns")),)
    return Section("channels", page.word("channels_title"), blocks, (page.word("q9"),))


def _blocks(page: Edition, rows: Sequence[Row]) -> Iterator[Block]:
    yield Said(tuple(_said(page, rows)))
    yield _channels(page, rows)
    yield _campaigns(page)
    yield Note(page.word("channels_note"))


def _said(page: Edition, rows: Sequence[Row]) -> Iterator[Sentence]:
    best = next((each for each in rows if each["channel"] is not None and each["won_amount"]), None)
    if best:
        yield page.say(
            "best_channel",
            channel=_name(best["channel"]),
            amount=page.cited("channel_feedback", best, "won_amount", page.currency),
            won=page.cited("channel_feedback", best, "won", "count"),
        )
    every = page.night.rows("all_feedback")[0]
    if every["feedback_rate"] is not None:
        said = {
            "rate": page.cited("all_feedback", every, "feedback_rate", "rate"),
            "due": page.cited("all_feedback", every, "feedback_due"),
        }
        yield page.say("feedback_in_time", **said)


def _channels(page: Edition, rows: Sequence[Row]) -> DataTable:
    heads = [page.word(key) for key in ("channel", *_HEADS, "credit")]
    credit = {each["channel"]: each for each in page.night.rows("channel_credit")}
    lines = tuple(
        row(
            page.pick(_name(each["channel"])),
            *_numbers(page, "channel_feedback", each),
            _credit(page, credit.get(each["channel"])),
        )
        for each in rows
    )
    return DataTable(page.word("channels_caption"), columns(heads, range(1, len(heads))), lines)


def _campaigns(page: Edition) -> DataTable:
    campaigns = page.night.rows("campaign_feedback")
    names = {each["campaign_id"]: each for each in page.night.rows("campaign_names")}
    heads = [page.word(key) for key in ("campaign", "channel", *_HEADS, "lost_reason")]
    found = tuple(
        row(
            _campaign(page, each, names.get(each["campaign_id"])),
            page.pick(_name(each["channel"])),
            *_numbers(page, "campaign_feedback", each),
            page.figure("campaign_feedback", each, "top_lost_reason", why=page.word("no_lost_reason")),
        )
        for each in campaigns[:_SHOWN]
    )
    caption = page.word("campaigns_caption", shown=len(found), all=len(campaigns))
    return DataTable(caption, columns(heads, range(2, len(heads) - 1)), found, page.word("no_campaigns"), folded=True)


def _campaign(page: Edition, each: Row, named: Row | None) -> Piece:
    if named is None:
        return page.figure("campaign_feedback", each, "campaign_id")
    return page.figure("campaign_names", named, "campaign_name")


_HEADS = ("appointments", "valid_rate", "valid_opportunities", "won_deals", "won_amount", "feedback", "cost_per_valid")


def _name(channel: object) -> tuple[str, str]:
    return ("キャンペーン不明", "no campaign known") if channel is None else member(channel)


def _numbers(page: Edition, cut: str, each: Row) -> tuple[Cell, ...]:
    def found(column: str, unit: str = "", why: str = "") -> Piece:
        return page.figure(cut, each, column, unit, why)

    unspent = page.word("no_cost" if each["cost"] is None else "no_valid")

    return row(
        found("appointments"),
        _share(page, cut, each, "valid_rate", "appointments", mature=bool(each["is_mature"])),
        found("valid_opportunities"),
        found("won"),
        found("won_amount", page.currency),
        _share(page, cut, each, "feedback_rate", "feedback_due", mature=True),
        found("cost_per_valid", page.currency, unspent),
    )


def _share(page: Edition, cut: str, each: Row, rate: str, cases: str, *, mature: bool) -> Cell:
    """Show a rate with its cases; one of cohorts that are not grown old, or of few, looks like it."""
    if each[rate] is None:
        return Cell((Absent(page.word("no_cases")),))
    pieces = (page.figure(cut, each, rate, "rate"), " (n=", page.figure(cut, each, cases), ")")
    if not mature:
        return Cell((*pieces, " ", page.word("immature")), "immature")
    return Cell(pieces, "small" if each[cases] < SMALL else "")


def _credit(page: Edition, each: Row | None) -> Cell:
    if each is None:
        return Cell((Absent(page.word("no_credit")),))
    share = page.figure("channel_credit", each, "share_w_shaped", "rate")
    width = round(100 * each["share_w_shaped"]) if isinstance(share, Cited) else None
    return Cell((share, " (n=", page.figure("channel_credit", each, "deals"), ")"), share=width)
