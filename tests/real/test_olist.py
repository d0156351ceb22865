"""A marketplace that wins sellers: every number of the published file against one counted from the CSV files by hand."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import json
import re
import zoneinfo
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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

EXPORTS = Path(DATA or "") / "olist_marketing_funnel"
MQLS, DEALS = EXPORTS / "olist_marketing_qualified_leads_dataset.csv", EXPORTS / "olist_closed_deals_dataset.csv"
FIRST, LAST = dt.date(2018, 5, 16), dt.date(2018, 11, 30)
BOTH = pytest.mark.parametrize("as_of", [FIRST, LAST], ids=str)
YEAR_START, YEAR_END = dt.date(2018, 1, 1), dt.date(2018, 12, 31)
DAYS_OFF = frozenset({*((12, day) for day in range(24, 32)), (1, 1)})
TARGET, RATE, WINDOW = 1_000, 0.08, 90
SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True)
class Lead:
    """A lead: its channel, the day of its first contact and, where it was won, the company's day of that."""

    mql: str
    channel: str
    contact: dt.date
    won: dt.date | None

    def is_won_by(self, as_of: dt.date) -> bool:
        """Tell whether the deal was won up to a date."""
        return self.won is not None and self.won <= as_of


def in_sao_paulo(stamp: str) -> dt.datetime:
    """Return the company's time of a stamp of the export, which is in UTC."""
    return dt.datetime.fromisoformat(stamp).replace(tzinfo=dt.UTC).astimezone(SAO_PAULO)


def hashes_in(text: bytes) -> set[str]:
    """Return every run of 32 hexadecimal digits, overlapping ones too."""
    return {found.decode() for found in re.findall(rb"(?=([0-9a-f]{32}))", text)}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    exports = {"mqls_20181130.csv": MQLS, "closed_deals_20181130.csv": DEALS}
    return spend_nights(tmp_path_factory.mktemp("olist"), Path(__file__).with_name("olist"), exports, (FIRST, LAST, LAST))


@pytest.fixture(scope="module")
def leads() -> list[Lead]:
    won = {row["mql_id"]: in_sao_paulo(row["won_date"]).date() for row in read_csv(DEALS)}
    return [
        Lead(
            row["mql_id"],
            row["origin"] or "not_recorded",
            dt.date.fromisoformat(row["first_contact_date"]),
            won.get(row["mql_id"]),
        )
        for row in read_csv(MQLS)
    ]


def _counted(leads: list[Lead], as_of: dt.date) -> dict[Key, Parts]:
    """Count what `kpi` must hold up to a date: by month or quarter and by channel, with zeros where nothing happened."""
    met = [lead for lead in leads if lead.contact <= as_of]
    won = [lead for lead in leads if lead.is_won_by(as_of)]
    months = starts(dt.date(2017, 1, 1), as_of, 1)
    quarters = starts(dt.date(2017, 1, 1), as_of, 3)
    found: dict[Key, Parts] = {}
    for dimension, cut in CUTS.items():
        mqls = Counter((month_of(lead.contact), cut(lead)) for lead in met)
        deals = Counter((month_of(lead.won), cut(lead)) for lead in won if lead.won)
        by_quarter = Counter((quarter_of(lead.won), cut(lead)) for lead in won if lead.won)
        cohort = Counter(
            (month_of(lead.contact), cut(lead)) for lead in won if lead.won and 0 <= (lead.won - lead.contact).days < WINDOW
        )
        for member in {cut(lead) for lead in met}:
            for month in months:
                at = (month, member)
                key = ("month", month, dimension, member)
                found["mqls", *key] = (mqls[at], None, None)
                found["won_deals", *key] = (deals[at], None, None)
                found["won_rate", *key] = ratio(deals[at], mqls[at])
                found["mql_to_won_90d", *key] = ratio(cohort[at], mqls[at])
            for quarter in quarters:
                found["won_deals", "fiscal_quarter", quarter, dimension, member] = (by_quarter[quarter, member], None, None)
    return found


CUTS: dict[str, Callable[[Lead], str]] = {"total": lambda lead: "total", "channel": lambda lead: lead.channel}
COUNTS, RATES = ("mqls", "won_deals"), ("won_rate", "mql_to_won_90d")


@BOTH
def test_every_published_count_is_the_one_in_the_files(nights: Nights, leads: list[Lead], as_of: dt.date) -> None:
    published = {key: parts for key, parts in nights.kpi(as_of).items() if key[0] in COUNTS}
    counted = {key: parts for key, parts in _counted(leads, as_of).items() if key[0] in COUNTS}
    assert len(counted) > 400
    assert differences(published, counted) == []


@BOTH
def test_every_published_rate_divides_what_is_in_the_files(nights: Nights, leads: list[Lead], as_of: dt.date) -> None:
    counted = {key: _final(key, parts, as_of) for key, parts in _counted(leads, as_of).items() if key[0] in RATES}
    published = {key: parts for key, parts in nights.kpi(as_of).items() if key[0] in RATES}
    assert {key[0] for key, (value, above, _) in counted.items() if value and above} == set(RATES)
    assert sum(1 for value, above, below in counted.values() if value == 0 and not above and below) > 20
    assert sum(1 for _, _, below in counted.values() if not below) > 0
    assert published.keys() == counted.keys()
    assert differences(published, counted) == []


def _final(key: Key, parts: Parts, as_of: dt.date) -> Parts:
    """Take the value from a conversion whose 90 days are not over for the last lead of the row; its parts stay."""
    metric, grain, start, *_ = key
    months = {"month": 1, "fiscal_quarter": 3}[grain]
    after = dt.date(start.year + (start.month + months - 1) // 12, (start.month + months - 1) % 12 + 1, 1)
    is_open = metric == "mql_to_won_90d" and after + dt.timedelta(days=89) > as_of
    return (None, *parts[1:]) if is_open else parts


@BOTH
def test_each_total_is_the_sum_of_its_channels(nights: Nights, as_of: dt.date) -> None:
    rows = nights.rows("select * from kpi where as_of_date = ? and value_kind = 'count'", as_of)
    compared = list(totals_and_sums(rows))
    assert len(compared) > 30
    assert [(row, added) for row, added in compared if row["value"] != added] == []


@BOTH
def test_a_rate_of_the_same_period_is_called_one(nights: Nights, as_of: dt.date) -> None:
    rows = nights.rows("select distinct metric, value_kind, label_ja, label_en from kpi where as_of_date = ?", as_of)
    assert {row["metric"]: row["value_kind"] for row in rows} == {
        "mqls": "count",
        "won_deals": "count",
        "won_rate": "ratio",
        "mql_to_won_90d": "rate",
    }
    assert [row["metric"] for row in rows if "期間比率" in row["label_ja"] or "period ratio" in row["label_en"]] == ["won_rate"]


@BOTH
def test_the_kgi_stands_where_deals_and_weekdays_put_it(nights: Nights, leads: list[Lead], as_of: dt.date) -> None:
    months = starts(YEAR_START, YEAR_END, 1)
    ends = [start - dt.timedelta(days=1) for start in months[1:]] + [YEAR_END]
    days = [business_days(start, end, DAYS_OFF) for start, end in zip(months, ends, strict=True)]
    gone = [business_days(start, min(end, as_of), DAYS_OFF) for start, end in zip(months, ends, strict=True)]
    won = Counter(month_of(lead.won) for lead in leads if lead.won and YEAR_START <= lead.won <= as_of)
    rows = nights.rows("select * from kgi where as_of_date = ? order by grain, period_start", as_of)
    assert [(row["grain"], row["period_start"], row["period_end"]) for row in rows] == [
        *(("month", start, end) for start, end in zip(months, ends, strict=True)),
        ("period", YEAR_START, YEAR_END),
    ]
    parts = zip(rows, (*days, sum(days)), (*gone, sum(gone)), (*(won[each] for each in months), sum(won.values())), strict=True)
    for row, all_days, gone_days, deals in parts:
        target, due = TARGET * all_days / sum(days), TARGET * gone_days / sum(days)
        assert (row["business_days"], row["business_days_left"]) == (all_days, all_days - gone_days)
        assert (row["target"], row["target_to_date"]) == pytest.approx((target, due), rel=1e-9)
        if row["period_start"] > as_of:
            assert (row["actual"], row["attainment"], row["status"]) == (None, None, "not_started")
            continue
        assert (row["actual"], row["attainment"]) == (deals, pytest.approx(deals / target, rel=1e-9))
        left = all_days - gone_days
        needed = None if not left else pytest.approx(max(0.0, target - deals) / left, rel=1e-9)
        assert row["required_per_business_day"] == needed
        over = row["period_end"] <= as_of
        assert row["status"] == ("attained" if deals >= target else "missed" if over else "on_pace" if deals >= due else "behind")


@BOTH
def test_the_target_in_leads_follows_from_the_target_in_deals(nights: Nights, as_of: dt.date) -> None:
    rows = nights.rows("select * from kpi_target where as_of_date = ? and metric = 'mqls' order by grain, period_start", as_of)
    *months, period = rows
    assert (period["grain"], period["target_value"]) == ("period", pytest.approx(TARGET / RATE, rel=1e-9))
    assert sum(row["target_count"] for row in months) == period["target_count"] == round(TARGET / RATE)
    assert sum(row["target_value"] for row in months) == pytest.approx(TARGET / RATE, rel=1e-9)


def test_deals_dated_without_an_hour_stand_at_midnight_in_sao_paulo() -> None:
    stamps = [dt.datetime.fromisoformat(row["won_date"]) for row in read_csv(DEALS)]
    at_night = [stamp for stamp in stamps if stamp.hour < 5 and not stamp.minute and not stamp.second]
    midnights = [stamp for stamp in at_night if in_sao_paulo(stamp.isoformat()).hour == 0]
    assert len(midnights) > 50 and len(midnights) >= 0.9 * len(at_night)
    moved = [stamp for stamp in stamps if month_of(stamp.date()) != month_of(in_sao_paulo(stamp.isoformat()).date())]
    assert moved  # read as local time, the months would not be right


def test_the_published_leads_are_those_of_the_files(nights: Nights, leads: list[Lead]) -> None:
    rows = nights.rows("select mql_id, channel, mql_date, won_date, days_to_won from marts.fct_leads")
    assert Counter(tuple(row.values()) for row in rows) == Counter(
        (lead.mql, lead.channel, lead.contact, lead.won, (lead.won - lead.contact).days if lead.won else None) for lead in leads
    )


def test_an_origin_that_is_empty_is_not_the_origin_unknown(nights: Nights) -> None:
    origins = Counter(row["origin"] or "not_recorded" for row in read_csv(MQLS))
    assert origins["unknown"] and origins["not_recorded"]
    rows = nights.rows("select channel, count(*) as leads from marts.fct_funnel where stage = 'mql' group by channel")
    assert {row["channel"]: row["leads"] for row in rows} == origins


def test_what_the_files_lack_or_contradict_is_counted_by_a_check(nights: Nights, leads: list[Lead]) -> None:
    rows = nights.rows("select * from ops.check_result where status <> 'pass'")
    assert {(row["on_name"], row["column_name"], row["severity"]): row["unexpected_count"] for row in rows} == {
        ("olist.mqls", "origin", "warning"): sum(not row["origin"] for row in read_csv(MQLS)),
        ("olist.closed_deals", "declared_monthly_revenue", "info"): sum(
            float(row["declared_monthly_revenue"]) == 0 for row in read_csv(DEALS)
        ),
        ("fct_leads", "days_to_won", "warning"): sum(lead.won < lead.contact for lead in leads if lead.won),
    }


def test_no_employee_and_no_seller_is_in_the_published_file(nights: Nights) -> None:
    deals = read_csv(DEALS)
    ids = {row[column] for row in deals for column in ("sdr_id", "sr_id", "seller_id")}
    assert ids <= hashes_in(texts_of(nights.folder / "target/warehouse.duckdb").encode())  # the search finds them where they are
    assert not ids & hashes_in(texts_of(nights.published).encode())
    assert not ids & hashes_in(nights.published.read_bytes() + nights.published.with_name("kgi.status.json").read_bytes())


def test_the_second_run_of_a_date_does_nothing(nights: Nights) -> None:
    assert [said["outcome"] for said in nights.said] == ["published", "published", "nothing_to_do"]
    assert nights.said[-1]["steps"] == []
    assert nights.published.read_bytes() == nights.bytes_before_last


def test_a_later_night_leaves_the_rows_of_the_earlier_one_alone(nights: Nights) -> None:
    assert {name: scored(nights.folder, name, FIRST) for name in nights.scored_first} == nights.scored_first


def test_a_question_by_week_is_answered_from_the_published_file(nights: Nights, leads: list[Lead]) -> None:
    words = ("--metrics", "mqls,won_deals", "--group-by", "metric_time__week", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(kgi(nights.folder, "query", *words))))

    def weeks(dates: list[dt.date]) -> Counter[str]:
        return Counter((date - dt.timedelta(days=date.weekday())).isoformat() for date in dates)

    def answered(metric: str) -> dict[str, int]:
        return {row["metric_time__week"][:10]: int(row[metric]) for row in rows if row[metric] not in ("", "0")}

    assert answered("mqls") == weeks([lead.contact for lead in leads])
    assert answered("won_deals") == weeks([lead.won for lead in leads if lead.won])


def _later(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last of a shorter month."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def test_cohorts_of_real_leads_by_age_are_those_of_the_files(nights: Nights, leads: list[Lead]) -> None:
    answered = json.loads(kgi(nights.folder, "query", "--metrics", "mql_to_won_90d", "--cohort", "month", "--format", "json"))
    met = [lead for lead in leads if lead.contact <= LAST]
    expected = {}
    for month in {month_of(lead.contact) for lead in met}:
        cohort = [lead for lead in met if month_of(lead.contact) == month]
        first = min(lead.contact for lead in cohort)
        for age in (1, 2, 3, 4):
            if _later(first, age - 1) >= first + dt.timedelta(days=WINDOW):
                continue  # the window is over before this age begins
            within = [
                lead
                for lead in cohort
                if lead.won
                and lead.contact <= lead.won < min(_later(lead.contact, age), lead.contact + dt.timedelta(days=WINDOW))
            ]
            over = [lead for lead in cohort if min(_later(lead.contact, age), lead.contact + dt.timedelta(days=WINDOW)) <= LAST]
            expected[month.isoformat(), age] = (len(cohort), len(within), round(len(over) / len(cohort), 9))
    found = {
        (row["metric_time__month"], row["age__month"]): (
            row["mql_to_won_90d__denominator"],
            row["mql_to_won_90d__numerator"],
            round(row["maturity"], 9),
        )
        for row in answered
    }
    assert found == expected and len(found) > 30
    for row in answered:
        assert row["mql_to_won_90d"] == pytest.approx(row["mql_to_won_90d__numerator"] / row["mql_to_won_90d__denominator"])
