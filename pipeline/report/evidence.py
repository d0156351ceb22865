"""Part two: what the numbers rest on: what changed since the last night, how fresh the exports are, rejects, checks, runs."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.board.naming import member, same
from pipeline.board.reading import Row
from pipeline.board.sentences import Cited, Sentence, difference
from pipeline.board.wording import worded
from pipeline.report.blocks import Block, Cell, DataTable, Note, Piece, Said, Section, columns, row, text
from pipeline.report.edition import Cut, Edition
from pipeline.report.wording_evidence import CHECKS, GRAINS, LOADS, RULES, RUNS

_SHOWN = 20
CAUSES = ("late_rows", "corrected_rows", "deleted_rows", "undone_loads", "later_days", "definition", "logic", "unsplit")
_TAKEN = "filter (where status not in ('refused', 'undone'))"
_NEWEST, _FIRST = f"max(known_at) {_TAKEN}::date", f"min(known_at) {_TAKEN}::date"
_AGE = f"date_diff('day', {_NEWEST}, (select as_of_date from ops.manifest))"
_WEEK = "as_of_date > (select as_of_date - 7 from ops.manifest)"
_RHYTHM = f"date_diff('day', {_FIRST}, {_NEWEST}) / nullif(count(distinct known_at::date) {_TAKEN} - 1, 0)"
STALE_DAYS, STALE_TIMES = 3, 3
"""A source is stale that has brought nothing for longer than three days and three times its usual gap between deliveries."""

CUTS = (
    Cut(
        "restated",
        "main.restatement",
        ("as_of_date", "metric", "grain", "period_start", "dimension", "member"),
        where=_WEEK,
        order="as_of_date desc, dimension = 'total' desc, metric, period_start, member",
    ),
    Cut(
        "restated_counts",
        "main.restatement",
        (),
        (("numbers", "count(distinct (metric, grain, period_start, dimension, member))"), ("changes", "count(*)")),
        where=_WEEK,
    ),
    Cut(
        "sources",
        "ops.load",
        ("source_table",),
        (
            ("newest", _NEWEST),
            ("age", _AGE),
            ("rhythm", _RHYTHM),
            ("loads", "count(*)"),
            ("rows_read", "sum(rows_read)::bigint"),
            ("rows_rejected", "sum(rows_rejected)::bigint"),
            ("refused", "count(*) filter (where status not in ('loaded', 'undone'))"),
        ),
        order="age desc nulls last, source_table",
    ),
    Cut(
        "newest_loads",
        "ops.load",
        ("load_id",),
        where="load_id in (select max(load_id) from ops.load group by source_table)",
        order="source_table",
    ),
    Cut(
        "rejects",
        "ops.reject_count",
        ("source_table", "column_name", "rule"),
        (("rows", "sum(row_count)::bigint"),),
        order="rows desc",
    ),
    Cut(
        "checks",
        "ops.check_result",
        ("status", "severity"),
        (("checks", "count(*)"),),
        order="status <> 'pass' desc, severity",
    ),
    Cut(
        "failed_checks",
        "ops.check_result",
        ("suite", "on_name", "position"),
        where="status <> 'pass'",
        order="severity, suite, position",
    ),
    Cut("runs", "ops.run", ("run_id",), order="started_at desc"),
)


def restatements(page: Edition) -> Section:
    """Show which published numbers of the past changed within a week, on which night, and by what."""
    rows = page.night.rows("restated")
    if not rows:
        return Section("restatements", page.word("restatements_title"), (Note(page.word("nothing_restated")),))
    counts = page.night.rows("restated_counts")[0]
    said = page.say(
        "restated_said",
        numbers=page.cited("restated_counts", counts, "numbers", "count"),
        changes=page.cited("restated_counts", counts, "changes"),
    )
    heads = [page.word(key) for key in ("metric", "found_on", "period_of", "part_of", "before", "after", "change", "cause")]
    lines = tuple(_restated(page, each) for each in rows[:_SHOWN])
    blocks = (
        Said((said,)),
        DataTable(page.word("restated_caption", shown=len(lines), all=len(rows)), columns(heads, (4, 5, 6)), lines),
    )
    return Section("restatements", page.word("restatements_title"), blocks)


def _restated(page: Edition, each: Row) -> tuple[Cell, ...]:
    unit = str(each["unit"] or "")
    causes: list[str | Cited] = []
    for cause in CAUSES:
        if each[cause]:
            causes += [page.word("and") if causes else "", f"{page.word(cause)} "]
            causes += [page.cited("restated", each, cause, difference(unit))]
    return row(
        page.label(each),
        page.figure("restated", each, "as_of_date"),
        _period(page, each),
        page.pick(member(each["member"])),
        page.figure("restated", each, "value_before", unit),
        page.figure("restated", each, "value_after", unit),
        page.figure("restated", each, "change", difference(unit)),
        Cell(tuple(causes)),
    )


def _period(page: Edition, each: Row) -> Cell:
    """Show the month that a restated number is of, or the days of a longer period and how long it is."""
    if each["grain"] == "month":
        return text(page.figure("restated", each, "period_start", "month"))
    grain = page.named("restated", each, "grain", worded(each["grain"], GRAINS))
    first, last = (page.figure("restated", each, column) for column in ("period_start", "period_end"))
    return text(first, " – ", last, " (", grain, ")")


def data(page: Edition) -> Section:
    """Show how fresh and how sound what was read is: loads by source, rejects, checks, the last runs."""
    return Section("data", page.word("data_title"), tuple(_data(page)))


def stale(page: Edition) -> tuple[Row, ...]:
    """Return the sources that have brought nothing for longer than STALE_TIMES their usual gap, and longer than STALE_DAYS.

    A source with a single delivery has no rhythm that it could have lost. A refused file and an undone load brought nothing.
    """
    return tuple(
        each
        for each in page.night.rows("sources")
        if None not in (each["rhythm"], each["age"]) and each["age"] > max(STALE_DAYS, STALE_TIMES * each["rhythm"])
    )


def _data(page: Edition) -> Iterator[Block]:
    late = {each["source_table"] for each in stale(page)}
    sources = page.night.rows("sources")
    if sources:
        yield Said((*_oldest(page), *(page.say("stale_said", source=(name,) * 2) for name in sorted(late))))
        heads = [page.word(key) for key in ("export", "newest", "age", "rhythm", "deliveries", "rows_read", "rows_rejected")]
        yield DataTable(
            page.word("sources_caption"), columns(heads, range(2, 7)), tuple(_source(page, each, late) for each in sources)
        )
        yield Note(page.word("stale_rule"))
    yield from _loads(page)
    yield from _rejects(page)
    yield from _checks(page)
    heads = [page.word(key) for key in ("run", "as_of", "started", "outcome")]
    lines = tuple(
        row(
            *(page.figure("runs", each, column) for column in ("run_id", "as_of_date")),
            _moment(page, "runs", each, "started_at"),
            page.named("runs", each, "outcome", worded(each["outcome"], RUNS)),
        )
        for each in page.night.rows("runs")[:_SHOWN]
    )
    yield DataTable(page.word("runs_caption"), columns(heads), lines, folded=True)


def _oldest(page: Edition) -> Iterator[Sentence]:
    """Say when the exports were received: all of them, or which of them longest ago."""
    known = [each for each in page.night.rows("sources") if each["age"] is not None]
    for each in known[:1]:
        newest, age = page.cited("sources", each, "newest"), page.cited("sources", each, "age", "days")
        if each["age"] <= 0:
            yield page.say("freshness_now", newest=newest)
        elif len({row["newest"] for row in known}) == 1:
            yield page.say("freshness_same", newest=newest, age=age)
        else:
            yield page.say("freshness_said", source=(str(each["source_table"]),) * 2, newest=newest, age=age)


def _source(page: Edition, each: Row, late: set[object]) -> tuple[Cell, ...]:
    age = page.figure("sources", each, "age", "days", page.word("no_delivery"))
    return row(
        page.figure("sources", each, "source_table"),
        page.figure("sources", each, "newest", why=page.word("no_delivery")),
        Cell((age, " ", page.word("stale_mark")), "watch") if each["source_table"] in late else text(age),
        page.figure("sources", each, "rhythm", "days", page.word("no_rhythm" if each["newest"] else "no_delivery")),
        page.figure("sources", each, "loads"),
        page.figure("sources", each, "rows_read"),
        page.figure("sources", each, "rows_rejected"),
    )


def _loads(page: Edition) -> Iterator[Block]:
    """List the newest load of each export, taken in or not."""
    rows = page.night.rows("newest_loads")
    if rows:
        heads = [page.word(key) for key in ("export", "load", "file", "loaded_at", *_COUNTS, "outcome")]
        lines = tuple(
            row(
                *(page.figure("newest_loads", each, column) for column in ("source_table", "load_id", "file")),
                _moment(page, "newest_loads", each, "loaded_at"),
                *(page.figure("newest_loads", each, column) for column in _COUNTS),
                page.named("newest_loads", each, "status", worded(each["status"], LOADS)),
            )
            for each in rows
        )
        yield DataTable(page.word("loads_caption"), columns(heads, (1, 4, 5, 6)), lines, folded=True)


_COUNTS = ("rows_read", "rows_stored", "rows_rejected")


def _moment(page: Edition, cut: str, each: Row, column: str) -> Piece:
    """Show an instant to the minute."""
    if each[column] is None:
        return page.figure(cut, each, column)
    return page.named(cut, each, column, same(f"{each[column]:%Y-%m-%d %H:%M}"))


def _rejects(page: Edition) -> Iterator[Block]:
    rows = page.night.rows("rejects")
    if not rows:
        yield Note(page.word("no_rejects"))
        return
    heads = [page.word(key) for key in ("export", "column", "rule", "rows")]
    lines = tuple(
        row(
            page.figure("rejects", each, "source_table"),
            page.figure("rejects", each, "column_name") if each["column_name"] is not None else page.word("whole_record"),
            page.named("rejects", each, "rule", worded(each["rule"], RULES)),
            page.figure("rejects", each, "rows"),
        )
        for each in rows
    )
    yield DataTable(page.word("rejects_caption"), columns(heads, (3,)), lines)


def _checks(page: Edition) -> Iterator[Block]:
    rows = page.night.rows("checks")
    if rows:
        heads = [page.word(key) for key in ("severity", "status", "checks")]
        lines = tuple(
            row(
                page.named("checks", each, "severity", worded(each["severity"], CHECKS)),
                page.named("checks", each, "status", worded(each["status"], CHECKS)),
                page.figure("checks", each, "checks"),
            )
            for each in rows
        )
        yield DataTable(page.word("checks_caption"), columns(heads, (2,)), lines)
    failed = page.night.rows("failed_checks")
    if failed:
        heads = [page.word(key) for key in ("check", "on_table", "severity", "unexpected")]
        description = "description_ja" if page.language == "ja" else "description_en"
        lines = tuple(
            row(
                _what(page, each, description),
                page.figure("failed_checks", each, "on_name"),
                page.named("failed_checks", each, "severity", worded(each["severity"], CHECKS)),
                page.figure("failed_checks", each, "unexpected_count"),
            )
            for each in failed
        )
        yield DataTable(page.word("failed_caption"), columns(heads, (3,)), lines)


def _what(page: Edition, each: Row, description: str) -> Cell:
    """Say what a check looks at: its description, or else its kind and its column."""
    if each[description] is not None:
        return text(page.figure("failed_checks", each, description))
    column = (" ", page.figure("failed_checks", each, "column_name")) if each["column_name"] is not None else ()
    return text(page.figure("failed_checks", each, "expectation"), *column)
