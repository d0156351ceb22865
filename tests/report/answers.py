"""The twelve questions of a Monday, answered by hand: SQL on the published file -> what must be read on the page, in ja and en.

A figure is named by its value, as the page cites it; names and states by their words. What a company does not have is to be said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = Callable[[str], list[tuple[Any, ...]]]
Words = tuple[str, str]
"""In Japanese and in English."""

STATES: dict[str, Words] = {
    "ahead": ("先行", "ahead"),
    "on_track": ("順調", "on track"),
    "behind": ("遅れ", "behind"),
    "realistic": ("現実的", "realistic"),
    "stretch": ("やや困難", "a stretch"),
    "unlikely": ("困難", "unlikely"),
    "unrealistic": ("非現実的", "unrealistic"),
    "ok": ("正常", "ok"),
    "watch": ("要注意", "watch"),
    "breach": ("違反", "breached"),
    "volume": ("量", "volume"),
    "quality": ("質", "quality"),
    "price": ("単価", "price"),
    "speed": ("スピード", "speed"),
    "marketing": ("マーケティング", "marketing"),
    "sales": ("営業", "sales"),
}

GAP = (
    "with gap as (select *, contribution as size from v_latest_gap_decomposition whole where kind = 'subtotal' and basis ="
    " (select min(basis) from v_latest_gap_decomposition each where each.kgi_id = whole.kgi_id)),"
    " goal as (select kgi_id, label_ja, label_en from v_latest_kgi where grain = 'period') "
)
"""The parts of a goal's gap on the basis that is known: `cohort_landing` comes before `to_date`."""


@dataclass(frozen=True)
class Answer:
    """What must be read in a part of a section, without opening anything.

    `within` is the name that the part bears: the heading of a card, the beginning of a row, or words of a sentence; without it
    the whole section is meant. `says_no` asks for a sentence that something is not there, `alone` that there are no figures.
    """

    figures: tuple[object, ...] = ()
    words: tuple[Words, ...] = ()
    within: Words | None = None
    says_no: bool = False
    alone: bool = False


NOTHING = Answer(says_no=True, alone=True)


def has(rows: Rows, table: str) -> bool:
    """Tell whether a file has a table with rows."""
    there = rows(f"select 1 from duckdb_tables() where schema_name = 'main' and table_name = '{table}'")
    return bool(there) and bool(rows(f"select 1 from {table} limit 1"))


def plain(label: str) -> str:
    """Return a label without what is added in brackets."""
    return label.partition("（")[0].partition(" (")[0]


def will_it_be_reached(rows: Rows) -> list[Answer]:
    found = rows(
        "select label_ja, label_en, target, actual, landing_expected, landing_p10, landing_p90, p_attain, status, outlook"
        " from v_latest_kgi where grain = 'period'"
    )
    return [
        Answer(figures=tuple(figures), words=(STATES[status], STATES[outlook]), within=(ja, en))
        for ja, en, *figures, status, outlook in found
    ]


def ahead_or_behind(rows: Rows) -> list[Answer]:
    found = rows(
        "select label_ja, label_en, pace, gap_to_date, business_days_left, required_per_business_day"
        " from v_latest_kgi where grain = 'period'"
    )
    return [Answer(figures=tuple(figures), within=(ja, en)) for ja, en, *figures in found]


def what_is_missing(rows: Rows) -> list[Answer]:
    """Find the factor that hurts most, of those that are in somebody's hands."""
    found = rows(
        GAP + "select goal.label_ja, goal.label_en, tree.label_ja, tree.label_en, size, share_of_gap"
        " from gap join goal using (kgi_id) join kgi_tree tree on tree.kgi_id = gap.kgi_id and tree.node = gap.factor"
        " qualify size = min(size) over (partition by gap.kgi_id)"
    )
    return [
        Answer(
            figures=(size, *([share] if share is not None and abs(share) <= 2 else [])),
            words=((plain(factor_ja), plain(factor_en)),),
            within=(ja, en),
        )
        for ja, en, factor_ja, factor_en, size, share in found
    ]


def volume_quality_price_or_speed(rows: Rows) -> list[Answer]:
    kinds = (
        "case when factor = 'speed' then 'speed' when unit = 'count' then 'volume' when unit = 'rate' then 'quality'"
        " when unit is not null then 'price' end"
    )
    tree = "left join (select kgi_id, node as factor, unit from kgi_tree) using (kgi_id, factor)"
    asked = [
        f"select label_ja, label_en, {what} as word, sum(size) from gap {tree} join goal using (kgi_id) where {what} is not null"
        " group by all having sum(size) <> 0"
        for what in (kinds, "case when controller in ('marketing', 'sales') then controller end")
    ]
    found = [row for question in asked for row in rows(GAP + question)]
    return [Answer(figures=(size,), words=(STATES[word],), within=(ja, en)) for ja, en, word, size in found]


def has_quality_suffered(rows: Rows) -> list[Answer]:
    if not has(rows, "guardrail"):
        return [NOTHING]
    found = rows(
        "select label_ja, label_en, state, value, numerator, case when numerator is not null then n end, period_start, period_end"
        " from v_latest_guardrail where channel = 'total' or state in ('watch', 'breach')"
    )
    return [
        Answer(figures=tuple(each for each in figures if each is not None), words=(STATES[state],), within=(ja, en))
        for ja, en, state, *figures in found
    ]


def until_which_month(rows: Rows) -> list[Answer]:
    found = rows(
        "select goal.label_ja, goal.label_en, tree.label_ja, tree.label_en, required_p50, required_p80, latest_useful_month"
        " from v_latest_kgi goal left join v_latest_kpi_target target on target.kgi_id = goal.kgi_id"
        " and target.grain = 'period' and required_p50 is not null"
        " left join kgi_tree tree on tree.kgi_id = goal.kgi_id and tree.node = target.metric where goal.grain = 'period'"
    )
    return [
        Answer(within=(ja, en), says_no=True)
        if even is None
        else Answer(figures=(even, safe, month), words=((plain(what_ja), plain(what_en)),), within=(ja, en))
        for ja, en, what_ja, what_en, even, safe, month in found
    ]


def what_helps_most(rows: Rows) -> list[Answer]:
    found = rows(
        "select goal.label_ja, goal.label_en, tree.label_ja, tree.label_en, cost, recovery from v_latest_kgi goal"
        " left join lever on lever.kgi_id = goal.kgi_id and rank = 1"
        " left join kgi_tree tree on tree.kgi_id = goal.kgi_id and node = factor where goal.grain = 'period'"
    )
    return [
        Answer(within=(ja, en), says_no=True)
        if recovery is None
        else Answer(
            figures=(recovery, *([cost] if cost is not None else [])),
            words=((plain(what_ja), plain(what_en)),),
            within=(ja, en),
            says_no=cost is None,
        )
        for ja, en, what_ja, what_en, cost, recovery in found
    ]


def did_it_work(rows: Rows) -> list[Answer]:
    if not has(rows, "initiative"):
        return [NOTHING]
    found = rows(
        "select label_ja, label_en, effect, ci_low, ci_high, claim, effect.readable_from"
        " from initiative join initiative_effect effect using (initiative)"
    )
    return [
        Answer(figures=(date,), within=(ja, en), says_no=True)
        if effect is None
        else Answer(figures=(effect, low, high), within=(ja, en), says_no=claim == "none")
        for ja, en, effect, low, high, claim, date in found
    ]


def whose_deals_are_won(rows: Rows) -> list[Answer]:
    if not has(rows, "campaign_feedback"):
        return [NOTHING]
    channel, won, amount, given, due = rows(
        "select channel, sum(won), sum(won_amount) as amount, sum(feedback_given), sum(feedback_due) from campaign_feedback"
        " group by channel order by amount desc limit 1"
    )[0]
    return [Answer(figures=(won, amount, given / due, due), within=(channel, channel))]


def do_they_agree(rows: Rows) -> list[Answer]:
    if not has(rows, "sharing"):
        return [NOTHING]
    due, given = rows(
        "select appointments_due, with_disposition from sharing where direction = 'sales_to_marketing' order by month desc"
    )[0]
    counted = rows("select count_marketing, count_sales, count_both from count_agreement order by period_start desc")[0]
    return [Answer(figures=(due, given / due)), Answer(figures=counted)]


def why_did_the_pipeline_move(rows: Rows) -> list[Answer]:
    if not has(rows, "pipeline_movement"):
        return [NOTHING]
    moved = rows(
        "select sum(opening), sum(closing), sum(created), sum(won), sum(lost), sum(pushed_out) from pipeline_movement"
        " group by month order by month desc"
    )[0]
    live = rows("select shortfall_live from v_latest_kgi where grain = 'period' and shortfall_live is not null")
    return [Answer(figures=moved), *(Answer(figures=row) for row in live)]


def was_it_done(rows: Rows) -> list[Answer]:
    """Count what was decided in a week and in four, and the forecasts that came true."""
    week = rows("select count(*) from action where decided_on > (select max(as_of_date) from kgi) - 7")[0]
    month = rows(
        "select count(*), count(*) filter (where done_on is not null), count(*) filter (where done_on is null and due < today)"
        " from action, (select max(as_of_date) as today from kgi) where decided_on > today - 28"
    )[0]
    judged = rows("select count(*), count(*) filter (where covered) from backtest")[0]
    return [Answer(figures=(*week, *month)), Answer(figures=judged) if judged[0] else Answer(says_no=True)]


ANSWERS: tuple[Callable[[Rows], list[Answer]], ...] = (
    will_it_be_reached,
    ahead_or_behind,
    what_is_missing,
    volume_quality_price_or_speed,
    has_quality_suffered,
    until_which_month,
    what_helps_most,
    did_it_work,
    whose_deals_are_won,
    do_they_agree,
    why_did_the_pipeline_move,
    was_it_done,
)
"""In the order of docs/monday.md."""
