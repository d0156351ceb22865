"""Running totals and conversions, each beside the slow SQL that defines them."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from pipeline.findings import KgiError
from tests.metrics.company import Desk, engine, ordered

FRAMES = {
    "30_days": "t.touched_on > d - interval 30 day",
    "1_month": "t.touched_on > d - interval 1 month",
    "this_month": "t.touched_on >= date_trunc('month', d)",
    "so_far": "true",
}


def slow(desk: Desk, value: str, frame: str, keys: str = "") -> list[tuple[object, ...]]:
    return desk.hand(
        f"select d{keys}, {value} from m.calendar join m.touch as t on t.touched_on <= d and {FRAMES[frame]} group by all"
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_a_running_sum_equals_the_range_join_that_defines_it(desk: Desk, frame: str) -> None:
    assert desk.ask(f"cost_{frame}", by=("metric_time",)) == slow(desk, "sum(cost)", frame)
    by = ("metric_time", "touch__campaign")
    assert desk.ask(f"cost_{frame}", by=by) == slow(desk, "sum(cost)", frame, ", campaign")


@pytest.mark.parametrize("frame", FRAMES)
def test_a_running_distinct_count_equals_the_range_join_that_defines_it(desk: Desk, frame: str) -> None:
    assert desk.ask(f"touched_{frame}", by=("metric_time",)) == slow(desk, "count(distinct lead_id)", frame)
    by = ("metric_time", "touch__campaign")
    assert desk.ask(f"touched_{frame}", by=by) == slow(desk, "count(distinct lead_id)", frame, ", campaign")


@pytest.mark.parametrize("seed", range(4))
def test_running_values_hold_on_random_facts(seed: int) -> None:
    dice = random.Random(seed)
    with engine() as opened:
        opened.execute("delete from m.touch")
        start = dt.date(2025, 12, 20)  # some facts lie before the calendar's first day
        rows = [
            (
                number,
                dice.choice([*range(12), None]),
                start + dt.timedelta(days=dice.randrange(150)),
                dice.randrange(9),
                dice.choice(["a", "b", None]),
            )
            for number in range(120)
        ]
        opened.insert("m.touch", ["touch_id", "lead_id", "touched_on", "cost", "campaign"], rows)
        desk = Desk(opened)
        for frame in FRAMES:
            by = ("metric_time", "touch__campaign")
            assert desk.ask(f"cost_{frame}", by=by) == slow(desk, "sum(cost)", frame, ", campaign")
            assert desk.ask(f"touched_{frame}", by=by) == slow(desk, "count(distinct lead_id)", frame, ", campaign")


def test_a_running_average_is_that_of_all_facts_in_it(desk: Desk) -> None:
    fast, by_hand = desk.ask("average_cost_so_far", by=("metric_time",)), slow(desk, "avg(cost)", "so_far")
    assert [row[0] for row in fast] == [row[0] for row in by_hand]
    assert [row[1] for row in fast] == pytest.approx([row[1] for row in by_hand])


def test_a_fiscal_year_to_date_starts_anew_in_april(desk: Desk) -> None:
    rows = dict(desk.ask("cost_this_fiscal_year", by=("metric_time__month",)))
    assert rows[dt.date(2026, 3, 1)] == desk.engine.value("select sum(cost) from m.touch where touched_on < '2026-04-01'")
    assert dt.date(2026, 4, 1) in rows
    assert rows[dt.date(2026, 4, 1)] is None  # the only touch of the new year has no cost


def test_distinct_members_of_a_fiscal_year_to_date_are_counted_anew_in_april(desk: Desk) -> None:
    assert desk.ask("touched_this_fiscal_year", by=("metric_time",)) == desk.hand(
        """select c.d, count(distinct t.lead_id) from m.calendar as c join m.touch as t on t.touched_on <= c.d
        join m.calendar as seen on seen.d = t.touched_on and seen.fiscal_year = c.fiscal_year group by 1"""
    )


def test_a_coarser_period_takes_the_last_or_the_first_day(desk: Desk) -> None:
    last = dict(desk.ask("cost_so_far", by=("metric_time__month",)))
    assert last[dt.date(2026, 2, 1)] == desk.engine.value("select sum(cost) from m.touch where touched_on < '2026-03-01'")
    first = dict(desk.ask("touched_so_far", by=("metric_time__month",)))
    assert first[dt.date(2026, 2, 1)] == 2


@pytest.mark.parametrize("frame", FRAMES)
def test_a_running_median_equals_the_range_join_that_defines_it(desk: Desk, frame: str) -> None:
    assert desk.ask(f"median_{frame}", by=("metric_time",)) == slow(desk, "median(cost)", frame)
    by = ("metric_time", "touch__campaign")
    assert desk.ask(f"median_{frame}", by=by) == slow(desk, "median(cost)", frame, ", campaign")


def test_a_running_semi_additive_total_takes_the_last_count_so_far_of_each_member(desk: Desk) -> None:
    rows = desk.hand(
        """select d, sum(seats) from (
            select d, s.account_id, arg_max(seats, counted_on) as seats
            from m.calendar join m.seat as s on counted_on <= d group by all
        ) group by 1"""
    )
    assert desk.ask("seats_so_far", by=("metric_time",)) == rows


def test_a_filter_that_mixes_time_looks_at_the_day_on_which_a_running_total_is_shown(desk: Desk) -> None:
    where = "{{ TimeDimension('metric_time', 'day') }} >= '2026-03-15' or {{ Dimension('touch__campaign') }} = 'a'"
    rows = desk.hand(
        """select d, sum(cost) from m.calendar join m.touch on touched_on <= d and touched_on > d - interval 30 day
        where d >= '2026-03-15' or campaign = 'a' group by 1"""
    )
    assert desk.ask("cost_30_days", by=("metric_time",), where=(where,)) == rows


def test_a_range_does_not_cut_the_window_short(desk: Desk) -> None:
    whole = dict(desk.ask("cost_30_days", by=("metric_time",)))
    rows = desk.ask("cost_30_days", by=("metric_time",), start_time="2026-02-01", end_time="2026-02-02")
    assert rows == [(dt.date(2026, 2, 1), whole[dt.date(2026, 2, 1)]), (dt.date(2026, 2, 2), whole[dt.date(2026, 2, 2)])]


def test_without_a_time_a_total_of_all_time_is_that_of_all_facts(desk: Desk) -> None:
    assert desk.ask("cost_so_far") == desk.hand("select sum(cost) from m.touch")


def test_a_running_total_on_every_day_shows_a_day_of_each_period_even_without_facts(desk: Desk) -> None:
    days = """select d, coalesce(sum(cost), 0) as value from m.calendar
        left join m.touch as t on t.touched_on <= d and t.touched_on > d - interval 2 day group by d"""
    assert desk.ask("cost_2_days_every_day", by=("metric_time",)) == desk.hand(days)
    rows = desk.hand(f"select d, value from ({days}) where day(d) = 1")
    assert desk.ask("cost_2_days_every_day", by=("metric_time__month",)) == rows


def test_days_and_months_are_compared_by_month(desk: Desk) -> None:
    rows = desk.hand(
        """select date_trunc('month', g.renewed_in)::date, count(distinct g.renewal_id) from m.renewal as g
        join m.touch as t on t.lead_id = g.lead_id and date_trunc('month', t.touched_on) = g.renewed_in group by 1"""
    )
    assert rows == [(dt.date(2026, 1, 1), 1)]
    assert desk.ask("renewed", by=("metric_time__month",)) == [*rows, *((month, None) for month in OTHER_MONTHS)]
    assert desk.compiled("renewed", by=("metric_time",)).columns[0] == "metric_time__month"
    assert desk.ask("renewed", by=("metric_time__day",))[1] == (dt.date(2026, 1, 31), 1)  # the last touch of the month
    assert desk.ask("renewed", by=("touch__campaign",)) == [("a", 1), ("b", None), (None, None)]


OTHER_MONTHS = (dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 4, 1))
CONVERTED = """
    select t.campaign, t.touched_on, g.deal_id from m.deal as g
    join m.touch as t on t.lead_id = g.lead_id and t.touched_on <= g.won_on {more}
    qualify row_number() over (partition by g.deal_id order by t.touched_on desc, t.campaign desc nulls first) = 1
"""


@pytest.mark.parametrize(
    ("metric", "more"),
    [
        ("won_rate", ""),
        ("won_rate_2_days", "and t.touched_on > g.won_on - interval 2 day"),
        ("same_campaign_rate", "and t.campaign = g.campaign"),
    ],
)
@pytest.mark.parametrize(
    ("by", "column"), [("metric_time__month", "date_trunc('month', touched_on)::date"), ("touch__campaign", "campaign")]
)
def test_a_conversion_counts_at_the_nearest_earlier_base_event(desk: Desk, metric: str, more: str, by: str, column: str) -> None:
    rows = desk.hand(
        f"""with base as (select {column} as key, count(*) as n from m.touch group by 1),
        won as (select {column} as key, count(*) as n from ({CONVERTED.format(more=more)}) group by 1)
        select key, won.n / base.n from base full join won using (key)
        where key is not null union all
        select null, (select n from won where key is null) / n from base where key is null"""
    )
    assert desk.ask(metric, by=(by,)) == rows


def test_conversions_are_counted_whatever_their_number_per_base_event(desk: Desk) -> None:
    assert desk.ask("conversions") == [(4,)]
    assert desk.ask("won_rate", parts=True) == [(pytest.approx(4 / 7), 4, 7)]


def test_a_filter_on_a_conversion_is_about_the_base_events(desk: Desk) -> None:
    where = ("{{ TimeDimension('metric_time', 'month') }} = '2026-01-01'",)
    assert desk.ask("won_rate", where=where, parts=True) == [(pytest.approx(2 / 3), 2, 3)]


def test_a_conversion_rate_of_last_month_is_that_of_its_base_events(desk: Desk) -> None:
    rows = [(month, rate) for month, rate in desk.ask("won_rate", by=("metric_time__month",))]
    later = [(month.replace(month=month.month + 1), rate) for month, rate in rows]
    assert desk.ask("won_rate_last_month", by=("metric_time__month",)) == later
    with pytest.raises(KgiError, match="no whole number of the periods"):
        desk.ask("won_rate_last_month", by=("metric_time__week",))


def test_an_answer_is_the_same_every_time(desk: Desk) -> None:
    sql = desk.compiled("won_rate_2_days", "same_campaign_rate", by=("touch__campaign", "metric_time")).sql
    assert len({str(ordered(desk.engine.rows(sql))) for _ in range(5)}) == 1
