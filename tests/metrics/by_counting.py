"""Random small companies, and their metrics counted row by row in plain Python: nothing here knows how kgi writes SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pipeline.engines.duckdb import Engine

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
CALENDAR = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

SCHEMA = """
create schema m;
create table m.calendar (d date, fiscal_year varchar);
create table m.event (event_id int, person_id int, happened_on date, amount int, kind varchar, flag boolean);
create table m.person (person_id int, firm_id int, region varchar);
create table m.firm (firm_id int, industry varchar);
create table m.win (win_id int, person_id int, won_on date, kind varchar);
create table m.seat (firm_id int, counted_on date, seats int);
create table m.flat (event_id int, happened_on date, amount int, region varchar, industry varchar)
"""

MODELS = """
models:
  - name: calendar
    time_spine: {standard_granularity_column: d, custom_granularities: [{name: fiscal_year}]}
    columns: [{name: d, granularity: day}]
  - name: event
    semantic_model: {enabled: true}
    agg_time_dimension: happened_on
    columns:
      - {name: event_id, entity: {name: event, type: primary}}
      - {name: person_id, entity: {name: person, type: foreign}}
      - {name: happened_on, granularity: day, dimension: {type: time}}
      - {name: kind, dimension: {type: categorical}}
      - {name: flag, dimension: {type: categorical}}
    metrics:
      - {name: events, agg: count, expr: 1}
      - {name: amounts, agg: count, expr: amount}
      - {name: amount, agg: sum}
      - {name: flags, agg: sum_boolean, expr: flag}
      - {name: low, agg: min, expr: amount}
      - {name: high, agg: max, expr: amount}
      - {name: people, agg: count_distinct, expr: person_id}
      - {name: every_day, agg: sum, expr: amount, join_to_timespine: true, fill_nulls_with: 0}
  - name: person
    semantic_model: {enabled: true}
    columns:
      - {name: person_id, entity: {name: person, type: primary}}
      - {name: firm_id, entity: {name: firm, type: foreign}}
      - {name: region, dimension: {type: categorical}}
  - name: firm
    semantic_model: {enabled: true}
    columns:
      - {name: firm_id, entity: {name: firm, type: primary}}
      - {name: industry, dimension: {type: categorical}}
  - name: win
    semantic_model: {enabled: true}
    agg_time_dimension: won_on
    columns:
      - {name: win_id, entity: {name: win, type: primary}}
      - {name: person_id, entity: {name: person, type: foreign}}
      - {name: won_on, granularity: day, dimension: {type: time}}
      - {name: kind, dimension: {type: categorical}}
    metrics:
      - {name: wins, agg: count, expr: 1}
  - name: seat
    semantic_model: {enabled: true}
    agg_time_dimension: counted_on
    primary_entity: seat_count
    columns:
      - {name: firm_id, entity: {name: firm, type: foreign}}
      - {name: counted_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: seats, agg: sum, non_additive_dimension: {name: counted_on, window_agg: max, group_by: [firm]}}
      - {name: first_seats, agg: sum, expr: seats, non_additive_dimension: {name: counted_on, window_agg: min}}
  - name: flat
    semantic_model: {enabled: true}
    agg_time_dimension: happened_on
    columns:
      - {name: event_id, entity: {name: flat, type: primary}}
      - {name: happened_on, granularity: day, dimension: {type: time}}
      - {name: region, dimension: {type: categorical}}
      - {name: industry, dimension: {type: categorical}}
    metrics:
      - {name: flat_events, agg: count, expr: 1}
      - {name: flat_amount, agg: sum, expr: amount}
"""


@dataclass(frozen=True)
class Event:
    """One event: when, who, how much, of which kind."""

    person: int | None
    day: dt.date
    amount: int | None
    kind: str | None
    flag: bool | None


@dataclass(frozen=True)
class Win:
    """One conversion event."""

    person: int | None
    day: dt.date
    kind: str | None


@dataclass(frozen=True)
class Seat:
    """A stock that was counted on a day."""

    firm: int | None
    day: dt.date
    seats: int | None


@dataclass(frozen=True)
class World:
    """All rows of one random company; `people` gives firm and region of each person, `firms` the industry of each firm."""

    events: tuple[Event, ...]
    people: dict[int, tuple[int | None, str | None]]
    firms: dict[int, str | None]
    wins: tuple[Win, ...]
    seats: tuple[Seat, ...]

    def region(self, event: Event) -> str | None:
        """Return the region of an event's person."""
        return self.people.get(event.person or 0, (None, None))[1]

    def industry(self, event: Event) -> str | None:
        """Return the industry of the firm of an event's person."""
        return self.firms.get(self.people.get(event.person or 0, (None, None))[0] or 0)


_person = st.one_of(st.none(), st.integers(1, 5))  # person 5 is in no table
_kind = st.sampled_from(["a", "b", None])
_day = st.one_of(
    st.dates(FIRST - dt.timedelta(days=12), LAST - dt.timedelta(days=40)),
    st.sampled_from([dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 1), FIRST]),
)
_amount = st.one_of(st.none(), st.integers(-5, 20))
_flag = st.sampled_from([True, False, None])
worlds = st.builds(
    World,
    events=st.lists(st.builds(Event, _person, _day, _amount, _kind, st.sampled_from([True, False, None])), max_size=25).map(
        tuple
    ),
    people=st.fixed_dictionaries(
        {n: st.tuples(st.sampled_from([1, 2, 3, None]), st.sampled_from(["east", "west", None])) for n in range(1, 5)}
    ),
    firms=st.fixed_dictionaries({1: st.just("maker"), 2: st.sampled_from(["retail", None])}),
    wins=st.lists(st.builds(Win, _person, _day, _kind), max_size=10).map(tuple),
    seats=st.lists(
        st.builds(Seat, st.sampled_from([1, 2, None]), _day, st.one_of(st.none(), st.integers(0, 9))), max_size=12
    ).map(tuple),
)


def write(engine: Engine, world: World) -> None:
    """Put a company into the tables, in place of the one before."""

    def fill(table: str, width: int, rows: Iterable[tuple[object, ...]]) -> None:
        engine.execute(f"delete from m.{table}")
        listed = list(rows)
        if listed:
            places = "(" + ", ".join("?" for _ in range(width)) + ")"
            engine.execute(
                f"insert into m.{table} values {', '.join([places] * len(listed))}", [v for row in listed for v in row]
            )

    fill("event", 6, ((n, e.person, e.day, e.amount, e.kind, e.flag) for n, e in enumerate(world.events)))
    fill("person", 3, ((n, firm, region) for n, (firm, region) in world.people.items()))
    fill("firm", 2, world.firms.items())
    fill("win", 4, ((n, w.person, w.day, w.kind) for n, w in enumerate(world.wins)))
    fill("seat", 3, ((s.firm, s.day, s.seats) for s in world.seats))
    fill("flat", 5, ((n, e.day, e.amount, world.region(e), world.industry(e)) for n, e in enumerate(world.events)))


def fiscal_year(day: dt.date) -> str:
    """Name the fiscal year that starts in April."""
    return f"FY{day.year - (day.month < 4)}"


def start(day: dt.date, grain: str) -> dt.date:
    """Return the first day of the week, month, quarter or year of a day."""
    match grain:
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def months_back(day: dt.date, months: int) -> dt.date:
    """Return the same day of an earlier month, or that month's last day where it is shorter."""
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def total(values: Iterable[int | None]) -> int | None:
    """Add up what is there; null where nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None


Value = Callable[[list[Event]], int | None]
VALUES: dict[str, Value] = {
    "events": len,
    "amounts": lambda rows: len([each for each in rows if each.amount is not None]),
    "amount": lambda rows: total(each.amount for each in rows),
    "flags": lambda rows: total(None if each.flag is None else int(each.flag) for each in rows),
    "low": lambda rows: min((each.amount for each in rows if each.amount is not None), default=None),
    "high": lambda rows: max((each.amount for each in rows if each.amount is not None), default=None),
    "people": lambda rows: len({each.person for each in rows if each.person is not None}),
}


def grouped(rows: Iterable[Event], key: Callable[[Event], Hashable], value: Value) -> dict[Any, int | None]:
    """Count a value for each group of rows."""
    groups: dict[Hashable, list[Event]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: value(members) for name, members in groups.items()}


def running(
    rows: Iterable[Event], reaches: Callable[[dt.date, dt.date], bool], value: Value, key: Callable[[Event], Hashable]
) -> dict[Any, int | None]:
    """Count a value over the rows that reach each day of the calendar; a day that none reaches has no row."""
    found: dict[Any, int | None] = {}
    everything = list(rows)
    for day in CALENDAR:
        within = [row for row in everything if row.day <= day and reaches(row.day, day)]
        found.update({(day, name): each for name, each in grouped(within, key, value).items()})
    return found


def matched(world: World, window: int | None, *, same_kind: bool) -> list[Event]:
    """Return the base event of each win that has one: the latest of the same person on or before it, within the window.

    Of several on that day the one of the greatest kind, null being the least.
    """
    found = []
    for win in world.wins:
        before = [
            event
            for event in world.events
            if event.person is not None
            and event.person == win.person
            and event.day <= win.day
            and (window is None or event.day > win.day - dt.timedelta(days=window))
            and (not same_kind or (event.kind is not None and event.kind == win.kind))
        ]
        if before:
            found.append(max(before, key=lambda event: (event.day, event.kind or "")))
    return found


def stock(world: World, *, first: bool, per_firm: bool, period: str | None) -> dict[Any, int | None]:
    """Add up the rows of the first or last day of each period, and of each firm in it."""
    groups: dict[Hashable, list[Seat]] = defaultdict(list)
    for seat in world.seats:
        groups[start(seat.day, period) if period else None, seat.firm if per_firm else None].append(seat)
    sums: dict[Hashable, list[int | None]] = defaultdict(list)
    for name, rows in groups.items():
        day = (min if first else max)(row.day for row in rows)
        assert isinstance(name, tuple)
        sums[name[0]].extend(row.seats for row in rows if row.day == day)
    return {name: total(values) for name, values in sums.items()}
