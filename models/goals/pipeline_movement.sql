-- One row per month and sales unit: what moved the pipeline of the month's fiscal quarter. The pipeline of
-- a period
-- are the valid deals that are open and expected to close by the end of the period; those overdue belong to
-- it.
with

    calendar as (select * from {{ ref("dim_fiscal_calendar") }}),

    states as (select * from {{ ref("int_opportunity_states") }} where from_date <= {{ as_of_date() }}),

    opportunities as (select * from {{ ref("fct_opportunities") }}),

    owners as (select * from {{ ref("dim_owner") }}),

    periods as (

        select {{ var("pipeline_period", "fiscal_quarter") }}_start as period_start, max(date) as period_end
        from calendar
        group by 1

    ),

    -- where a period begins inside a month, the month has two parts
    months as (

        select
            min(calendar.date) as month,
            periods.period_start,
            periods.period_end,
            least(max(calendar.date), {{ as_of_date() }}) as last_day,
            max(calendar.date) <= {{ as_of_date() }} as is_complete
        from calendar
        inner join
            periods on calendar.{{ var("pipeline_period", "fiscal_quarter") }}_start = periods.period_start
        group by date_trunc('month', calendar.date), periods.period_start, periods.period_end
        having min(calendar.date) <= {{ as_of_date() }}

    ),

    spans as (

        select
            opportunity_id,
            min(from_date) as first_date,
            case when arg_max(is_open, from_date) then {{ as_of_date() }} else max(from_date) end as last_date
        from states
        group by opportunity_id

    ),

    at_month_ends as (

        select
            spans.opportunity_id,
            months.*,
            states.stage,
            states.is_open,
            coalesce(states.amount, 0) as amount,
            states.amount is null as is_without_amount,
            states.expected_close_date
        from spans
        inner join months on months.last_day >= spans.first_date and months.month <= spans.last_date
        inner join
            states
            on spans.opportunity_id = states.opportunity_id
            and months.last_day >= states.from_date
            and (states.until_date is null or states.until_date > months.last_day)

    ),

    compared as (

        select
            *,
            lag(stage) over deal as stage_before,
            lag(amount, 1, 0) over deal as amount_before,
            coalesce(
                lag(is_open) over deal and lag(expected_close_date) over deal <= period_end, false
            ) as was_in,
            lag(is_open) over deal as was_open,
            is_open and expected_close_date <= period_end as is_in,
            stage = 'won' and lag(stage) over deal is distinct from 'won' as is_won,
            stage = 'lost' and lag(stage) over deal is distinct from 'lost' as is_lost,
            expected_close_date <= period_end as is_expected
        from at_month_ends
        window deal as (partition by opportunity_id order by month)

    ),

    -- a deal that is lost before it was expected in the period never stood in its pipeline
    moved as (

        select
            *,
            not was_in and (is_in or is_won or (is_lost and is_expected)) as is_entered,
            is_lost and (was_in or is_expected) as leaves_lost,
            was_in and is_open and not is_in as leaves_pushed
        from compared

    ),

    summed as (

        select
            moved.month,
            moved.period_start,
            moved.period_end,
            moved.is_complete,
            coalesce(owners.team, 'unassigned') as sales_unit,
            coalesce(sum(moved.amount_before) filter (moved.was_in), 0) as opening,
            coalesce(
                sum(moved.amount) filter (moved.is_entered and moved.was_open is not true), 0
            ) as created,
            coalesce(sum(moved.amount) filter (moved.is_entered and moved.was_open), 0) as pulled_in,
            coalesce(
                sum(greatest(moved.amount - moved.amount_before, 0)) filter (moved.was_in), 0
            ) as amount_up,
            coalesce(
                sum(greatest(moved.amount_before - moved.amount, 0)) filter (moved.was_in), 0
            ) as amount_down,
            coalesce(sum(moved.amount) filter (moved.leaves_pushed), 0) as pushed_out,
            coalesce(sum(moved.amount) filter (moved.leaves_lost), 0) as lost,
            coalesce(sum(moved.amount) filter (moved.is_won), 0) as won,
            coalesce(sum(moved.amount) filter (moved.is_in), 0) as closing,
            count(*) filter (moved.is_in) as open_deals,
            count(*) filter (moved.is_in and moved.is_without_amount) as deals_without_amount,
            count(*) filter (moved.leaves_pushed) as deals_pushed_out
        from moved
        inner join opportunities on moved.opportunity_id = opportunities.opportunity_id
        left join owners on opportunities.owner = owners.owner
        group by 1, 2, 3, 4, 5

    )

select
    -- ids
    month || '/' || sales_unit as pipeline_movement_id,
    -- texts
    sales_unit,
    -- numerics
    cast(opening as decimal(18, 2)) as opening,
    cast(created as decimal(18, 2)) as created,
    cast(pulled_in as decimal(18, 2)) as pulled_in,
    cast(amount_up as decimal(18, 2)) as amount_up,
    cast(amount_down as decimal(18, 2)) as amount_down,
    cast(pushed_out as decimal(18, 2)) as pushed_out,
    cast(lost as decimal(18, 2)) as lost,
    cast(won as decimal(18, 2)) as won,
    cast(closing as decimal(18, 2)) as closing,
    cast(
        opening
        + created
        + pulled_in
        + amount_up
        - amount_down
        - pushed_out
        - lost
        - won
        - closing as decimal(18, 2)
    ) as check_amount,
    open_deals,
    deals_without_amount,
    deals_pushed_out,
    -- booleans
    is_complete,
    -- dates
    {{ as_of_date() }} as as_of_date,
    month,
    period_start,
    period_end
from summed
