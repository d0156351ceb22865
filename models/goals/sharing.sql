-- One row per month and direction: what one department owes the other of what it knows, and whether it came
-- in time.
with

    calendar as (select * from {{ ref("dim_fiscal_calendar") }}),

    appointments as (
        select * from {{ ref("fct_appointments") }} where status = 'held' and held_date <= {{ as_of_date() }}
    ),

    issues as (select * from {{ ref("issue") }}),

    -- a result is due once the meeting is older than the agreed business days; younger ones are not counted
    due as (select * from {{ ref("int_appointment_feedback") }}),

    feedback as (

        select
            date_trunc('month', held_date) as month,
            count(*) as appointments_due,
            count(*) filter (is_in_time) as with_disposition,
            count(feedback_days) filter (not is_in_time) as with_late_disposition,
            median(feedback_days) as median_days
        from due
        group by month

    ),

    begins as (

        select min(first_date) as first_date
        from
            (
                select min(held_date) as first_date
                from appointments
                union all
                select min(opened)
                from issues
            ) as firsts

    ),

    months as (

        select
            cast(date_trunc('month', calendar.date) as date) as month,
            least(max(calendar.date), {{ as_of_date() }}) as last_day
        from calendar
        cross join begins
        where
            calendar.date >= date_trunc('month', begins.first_date)
            and date_trunc('month', calendar.date) <= {{ as_of_date() }}
        group by 1

    ),

    directions as (

        select *
        from
            (values ('sales_to_marketing', true), ('marketing_to_sales', false)) as directions(
                direction, is_of_sales
            )

    ),

    open_issues as (

        select
            months.month,
            issues.raised_by = 'sales' as is_of_sales,
            count(*) as open_issues,
            max(date_diff('day', issues.opened, months.last_day)) as oldest_issue_days
        from months
        inner join
            issues
            on issues.opened <= months.last_day
            and (issues.closed is null or issues.closed > months.last_day)
        group by 1, 2

    ),

    together as (

        select
            months.month,
            directions.direction,
            case
                when directions.is_of_sales then 'zero_denominator' else 'other_direction'
            end as why_no_rate,
            case when directions.is_of_sales then 'no_feedback' else 'other_direction' end as why_no_days,
            case
                when directions.is_of_sales then coalesce(feedback.appointments_due, 0)
            end as appointments_due,
            case
                when directions.is_of_sales then coalesce(feedback.with_disposition, 0)
            end as with_disposition,
            case
                when directions.is_of_sales then coalesce(feedback.with_late_disposition, 0)
            end as with_late_disposition,
            feedback.with_disposition / nullif(feedback.appointments_due, 0) as feedback_rate,
            feedback.median_days,
            coalesce(open_issues.open_issues, 0) as open_issues,
            open_issues.oldest_issue_days
        from months
        cross join directions
        left join feedback on months.month = feedback.month and directions.is_of_sales
        left join
            open_issues
            on months.month = open_issues.month
            and directions.is_of_sales = open_issues.is_of_sales

    )

select
    -- ids
    strftime(month, '%Y-%m') || '/' || direction as sharing_id,
    -- texts
    direction,
    nullif(
        concat_ws(
            ';',
            {{ because("appointments_due", "other_direction") }},
            {{ because("with_disposition", "other_direction") }},
            {{ because("with_late_disposition", "other_direction") }},
            case when feedback_rate is null then 'feedback_rate=' || why_no_rate end,
            case when median_days is null then 'median_days=' || why_no_days end,
            {{ because("oldest_issue_days", "no_open_issue") }}
        ),
        ''
    ) as null_reason,
    -- numerics
    appointments_due,
    with_disposition,
    with_late_disposition,
    feedback_rate,
    median_days,
    open_issues,
    oldest_issue_days,
    -- dates
    {{ as_of_date() }} as as_of_date,
    month
from together
