"""Company calendars by rule: every rule beside plain Python over every day, and the questions that use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlglot import exp

from pipeline.engines.duckdb import open_engine
from pipeline.findings import KgiError
from pipeline.metrics import Compiled, Question, SemanticManifest, compile_question
from pipeline.metrics.grains import ListedStarts, MonthlyClosing, Rule, WeekPattern, YearlyStarts, fiscal_starts
from pipeline.metrics.periods import start_of
from tests.metrics.company import YAML, Desk, engine, manifest, ordered

DAYS = [dt.date(2023, 1, 1) + dt.timedelta(days=n) for n in range(1500)]
LISTED = (dt.date(2023, 2, 5), dt.date(2024, 2, 4), dt.date(2025, 2, 2), dt.date(2026, 2, 1))


def start_by_walking(is_start: Callable[[dt.date], bool], day: dt.date) -> dt.date:
    """Walk day by day to the nearest start on or before a day."""
    while not is_start(day):
        day -= dt.timedelta(days=1)
    return day


RULES: list[tuple[str, Rule, Callable[[dt.date], bool]]] = [
    ("fiscal year", fiscal_starts((4, 1), 12), lambda d: (d.month, d.day) == (4, 1)),
    ("上期 and 下期", fiscal_starts((4, 1), 6), lambda d: (d.month, d.day) in ((4, 1), (10, 1))),
    ("quarters from March 21", fiscal_starts((3, 21), 3), lambda d: d.day == 21 and d.month in (3, 6, 9, 12)),
    ("half from November", fiscal_starts((11, 1), 6), lambda d: (d.month, d.day) in ((5, 1), (11, 1))),
    ("terms", YearlyStarts(((1, 21), (7, 21))), lambda d: (d.month, d.day) in ((1, 21), (7, 21))),
    ("20日締め", MonthlyClosing(20), lambda d: d.day == 21),
    ("28日締め", MonthlyClosing(28), lambda d: ((d - dt.timedelta(days=28)).day == 1 and d.day == 29) or _after_february(d)),
    (
        "4-4-5",
        WeekPattern((4, 4, 5), dt.date(2024, 1, 29)),
        lambda d: (d - dt.date(2024, 1, 29)).days % 91 in (0, 28, 56),
    ),
    ("fortnights", WeekPattern((2,), dt.date(2030, 1, 7)), lambda d: (d - dt.date(2030, 1, 7)).days % 14 == 0),
]


def _after_february(day: dt.date) -> bool:
    """A month that closes on the 28th begins on March 1 where February has no 29th."""
    return (day.month, day.day) == (3, 1) and (day - dt.timedelta(days=1)).day == 28


@pytest.mark.parametrize(("rule", "is_start"), [each[1:] for each in RULES], ids=[each[0] for each in RULES])
def test_a_rule_finds_the_period_of_every_day(rule: Rule, is_start: Callable[[dt.date], bool]) -> None:
    tree = exp.column("d")
    with open_engine(None) as opened:
        found = opened.rows(
            f"select d, {start_of(tree, rule).sql('duckdb')} from (select unnest(?::date[]) as d) order by d",
            [DAYS],
        )
    assert found == [(day, start_by_walking(is_start, day)) for day in DAYS]


def test_a_day_outside_listed_dates_has_no_period() -> None:
    rule, tree = ListedStarts(LISTED), exp.column("d")
    days = [dt.date(2023, 2, 4), dt.date(2023, 2, 5), dt.date(2026, 1, 31), dt.date(2026, 2, 1)]
    with open_engine(None) as opened:
        found = opened.rows(
            f"select {start_of(tree, rule).sql('duckdb')} from (select unnest(?::date[]) as d) order by d",
            [days],
        )
    assert found == [(None,), (LISTED[0],), (LISTED[2],), (None,)]


# ---- questions. The same company, its calendar table replaced by rules.

CALENDARS = """
calendars:
  - name: company
    fiscal_year_start: "04-01"
    first_day: 2026-01-01
    last_day: 2026-12-31
    granularities:
      - {name: closing_month, closing_day: 20}
"""


def by_rule() -> SemanticManifest:
    models = YAML.replace(YAML[YAML.index("  - name: calendar") : YAML.index("  - name: account")], "")
    extra = (
        "  - {name: cost_this_closing_month, type: cumulative, input_metric: cost, grain_to_date: closing_month}\n"
        "  - {name: touched_this_closing_month, type: cumulative, input_metric: touched, grain_to_date: closing_month}\n"
        "  - {name: touches_before, type: derived, expr: touches,"
        " input_metrics: [{name: touches, offset_window: 1 closing_month}]}\n"
        "  - {name: touches_at_closing, type: derived, expr: touches,"
        " input_metrics: [{name: touches, offset_to_grain: closing_month}]}\n"
    )
    return manifest(models.replace("saved_queries:", extra + "saved_queries:") + CALENDARS)


class RuleDesk(Desk):
    def compiled(self, *metrics: str, by: tuple[str, ...] = (), **more: Any) -> Compiled:
        return compile_question(by_rule(), Question(metrics=metrics, group_by=by, **more))


@pytest.fixture(scope="module")
def rules() -> Iterator[RuleDesk]:
    with engine() as opened:
        opened.execute("drop table m.calendar")
        yield RuleDesk(opened)


CLOSING = (
    "case when day({0}) > 20 then make_date(year({0}), month({0}), 21)"
    " else cast(make_date(year({0}), month({0}), 21) - interval 1 month as date) end"
)


def test_facts_are_cut_by_a_rule_without_a_calendar_table(rules: Desk) -> None:
    closing = CLOSING.format("touched_on")
    assert rules.ask("touches", by=("metric_time__closing_month",)) == rules.hand(
        f"select {closing}, count(*) from m.touch group by 1"
    )
    assert "calendar_days" not in rules.compiled("touches", by=("metric_time__closing_month",)).sql
    years = rules.ask("touches", by=("metric_time__fiscal_year", "metric_time__fiscal_half"))
    assert years == [
        (dt.date(2025, 4, 1), dt.date(2025, 10, 1), 6),
        (dt.date(2026, 4, 1), dt.date(2026, 4, 1), 1),
    ]


def test_a_joined_time_is_cut_by_a_rule_too(rules: Desk) -> None:
    closing = CLOSING.format("l.created_on")
    assert rules.ask("touches", by=("lead__created_on__closing_month",)) == rules.hand(
        f"select {closing}, count(*) from m.touch left join m.lead l using (lead_id) group by 1"
    )


@pytest.mark.parametrize(("metric", "value"), [("cost", "sum(cost)"), ("touched", "count(distinct lead_id)")])
def test_a_running_total_starts_anew_with_each_period_of_a_rule(rules: Desk, metric: str, value: str) -> None:
    days = "(select cast(unnest(range(timestamp '2026-01-01', timestamp '2027-01-01', interval 1 day)) as date) as d)"
    hand = f"""select d, {value} from {days} join m.touch t
        on t.touched_on <= d and {CLOSING.format("t.touched_on")} = {CLOSING.format("d")} group by all"""
    assert rules.ask(f"{metric}_this_closing_month", by=("metric_time",)) == rules.hand(hand)


def test_an_offset_by_a_rule_compares_whole_periods(rules: Desk) -> None:
    closing = CLOSING.format("touched_on")
    assert rules.ask("touches_before", by=("metric_time__closing_month",)) == rules.hand(
        f"select cast({closing} + interval 1 month as date), count(*) from m.touch group by 1"
    )


def test_offset_to_the_start_of_a_period_by_rule(rules: Desk) -> None:
    closing = CLOSING.format("touched_on")
    day = rules.ask("touches_at_closing", by=("metric_time",))
    starts = rules.hand(f"select touched_on, count(*) from m.touch where touched_on = {closing} group by 1")
    assert not starts and not day  # no touch lies on a 21st
    assert rules.ask("touches_at_closing", by=("metric_time__closing_month",)) == []


def test_the_made_calendar_ends_where_it_says(rules: Desk) -> None:
    days = rules.ask("leads_every_day", by=("metric_time",))
    assert (days[0][0], days[-1][0], len(days)) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31), 365)
    halves = rules.ask(by=("metric_time__fiscal_half",))
    assert halves == [(dt.date(2025, 10, 1),), (dt.date(2026, 4, 1),), (dt.date(2026, 10, 1),)]


def test_a_declared_calendar_keeps_its_rows_and_gains_the_grains() -> None:
    text = YAML + 'calendars:\n  - {name: company, granularities: [{name: term, starts: ["01-21", "07-21"]}]}\n'
    compiled = compile_question(manifest(text), Question(metrics=("leads_every_day",), group_by=("metric_time__term",)))
    assert "range(" not in compiled.sql
    with engine() as opened:
        assert ordered(opened.rows(compiled.sql))[0] == (dt.date(2025, 7, 21), 1)
    both = compile_question(
        manifest(text), Question(metrics=("leads_every_day",), group_by=("metric_time__term", "metric_time__fiscal_year"))
    )
    with engine() as opened:
        assert len(opened.rows(both.sql)) == 4


@pytest.mark.parametrize(
    ("entry", "line", "code"),
    [
        ("{name: a}", 4, "calendar_one_rule"),
        ('{name: a, starts: ["04-31"]}', 4, "calendar_month_day"),
        ('{name: a, starts: ["4-1"]}', 4, "calendar_month_day"),
        ("{name: a, closing_day: 31}", 4, "yaml_out_of_range"),
        ("{name: a, closing_day: 20, weeks: [4], first_day: 2026-01-05}", 4, "calendar_one_rule"),
        ("{name: a, weeks: [4, 4, 5]}", 4, "calendar_weeks_first_day"),
        ("{name: a, dates: [2026-01-01]}", 4, "calendar_dates"),
        ("{name: a, dates: [2026-02-01, 2026-01-01]}", 4, "calendar_dates"),
        ("{name: month, closing_day: 20}", 4, "metric_name_reserved"),
        ("{name: a, closingday: 20}", 4, "yaml_unknown_key"),
    ],
)
def test_a_wrong_granularity_is_told_on_its_line(entry: str, line: int, code: str) -> None:
    with pytest.raises(KgiError) as told:
        manifest(f"calendars:\n  - name: company\n    granularities:\n      - {entry}\n")
    assert [(each.code, each.place.line if each.place else None) for each in told.value.findings] == [(code, line)]


def test_a_grain_stands_once() -> None:
    text = 'calendars:\n  - {name: a, fiscal_year_start: "04-01", granularities: [{name: fiscal_year, starts: ["01-01"]}]}\n'
    with pytest.raises(KgiError) as told:
        manifest(text)
    assert [each.code for each in told.value.findings] == ["metric_duplicate"]
