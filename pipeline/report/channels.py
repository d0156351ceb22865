"""Part two: which channels and campaigns lead to won deals, and what sales says of their appointments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.board.naming import member
from pipeline.board.reading import Row
from pipeline.board.sentences import Pair, Sentence
from pipeline.report.blocks import Block, Cell, DataTable, Note, Piece, Said, Section, columns, row
from pipeline.report.edition import Cut, Edition

_SHOWN = 12
_SPENT = "filter (where cost is not null)"
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
    ("valid_of_cost", f"sum(valid_opportunities) {_SPENT}"),
    ("cost_per_valid", f"sum(cost) / nullif(sum(valid_opportunities) {_SPENT}, 0)"),
    ("cost_is_mature", f"bool_and(is_mature) {_SPENT}"),
    ("is_mature", "bool_and(is_mature)"),
)
_OF_CAMPAIGNS = "campaign_id <> '(none)'"
CUTS = (
    Cut("channel_feedback", "main.campaign_feedback", ("channel",), _SUMS, where=_OF_CAMPAIGNS),
    Cut("nobodys_feedback", "main.campaign_feedback", ("campaign_id",), _SUMS, where="campaign_id = '(none)'"),
    Cut(
        "campaign_feedback",
        "main.campaign_feedback",
        ("channel", "campaign_id"),
        (*_SUMS, ("top_lost_reason", "mode(top_lost_reason order by lost desc, top_lost_reason)")),
        where=_OF_CAMPAIGNS,
        order="won_amount desc nulls last, appointments desc, campaign_id",
    ),
    Cut("campaign_names", "marts.dim_campaign", ("campaign_id",), where="campaign_name is not null"),
    Cut(
        "all_feedback",
        "main.campaign_feedback",
        (),
        (*_SUMS, ("first_month", "min(cohort_month)"), ("last_month", "max(cohort_month)")),
    ),
    Cut("channel_credit", "main.attribution_channel", ("channel",), order="channel = 'unattributed', share_w_shaped desc"),
    Cut(
        "all_credit",
        "main.attribution_channel",
        (),
        (("share_w_shaped", "sum(share_w_shaped)"), ("deals", "max(deals)")),
    ),
    Cut(
        "credited_deals",
        "main.attribution",
        (),
        (
            ("first_day", "min(opportunity_date)"),
            ("last_day", "max(opportunity_date)"),
            ("deals", "count(distinct opportunity_id)"),
        ),
    ),
)


def channels(page: Edition) -> Section:
    """Show by channel and by campaign how far appointments went, what sales returned, what they cost, and their credit."""
    rows = [(cut, each) for cut in ("channel_feedback", "nobodys_feedback") for each in page.night.rows(cut)]
    rows.sort(key=lambda found: (-float(found[1]["won_amount"] or 0), str(found[1].get("channel"))))
    blocks = tuple(_blocks(page, rows)) if rows else (Note(page.word("no_campaigns")),)
    return Section("channels", page.word("channels_title"), blocks, (page.word("q9"),))


def _blocks(page: Edition, rows: Sequence[tuple[str, Row]]) -> Iterator[Block]:
    yield Said(tuple(_said(page, rows)))
    yield _channels(page, rows)
    yield _campaigns(page)
    yield from _credit(page)
    yield Note(page.word("channels_note"))


def _said(page: Edition, rows: Sequence[tuple[str, Row]]) -> Iterator[Sentence]:
    best = next((each for _, each in rows if each.get("channel") is not None and each["won_amount"]), None)
    if best:
        yield page.say(
            "best_channel",
            channel=member(best["channel"]),
            amount=page.cited("channel_feedback", best, "won_amount", page.currency),
            won=page.cited("channel_feedback", best, "won", "count"),
        )
    every = page.night.rows("all_feedback")[0]
    yield page.say(
        "channels_period",
        first=page.cited("all_feedback", every, "first_month", "month"),
        last=page.cited("all_feedback", every, "last_month", "month"),
    )
    if every["feedback_rate"] is not None:
        said = {
            "rate": page.cited("all_feedback", every, "feedback_rate", "rate"),
            "due": page.cited("all_feedback", every, "feedback_due"),
        }
        yield page.say("feedback_in_time", **said)


def _channels(page: Edition, rows: Sequence[tuple[str, Row]]) -> DataTable:
    heads = [page.word(key) for key in ("channel", *_HEADS)]
    lines = tuple(row(page.pick(_name(page, cut, each)), *_numbers(page, cut, each)) for cut, each in rows)
    return DataTable(page.word("channels_caption"), columns(heads, range(1, len(heads))), lines)


def _name(page: Edition, cut: str, each: Row) -> Pair:
    """Name a channel: a campaign has none before it has a cost, and whom no campaign brought has none at all."""
    if cut == "nobodys_feedback":
        return page.pair("no_campaign")
    return page.pair("unpriced_campaigns") if each["channel"] is None else member(each["channel"])


def _campaigns(page: Edition) -> DataTable:
    campaigns = page.night.rows("campaign_feedback")
    names = {each["campaign_id"]: each for each in page.night.rows("campaign_names")}
    heads = [page.word(key) for key in ("campaign", "channel", *_HEADS, "lost_reason")]
    found = tuple(
        row(
            _campaign(page, each, names.get(each["campaign_id"])),
            page.word("not_in_costs") if each["channel"] is None else page.pick(member(each["channel"])),
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


def _numbers(page: Edition, cut: str, each: Row) -> tuple[Cell, ...]:
    unspent = page.word("no_cost" if each["cost"] is None else "no_valid")
    no_cases = page.word("no_cases")
    return row(
        page.figure(cut, each, "appointments"),
        page.rate(cut, each, "valid_rate", "appointments", why=no_cases, mature=bool(each["is_mature"])),
        page.figure(cut, each, "valid_opportunities"),
        page.figure(cut, each, "won"),
        page.figure(cut, each, "won_amount", page.currency),
        page.rate(cut, each, "feedback_rate", "feedback_due", why=no_cases),
        page.rate(
            cut,
            each,
            "cost_per_valid",
            "valid_of_cost",
            unit=page.currency,
            why=unspent,
            mature=bool(each["cost_is_mature"]),
        ),
    )


def _credit(page: Edition) -> Iterator[Block]:
    """Share all deals out among the channels; those that no channel came before have a row too, so that the shares sum to 1."""
    rows = page.night.rows("channel_credit")
    if not rows:
        return
    deals = page.night.rows("credited_deals")
    for each in deals:
        if each["first_day"] is not None:
            days = {name: page.cited("credited_deals", each, name) for name in ("first_day", "last_day")}
            yield Said((page.say("credit_period", deals=page.cited("credited_deals", each, "deals", "count"), **days),))
    heads = [page.word(key) for key in ("channel", "credit")]
    lines = [row(page.pick(member(each["channel"])), _share(page, "channel_credit", each)) for each in rows]
    lines += [row(page.word("all_channels"), _share(page, "all_credit", each)) for each in page.night.rows("all_credit")]
    yield DataTable(page.word("credit_caption"), columns(heads), tuple(lines))


def _share(page: Edition, cut: str, each: Row) -> Cell:
    found = page.rate(cut, each, "share_w_shaped", "deals")
    width = None if each["share_w_shaped"] is None or cut == "all_credit" else round(100 * each["share_w_shaped"])
    return replace(found, share=width)
