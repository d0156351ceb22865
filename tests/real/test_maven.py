"""A seller of computer hardware: every number of the published file against one counted from the CSV files by hand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.real.conftest import (
    DATA,
    Key,
    Nights,
    Parts,
    business_days,
    differences,
    kgi,
    month_of,
    needs_data,
    quarter_of,
    ratio,
    read_csv,
    scored,
    spend_nights,
    starts,
    texts_of,
    totals_and_sums,
)

pytestmark = [pytest.mark.real, needs_data]

EXPORTS = Path(DATA or "") / "maven_crm_opportunities"
FIRST, LAST = dt.date(2017, 6, 14), dt.date(2017, 12, 31)
BOTH = pytest.mark.parametrize("as_of", [FIRST, LAST], ids=str)
YEAR_START = dt.date(2017, 1, 1)
DAYS_OFF = frozenset({(7, 4), *((12, day) for day in range(25, 32)), (1, 1)})
GOAL = "won_amount_fy2017"
TARGET, PRICE = 12_000_000, 2_500
PRODUCT_SPELLINGS = {"GTXPro": "GTX Pro"}
SECTOR_SPELLINGS = {"technolgy": "technology"}


@dataclass(frozen=True)
class Event:
    """An opportunity that became valid, was won or was lost. `amount` is what was won, `price` the product's list price."""

    opportunity: str
    stage: str
    date: dt.date
    office: str
    sector: str
    series: str
    amount: Decimal
    price: Decimal


CUTS: dict[str, Callable[[Event], str]] = {
    "total": lambda event: "total",
    "regional_office": lambda event: event.office,
    "sector": lambda event: event.sector,
    "series": lambda event: event.series,
}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    names = ("sales_pipeline", "accounts", "products", "sales_teams")
    exports = {f"{name}_20171231.csv": EXPORTS / f"{name}.csv" for name in names}
    folder = tmp_path_factory.mktemp("maven")
    return spend_nights(folder, Path(__file__).with_name("maven"), exports, (FIRST, LAST, LAST))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(_events())


def _events() -> Iterator[Event]:
    offices = {row["sales_agent"]: row["regional_office"] for row in read_csv(EXPORTS / "sales_teams.csv")}
    sectors = {row["account"]: row["sector"] for row in read_csv(EXPORTS / "accounts.csv")}
    products = {row["product"]: row for row in read_csv(EXPORTS / "products.csv")}
    for row in read_csv(EXPORTS / "sales_pipeline.csv"):
        product = products[PRODUCT_SPELLINGS.get(row["product"], row["product"])]
        sector = sectors[row["account"]] if row["account"] else "(none)"
        dated = [("valid_opportunity", row["engage_date"])] if row["engage_date"] else []
        if row["deal_stage"] in ("Won", "Lost"):
            dated.append((row["deal_stage"].lower(), row["close_date"]))
        for stage, date in dated:
            yield Event(
                row["opportunity_id"],
                stage,
                dt.date.fromisoformat(date),
                offices[row["sales_agent"]],
                SECTOR_SPELLINGS.get(sector, sector),
                product["series"],
                Decimal(row["close_value"]) if stage == "won" else Decimal(0),
                Decimal(product["sales_price"]),
            )


def _quantity(metric: str, event: Event) -> Decimal:
    """Return what an event adds to a metric."""
    match metric:
        case "valid_opportunities":
            return Decimal(event.stage == "valid_opportunity")
        case "won" | "lost":
            return Decimal(event.stage == metric)
        case "closed":
            return Decimal(event.stage in ("won", "lost"))
        case "won_amount":
            return event.amount
        case _:
            return event.price if event.stage == "valid_opportunity" else Decimal(0)


PUBLISHED = {
    "valid_opportunities": ("regional_office", "sector"),
    "won": ("regional_office",),
    "lost": ("regional_office",),
    "closed": ("regional_office",),
    "won_amount": ("regional_office", "series"),
    "created_pipeline_amount": ("regional_office", "series"),
}
QUARTERLY = ("valid_opportunities", "won_amount")
RATIOS = {"win_rate_period": ("won", "closed"), "avg_won_amount": ("won_amount", "won")}


def _counted(events: list[Event], as_of: dt.date) -> dict[Key, Decimal]:
    """Count every published quantity up to a date: by month or quarter and by member, with zeros where nothing happened."""
    found: dict[Key, Decimal] = {}
    known = [event for event in events if event.date <= as_of]
    for metric, dimensions in PUBLISHED.items():
        adding = [(event, quantity) for event in known if (quantity := _quantity(metric, event))]
        for grain, step, start_of in (("month", 1, month_of), ("fiscal_quarter", 3, quarter_of)):
            if grain == "month" or metric in QUARTERLY:
                for dimension in ("total", *dimensions):
                    members = {CUTS[dimension](event) for event, _ in adding}
                    windows = starts(dt.date(2016, 1, 1), as_of, step)
                    found.update(
                        {(metric, grain, start, dimension, member): Decimal(0) for start in windows for member in members}
                    )
                    for event, quantity in adding:
                        found[metric, grain, start_of(event.date), dimension, CUTS[dimension](event)] += quantity
    return found


def _rates(counted: dict[Key, Decimal]) -> dict[Key, Parts]:
    found: dict[Key, Parts] = {}
    for name, (above, below) in RATIOS.items():
        for metric, grain, start, dimension, member in counted:
            if metric == below and dimension in ("total", "regional_office") and grain == "month":
                rest = (grain, start, dimension, member)
                found[(name, *rest)] = ratio(float(counted[(above, *rest)]), float(counted[(below, *rest)]))
    return found


@BOTH
def test_every_published_count_and_amount_is_the_one_in_the_files(nights: Nights, events: list[Event], as_of: dt.date) -> None:
    published = {key: parts for key, parts in nights.kpi(as_of).items() if key[0] in PUBLISHED}
    counted: dict[Key, Parts] = {key: (float(value), None, None) for key, value in _counted(events, as_of).items()}
    assert len(counted) > 500
    assert differences(published, counted) == []


@BOTH
def test_every_published_ratio_divides_what_is_in_the_files(nights: Nights, events: list[Event], as_of: dt.date) -> None:
    counted = _rates(_counted(events, as_of))
    published = {key: parts for key, parts in nights.kpi(as_of).items() if key[0] in RATIOS}
    assert published.keys() == counted.keys()
    some = {key for key, (_, above, below) in counted.items() if above and below}
    assert len(some) > 30
    assert differences({key: published[key] for key in some}, {key: counted[key] for key in some}) == []
    without = {key for key, (_, _, below) in counted.items() if not below}
    assert without and {published[key][0] for key in without} == {None}


@BOTH
def test_each_total_is_the_sum_of_its_members(nights: Nights, as_of: dt.date) -> None:
    rows = nights.rows("select * from kpi where as_of_date = ? and value_kind in ('count', 'amount')", as_of)
    compared = list(totals_and_sums(rows))
    assert len(compared) > 150
    assert [(row, added) for row, added in compared if row["value"] != pytest.approx(added, rel=1e-9)] == []


@BOTH
def test_the_kgi_stands_where_amounts_and_weekdays_put_it(nights: Nights, events: list[Event], as_of: dt.date) -> None:
    months = starts(YEAR_START, LAST, 1)
    ends = [start - dt.timedelta(days=1) for start in months[1:]] + [LAST]
    days = [business_days(start, end, DAYS_OFF) for start, end in zip(months, ends, strict=True)]
    gone = [business_days(start, min(end, as_of), DAYS_OFF) for start, end in zip(months, ends, strict=True)]
    won: defaultdict[dt.date, Decimal] = defaultdict(Decimal)
    for event in events:
        if event.stage == "won" and event.date <= as_of:
            won[month_of(event.date)] += event.amount
    rows = nights.rows("select * from kgi where as_of_date = ? and kgi_id = ? order by grain, period_start", as_of, GOAL)
    assert [(row["grain"], row["period_start"], row["period_end"]) for row in rows] == [
        *(("month", start, end) for start, end in zip(months, ends, strict=True)),
        ("period", YEAR_START, LAST),
    ]
    parts = zip(rows, (*days, sum(days)), (*gone, sum(gone)), (*(won[each] for each in months), sum(won.values())), strict=True)
    for row, all_days, gone_days, amount in parts:
        target, due = TARGET * all_days / sum(days), TARGET * gone_days / sum(days)
        assert (row["business_days"], row["business_days_left"]) == (all_days, all_days - gone_days)
        assert (row["target"], row["target_to_date"]) == pytest.approx((target, due), rel=1e-9)
        if row["period_start"] > as_of:
            assert (row["actual"], row["attainment"], row["status"]) == (None, None, "not_started")
            continue
        assert (row["actual"], row["attainment"]) == pytest.approx((float(amount), float(amount) / target), rel=1e-9)
        assert row["gap_to_date"] == pytest.approx(float(amount) - due, rel=1e-9, abs=1e-6)
        over = row["period_end"] <= as_of
        assert row["status"] == (
            "attained" if amount >= target else "missed" if over else "on_pace" if amount >= due else "behind"
        )


@BOTH
def test_the_target_in_deals_follows_from_the_target_in_dollars(nights: Nights, as_of: dt.date) -> None:
    rows = nights.rows(
        "select * from kpi_target where as_of_date = ? and kgi_id = ? and metric = 'won' order by grain, period_start",
        as_of,
        GOAL,
    )
    *months, period = rows
    assert (period["grain"], period["target_value"], period["target_count"]) == ("period", TARGET / PRICE, TARGET // PRICE)
    assert sum(row["target_count"] for row in months) == TARGET // PRICE
    assert sum(row["target_value"] for row in months) == pytest.approx(TARGET / PRICE, rel=1e-9)
    assert all(abs(row["target_count"] - row["target_value"]) < 1 for row in months)


def test_the_published_funnel_holds_each_event_of_the_files_once(nights: Nights, events: list[Event]) -> None:
    rows = nights.rows(
        "select opportunity_id, stage, entered_date, regional_office, coalesce(sector, '(none)') as sector, series,"
        " won_amount_usd, funnel.list_price_usd from marts.fct_funnel as funnel left join marts.dim_team using (team_id)"
        " left join marts.dim_account using (account_id) left join marts.dim_product using (product)"
    )
    assert Counter(tuple(row.values()) for row in rows) == Counter(
        (e.opportunity, e.stage, e.date, e.office, e.sector, e.series, e.amount if e.stage == "won" else None, e.price)
        for e in events
    )


def test_an_opportunity_without_a_date_is_kept_beside_the_funnel(nights: Nights) -> None:
    stages = {"Prospecting": "opportunity", "Engaging": "valid_opportunity", "Won": "won", "Lost": "lost"}
    counted = Counter(stages[row["deal_stage"]] for row in read_csv(EXPORTS / "sales_pipeline.csv"))
    rows = nights.rows("select stage, count(*) as opportunities from marts.fct_opportunities group by stage")
    assert {row["stage"]: row["opportunities"] for row in rows} == counted
    assert nights.rows("select 1 from marts.fct_funnel where stage = 'opportunity'") == []


def test_what_the_files_lack_or_misspell_is_counted_by_a_warning(nights: Nights) -> None:
    pipeline = read_csv(EXPORTS / "sales_pipeline.csv")
    rows = nights.rows("select * from ops.check_result where status <> 'pass'")
    assert {(row["on_name"], row["column_name"], row["severity"]): row["unexpected_count"] for row in rows} == {
        ("crm.sales_pipeline", "account_name", "warning"): sum(not row["account"] for row in pipeline),
        ("crm.sales_pipeline", "product", "warning"): sum(row["product"] in PRODUCT_SPELLINGS for row in pipeline),
        ("crm.sales_pipeline", None, "info"): sum(not row["engage_date"] for row in pipeline),
        ("crm.accounts", "sector", "warning"): sum(
            row["sector"] in SECTOR_SPELLINGS for row in read_csv(EXPORTS / "accounts.csv")
        ),
    }


def test_no_person_and_no_account_is_named_in_the_published_file(nights: Nights) -> None:
    teams, accounts = read_csv(EXPORTS / "sales_teams.csv"), read_csv(EXPORTS / "accounts.csv")
    names = {row[column] for row in teams for column in ("sales_agent", "manager")} | {row["account"] for row in accounts}
    kept, published = texts_of(nights.folder / "target/warehouse.duckdb"), texts_of(nights.published)
    assert {name for name in names if name not in kept} == set()  # the search finds them where they are
    assert {name for name in names if name in published} == set()
    files = nights.published.read_bytes() + nights.published.with_name("kgi.status.json").read_bytes()
    assert {name for name in names if name.encode() in files} == set()


def test_the_second_run_of_a_date_does_nothing(nights: Nights) -> None:
    assert [said["outcome"] for said in nights.said] == ["published", "published", "nothing_to_do"]
    assert nights.said[-1]["steps"] == []
    assert nights.published.read_bytes() == nights.bytes_before_last


def test_a_later_night_leaves_the_rows_of_the_earlier_one_alone(nights: Nights) -> None:
    assert {name: scored(nights.folder, name, FIRST) for name in nights.scored_first} == nights.scored_first


def test_a_question_by_quarter_and_sector_is_answered_from_the_published_file(nights: Nights, events: list[Event]) -> None:
    words = ("--metrics", "won_amount,won", "--group-by", "metric_time__fiscal_quarter,account__sector", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(kgi(nights.folder, "query", *words))))
    amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    deals: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.stage == "won":
            key = (quarter_of(event.date).isoformat(), event.sector)
            amounts[key] += event.amount
            deals[key] += 1
    answered = {(row["metric_time__fiscal_quarter"][:10], row["account__sector"]): row for row in rows if row["won"] != ""}
    assert {key: Decimal(row["won_amount"]) for key, row in answered.items()} == amounts
    assert {key: int(row["won"]) for key, row in answered.items()} == deals


def test_real_months_are_compared_with_the_same_months_of_the_files(nights: Nights, events: list[Event]) -> None:
    words = ("--metrics", "won", "--group-by", "metric_time__month,account__sector", "--compare", "previous_period")
    rows = json.loads(kgi(nights.folder, "query", *words, "--start-time", "2017-06-01", "--format", "json"))
    won = Counter((event.date.replace(day=1), event.sector) for event in events if event.stage == "won" and event.date <= LAST)
    months = [dt.date(2017, month, 1) for month in range(6, LAST.month + 1)]
    expected = {
        (month.isoformat(), sector): (won.get((month, sector)), won.get((dt.date(2017, month.month - 1, 1), sector)))
        for month in months
        for sector in {sector for _, sector in won}
    }
    found = {(row["metric_time__month"], row["account__sector"] or ""): row for row in rows}
    for key, (new, old) in expected.items():
        if new is None and old is None:
            assert key not in found
            continue
        row = found[key]
        assert (row["won"], row["won__previous_period"]) == (new, old), key
        assert row["won__delta"] == (new - old if new is not None and old is not None else None)


def test_a_folder_and_a_workbook_for_people_hold_what_was_won(nights: Nights, events: list[Event]) -> None:
    target = nights.folder / "target"
    for words in (("--format", "csv", "--output", f"{target}/people"), ("--output", f"{target}/people.xlsx")):
        kgi(nights.folder, "export", "--language", "en", *words)
    won = Counter(month_of(event.date) for event in events if event.stage == "won" and event.date <= LAST)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        if event.stage == "won" and event.date <= LAST:
            amounts[event.date.replace(day=1).isoformat()] += event.amount
    with (target / "people/kpi.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["grain"], row["dimension"]) == ("month", "total")]
    found = {
        metric: {row["period_start"]: row["value"] for row in rows if row["metric"] == metric} for metric in ("won", "won_amount")
    }
    for start, amount in amounts.items():
        assert Decimal(found["won_amount"][start]) == amount
        assert float(found["won"][start]) == won[dt.date.fromisoformat(start)]
    sheet = openpyxl.load_workbook(target / "people.xlsx")["kpi"]
    heads = [str(cell.value) for cell in sheet[1]]
    cells = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    shown = {(str(row["unit"].value), row["value"].number_format) for row in cells if row["value"].value is not None}
    assert {each for each in shown if each[0] != "count"} == {("USD", '#,##0.00 "USD"'), ("rate", "0.0%")}
    told = {str(row["period_start"].value)[:10]: row["value"].value for row in cells
            if (row["metric"].value, row["grain"].value, row["dimension"].value) == ("won_amount", "month", "total")}  # fmt: skip
    assert all(told[start] == float(amount) for start, amount in amounts.items())
