"""Part two: every KPI of the trees month by month against its target, and by fiscal year, first and second half."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.board.naming import label, reason_of
from pipeline.board.reading import Row
from pipeline.board.sentences import RATES, Cited, Pair, shown
from pipeline.report import charts
from pipeline.report.blocks import Block, Cell, Chart, DataTable, Grid, Group, Mark, Note, Said, Section, columns, row
from pipeline.report.edition import SMALL, Cut, Edition
from pipeline.report.scales import month_name, scale_of
from pipeline.shapes import literal

_MONTHS = 24
_BY_MONTH = "grain = 'month' and dimension = 'total'"
_DATED = f"{_BY_MONTH} and fiscal_year_start is not null"
_CALENDAR = "main.v_latest_kpi as kpi join marts.dim_fiscal_calendar as day on day.date = kpi.period_start"
_SECOND = "cast(fiscal_year_start + interval 6 month as date)"
_GROWN = "filter (where maturity is distinct from 'immature')"
_SUMS = (
    ("total", "sum(value)"),
    ("rate", f"sum(numerator) {_GROWN} / nullif(sum(denominator) {_GROWN}, 0)"),
    ("cases", f"sum(denominator) {_GROWN}"),
    ("target_total", "sum(target)"),
    ("target_rate", "case when min(target) = max(target) then min(target) end"),
    ("months", "count(*)"),
    ("target_months", "count(target)"),
    ("young_months", "count(*) filter (where maturity = 'immature')"),
    ("first_day", "min(period_start)"),
    ("last_day", "max(period_end)"),
    ("fiscal_year", "any_value(fiscal_year)"),
    ("second_start", f"any_value({_SECOND})"),
)
_KEYS = ("metric", "fiscal_year_start")
_ORDER = "metric, fiscal_year_start"
CUTS = (
    Cut(
        "kpi_months",
        "main.v_latest_kpi",
        ("metric", "grain", "period_start", "dimension", "member"),
        where=f"{_BY_MONTH} and period_start is not null and period_end is not null",
        order="metric, period_start",
    ),
    Cut("kpi_first_halves", _CALENDAR, _KEYS, _SUMS, where=f"{_DATED} and period_start < {_SECOND}", order=_ORDER),
    Cut("kpi_second_halves", _CALENDAR, _KEYS, _SUMS, where=f"{_DATED} and period_start >= {_SECOND}", order=_ORDER),
    Cut("kpi_years", _CALENDAR, _KEYS, _SUMS, where=_DATED, order=_ORDER),
)
_PERIODS = (("kpi_first_halves", "first_half"), ("kpi_second_halves", "second_half"), ("kpi_years", ""))
"""The sums of a fiscal year in their order, with what each is called beside the year."""


def trends(page: Edition) -> Section:
    """Draw every KPI that a tree names against its target, each once, and sum it up by half and year."""
    names = dict.fromkeys(str(node["node"]) for board in page.night.boards for node in board.rows("kgi_tree"))
    found = [(name, page.night.rows("kpi_months", metric=name)[-_MONTHS:]) for name in names]
    cards = tuple(Group(page.label(rows[0]), tuple(_card(page, name, rows))) for name, rows in found if rows)
    if not cards:
        return Section("trends", page.word("trends_title"), (Note(page.word("no_trends")),))
    missed = _missed(page, [rows for _, rows in found if rows])
    blocks: tuple[Block, ...] = (*((missed,) if missed else ()), Note(page.word("trends_note")), Grid(cards))
    return Section("trends", page.word("trends_title"), blocks)


def _missed(page: Edition, kpis: Sequence[Sequence[Row]]) -> Said | None:
    """Say which KPIs were short of their target in the newest month that is over, and how many of them by no more than chance."""
    over = [row["period_start"] for rows in kpis for row in rows if row["period_end"] <= page.night.as_of]
    if not over:
        return None
    month = max(over)
    named = [row for rows in kpis for row in rows if row["period_start"] == month]
    names = ", ".join(literal(row["metric"]) for row in named)

    def counted(rows: Sequence[Row], condition: str) -> Cited:
        asked = f"{_BY_MONTH} and metric in ({names}) and {condition}"
        return Cited("main.v_latest_kpi", {"period_start": month}, "count(*)", len(rows), shown(len(rows), ""), asked)

    judged = [row for row in named if row["status"] in ("ok", "short")]
    short = [row for row in judged if row["status"] == "short"]
    asked = f"{_BY_MONTH} and metric in ({names})"
    parts: dict[str, Cited | Pair] = {
        "month": Cited("main.v_latest_kpi", {"period_start": month}, "period_start", month, shown(month, "month"), asked),
        "all": counted(judged, "status in ('ok', 'short')"),
    }
    said = []
    if short:
        which = ("、".join(label(row)[0] for row in short), ", ".join(label(row)[1] for row in short))
        said += [page.say("kpis_short", **parts, short=counted(short, "status = 'short'"), which=which)]
        if of_chance := [row for row in short if row["within_noise"]]:
            said += [page.say("kpis_of_chance", noise=counted(of_chance, "status = 'short' and within_noise"))]
        if untested := [row for row in short if row["within_noise"] is None]:
            said += [page.say("kpis_untested", count=counted(untested, "status = 'short' and within_noise is null"))]
    elif judged:
        said += [page.say("kpis_reached", **parts)]
    if silent := [row for row in named if row not in judged]:
        named_with_why = [(label(row), reason_of(row, "target" if row["target"] is None else "value")) for row in silent]
        which = (
            "、".join(f"{words[0]}({why[0]})" for words, why in named_with_why),
            ", ".join(f"{words[1]} ({why[1]})" for words, why in named_with_why),
        )
        said += [page.say("kpis_unjudged", count=counted(silent, "status not in ('ok', 'short')"), which=which)]
    return Said(tuple(said))


def _card(page: Edition, name: str, rows: Sequence[Row]) -> Iterator[Block]:
    yield _chart(page, name, rows)
    for column in ("value", "target"):
        if all(each[column] is None for each in rows):
            why = _why(page, rows, column) or page.word("no_value")
            yield Note(page.word(f"no_{column}_line", reason=why))
    yield _halves(page, name, rows)


def _why(page: Edition, rows: Sequence[Row], column: str) -> str:
    """Return the one reason why a column is null in months that have begun, or nothing where there are several."""
    begun = [each for each in rows if each["period_start"] <= page.night.as_of] or rows
    reasons = {page.pick(reason_of(each, column)) for each in begun if each[column] is None}
    return reasons.pop() if len(reasons) == 1 else ""


def _is_ratio(rows: Sequence[Row]) -> bool:
    return rows[0]["value_kind"] in ("ratio", "rate")


def _chart(page: Edition, name: str, rows: Sequence[Row]) -> Chart:
    unit = str(rows[0]["unit"])
    is_rate = unit in RATES
    points = [_point(page, each, unit, is_rate) for each in rows]
    largest = max((abs(each[key]) for each in rows for key in ("value", "target") if each[key] is not None), default=0.0)
    years = page.night.rows("kpi_years", metric=name)
    begun = [f"{each[key]:%Y-%m}" for each in years for key in ("fiscal_year_start", "second_start")]
    halves = [each for each in begun if each in {point.month for point in points}]
    last = next((each for each in reversed(rows) if each["value"] is not None), rows[-1])
    spoken = {"actual": page.spoken(last["value"], unit), "target": page.spoken(last["target"], unit)}
    about = page.word("trend_about", month=month_name(page, last["period_start"]), **spoken)
    title = page.word("trend_chart", label=page.label(rows[0]))
    frame = charts.Frame(f"trend-{name}", title, about)
    scale = replace(scale_of(page, unit, largest), top=_top(points) if is_rate else None)
    drawn = charts.trend(frame, points, scale, halves)
    return Chart(frame.name, title, drawn, _months(page, title, rows, unit))


def _top(points: Sequence[charts.Point]) -> float | None:
    """Return where the axis of a rate ends: at all cases, unless what rests on many goes beyond; few cases give wild rates."""
    sure = [each for point in points if not point.is_small for each in (point.actual, point.target) if each is not None]
    wild = [point.actual for point in points if point.is_small and point.actual is not None]
    top = max(1.0, 1.1 * max(sure, default=0.0))
    return top if max(wild, default=0.0) > top else None


def _is_few(each: Row) -> bool:
    return each["denominator"] is not None and each["denominator"] < SMALL


def _point(page: Edition, each: Row, unit: str, is_rate: bool) -> charts.Point:
    said = ", ".join(f"{page.word(key)} {page.spoken(each[column], unit)}" for key, column in _SHOWN)
    n = f" (n={each['denominator']:,.0f})" if is_rate and each["denominator"] is not None else ""
    return charts.Point(
        month=f"{each['period_start']:%Y-%m}",
        actual=each["value"],
        target=each["target"],
        low=each["ci_low"] if is_rate else None,
        high=each["ci_high"] if is_rate else None,
        is_open=_is_open(each, page.night.as_of),
        is_small=_is_few(each),
        said=f"{month_name(page, each['period_start'])}: {said}{n}",
    )


_SHOWN = (("actual", "value"), ("target", "target"))


def _is_open(each: Row, as_of: dt.date) -> bool:
    """Tell whether a month is not over, or not grown old."""
    return bool(each["period_end"] > as_of or each["maturity"] == "immature")


def _months(page: Edition, caption: str, rows: Sequence[Row], unit: str) -> DataTable:
    def line(each: Row) -> tuple[Cell, ...]:
        month = month_name(page, each["period_start"])
        value = page.figure("kpi_months", each, "value", unit)
        if each["value"] is None or each["denominator"] is None:
            actual = Cell((value,))
        else:
            over, of = (page.figure("kpi_months", each, column, "cases") for column in ("numerator", "denominator"))
            actual = Cell((value, " (", over, "/", of, ")"), "small" if _is_few(each) else "")
        if each["value"] is not None and _is_open(each, page.night.as_of):
            actual = Cell((*actual.pieces, " ", page.word("immature")), "immature")
        return row(month, actual, page.figure("kpi_months", each, "target", unit))

    heads = [page.word(key) for key in ("month", "actual", "target")]
    return DataTable(caption, columns(heads, (1, 2)), tuple(line(each) for each in rows))


def _halves(page: Edition, name: str, months: Sequence[Row]) -> DataTable:
    """Sum a KPI up by half and fiscal year: counts and amounts add up, a rate divides the sums of what it divides."""
    lines = []
    for year in page.night.rows("kpi_years", metric=name)[-2:]:
        words = page.word("fiscal_year", year=year["fiscal_year"])
        for cut, half in _PERIODS:
            for each in page.night.rows(cut, metric=name, fiscal_year_start=year["fiscal_year_start"]):
                named = f"{words} {page.word(half)}" if half else words
                lines += [_period(page, cut, each, named, months)]
    heads = [page.word(key) for key in ("period", "actual", "target", "of_target")]
    caption = page.word("halves_caption", label=page.label(months[0]))
    return DataTable(caption, columns(heads, (1, 2, 3)), tuple(lines))


def _period(page: Edition, cut: str, each: Row, words: str, months: Sequence[Row]) -> tuple[Cell, ...]:
    is_ratio, unit = _is_ratio(months), str(months[0]["unit"])
    within = [month for month in months if each["first_day"] <= month["period_start"] <= each["last_day"]]
    actual, target = ("rate", "target_rate") if is_ratio else ("total", "target_total")
    value = page.figure(cut, each, actual, unit, _why(page, within, "value") or page.word("no_value"))
    mark: Mark = "small" if is_ratio and (each["cases"] or 0) < SMALL and each[actual] is not None else ""
    if each["last_day"] > page.night.as_of or each["young_months"]:
        mark, words = "immature", f"{words} {page.word('immature')}"
    n = (" (n=", page.figure(cut, each, "cases", "cases"), ")") if is_ratio and each[actual] is not None else ()
    cell = Cell((value, *n), mark)
    if 0 < each["target_months"] < each["months"]:
        known = {"known": page.figure(cut, each, "target_months"), "all": page.figure(cut, each, "months")}
        return row(words, cell, Cell(page.pieces("target_of_some", **known), "small"), "")
    why = _why(page, within, "target") or page.word("no_target")
    asked = page.figure(cut, each, target, unit, page.word("target_differs") if each["target_months"] else why)
    is_over = each["last_day"] <= page.night.as_of  # what came of a period that runs is not held against the target of all of it
    if each[actual] is None or not each[target] or not is_over:
        return row(words, cell, asked, "")
    source = page.night.cuts[cut]
    share = each[actual] / each[target]
    expression = f"({source.source(actual)}) / nullif({source.source(target)}, 0)"
    key = {name: each[name] for name in source.keys}
    reached = Cited(source.table, key, expression, share, shown(share, "rate"), source.where)
    return row(words, cell, asked, Cell((reached,), "immature" if mark == "immature" else ""))
