"""Comparisons beside plain Python: which days meet which, over every day of some months, and what is counted on them."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import KgiError
from pipeline.metrics import Basis, Comparison, Question, SemanticManifest, comparison_dates
from pipeline.query import Desk
from tests.metrics.company import manifest

DAY = dt.timedelta(days=1)
HOLIDAYS = {dt.date(2025, 11, 3), dt.date(2025, 11, 24), dt.date(2026, 11, 3), dt.date(2026, 11, 23), dt.date(2026, 1, 1)}
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2027, 3, 31)

YAML = """
models:
  - name: calendar
    time_spine: {standard_granularity_column: d}
    columns:
      - {name: d, granularity: day}
      - {name: is_business_day}
  - name: touch
    semantic_model: {enabled: true}
    agg_time_dimension: touched_on
    columns:
      - {name: touch_id, entity: {name: touch, type: primary}}
      - {name: touched_on, granularity: day, dimension: {type: time}}
      - {name: campaign, dimension: {type: categorical}}
    metrics:
      - {name: touches, agg: count, expr: 1}
      - {name: cost, agg: sum}
      - {name: campaigns, agg: count_distinct, expr: campaign}
metrics:
  - {name: cost_per_touch, type: ratio, numerator: cost, denominator: touches}
calendars:
  - name: company
    fiscal_year_start: "04-01"
    granularities: [{name: round, weeks: [4, 4, 5], first_day: 2024-04-01}]
"""


def is_open(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def facts() -> list[tuple[int, dt.date, str | None, int]]:
    dice = random.Random(7)
    days = [FIRST + n * DAY for n in range((LAST - FIRST).days)]
    return [(n, dice.choice(days), dice.choice(["a", "b", None]), dice.randrange(9)) for n in range(4000)]


FACTS = facts()


def opened(with_business_days: bool = True) -> tuple[Engine, SemanticManifest]:
    engine = open_engine(None, threads=2)
    engine.execute("create schema m")
    engine.execute("create table m.calendar (d date, is_business_day boolean)")
    days = [FIRST + n * DAY for n in range((LAST - FIRST).days + 1)]
    engine.execute("insert into m.calendar select unnest(?::date[]), unnest(?::boolean[])", [days, [is_open(d) for d in days]])
    engine.execute("create table m.touch (touch_id int, touched_on date, campaign varchar, cost int)")
    columns = [list(each) for each in zip(*FACTS, strict=True)]
    engine.execute(
        "insert into m.touch select unnest(?::int[]), unnest(?::date[]), unnest(?::varchar[]), unnest(?::int[])", columns
    )
    return engine, manifest(YAML if with_business_days else YAML.replace("      - {name: is_business_day}\n", ""))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made, _ = opened()
    with made:
        yield made


def desk(engine: Engine, as_of: dt.date | None = None, text: str = YAML) -> Desk:
    return Desk(engine, manifest(text), as_of)


# ---- which days, by walking

MONTHS = {"month": 1, "quarter": 3, "fiscal_half": 6, "fiscal_year": 12}


def month_plus(day: dt.date, months: int) -> dt.date:
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def period(day: dt.date, grain: str) -> tuple[dt.date, dt.date]:
    """The first day of the period that holds a day, and the first day after it."""
    if grain == "day":
        return day, day + DAY
    if grain == "week":
        first = day - day.weekday() * DAY
        return first, first + 7 * DAY
    if grain == "round":
        into = (day - dt.date(2024, 4, 1)).days
        start = into // 91 * 91 + max(each for each in (0, 28, 56) if each <= into % 91)
        first = dt.date(2024, 4, 1) + start * DAY
        return first, first + (35 if start % 91 == 56 else 28) * DAY
    length, first_month = MONTHS[grain], 4 if grain.startswith("fiscal") else 1
    first = month_plus(dt.date(day.year, day.month, 1), -((day.month - first_month) % length))
    return first, month_plus(first, length)


def earlier_period(first: dt.date, grain: str, basis: str) -> tuple[dt.date, dt.date]:
    if basis == "previous_period":
        return period(first - DAY, grain)
    if grain in ("day", "week"):
        return period(first - 364 * DAY, grain)
    return period(dt.date(first.year - 1, first.month, first.day), grain)


def aligned(day: dt.date, grain: str, basis: str, business: bool) -> dt.date:
    """Walk through the earlier period until as many business days (or days) have passed."""
    first, after = period(day, grain)
    start, end = earlier_period(first, grain, basis)
    if day + DAY >= after:
        return end - DAY
    if not business:
        return min(start + (day - first), end - DAY)
    passed = sum(is_open(first + n * DAY) for n in range((day - first).days + 1))
    found, at = start - DAY, start
    while at < end:
        total = sum(is_open(start + n * DAY) for n in range((at - start).days + 1))
        if total > passed or (total == passed and is_open(day) and not is_open(at)):
            break
        found, at = at, at + DAY
    return found


def dates(engine: Engine, text: str, question: Question) -> tuple[Any, ...]:
    return engine.row(comparison_dates(manifest(text), question))


@pytest.mark.parametrize("basis", ["previous_period", "previous_year", "previous_fiscal_year"])
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "fiscal_half", "fiscal_year"])
def test_an_open_period_meets_as_many_business_days(engine: Engine, grain: str, basis: Basis) -> None:
    for n in range(0, 100, 3):
        day = dt.date(2026, 9, 20) + n * DAY
        for text in (YAML, YAML.replace("      - {name: is_business_day}\n", "")):
            asked = Question(("touches",), (f"metric_time__{grain}",), cutoff=day, compare=Comparison(basis))
            until = dates(engine, text, asked)[2]
            assert until == aligned(day, grain, basis, text == YAML), (day, text == YAML)


def test_a_period_by_weeks_goes_back_to_the_nearest_one_a_year_before(engine: Engine) -> None:
    day = dt.date(2026, 11, 20)
    first, _ = period(day, "round")
    asked = Question(("touches",), ("metric_time__round",), cutoff=day, compare=Comparison("previous_year"))
    until = dates(engine, YAML, asked)[2]
    start, end = period(until, "round")
    assert abs((start - first.replace(year=first.year - 1)).days) <= 17 and start <= until < end
    # with as many business days on both sides
    assert sum(is_open(start + n * DAY) for n in range((until - start).days + 1)) == sum(
        is_open(first + n * DAY) for n in range((day - first).days + 1)
    )


# ---- what is counted

BASES: list[Basis] = ["previous_period", "previous_year", "previous_fiscal_year"]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("grain", ["week", "month", "quarter", "fiscal_half"])
def test_each_period_stands_beside_the_earlier_one(engine: Engine, grain: str, basis: Basis) -> None:
    day, start = dt.date(2026, 11, 20), dt.date(2026, 5, 12)
    answer = desk(engine, day).answer(
        Question(("touches",), (f"metric_time__{grain}", "campaign"), start_time="2026-05-12", compare=Comparison(basis))
    )
    until = aligned(day, grain, basis, True)
    first = period(start, grain)[0]
    own = Counter((period(d, grain)[0], c) for _, d, c, _ in FACTS if first <= d <= day)
    before = Counter((period(d, grain)[0], c) for _, d, c, _ in FACTS if earlier_period(first, grain, basis)[0] <= d <= until)
    expected = []
    groups = {(p, c) for p, c in own}
    for p in {p for p, _ in own}:
        groups |= {(p, c) for e, c in before if e == earlier_period(p, grain, basis)[0]}
    for p, c in groups:
        e = earlier_period(p, grain, basis)[0]
        new, old = own.get((p, c)), before.get((e, c))
        both = new is not None and old is not None
        expected.append((p, c, e if old else None, new, old, new - old if both else None, new / old if both else None))  # type: ignore[operator]
    assert sorted(answer.table.rows, key=str) == sorted(expected, key=str)
    assert answer.table.names[-4:] == ("touches", f"touches__{basis}", "touches__delta", "touches__ratio")
    assert [each.code for each in answer.notes] == ["metric_compared_business_day"]


def test_rates_and_distinct_counts_are_compared_as_wholes_not_by_their_days(engine: Engine) -> None:
    day = dt.date(2026, 11, 20)
    rows = desk(engine, day).answer(
        Question(
            ("cost_per_touch", "campaigns"),
            ("metric_time__month",),
            start_time="2026-11-01",
            compare=Comparison("previous_year"),
        )
    )
    (found,) = rows.table.records()
    until = aligned(day, "month", "previous_year", True)
    old = [(cost, campaign) for _, d, campaign, cost in FACTS if dt.date(2025, 11, 1) <= d <= until]
    assert found["cost_per_touch__previous_year"] == pytest.approx(sum(cost for cost, _ in old) / len(old), rel=1e-12)
    assert found["campaigns__previous_year"] == len({c for _, c in old if c})


def test_the_year_to_date_stands_beside_that_of_the_fiscal_year_before(engine: Engine) -> None:
    day = dt.date(2026, 11, 20)
    (found,) = desk(engine, day).answer(Question(("touches",), compare=Comparison("previous_fiscal_year"))).table.records()
    until = aligned(day, "month", "previous_year", True)
    assert found["touches"] == sum(dt.date(2026, 4, 1) <= d <= day for _, d, _, _ in FACTS)
    assert found["touches__previous_fiscal_year"] == sum(dt.date(2025, 4, 1) <= d <= until for _, d, _, _ in FACTS)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("2026-04-01", "2026-06-30", ("2026-01-01", "2026-03-31")),
        ("2026-11-02", "2026-11-20", ("2026-10-14", "2026-11-01")),
    ],
)
def test_a_range_is_compared_with_the_range_before_it(engine: Engine, start: str, end: str, before: tuple[str, str]) -> None:
    asked = Question(("touches",), start_time=start, end_time=end, compare=Comparison("previous_period"))
    (found,) = desk(engine).answer(asked).table.records()
    first, last = (dt.date.fromisoformat(each) for each in before)
    assert found["touches__previous_period"] == sum(first <= d <= last for _, d, _, _ in FACTS)


@pytest.mark.parametrize(
    ("end", "text", "code"),
    [
        ("2026-10-31", YAML, "metric_compared_whole"),
        ("2026-10-15", YAML, "metric_compared_business_day"),
        ("2026-10-15", YAML.replace("      - {name: is_business_day}\n", ""), "metric_compared_calendar_day"),
    ],
)
def test_a_note_says_which_days_were_compared(engine: Engine, end: str, text: str, code: str) -> None:
    asked = Question(("touches",), start_time="2026-10-01", end_time=end, compare=Comparison("previous_year"))
    assert [each.code for each in desk(engine, None, text).answer(asked).notes] == [code]


def test_a_comparison_is_sorted_by_the_short_name_of_its_own_time(engine: Engine) -> None:
    asked = Question(("touches",), ("metric_time__month",), end_time="2026-10-31", compare=Comparison("previous_year"))
    rows = desk(engine).answer(replace(asked, order_by=("-metric_time",), limit=2)).table.records()
    assert [row["metric_time__month"] for row in rows] == [dt.date(2026, 10, 1), dt.date(2026, 9, 1)]


def test_a_day_beyond_the_calendar_cannot_be_compared_by_its_periods(engine: Engine) -> None:
    text = YAML.replace("weeks: [4, 4, 5], first_day: 2024-04-01", "dates: [2024-01-01, 2025-01-01, 2026-01-01]")
    asked = Question(("touches",), ("metric_time__round",), end_time="2026-11-20", compare=Comparison("previous_period"))
    with pytest.raises(KgiError) as told:
        desk(engine, None, text).answer(asked)
    assert [each.code for each in told.value.findings] == ["metric_compare_outside_calendar"]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Question(("touches",), ("metric_time__month",)), "metric_compare_range"),
        (Question(("touches",), end_time="2026-11-20"), "metric_compare_range"),
        (Question(("touches",), ("metric_time__month", "metric_time__day"), end_time="2026-11-20"), "metric_compare_times"),
        (Question(("touches",), ("metric_time__extract_month",), end_time="2026-11-20"), "metric_compare_times"),
        (Question((), ("touch__campaign",), end_time="2026-11-20"), "metric_compare_needs_metrics"),
        (Question(("touches",), ("touch__campaign",), min_max=True), "metric_compare_needs_metrics"),
        (
            Question(
                ("touches",),
                ("metric_time__month",),
                ("{{ TimeDimension('metric_time', 'day') }} > '2026-01-01'",),
                end_time="2026-11-20",
            ),
            "metric_compare_filter",
        ),
        (
            Question(
                ("touches",),
                ("metric_time__month",),
                ("{{ TimeDimension('touch__touched_on', 'day') }} > '2026-01-01'",),
                end_time="2026-11-20",
            ),
            "metric_compare_filter",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(engine: Engine, question: Question, code: str) -> None:
    from dataclasses import replace

    with pytest.raises(KgiError) as told:
        desk(engine).answer(replace(question, compare=Comparison("previous_period")))
    assert [each.code for each in told.value.findings] == [code]


def test_a_fiscal_year_must_be_declared(engine: Engine) -> None:
    text = YAML[: YAML.index("calendars:")]
    with pytest.raises(KgiError) as told:
        desk(engine, dt.date(2026, 11, 20), text).answer(
            Question(("touches",), ("metric_time__month",), compare=Comparison("previous_fiscal_year"))
        )
    assert [each.code for each in told.value.findings] == ["metric_compare_no_fiscal_year"]
