"""Part two: every KPI of the trees month by month against its target, and by fiscal year, first and second half."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from pipeline.board.naming import reason_of
from pipeline.board.reading import Row
from pipeline.board.sentences import Cited, shown
from pipeline.report import charts
from pipeline.report.blocks import Block, Cell, Chart, DataTable, Grid, Group, Note, Said, Section, columns, row
from pipeline.report.edition import SMALL, Cut, Edition
from pipeline.report.scales import month_name, scale_of

_MONTHS = 24
_BY_MONTH = "grain = 'month' and dimension = 'total'"
_CALENDAR = "main.v_latest_kpi as kpi join marts.dim_fiscal_calendar as day on day.date = kpi.period_start"
_SUMS = (
    ("total", "sum(value)"),
    ("rate", "sum(numerator) / nullif(sum(denominator), 0)"),
    ("cases", "sum(denominator)"),
    ("target_total", "sum(target)"),
    ("target_rate", "case when min(target) = max(target) then min(target) end"),
    ("months", "count(value)"),
    ("last_day", "max(period_end)"),
    ("fiscal_year", "any_value(fiscal_year)"),
)
CUTS = (
    Cut(
        "kpi_months",
        "main.v_latest_kpi",
        ("metric", "grain", "period_start", "dimension", "member"),
        where=_BY_MONTH,
        order="metric, period_start",
    ),
    Cut("kpi_halves", _CALENDAR, ("metric", "fiscal_half_start"), _SUMS, where=_BY_MONTH, order="metric, fiscal_half_start"),
    Cut("kpi_years", _CALENDAR, ("metric", "fiscal_year_start"), _SUMS, where=_BY_MONTH, order="metric, fiscal_year_start"),
)


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
    """Say how many KPIs with a target were short of it in the newest month that is over."""
    over = [row["period_start"] for rows in kpis for row in rows if row["period_end"] <= page.night.as_of]
    if not over:
        return None
    month = max(over)
    rows = [row for rows in kpis for row in rows if row["period_start"] == month and row["target"] is not None]
    names = ", ".join(f"'{row['metric']}'" for row in rows)
    if not rows:
        return None
    asked = f"{_BY_MONTH} and target is not null and metric in ({names})"
    key = {"period_start": month}
    short = sum(row["status"] == "short" for row in rows)
    counts = {
        "all": Cited("main.v_latest_kpi", key, "count(*)", len(rows), shown(len(rows), ""), asked),
        "short": Cited("main.v_latest_kpi", key, "count(*) filter (where status = 'short')", short, shown(short, ""), asked),
    }
    when = Cited("main.v_latest_kpi", key, "period_start", month, (f"{month:%Y-%m}",) * 2, asked)
    return Said((page.say("kpis_short", month=when, **counts),))


def _card(page: Edition, name: str, rows: Sequence[Row]) -> Iterator[Block]:
    yield _chart(page, name, rows)
    if all(each["target"] is None for each in rows):
        yield Note(page.word("no_target_line", reason=page.pick(reason_of(rows[-1], "target"))))
    yield _halves(page, name, page.label(rows[0]), is_ratio=_is_ratio(rows))


def _is_ratio(rows: Sequence[Row]) -> bool:
    return rows[0]["value_kind"] in ("ratio", "rate")


def _chart(page: Edition, name: str, rows: Sequence[Row]) -> Chart:
    unit, label = str(rows[0]["unit"]), page.label(rows[0])
    is_rate = unit in ("rate", "fraction")
    points = [_point(page, each, unit, is_rate) for each in rows]
    largest = max((abs(each[key]) for each in rows for key in ("value", "target") if each[key] is not None), default=0.0)
    begun = [f"{each['fiscal_half_start']:%Y-%m}" for each in page.night.rows("kpi_halves", metric=name)]
    halves = [each for each in begun if each in {point.month for point in points}]
    last = next((each for each in reversed(rows) if each["value"] is not None), rows[-1])
    spoken = {"actual": page.spoken(last["value"], unit), "target": page.spoken(last["target"], unit)}
    about = page.word("trend_about", month=month_name(page, last["period_start"]), **spoken)
    title = page.word("trend_chart", label=label)
    frame = charts.Frame(f"trend-{name}", title, about)
    drawn = charts.trend(frame, points, scale_of(page, unit, largest), halves)
    return Chart(frame.name, title, drawn, _months(page, title, rows, unit))


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
            parts = (" (", page.figure("kpi_months", each, "numerator"), "/", page.figure("kpi_months", each, "denominator"), ")")
            actual = Cell((value, *parts), "small" if each["denominator"] < SMALL else "")
        if each["value"] is not None and _is_open(each, page.night.as_of):
            actual = Cell((*actual.pieces, " ", page.word("immature")), "immature")
        return row(month, actual, page.figure("kpi_months", each, "target", unit))

    heads = [page.word(key) for key in ("month", "actual", "target")]
    return DataTable(caption, columns(heads, (1, 2)), tuple(line(each) for each in rows))


def _halves(page: Edition, name: str, label: str, *, is_ratio: bool) -> DataTable:
    """Sum a KPI up by half and fiscal year: counts and amounts add up, a rate divides the sums of what it divides."""
    halves, years = (page.night.rows(cut, metric=name) for cut in ("kpi_halves", "kpi_years"))
    lines = []
    for year in years[-2:]:
        start, words = year["fiscal_year_start"], page.word("fiscal_year", year=year["fiscal_year"])
        of_year = [each for each in halves if each["fiscal_year"] == year["fiscal_year"]]
        for half in of_year:
            named = page.word("first_half" if half["fiscal_half_start"] == start else "second_half")
            lines += [_period(page, "kpi_halves", half, f"{words} {named}", is_ratio)]
        lines += [_period(page, "kpi_years", year, words, is_ratio)]
    heads = [page.word(key) for key in ("period", "actual", "target", "of_target")]
    return DataTable(page.word("halves_caption", label=label), columns(heads, (1, 2, 3)), tuple(lines))


def _period(page: Edition, cut: str, each: Row, words: str, is_ratio: bool) -> tuple[Cell, ...]:
    unit = next(str(month["unit"]) for month in page.night.rows("kpi_months", metric=each["metric"]))
    actual, target = ("rate", "target_rate") if is_ratio else ("total", "target_total")
    value = page.figure(cut, each, actual, unit, page.word("not_begun"))
    cell = Cell((value,))
    if is_ratio and each["rate"] is not None:
        cell = Cell((value, " (n=", page.figure(cut, each, "cases"), ")"), "small" if each["cases"] < SMALL else "")
    if each[actual] is not None and each["last_day"] > page.night.as_of:
        cell = Cell((*cell.pieces, " ", page.word("immature")), "immature")
    asked = page.figure(cut, each, target, unit, page.word("no_target"))
    if each[actual] is None or not each[target]:
        return row(words, cell, asked, "")
    source = page.night.cuts[cut]
    share = each[actual] / each[target]
    expression = f"({source.source(actual)}) / nullif({source.source(target)}, 0)"
    key = {name: each[name] for name in source.keys}
    return row(words, cell, asked, Cited(source.table, key, expression, share, shown(share, "rate"), source.where))
