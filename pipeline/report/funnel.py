"""Part two: what became of those who entered each stage, with what is decided told from what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.board.reading import Row
from pipeline.board.sentences import Sentence
from pipeline.board.wording import ROLES, worded
from pipeline.report.blocks import Block, Cell, DataTable, Note, Said, Section, Stacked, columns, row
from pipeline.report.edition import Cut, Edition
from pipeline.report.scales import month_name
from pipeline.report.wording_funnel import STAGES

_MONTHS = 12
_SUMS = (
    ("entered", "sum(entered)"),
    ("converted", "sum(converted)"),
    ("lost", "sum(lost)"),
    ("open", "sum(open)"),
    ("rate", "sum(converted) / nullif(sum(entered), 0)"),
    ("is_mature", "bool_and(is_mature)"),
)
_OF_YEAR = (
    "cohort_month >= (select any_value(fiscal_year_start) from marts.dim_fiscal_calendar"
    " where date = (select as_of_date from ops.manifest))"
)
CUTS = (
    Cut(
        "funnel_year",
        "main.funnel",
        ("step_rank", "stage", "to_stage", "stage_owner"),
        _SUMS,
        where=_OF_YEAR,
        order="step_rank",
    ),
    Cut(
        "funnel_grown",
        "main.funnel",
        ("step_rank", "stage", "to_stage"),
        _SUMS,
        where=f"is_mature and {_OF_YEAR.replace('cohort_month >=', 'cohort_month + interval 1 year >=')}",
        order="step_rank",
    ),
    Cut(
        "funnel_months",
        "main.funnel",
        ("step_rank", "stage", "to_stage", "cohort_month"),
        _SUMS,
        order="step_rank, cohort_month desc",
    ),
)


def funnel(page: Edition) -> Section:
    """Show the cohorts of the fiscal year step by step, and below each step its newest months."""
    return Section("funnel", page.word("funnel_title"), tuple(_blocks(page)))


def _blocks(page: Edition) -> Iterator[Block]:
    rows = page.night.rows("funnel_year")
    if not rows:
        yield Note(page.word("no_funnel"))
        return
    yield Said(tuple(_sentences(page, rows)))
    heads = [page.word(key) for key in ("step", "owner_department", *_HEADS)]
    lines = tuple(
        row(_step(page, each), page.pick(worded(each["stage_owner"], ROLES)), *_numbers(page, "funnel_year", each))
        for each in rows
    )
    yield DataTable(page.word("funnel_caption"), columns(heads, (2, 3, 4, 5)), lines)
    yield Note(page.word("funnel_note"))
    for each in rows:
        yield _months(page, each)


_HEADS = ("entered", "converted", "gone", "still_open", "what_became", "rate_so_far")


def _sentences(page: Edition, rows: tuple[Row, ...]) -> Iterator[Sentence]:
    """Say which step goes on least often, by cohorts that have had their time, and how much of this year's is still open.

    The decided ones of young cohorts tell nothing: deals are won sooner than they are lost.
    """
    grown = (each for each in page.night.rows("funnel_grown") if each["rate"] is not None)
    weakest = min(grown, key=lambda each: each["rate"], default=None)
    if weakest is None:
        return
    now = next((each for each in rows if each["step_rank"] == weakest["step_rank"]), None)
    yield page.say(
        "weakest_step",
        step=_pair(weakest),
        rate=page.cited("funnel_grown", weakest, "rate", "rate"),
        entered=page.cited("funnel_grown", weakest, "entered", "cases"),
    )
    if now is not None and now["open"]:
        yield page.say("still_waiting", step=_pair(now), open=page.cited("funnel_year", now, "open", "count"))


def _months(page: Edition, step: Row) -> DataTable:
    """List the newest cohorts of a step; those that are not grown old look like it."""
    rows = page.night.rows("funnel_months", stage=step["stage"], to_stage=step["to_stage"])[:_MONTHS]
    heads = [page.word(key) for key in ("cohort", *_HEADS)]
    lines = tuple(row(month_name(page, each["cohort_month"]), *_numbers(page, "funnel_months", each)) for each in rows)
    caption = page.word("cohorts_caption", step=_step(page, step))
    return DataTable(caption, columns(heads, (1, 2, 3, 4)), lines, page.word("no_funnel"), folded=True)


def _numbers(page: Edition, cut: str, each: Row) -> tuple[Cell, ...]:
    counts = tuple(Cell((page.figure(cut, each, key),)) for key in ("entered", "converted", "lost", "open"))
    rate = page.rate(cut, each, "rate", "entered", mature=bool(each["is_mature"]))
    return (*counts, Cell((), stack=_stack(each)), rate)


def _stack(each: Row) -> tuple[tuple[Stacked, int], ...]:
    """Return what became of those who entered, in whole percent that sum to a hundred; nothing where it is not known."""
    if not each["entered"] or None in (each["converted"], each["lost"]):
        return ()
    done, gone = (round(100 * int(each[key]) / int(each["entered"])) for key in ("converted", "lost"))
    return (("done", done), ("gone", min(gone, 100 - done)), ("waiting", max(100 - done - gone, 0)))


def _step(page: Edition, each: Row) -> str:
    return page.pick(_pair(each))


def _pair(each: Row) -> tuple[str, str]:
    first, second = (worded(each[key], STAGES) for key in ("stage", "to_stage"))
    return f"{first[0]} → {second[0]}", f"{first[1]} → {second[1]}"
