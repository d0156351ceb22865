"""The questions, and for each the SQL that somebody who knows DuckDB and the tables would write, in more than one shape.

The side by hand is the statement alone: it knows the tables, needs no names, no filters of others and no checks, and leaves out
what the question does not ask for. Of several shapes the fastest on the day stands against kgi.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.metrics import Question


@dataclass(frozen=True)
class Case:
    """A question and statements that give the same rows, by the name of their shape."""

    name: str
    question: Question
    by_hand: dict[str, str]


def _case(name: str, metrics: str, by: str, where: tuple[str, ...] = (), **by_hand: str) -> Case:
    return Case(name, Question(metrics=tuple(metrics.split()), group_by=tuple(by.split()), where=where), by_hand)


_MONTH = "cast(date_trunc('month', touched_on) as date)"
_LEADS = "(select lead_id, source, industry from marts.lead left join marts.account using (account_id))"
_DAILY_COST = "select touched_on, sum(cost) as cost from marts.touch group by 1"
_CALENDAR = "marts.calendar where d between (select min(touched_on) from marts.touch)"
_NEAREST_EVENTS = "select lead_id, opened_on, count(*) as n from marts.opportunity group by all"


def _conversion(matched: str) -> str:
    return f"""
        with matched as ({matched}),
            above as (select {_MONTH} as month, sum(n) as n from matched group by 1),
            below as (select {_MONTH} as month, count(*) as n from marts.touch group by 1)
        select month, cast(above.n as double) / below.n from below full join above using (month)"""


def _distinct(changes: str, until: str) -> str:
    return f"""
        with changes as ({changes}), daily as (select d, sum(n) as n from changes group by 1)
        select d, cast(sum(daily.n) over (order by d) as bigint) from marts.calendar left join daily using (d)
        qualify d between (select min(touched_on) from marts.touch) and {until}"""


CASES = (
    _case(
        "two metrics by month and a column",
        "touches cost",
        "metric_time__month touch__channel",
        flat=f"select {_MONTH}, channel, count(touch_id), sum(cost) from marts.touch group by 1, 2",
        day_first="""
            select cast(date_trunc('month', touched_on) as date), channel, cast(sum(n) as bigint), sum(cost)
            from (select touched_on, channel, count(*) as n, sum(cost) as cost from marts.touch group by 1, 2) group by 1, 2""",
    ),
    _case(
        "four metrics, one of them distinct",
        "touches cost average_cost touched_leads",
        "metric_time__month",
        flat=f"""select {_MONTH}, count(touch_id), sum(cost), avg(cost), count(distinct lead_id) from marts.touch group by 1""",
        member_first=f"""
            select month, cast(sum(n) as bigint), sum(cost), sum(cost) / sum(costs), count(lead_id) from (
                select {_MONTH} as month, lead_id, count(*) as n, sum(cost) as cost, count(cost) as costs
                from marts.touch group by 1, 2) group by 1""",
        apart=f"""
            with sums as (select {_MONTH} as month, count(*) as n, sum(cost) as cost, avg(cost) as mean
                    from marts.touch group by 1),
                members as (select month, count(*) as leads from (select distinct {_MONTH} as month, lead_id
                    from marts.touch where lead_id is not null) group by 1)
            select * from sums left join members using (month)""",
    ),
    _case(
        "one hop, by month",
        "touches",
        "metric_time__month lead__source",
        flat=f"select {_MONTH}, source, count(*) from marts.touch left join marts.lead using (lead_id) group by 1, 2",
        day_first="""
            select cast(date_trunc('month', touched_on) as date), source, cast(sum(n) as bigint) from (
                select touched_on, source, count(*) as n from marts.touch left join marts.lead using (lead_id) group by 1, 2)
            group by 1, 2""",
        key_first=f"""
            select month, source, cast(sum(n) as bigint)
            from (select {_MONTH} as month, lead_id, count(*) as n from marts.touch group by 1, 2)
            left join marts.lead using (lead_id) group by 1, 2""",
    ),
    _case(
        "two hops, by quarter",
        "touches",
        "metric_time__quarter lead__account__industry",
        flat="""
            select cast(date_trunc('quarter', touched_on) as date), industry, count(*) from marts.touch
            left join marts.lead using (lead_id) left join marts.account using (account_id) group by 1, 2""",
        joined_first=f"""
            select cast(date_trunc('quarter', touched_on) as date), industry, count(*)
            from marts.touch left join {_LEADS} using (lead_id) group by 1, 2""",
        joined_and_day_first=f"""
            select cast(date_trunc('quarter', touched_on) as date), industry, cast(sum(n) as bigint) from (
                select touched_on, industry, count(*) as n from marts.touch left join {_LEADS} using (lead_id) group by 1, 2)
            group by 1, 2""",
    ),
    _case(
        "ratio of two tables by month and a hop",
        "opportunities_per_touch",
        "metric_time__month lead__source",
        flat=f"""
            with above as (select cast(date_trunc('month', opened_on) as date) as month, source, count(*) as n
                    from marts.opportunity left join marts.lead using (lead_id) group by 1, 2),
                below as (select {_MONTH} as month, source, count(*) as n
                    from marts.touch left join marts.lead using (lead_id) group by 1, 2)
            select month, source, cast(above.n as double) / below.n from below full join above using (month, source)""",
        day_first="""
            with above as (select cast(date_trunc('month', opened_on) as date) as month, source, count(*) as n
                    from marts.opportunity left join marts.lead using (lead_id) group by 1, 2),
                days as (select touched_on, source, count(*) as n
                    from marts.touch left join marts.lead using (lead_id) group by 1, 2),
                below as (select cast(date_trunc('month', touched_on) as date) as month, source, sum(n) as n
                    from days group by 1, 2)
            select month, source, cast(above.n as double) / below.n from below full join above using (month, source)""",
    ),
    _case(
        "filter on a hop",
        "touches",
        "metric_time__month",
        where=("{{ Dimension('lead__source') }} = 'web'",),
        join=f"select {_MONTH}, count(*) from marts.touch join marts.lead using (lead_id) where source = 'web' group by 1",
        semi_join=f"""
            select {_MONTH}, count(*) from marts.touch
            where lead_id in (select lead_id from marts.lead where source = 'web') group by 1""",
        day_first="""
            select cast(date_trunc('month', touched_on) as date), cast(sum(n) as bigint) from (
                select touched_on, count(*) as n from marts.touch join marts.lead using (lead_id) where source = 'web' group by 1)
            group by 1""",
    ),
    _case(
        "share of a filtered metric",
        "paid_share",
        "metric_time__month",
        one_scan=f"select {_MONTH}, cast(count(*) filter (where is_paid) as double) / count(*) from marts.touch group by 1",
        day_first=f"""
            select {_MONTH}, cast(sum(paid) as double) / sum(n)
            from (select touched_on, count(*) filter (where is_paid) as paid, count(*) as n from marts.touch group by 1)
            group by 1""",
    ),
    _case(
        "last day's level by month",
        "seats",
        "metric_time__month",
        join="""
            with last as (select date_trunc('month', counted_on) as month, max(counted_on) as day from marts.seats group by 1)
            select cast(month as date), sum(seats) from marts.seats join last on counted_on = day group by 1""",
        days="""
            with days as (select counted_on, sum(seats) as seats from marts.seats group by 1)
            select cast(date_trunc('month', counted_on) as date) as month, max_by(seats, counted_on) from days group by 1""",
        days_first="""
            with days as (select distinct counted_on from marts.seats),
                last as (select date_trunc('month', counted_on) as month, max(counted_on) as day from days group by 1)
            select cast(month as date), sum(seats) from marts.seats join last on counted_on = day group by 1""",
    ),
    _case(
        "trailing 30 days, by day",
        "cost_30_days",
        "metric_time__day",
        frame=f"""
            with daily as ({_DAILY_COST})
            select d, sum(cost) over (order by d range between interval 29 day preceding and current row)
            from marts.calendar left join daily on d = touched_on
            qualify d between (select min(touched_on) from daily) and (select max(touched_on) + 29 from daily)""",
    ),
    _case(
        "trailing 30 days, by day and a column",
        "cost_30_days",
        "metric_time__day touch__channel",
        frame="""
            with daily as (select touched_on, channel, sum(cost) as cost from marts.touch group by 1, 2),
                channels as (select distinct channel from daily)
            select d, channels.channel,
                sum(cost) over (partition by channels.channel order by d range between interval 29 day preceding and current row)
            from marts.calendar cross join channels
            left join daily on d = touched_on and daily.channel is not distinct from channels.channel
            qualify d between (select min(touched_on) from daily) and (select max(touched_on) + 29 from daily)""",
    ),
    _case(
        "month to date, by day",
        "cost_month_to_date",
        "metric_time__day",
        frame=f"""
            with daily as ({_DAILY_COST}), until as (select last_day(max(touched_on)) as day from daily)
            select d, sum(cost) over (partition by date_trunc('month', d) order by d)
            from marts.calendar left join daily on d = touched_on
            qualify d between (select min(touched_on) from daily) and (select day from until)""",
    ),
    _case(
        "all time, by month",
        "cost_so_far",
        "metric_time__month",
        frame=f"""
            with daily as ({_DAILY_COST}),
                running as (select d, sum(cost) over (order by d) as cost
                    from marts.calendar left join daily on d = touched_on where d >= (select min(touched_on) from daily))
            select cast(date_trunc('month', d) as date), first(cost order by d) from running group by 1""",
    ),
    _case(
        "all-time distinct, by day",
        "touched_leads_so_far",
        "metric_time__day",
        first_seen=_distinct(
            "select min(touched_on) as d, 1 as n from marts.touch where lead_id is not null group by lead_id",
            "date '9999-12-31'",
        ),
    ),
    _case(
        "month-to-date distinct, by day",
        "touched_leads_month_to_date",
        "metric_time__day",
        first_seen="""
            with firsts as (select min(touched_on) as d from marts.touch group by date_trunc('month', touched_on), lead_id),
                daily as (select d, count(*) as n from firsts group by 1)
            select d, cast(sum(n) over (partition by date_trunc('month', d) order by d) as bigint)
            from marts.calendar left join daily using (d)
            qualify d between (select min(d) from daily) and (select last_day(max(touched_on)) from marts.touch)""",
    ),
    _case(
        "trailing-30-days distinct, by day",
        "touched_leads_30_days",
        "metric_time__day",
        lead_sweep=_distinct(
            """
            with seen as (select distinct touched_on, lead_id from marts.touch where lead_id is not null),
                spans as (select touched_on as since,
                    least(lead(touched_on) over (partition by lead_id order by touched_on), touched_on + 30) as until from seen)
            select since as d, 1 as n from spans union all select until, -1 from spans""",
            "(select max(touched_on) + 29 from marts.touch)",
        ),
        list_sweep=_distinct(
            """
            with members as (select list_sort(list_distinct(list(touched_on))) as days from marts.touch
                    where lead_id is not null group by lead_id),
                spans as (select unnest(days) as since, unnest(list_append(days[2:], date '9999-12-31')) as again from members)
            select since as d, 1 as n from spans union all select least(again, since + 30), -1 from spans""",
            "(select max(touched_on) + 29 from marts.touch)",
        ),
    ),
    _case(
        "month over month",
        "touches_growth",
        "metric_time__month",
        window="""
            with daily as (select touched_on, count(*) as n from marts.touch group by 1),
                months as (select cast(date_trunc('month', touched_on) as date) as month, sum(n) as n from daily group by 1),
                pairs as (select month, n, lag(n) over (order by month) as before from months union all
                    select cast(max_by(month, month) + interval 1 month as date), null, max_by(n, month) from months)
            select month, cast(n - before as bigint) from pairs""",
        join="""
            with daily as (select touched_on, count(*) as n from marts.touch group by 1),
                now as (select cast(date_trunc('month', touched_on) as date) as month, sum(n) as n from daily group by 1),
                before as (select cast(month + interval 1 month as date) as month, n from now)
            select month, cast(now.n - before.n as bigint) from now full join before using (month)""",
    ),
    _case(
        "conversion within 30 days, by month",
        "lead_to_opportunity",
        "metric_time__month",
        range_join=_conversion(
            f"""select opened_on, max(touched_on) as touched_on, any_value(n) as n from ({_NEAREST_EVENTS}) as goal
            join marts.touch using (lead_id) where touched_on between opened_on - 29 and opened_on
            group by goal.lead_id, opened_on"""
        ),
        asof=_conversion(
            f"""select touched_on, n from ({_NEAREST_EVENTS}) as goal asof join marts.touch
            on goal.lead_id = touch.lead_id and opened_on >= touched_on where touched_on > opened_on - 30"""
        ),
        asof_of_few=_conversion(
            f"""select touched_on, n from ({_NEAREST_EVENTS}) as goal asof join (select distinct lead_id, touched_on
            from marts.touch where lead_id in (select lead_id from marts.opportunity)) as touch
            on goal.lead_id = touch.lead_id and opened_on >= touched_on where touched_on > opened_on - 30"""
        ),
    ),
    _case(
        "conversion ever, by month",
        "lead_to_opportunity_ever",
        "metric_time__month",
        asof=_conversion(
            f"""select touched_on, n from ({_NEAREST_EVENTS}) as goal asof join marts.touch
            on goal.lead_id = touch.lead_id and opened_on >= touched_on"""
        ),
        range_join=_conversion(
            f"""select opened_on, max(touched_on) as touched_on, any_value(n) as n from ({_NEAREST_EVENTS}) as goal
            join marts.touch using (lead_id) where touched_on <= opened_on group by goal.lead_id, opened_on"""
        ),
        asof_of_few=_conversion(
            f"""select touched_on, n from ({_NEAREST_EVENTS}) as goal asof join (select distinct lead_id, touched_on
            from marts.touch where lead_id in (select lead_id from marts.opportunity)) as touch
            on goal.lead_id = touch.lead_id and opened_on >= touched_on"""
        ),
        sweep=_conversion(
            """select before as touched_on, n from (select *, last_value(touched_on ignore nulls) over (
                partition by lead_id order by day, kind) as before from (
                select lead_id, touched_on as day, 0 as kind, touched_on, 0 as n from marts.touch union all
                select lead_id, opened_on, 1, null, 1 from marts.opportunity)) where kind = 1 and before is not null"""
        ),
    ),
    _case(
        "on the calendar, by day",
        "touches_every_day",
        "metric_time__day",
        calendar="""
            with daily as (select touched_on, count(*) as n from marts.touch group by 1)
            select d, coalesce(n, 0) from marts.calendar left join daily on d = touched_on""",
    ),
    _case(
        "running total and its own months in one question",
        "cost cost_so_far",
        "metric_time__month",
        frame=f"""
            with daily as ({_DAILY_COST}),
                running as (select d, sum(cost) over (order by d) as total
                    from marts.calendar left join daily on d = touched_on where d >= (select min(touched_on) from daily)),
                months as (select {_MONTH} as month, sum(cost) as cost from daily group by 1),
                totals as (select cast(date_trunc('month', d) as date) as month, first(total order by d) as total
                    from running group by 1)
            select month, cost, total from totals left join months using (month)""",
    ),
)
