"""What holds for any company: every kind of metric beside a count in plain Python, and questions that must agree."""

# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.decode import read_all
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.metrics import Question, SemanticManifest, compile_question, read_semantics
from pipeline.shapes import Relation
from tests.metrics.by_counting import (
    CALENDAR,
    MODELS,
    SCHEMA,
    VALUES,
    Event,
    World,
    fiscal_year,
    grouped,
    matched,
    months_back,
    running,
    start,
    stock,
    total,
    worlds,
    write,
)

METRICS = (
    MODELS
    + """
metrics:
  - {name: per_event, type: ratio, numerator: amount, denominator: events}
  - {name: a_week_ago, type: derived, expr: amount, input_metrics: [{name: amount, offset_window: 7 days}]}
  - {name: a_month_ago, type: derived, expr: amount, input_metrics: [{name: amount, offset_window: 1 month}]}
  - {name: at_start, type: derived, expr: amount, input_metrics: [{name: amount, offset_to_grain: month}]}
  - {name: same_kind_wins, type: conversion, entity: person, base_metric: events, conversion_metric: wins, calculation: conversions,
     constant_properties: [{base_property: kind, conversion_property: kind}]}
  - {name: wins_ever, type: conversion, entity: person, base_metric: events, conversion_metric: wins, calculation: conversions}
  - {name: wins_10_days, type: conversion, entity: person, base_metric: events, conversion_metric: wins, window: 10 days}
"""
    + "".join(
        f"  - {{name: {measure}_{frame}{suffix}, type: cumulative, input_metric: {measure}{more}{agg}}}\n"
        for measure in VALUES
        for frame, more in (("ever", ""), ("10_days", ", window: 10 days"), ("1_month", ", window: 1 month"), ("to_date", ", grain_to_date: month"))
        for suffix, agg in (("", ""), ("_last", ", period_agg: last"), ("_average", ", period_agg: average"))
    )
)  # fmt: skip

REACHES: dict[str, Callable[[dt.date, dt.date], bool]] = {
    "ever": lambda fact, day: True,
    "10_days": lambda fact, day: fact > day - dt.timedelta(days=10),
    "1_month": lambda fact, day: fact > months_back(day, 1),
    "to_date": lambda fact, day: fact >= start(day, "month"),
}
any_world = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@lru_cache
def manifest(text: str = METRICS) -> SemanticManifest:
    return read_semantics(read_all(text, "metrics/any.yml"), lambda name: Relation("m", name))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(None, threads=1) as opened:
        for statement in SCHEMA.split(";\n"):
            opened.execute(statement)
        values = ", ".join(f"('{day}', '{fiscal_year(day)}')" for day in CALENDAR)
        opened.execute(f"insert into m.calendar values {values}")
        yield opened


def ask(engine: Engine, *metrics: str, by: tuple[str, ...] = (), **more: Any) -> dict[Any, Any]:
    """Return the values of a question by its keys: one value alone, several as a tuple; decimals as numbers."""
    rows = engine.rows(compile_question(manifest(), Question(metrics=metrics, group_by=by, **more)).sql)
    found: dict[Any, Any] = {}
    for row in rows:
        key, values = row[: len(by)], row[len(by) :]
        name = key if len(by) != 1 else key[0]
        assert name not in found, f"{name} twice"
        found[name] = values if len(metrics) != 1 else values[0]
    return found


Cut = Callable[[dt.date], Hashable]
GRAINS: dict[str, Cut] = {
    "metric_time__day": lambda day: day,
    "metric_time__week": lambda day: start(day, "week"),
    "metric_time__month": lambda day: start(day, "month"),
    "metric_time__quarter": lambda day: start(day, "quarter"),
    "metric_time__year": lambda day: start(day, "year"),
    "metric_time__fiscal_year": lambda day: fiscal_year(day) if day in CALENDAR else None,
}
Member = Callable[[World, Event], Hashable]
DIMENSIONS: dict[str, Member] = {
    "event__kind": lambda world, event: event.kind,
    "person__region": lambda world, event: world.region(event),
    "person__firm__industry": lambda world, event: world.industry(event),
}
a_grain, a_dimension = st.sampled_from(sorted(GRAINS)), st.sampled_from(sorted(DIMENSIONS))


def column(found: dict[Any, Any], number: int) -> dict[Any, Any]:
    """Return one value of each row of an answer."""
    return {key: values[number] for key, values in found.items()}


@any_world
@given(world=worlds, grain=a_grain, dimension=a_dimension)
def test_any_metric_at_any_grain_is_what_counting_gives(engine: Engine, world: World, grain: str, dimension: str) -> None:
    write(engine, world)
    cut, member = GRAINS[grain], DIMENSIONS[dimension]
    found = ask(engine, *VALUES, by=(grain, dimension))
    for number, (name, value) in enumerate(VALUES.items()):
        counted = grouped(world.events, lambda event: (cut(event.day), member(world, event)), value)
        assert column(found, number) == counted, name


MERGED: dict[str, Callable[[list[Any]], Any]] = {
    **dict.fromkeys(("events", "amounts", "amount", "flags"), total),
    "low": lambda values: min((each for each in values if each is not None), default=None),
    "high": lambda values: max((each for each in values if each is not None), default=None),
}


@any_world
@given(world=worlds, grain=a_grain, dimension=a_dimension)
def test_a_coarser_grain_is_the_finer_one_aggregated_again(engine: Engine, world: World, grain: str, dimension: str) -> None:
    write(engine, world)
    fine = ask(engine, *MERGED, by=("metric_time__day", dimension))
    coarse = ask(engine, *MERGED, by=(grain, dimension))
    for number, (name, merge) in enumerate(MERGED.items()):
        merged: dict[Hashable, list[Any]] = {}
        for (day, member), value in column(fine, number).items():
            merged.setdefault((GRAINS[grain](day), member), []).append(value)
        assert column(coarse, number) == {key: merge(values) for key, values in merged.items()}, name


@any_world
@given(world=worlds)
def test_parts_add_up_to_the_total_and_joined_members_are_those_of_a_flat_table(engine: Engine, world: World) -> None:
    write(engine, world)
    whole = ask(engine, "events", "amount")[()]
    assert whole == (len(world.events), total(each.amount for each in world.events))
    for dimension in DIMENSIONS:
        parts = ask(engine, "events", "amount", by=(dimension,)).values()
        assert sum(part[0] for part in parts) == whole[0]
        assert total(part[1] for part in parts) == whole[1]
    for flat, joined in (("flat__region", "person__region"), ("flat__industry", "person__firm__industry")):
        expected = ask(engine, "flat_events", "flat_amount", by=(flat,))
        assert ask(engine, "events", "amount", by=(joined,)) == expected
    assert ask(engine, "events", "amount", by=("firm__industry",)) == expected


SUFFIXES = ("", "_last", "_average")


@pytest.mark.parametrize("frame", REACHES)
@any_world
@given(world=worlds)
def test_a_running_value_is_that_of_the_rows_which_reach_the_day(engine: Engine, frame: str, world: World) -> None:
    write(engine, world)
    names = [f"{name}_{frame}" for name in VALUES]
    found = ask(engine, *names, by=("metric_time__day", "event__kind"))
    by_month = ask(engine, *(name + suffix for name in names for suffix in SUFFIXES), by=("metric_time__month", "event__kind"))
    for number, value in enumerate(VALUES.values()):
        counted = running(world.events, REACHES[frame], value, lambda event: event.kind)
        assert column(found, number) == counted, names[number]
        months: dict[Hashable, list[int | None]] = {}
        for (day, kind), each in counted.items():
            months.setdefault((start(day, "month"), kind), []).append(each)
        for at, suffix in enumerate(SUFFIXES):
            expected = {key: pytest.approx(of_period(suffix, days)) for key, days in months.items()}
            assert column(by_month, number * len(SUFFIXES) + at) == expected, names[number] + suffix


def of_period(suffix: str, days: list[int | None]) -> float | None:
    if suffix == "_average":
        there = [each for each in days if each is not None]
        return sum(there) / len(there) if there else None
    return days[-1] if suffix else days[0]


@any_world
@given(world=worlds)
def test_a_running_total_of_all_time_ends_at_the_sum(engine: Engine, world: World) -> None:
    write(engine, world)
    running_total = ask(engine, "amount_ever", by=("metric_time__day",))
    if world.events:
        assert running_total[CALENDAR[-1]] == total(each.amount for each in world.events)
    assert ask(engine, "amount_ever")[()] == ask(engine, "amount")[()]


@any_world
@given(world=worlds)
def test_an_earlier_value_is_that_of_the_earlier_day_or_of_the_whole_earlier_month(engine: Engine, world: World) -> None:
    write(engine, world)
    by_day = grouped(world.events, lambda event: event.day, VALUES["amount"])
    week = dt.timedelta(days=7)
    assert ask(engine, "a_week_ago", by=("metric_time__day",)) == {
        day: by_day[day - week] for day in CALENDAR if day - week in by_day
    }
    assert ask(engine, "a_month_ago", by=("metric_time__day",)) == {
        day: by_day[months_back(day, 1)] for day in CALENDAR if months_back(day, 1) in by_day
    }
    assert ask(engine, "at_start", by=("metric_time__day",)) == {
        day: by_day[start(day, "month")] for day in CALENDAR if start(day, "month") in by_day
    }
    by_month = grouped(world.events, lambda event: start(event.day, "month"), VALUES["amount"])
    firsts = [day for day in CALENDAR if day.day == 1]
    assert ask(engine, "a_month_ago", by=("metric_time__month",)) == {
        day: by_month[months_back(day, 1)] for day in firsts if months_back(day, 1) in by_month
    }


@any_world
@given(world=worlds)
def test_a_conversion_counts_at_the_nearest_earlier_base_event(engine: Engine, world: World) -> None:
    write(engine, world)
    for name, window, same_kind in (("wins_ever", None, False), ("same_kind_wins", None, True)):
        events = matched(world, window, same_kind=same_kind)
        assert ask(engine, name)[()] == (len(events) or None)
        for by, key in (
            ("metric_time__month", lambda event: start(event.day, "month")),
            ("event__kind", lambda event: event.kind),
        ):
            counted = grouped(events, key, len)
            bases = grouped(world.events, key, len)
            assert ask(engine, name, by=(by,)) == {group: counted.get(group) for group in bases}, (name, by)
    events = matched(world, 10, same_kind=False)
    counted = grouped(events, lambda event: event.kind, len)
    rates = {
        group: pytest.approx((counted.get(group) or 0) / number) if number and group in counted else None
        for group, number in grouped(world.events, lambda event: event.kind, len).items()
    }
    assert ask(engine, "wins_10_days", by=("event__kind",)) == rates


@any_world
@given(world=worlds)
def test_a_stock_is_that_of_the_last_day_of_each_period(engine: Engine, world: World) -> None:
    write(engine, world)
    for period in ("month", "quarter"):
        by = (f"metric_time__{period}",)
        assert ask(engine, "seats", by=by) == stock(world, first=False, per_firm=True, period=period)
        assert ask(engine, "first_seats", by=by) == stock(world, first=True, per_firm=False, period=period)
    assert ask(engine, "seats")[()] == stock(world, first=False, per_firm=True, period=None).get(None)


@any_world
@given(world=worlds)
def test_every_day_of_the_calendar_has_its_value_or_the_fill(engine: Engine, world: World) -> None:
    write(engine, world)
    by_day = grouped(world.events, lambda event: event.day, VALUES["amount"])
    assert ask(engine, "every_day", by=("metric_time__day",)) == {day: by_day.get(day) or 0 for day in CALENDAR}


FILTERS: dict[str, Callable[[World, Event], bool | None]] = {
    "event__kind = 'a'": lambda world, event: None if event.kind is None else event.kind == "a",
    "{{ Dimension('event__flag') }}": lambda world, event: event.flag,
    "person__region = 'east'": lambda world, event: (world.region(event) or "") == "east",
    "{{ Dimension('firm__industry') }} is not null": lambda world, event: world.industry(event) is not None,
    "{{ TimeDimension('metric_time', 'month') }} >= '2026-02-01'": lambda world, event: event.day >= dt.date(2026, 2, 1),
    "{{ Metric('events', group_by=['person']) }} > 1": lambda world, event: (
        event.person is not None and sum(each.person == event.person for each in world.events) > 1
    ),
}


@any_world
@given(world=worlds, chosen=st.lists(st.sampled_from(sorted(FILTERS)), min_size=1, max_size=3, unique=True))
def test_filters_joined_by_and_are_all_of_them_in_any_order(engine: Engine, world: World, chosen: list[str]) -> None:
    write(engine, world)
    kept = [event for event in world.events if all(FILTERS[each](world, event) for each in chosen)]
    expected = grouped(kept, lambda event: event.kind, VALUES["amount"])
    for where in (
        tuple(chosen),
        tuple(reversed(chosen)),
        (" and ".join(chosen),),
        (f"({' and '.join(f'({each})' for each in chosen)})",),
    ):
        assert ask(engine, "amount", by=("event__kind",), where=where) == expected


@any_world
@given(world=worlds)
def test_the_order_of_what_is_asked_changes_nothing_but_the_order_of_columns(engine: Engine, world: World) -> None:
    write(engine, world)
    metrics = ("amount", "people_10_days", "per_event", "wins_10_days", "a_week_ago", "seats")
    by = ("metric_time__day",)
    one = ask(engine, *metrics, by=by)
    other = ask(engine, *reversed(metrics), by=by)
    assert {key: tuple(reversed(values)) for key, values in other.items()} == one
    for number, name in enumerate(metrics):
        alone = ask(engine, name, by=by)
        assert {key: values[number] for key, values in one.items() if values[number] is not None} == {
            key: value for key, value in alone.items() if value is not None
        }
    keys = ("metric_time__month", "person__region")
    turned = ask(engine, "amount", by=tuple(reversed(keys)))
    assert {tuple(reversed(key)): value for key, value in turned.items()} == ask(engine, "amount", by=keys)


@any_world
@given(world=worlds)
def test_a_ratio_is_its_parts_divided_or_null(engine: Engine, world: World) -> None:
    write(engine, world)
    rows = engine.rows(compile_question(manifest(), Question(("per_event",), ("event__kind",), parts=True)).sql)
    amounts, events = (grouped(world.events, lambda event: event.kind, VALUES[name]) for name in ("amount", "events"))
    assert {kind: (above, below) for kind, _, above, below in rows} == {kind: (amounts[kind], events[kind]) for kind in events}
    for _, rate, above, below in rows:
        assert rate == (None if above is None or not below else pytest.approx(float(above) / below))


LEGACY = """
semantic_models:
  - name: event
    model: ref('event')
    defaults: {agg_time_dimension: happened_on}
    entities: [{name: event, type: primary, expr: event_id}, {name: person, type: foreign, expr: person_id}]
    dimensions:
      - {name: happened_on, type: time, type_params: {time_granularity: day}}
      - {name: kind, type: categorical}
    measures: [{name: amount_of_events, agg: sum, expr: amount}, {name: people_of_events, agg: count_distinct, expr: person_id}]
metrics:
  - {name: amount, type: simple, type_params: {measure: amount_of_events}}
  - {name: people, type: simple, type_params: {measure: people_of_events}}
  - {name: per_person, type: ratio, type_params: {numerator: {name: amount, filter: "event__kind = 'a'"}, denominator: people}}
  - {name: amount_10_days, type: cumulative, type_params: {measure: amount_of_events, window: 10 days}}
"""
ONE_DOCUMENT_EACH = """
semantic_model:
  name: event
  node_relation: {schema_name: m, alias: event}
  defaults: {agg_time_dimension: happened_on}
  entities: [{name: event, type: primary, expr: event_id}, {name: person, type: foreign, expr: person_id}]
  dimensions:
    - {name: happened_on, type: time, type_params: {time_granularity: day}}
    - {name: kind, type: categorical}
  measures: [{name: amount_of_events, agg: sum, expr: amount}, {name: people_of_events, agg: count_distinct, expr: person_id}]
---
metric: {name: amount, type: simple, type_params: {measure: amount_of_events}}
---
metric: {name: people, type: simple, type_params: {measure: people_of_events}}
---
metric: {name: per_person, type: ratio, type_params: {numerator: {name: amount, filter: "event__kind = 'a'"}, denominator: people}}
---
metric: {name: amount_10_days, type: cumulative, type_params: {measure: amount_of_events, window: 10 days}}
"""
LATEST = """
models:
  - name: event
    semantic_model: {enabled: true}
    agg_time_dimension: happened_on
    columns:
      - {name: event_id, entity: {name: event, type: primary}}
      - {name: person_id, entity: {name: person, type: foreign}}
      - {name: happened_on, granularity: day, dimension: {type: time}}
      - {name: kind, dimension: {type: categorical}}
    metrics:
      - {name: amount, agg: sum}
      - {name: people, agg: count_distinct, expr: person_id}
metrics:
  - {name: per_person, type: ratio, numerator: {name: amount, filter: "event__kind = 'a'"}, denominator: people}
  - {name: amount_10_days, type: cumulative, input_metric: amount, window: 10 days}
"""
SPINE = MODELS[: MODELS.index("  - name: event\n")]


def test_the_three_spellings_give_the_same_rows(engine: Engine) -> None:
    days = [dt.date(2026, 1, 30), dt.date(2026, 2, 3), dt.date(2026, 2, 3), dt.date(2026, 3, 1)]
    events = tuple(Event(n % 2, day, n, "ab"[n % 2], None) for n, day in enumerate(days))
    write(engine, World(events, {}, {}, (), ()))
    question = Question(("amount", "people", "per_person", "amount_10_days"), ("metric_time__day", "event__kind"))
    answers = []
    for text in (LATEST, LEGACY, ONE_DOCUMENT_EACH):
        found = compile_question(
            manifest(SPINE + (text.removeprefix("\nmodels:\n") if text is LATEST else "---" + text)), question
        )
        answers.append((found.columns, sorted(engine.rows(found.sql), key=str)))
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][1]) > 4
