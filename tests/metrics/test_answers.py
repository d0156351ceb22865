"""Answers of every kind of metric, each beside SQL written by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.metrics.company import Desk


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_facts_without_a_match_keep_a_null_group(desk: Desk) -> None:
    assert desk.ask("leads", by=("account__industry",)) == [("maker", 2), ("retail", 1), (None, 2)]
    assert desk.ask("touches", by=("lead__channel",)) == [("event", 1), ("web", 4), (None, 2)]


def test_two_hops_are_found_by_their_whole_path_and_by_their_end(desk: Desk) -> None:
    rows = desk.hand(
        "select industry, count(*) from m.touch left join m.lead using (lead_id)"
        " left join m.account using (account_id) group by 1"
    )
    assert desk.ask("touches", by=("lead__account__industry",)) == rows
    assert desk.ask("touches", by=("account__industry",)) == rows
    assert desk.compiled("touches", by=("account__industry",)).columns == ("lead__account__industry", "touches")


def test_types_are_those_that_are_promised(desk: Desk) -> None:
    sql = desk.compiled("touches", "cost", "touched", "cost_per_deal", by=("metric_time__month",)).sql
    types = {column.name: column.type for column in desk.engine.bind(sql)}
    assert types == {
        "metric_time__month": "DATE",
        "touches": "BIGINT",
        "cost": "DECIMAL(38,2)",
        "touched": "BIGINT",
        "cost_per_deal": "DOUBLE",
    }


def test_keys_that_only_one_side_has_stay_and_null_keys_meet(desk: Desk) -> None:
    rows = desk.ask("touches", "deals", by=("lead__channel",))
    assert rows == [("event", 1, 1), ("web", 4, 4), (None, 2, None)]


def test_a_ratio_is_null_where_its_denominator_is_zero_or_missing(desk: Desk) -> None:
    assert desk.ask("amount_per_cost", by=("metric_time__month",), parts=True) == [
        (day("2026-01-01"), None, None, Decimal("150.10")),
        (day("2026-02-01"), 15.0, Decimal(1500), Decimal(100)),
        (day("2026-03-01"), 60.0, Decimal(300), Decimal(5)),
        (day("2026-04-01"), None, Decimal(10), None),
    ]


def test_a_derived_metric_guards_every_division(desk: Desk) -> None:
    rows = desk.ask("cost_per_dearest", by=("metric_time__day",))
    assert (day("2026-01-31"), None) in rows  # 0 / 0
    assert (day("2026-01-06"), pytest.approx(150.10 / 100.10)) in rows


def test_parts_of_a_ratio_are_its_own_columns(desk: Desk) -> None:
    compiled = desk.compiled("cost_per_deal", "won_rate", by=("metric_time__month",), parts=True)
    parts = [f"{name}__{side}" for name in ("cost_per_deal", "won_rate") for side in ("numerator", "denominator")]
    assert compiled.columns == ("metric_time__month", "cost_per_deal", *parts[:2], "won_rate", *parts[2:])


def test_metrics_of_one_table_and_time_share_one_scan(desk: Desk) -> None:
    assert desk.compiled("touches", "cost", "touched", "dearest", by=("metric_time",)).sql.count("m.touch") == 1
    assert desk.compiled("touches_growth", by=("metric_time__month",)).sql.count("m.touch") == 1


def test_reads_names_every_table_of_the_sql(desk: Desk) -> None:
    reads = desk.compiled("leads_every_day", by=("metric_time", "account__industry")).reads
    assert [each.name for each in reads] == ["account", "calendar", "lead"]


def test_empty_periods_stand_on_the_calendar_with_their_fill(desk: Desk) -> None:
    rows = dict(desk.ask("leads_every_day", by=("metric_time__month",)))
    assert len(rows) == 12
    assert rows[day("2026-03-01")] == 0
    assert rows[day("2026-02-01")] == 2
    assert desk.ask("leads_every_day", by=("lead__channel",)) == [("event", 1), ("web", 3), (None, 1)]


def test_the_cut_off_is_not_widened_to_the_grain(desk: Desk) -> None:
    rows = desk.ask("leads", by=("metric_time__month",), cutoff=day("2026-02-27"), end_time="2026-02-27")
    assert rows == [(day("2026-01-01"), 2), (day("2026-02-01"), 1)]
    assert desk.ask("leads", by=("metric_time__month",), end_time="2026-02-27")[-1] == (day("2026-02-01"), 2)


def test_calendars_end_at_the_cut_off(desk: Desk) -> None:
    cutoff = day("2026-02-10")
    assert max(desk.ask("leads_every_day", by=("metric_time",), cutoff=cutoff))[0] == cutoff
    assert max(desk.ask("cost_so_far", by=("metric_time",), cutoff=cutoff))[0] == cutoff
    assert desk.ask(by=("metric_time__month",), cutoff=cutoff) == [(day("2026-01-01"),), (day("2026-02-01"),)]
    assert max(desk.ask("touches_last_month", by=("metric_time",), cutoff=cutoff))[0] <= cutoff


def test_a_range_is_widened_to_whole_periods(desk: Desk) -> None:
    rows = desk.ask("leads", by=("metric_time__month",), start_time="2026-01-20", end_time="2026-02-01")
    assert rows == [(day("2026-01-01"), 2), (day("2026-02-01"), 2)]
    assert desk.ask("leads", start_time="2026-01-31", end_time="2026-02-01") == [(2,)]


def test_a_filter_on_a_metric_counts_the_entities_that_pass(desk: Desk) -> None:
    assert desk.ask("touched_leads") == [(1,)]
    assert desk.ask("leads", where=("{{ Metric('deals', group_by=['lead']) }} is null",)) == [(1,)]


def test_filters_understand_grains_parts_entities_and_plain_names(desk: Desk) -> None:
    def leads(where: str) -> int:
        return int(desk.ask("leads", where=(where,))[0][0])

    assert leads("{{ TimeDimension('metric_time', 'month') }} = '2026-02-01'") == 2
    assert leads("{{ Dimension('lead__created_on').grain('month') }} = date '2026-02-01'") == 2
    assert leads("{{ Dimension('metric_time').date_part('dow') }} in (6, 7)") == 3
    assert leads("{{ Entity('account') }} = 1 and lead__channel <> 'web'") == 1
    assert leads("{{ Dimension('industry', entity_path=['account']) }} = 'maker' or {{ Entity('lead') }} = 14") == 3
    assert leads("lower(lead__channel) like 'we%' and not coalesce(lead__is_target, false)") == 1


def test_a_history_table_is_joined_as_of_the_fact(desk: Desk) -> None:
    assert desk.ask("leads", by=("account__tier",)) == [("gold", 1), ("silver", 2), (None, 2)]


def test_a_semi_additive_metric_takes_the_last_day_of_each_period_and_member(desk: Desk) -> None:
    assert desk.ask("seats") == [(11,)]
    assert desk.ask("seats", by=("metric_time__month",)) == [(day("2026-01-01"), 10), (day("2026-02-01"), 8)]


def test_a_semi_additive_metric_takes_the_last_day_of_a_period_of_a_calendar_table(desk: Desk) -> None:
    rows = desk.hand(
        """select fiscal_year, sum(seats) from (
            select fiscal_year, account_id, arg_max(seats, counted_on) as seats
            from m.seat join m.calendar on counted_on = d group by all
        ) group by 1"""
    )
    assert desk.ask("seats", by=("metric_time__fiscal_year",)) == rows


def test_an_offset_looks_back_on_the_calendar_day_by_day(desk: Desk) -> None:
    rows = desk.hand("select d, count(*) from m.calendar join m.touch on touched_on = d - interval 1 month group by 1")
    assert desk.ask("touches_last_month", by=("metric_time__day",)) == rows
    assert day("2026-02-28") not in dict(rows)  # the touch of January 31 has no day in February
    by_week = desk.hand(
        "select date_trunc('week', d)::date, count(*) from m.calendar"
        " join m.touch on touched_on = d - interval 1 month group by 1"
    )
    assert desk.ask("touches_last_month", by=("metric_time__week",)) == by_week


@pytest.mark.parametrize("grain", ["month", "quarter"])
def test_an_offset_of_whole_periods_lets_them_meet_whatever_their_lengths(desk: Desk, grain: str) -> None:
    rows = desk.hand(
        f"""select (period + interval 1 {grain})::date, n
        from (select date_trunc('{grain}', touched_on) as period, count(*) as n from m.touch group by 1)"""
    )
    name = {"month": "touches_last_month", "quarter": "touches_last_quarter"}[grain]
    assert desk.ask(name, by=(f"metric_time__{grain}",)) == rows
    growth = {row[0]: row[1] for row in desk.ask("touches_growth", by=("metric_time__month",))}
    assert growth[day("2026-02-01")] == 2 - 3
    assert growth[day("2026-05-01")] is None


def test_an_offset_of_whole_periods_keeps_other_keys_ranges_and_filters(desk: Desk) -> None:
    by = ("metric_time__month", "metric_time__quarter", "touch__campaign")
    where = ("{{ TimeDimension('metric_time', 'day') }} >= '2026-02-10' and touch__campaign = 'a'",)
    rows = desk.hand(
        """select shown::date, date_trunc('quarter', shown)::date, campaign, count(*)
        from (select date_trunc('month', touched_on) + interval 1 month as shown, campaign from m.touch)
        where campaign = 'a' and shown <= '2026-03-31' group by all"""
    )
    assert desk.ask("touches_last_month", by=by, where=where, end_time="2026-03-05") == rows
    assert len(rows) == 2


def test_parts_of_a_date_on_the_calendar_are_those_of_its_days(desk: Desk) -> None:
    rows = desk.hand(
        """select part, coalesce(n, 0) from (select distinct month(d) as part from m.calendar)
        left join (select month(created_on) as part, count(*) as n from m.lead group by 1) using (part)"""
    )
    assert desk.ask("leads_every_day", by=("metric_time__extract_month",)) == rows
    assert len(rows) == 12


def test_empty_periods_need_not_meet_the_filter_of_the_metric_itself(desk: Desk) -> None:
    by, where = ("metric_time__month", "lead__channel"), ("{{ Dimension('lead__channel') }} = 'web'",)
    found = desk.hand(
        "select date_trunc('month', created_on)::date, channel, count(*) from m.lead where channel = 'web' group by all"
    )
    assert desk.ask("web_leads_every_day", by=by, where=where) == found
    empty = [(day(f"2026-{month:02}-01"), None, None) for month in range(1, 13) if month not in (1, 2, 4)]
    assert desk.ask("web_leads_every_day", by=by) == sorted([*found, *empty], key=lambda row: row[0])


def test_offsets_of_an_offset_count_together(desk: Desk) -> None:
    rows = desk.hand(
        """select (date_trunc('month', d) + interval 1 month)::date, count(*)
        from m.calendar join m.touch on touched_on = d - interval 5 day group by 1"""
    )
    assert desk.ask("touches_5_days_and_a_month_ago", by=("metric_time__month",)) == rows
    by_day = desk.hand(
        "select d, count(*) from m.calendar join m.touch on touched_on = (d - interval 1 month)::date - 5 group by 1"
    )
    assert desk.ask("touches_5_days_and_a_month_ago", by=("metric_time",)) == by_day


def test_an_offset_with_a_filter_that_mixes_time_moves_each_fact(desk: Desk) -> None:
    where = "{{ TimeDimension('metric_time', 'day') }} >= '2026-03-01' or {{ Dimension('touch__campaign') }} = 'b'"
    rows = desk.hand(
        """select date_trunc('month', d)::date, count(*) from m.calendar join m.touch on touched_on = d - interval 1 month
        where d >= '2026-03-01' or campaign = 'b' group by 1"""
    )
    assert desk.ask("touches_last_month", by=("metric_time__month",), where=(where,)) == rows


def test_an_offset_to_a_grain_takes_the_value_of_the_first_period_in_it(desk: Desk) -> None:
    rows = desk.hand("select d, count(*) from m.calendar join m.touch on touched_on = date_trunc('month', d) group by 1")
    assert desk.ask("touches_at_start", by=("metric_time__day",)) == rows
    months = desk.hand("select date_trunc('month', touched_on)::date, count(*) from m.touch group by 1")
    assert desk.ask("touches_at_start", by=("metric_time__month",)) == months  # the first month of the month: the whole one
    assert desk.ask("touches_at_start", by=("metric_time__quarter",)) == []  # nothing happened on the first of a quarter
    weeks = desk.hand(
        """select d, n from (select date_trunc('month', d) as first, d from m.calendar where isodow(d) = 1)
        join (select touched_on, count(*) as n from m.touch group by 1) on touched_on = first"""
    )
    assert desk.ask("touches_at_start", by=("metric_time__week",)) == weeks


def test_an_offset_to_a_grain_is_shown_by_a_custom_grain_on_its_first_day(desk: Desk) -> None:
    rows = desk.hand(
        """select fiscal_year, n from (select fiscal_year, min(d) as first from m.calendar group by 1)
        join (select touched_on, count(*) as n from m.touch group by 1) on touched_on = date_trunc('month', first)"""
    )
    assert desk.ask("touches_at_start", by=("metric_time__fiscal_year",)) == rows


def test_an_offset_by_a_fiscal_year_moves_whole_years_when_only_they_are_asked_for(desk: Desk) -> None:
    assert desk.ask("touches", by=("metric_time__fiscal_year",)) == [("FY2025", 6), ("FY2026", 1)]
    assert desk.ask("touches_last_year", by=("metric_time__fiscal_year",)) == [("FY2026", 6)]
    by_day = desk.ask("touches_last_year", by=("metric_time__day",))
    assert by_day[0] == (day("2026-04-06"), 2)  # the 6th day of a year whose calendar starts in January


def test_members_are_listed_without_metrics(desk: Desk) -> None:
    assert desk.ask(by=("lead__channel",)) == [("event",), ("web",), (None,)]
    assert desk.ask(by=("account__industry",), min_max=True) == [("maker", "retail")]
    assert len(desk.ask(by=("lead__channel",), dedupe=False)) == 5
    assert desk.ask(by=("metric_time__fiscal_year",)) == [("FY2025",), ("FY2026",)]
    both = desk.ask(by=("lead__channel", "account__industry"), where=("lead__channel = 'web'",))
    assert both == [("web", "maker"), ("web", "retail"), ("web", None)]


def test_every_member_stands_beside_every_period_also_those_of_one_table_only(desk: Desk) -> None:
    members = """select distinct channel, industry from m.lead full join m.account using (account_id)"""
    years = "select distinct year(d) as year from m.calendar"
    rows = desk.hand(f"select channel, industry, make_date(year, 1, 1) from ({members}), ({years})")
    assert desk.ask(by=("lead__channel", "account__industry", "metric_time__year")) == rows
    assert (None, None) in {row[:2] for row in rows}  # an account without leads


def test_a_saved_query_brings_its_filters_order_and_limit(desk: Desk) -> None:
    assert desk.ask(saved_query="funnel") == [(day("2026-04-01"), None, 1), (day("2026-03-01"), None, 1)]


def test_rows_are_sorted_by_short_names_and_limited(desk: Desk) -> None:
    rows = desk.ask("touches", by=("metric_time__month",), order_by=("-touches", "-metric_time"), limit=3)
    assert rows == [(day("2026-01-01"), 3), (day("2026-02-01"), 2), (day("2026-04-01"), 1)]
