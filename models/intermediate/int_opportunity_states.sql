-- One row per deal and day on which its stage, amount or expected close date changed, with the state at the
-- end of
-- the day, from the day on which it became valid.
with

    stage_events as (select * from {{ ref("stg_salesforce__stage_events") }}),

    stages as (select * from {{ ref("stg_salesforce__stages") }}),

    entries as (select * from {{ ref("int_opportunity_entries") }} where stage = 'valid_opportunity'),

    valid_since as (select opportunity_id, min(entered_at) as valid_at from entries group by opportunity_id),

    events as (

        select
            stage_events.opportunity_id,
            stage_events.opportunity_history_id,
            stages.stage,
            stages.stage not in ('won', 'lost') as is_open,
            stage_events.amount,
            stage_events.close_date,
            stage_events.changed_date,
            stage_events.changed_at
        from stage_events
        inner join valid_since on stage_events.opportunity_id = valid_since.opportunity_id
        inner join stages on stage_events.stage_raw = stages.stage_raw
        where stage_events.changed_at >= valid_since.valid_at

    ),

    -- a lost deal was expected when it was still open: that date tells of which period it was lost
    events_expected as (

        select
            *,
            coalesce(
                last_value(case when is_open then close_date end ignore nulls) over (
                    partition by opportunity_id
                    order by changed_at, opportunity_history_id
                    rows between unbounded preceding and current row
                ),
                close_date
            ) as expected_close_date
        from events

    ),

    days as (

        select
            opportunity_id,
            changed_date,
            max_by(stage, (changed_at, opportunity_history_id)) as stage,
            max_by(is_open, (changed_at, opportunity_history_id)) as is_open,
            max_by(expected_close_date, (changed_at, opportunity_history_id)) as expected_close_date,
            arg_max_null(amount, (changed_at, opportunity_history_id)) as amount
        from events_expected
        group by opportunity_id, changed_date

    )

select
    -- ids
    opportunity_id,
    -- texts
    stage,
    -- numerics
    amount,
    -- booleans
    is_open,
    -- dates
    expected_close_date,
    changed_date as from_date,
    lead(changed_date) over (partition by opportunity_id order by changed_date) as until_date
from days
