"""Cohorts by age beside plain Python: who entered when, who had converted within which age, and what is over by then."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from typing import Any

import pytest

from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import KgiError
from pipeline.metrics import Cohorts, Comparison, Question, compile_question
from pipeline.query import Desk
from tests.metrics.company import manifest

DAY = dt.timedelta(days=1)
AS_OF = dt.date(2026, 6, 30)

YAML = """
models:
  - name: mql
    semantic_model: {enabled: true}
    agg_time_dimension: entered_on
    columns:
      - {name: mql_id, entity: {name: mql, type: primary}}
      - {name: person_id, entity: {name: person, type: foreign}}
      - {name: entered_on, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: {type: categorical}}
    metrics:
      - {name: mqls, agg: count, expr: 1}
      - {name: mql_persons, agg: count_distinct, expr: person_id}
  - name: appointment
    semantic_model: {enabled: true}
    agg_time_dimension: set_on
    columns:
      - {name: appointment_id, entity: {name: appointment, type: primary}}
      - {name: person_id, entity: {name: person, type: foreign}}
      - {name: set_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: appointments, agg: count, expr: 1}
metrics:
  - {name: rate_90, type: conversion, entity: person, base_metric: mqls, conversion_metric: appointments, window: 90 days}
  - {name: rate_ever, type: conversion, entity: person, base_metric: mqls, conversion_metric: appointments}
  - name: number_90
    type: conversion
    entity: person
    base_metric: mqls
    conversion_metric: appointments
    window: 90 days
    calculation: conversions
  - name: distinct_rate
    type: conversion
    entity: person
    base_metric: mql_persons
    conversion_metric: appointments
    window: 90 days
calendars:
  - {name: company, fiscal_year_start: "04-01"}
"""

DICE = random.Random(11)
MQLS = [
    (n, DICE.randrange(150), dt.date(2026, 1, 1) + DICE.randrange(200) * DAY, DICE.choice(["web", "展示会", None]))
    for n in range(300)
]
APPOINTMENTS = [(n, DICE.randrange(150), dt.date(2026, 1, 1) + DICE.randrange(220) * DAY) for n in range(200)]


def opened() -> Engine:
    engine = open_engine(None, threads=2)
    engine.execute("create schema m")
    engine.execute("create table m.mql (mql_id int, person_id int, entered_on date, channel varchar)")
    engine.execute("create table m.appointment (appointment_id int, person_id int, set_on date)")
    engine.insert("m.mql", ["mql_id", "person_id", "entered_on", "channel"], MQLS)
    engine.insert("m.appointment", ["appointment_id", "person_id", "set_on"], APPOINTMENTS)
    return engine


def later(day: dt.date, count: int, grain: str) -> dt.date:
    """The same day some grains later, or the last day of a shorter month."""
    if grain == "week":
        return day + 7 * count * DAY
    if grain == "day":
        return day + count * DAY
    number = day.year * 12 + day.month - 1 + count * {"month": 1, "quarter": 3}[grain]
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def cohort_of(day: dt.date, grain: str) -> dt.date:
    if grain == "week":
        return day - day.weekday() * DAY
    if grain == "fiscal_quarter":
        return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return day.replace(day=1)


def by_walking(grain: str, age: str, window: int | None, by_channel: bool) -> dict[tuple[Any, ...], tuple[int, int, float]]:
    """(cohort, channel, age) -> entered, converted, maturity: each appointment goes to its person's last MQL before it."""
    base = [row for row in MQLS if row[2] <= AS_OF]
    pairs = []
    for _, person, set_on in APPOINTMENTS:
        if set_on > AS_OF:
            continue
        within = [
            (entered, channel or "")
            for _, who, entered, channel in base
            if who == person and entered <= set_on and (window is None or set_on < entered + window * DAY)
        ]
        if within:
            last, latest_channel = max(within)
            pairs.append((last, latest_channel or None, set_on))
    found = {}
    cohorts = {(cohort_of(entered, grain), channel if by_channel else None) for _, _, entered, channel in base}
    for cohort, channel in cohorts:
        own = [e for _, _, e, c in base if cohort_of(e, grain) == cohort and (not by_channel or c == channel)]
        for n in range(1, 400):
            begins = later(min(own), n - 1, age)
            if begins > AS_OF or (window is not None and begins >= min(own) + window * DAY):
                break
            ends = [min(later(e, n, age), e + window * DAY) if window else later(e, n, age) for e in own]
            done = [
                1
                for entered, c, set_on in pairs
                if cohort_of(entered, grain) == cohort and (not by_channel or c == channel) and set_on < later(entered, n, age)
            ]
            key = (cohort, channel, n) if by_channel else (cohort, n)
            found[key] = len(own), len(done), sum(end <= AS_OF + DAY for end in ends) / len(own)
    return found


@pytest.mark.parametrize(("metric", "window"), [("rate_90", 90), ("rate_ever", None)])
@pytest.mark.parametrize(
    ("grain", "age"), [("month", "month"), ("week", "week"), ("fiscal_quarter", "month"), ("month", "quarter")]
)
@pytest.mark.parametrize("by_channel", [False, True])
def test_cohorts_by_age_equal_a_walk_over_every_entry(
    metric: str, window: int | None, grain: str, age: str, by_channel: bool
) -> None:
    asked = Question((metric,), ("mql__channel",) if by_channel else (), cohorts=Cohorts(grain, age), cutoff=AS_OF)
    with opened() as engine:
        answer = Desk(engine, manifest(YAML), AS_OF).answer(asked)
    expected = by_walking(grain, age, window, by_channel)
    width = 3 if by_channel else 2
    assert answer.table.names[width - 1 :] == (
        f"age__{age}",
        f"{metric}__denominator",
        f"{metric}__numerator",
        metric,
        "maturity",
    )
    found = {row[:width]: row[width:] for row in answer.table.rows}
    assert set(found) == set(expected)
    for key, (entered, converted, maturity) in expected.items():
        assert found[key] == (entered, converted, pytest.approx(converted / entered), pytest.approx(maturity)), key


def test_the_oldest_age_of_a_mature_cohort_is_the_metric_itself() -> None:
    with opened() as engine:
        desk = Desk(engine, manifest(YAML), AS_OF)
        ages = desk.answer(Question(("rate_90",), cohorts=Cohorts("month", "month"))).table.records()
        whole = desk.answer(Question(("rate_90",), ("metric_time__month",))).table.records()
    last = {row["metric_time__month"]: row for row in ages}
    assert {month: row["rate_90"] for month, row in last.items() if row["age__month"] == 3} == {
        row["metric_time__month"]: pytest.approx(row["rate_90"] or 0.0)
        for row in whole
        if last[row["metric_time__month"]]["age__month"] == 3
    }
    assert {row["maturity"] for row in ages if row["metric_time__month"] == dt.date(2026, 1, 1)} == {1.0}
    assert all(row["maturity"] < 1 for row in ages if row["metric_time__month"] == dt.date(2026, 6, 1))  # type: ignore[operator]


def test_numbers_and_distinct_bases_are_followed_too() -> None:
    with opened() as engine:
        desk = Desk(engine, manifest(YAML), AS_OF)
        numbers = desk.answer(Question(("number_90",), cohorts=Cohorts("month", "month"))).table.records()
        persons = desk.answer(Question(("distinct_rate",), cohorts=Cohorts("month", "month"))).table.records()
    assert all(row["number_90"] == row["number_90__numerator"] for row in numbers)
    for row in persons:
        month = row["metric_time__month"]
        assert row["distinct_rate__denominator"] == len(
            {who for _, who, e, _ in MQLS if e <= AS_OF and cohort_of(e, "month") == month}
        )


@pytest.mark.parametrize("cutoff", [AS_OF, None])
def test_entries_with_a_time_of_day_are_followed_from_their_own_day_on(cutoff: dt.date | None) -> None:
    moments = YAML.replace("name: entered_on, granularity: day", "name: entered_on, granularity: second")
    moments = moments.replace("name: set_on, granularity: day", "name: set_on, granularity: second")
    with open_engine(None, threads=2) as engine:
        engine.execute("create schema m")
        engine.execute("""create table m.mql as select * from (values (1, 1, timestamp '2026-05-03 10:00', 'web'),
            (2, 2, timestamp '2026-06-30 15:00', 'web'), (3, 3, timestamp '2026-06-30 23:00', null))
            as row (mql_id, person_id, entered_on, channel)""")
        engine.execute("""create table m.appointment as select * from (values (1, 1, timestamp '2026-05-04 09:59'),
            (2, 1, timestamp '2026-06-03 10:00'), (3, 2, timestamp '2026-06-30 16:00'))
            as row (appointment_id, person_id, set_on)""")
        asked = Question(("rate_ever",), cohorts=Cohorts("month", "day"), cutoff=cutoff)
        rows = Desk(engine, manifest(moments), None).answer(asked).table.rows
    by_age = {row[:2]: row[2:] for row in rows}
    june = dt.date(2026, 6, 1)
    assert {key: value for key, value in by_age.items() if key[0] == june} == {(june, 1): (2, 1, 0.5, 0.0)}
    may = {key[1]: value for key, value in by_age.items() if key[0] != june}
    assert set(may) == set(range(1, 60))  # from 3 May to 30 June
    assert may[1] == may[31] == (1, 1, 1.0, 1.0) and may[32] == (1, 2, 2.0, 1.0)
    assert may[58][-1] == 1.0 and may[59][-1] == 0.0


def test_a_range_and_filters_are_about_the_entries() -> None:
    asked = Question(
        ("rate_90",),
        where=("{{ Dimension('mql__channel') }} = '展示会'",),
        start_time="2026-02-01",
        end_time="2026-03-31",
        cohorts=Cohorts("month", "month"),
    )
    with opened() as engine:
        rows = Desk(engine, manifest(YAML), AS_OF).answer(asked).table.records()
    expected = {
        (month, n): value for (month, channel, n), value in by_walking("month", "month", 90, True).items() if channel == "展示会"
    }
    assert {(row["metric_time__month"], row["age__month"]) for row in rows} == {k for k in expected if k[0].month in (2, 3)}
    # a filter takes entries away, so an appointment may fall to an earlier one of its person: at least as many are found
    for row in rows:
        entered, converted, _ = expected[row["metric_time__month"], row["age__month"]]
        assert row["rate_90__denominator"] == entered and row["rate_90__numerator"] >= converted  # type: ignore[operator]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Question(("mqls",), cohorts=Cohorts("month", "month")), "metric_cohort_of_conversion"),
        (Question(("rate_90", "rate_ever"), cohorts=Cohorts("month", "month")), "metric_cohort_of_conversion"),
        (Question(("rate_90",), ("metric_time__week",), cohorts=Cohorts("month", "month")), "metric_cohort_is_the_time"),
        (
            Question(
                ("rate_90",), ("metric_time__month",), compare=Comparison("previous_period"), cohorts=Cohorts("month", "month")
            ),
            "metric_cohort_compared",
        ),
        (Question(("rate_90",), cohorts=Cohorts("month", "fiscal_quarter")), "metric_cohort_age"),
        (Question(("rate_90",), cohorts=Cohorts("mont", "month")), "metric_unknown_grain"),
    ],
)
def test_what_has_no_cohorts_is_refused(question: Question, code: str) -> None:
    with pytest.raises(KgiError) as told:
        compile_question(manifest(YAML), question)
    assert [each.code for each in told.value.findings] == [code]


def test_without_a_cut_off_a_range_does_not_make_entries_younger() -> None:
    with opened() as engine:
        desk = Desk(engine, manifest(YAML), None)
        whole = desk.answer(Question(("rate_90",), cohorts=Cohorts("month", "month"))).table.records()
        ranged = desk.answer(
            Question(("rate_90",), start_time="2026-02-01", end_time="2026-03-31", cohorts=Cohorts("month", "month"))
        ).table.records()
    last = max(max(row[2] for row in MQLS), max(row[2] for row in APPOINTMENTS))
    for row in ranged:
        own = [e for _, _, e, _ in MQLS if cohort_of(e, "month") == row["metric_time__month"]]
        ends = [min(later(e, int(str(row["age__month"])), "month"), e + 90 * DAY) for e in own]
        assert row["maturity"] == pytest.approx(sum(end <= last + DAY for end in ends) / len(own))
    by_age = {(row["metric_time__month"], row["age__month"]): row["maturity"] for row in whole}
    assert all(by_age[row["metric_time__month"], row["age__month"]] == row["maturity"] for row in ranged)
