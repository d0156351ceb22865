-- One row per visit of a deal to a stage: consecutive history rows of one stage are one visit, entered at
-- the first of them.
with

    stage_events as (select * from {{ ref("stg_salesforce__stage_events") }}),

    stages as (select * from {{ ref("stg_salesforce__stages") }}),

    marked as (

        select *, lag(stage_raw) over deal is distinct from stage_raw as is_entry
        from stage_events
        window deal as (partition by opportunity_id order by changed_at, opportunity_history_id)

    ),

    visits as (

        select
            -- ids
            marked.opportunity_id,
            -- texts
            marked.stage_raw,
            stages.stage,
            stages.implied_stage,
            marked.currency,
            -- numerics
            row_number() over deal as visit_no,
            -- booleans
            lead(marked.changed_at) over deal is null as is_last,
            -- dates
            marked.changed_at as entered_at,
            marked.changed_date as entered_date,
            lead(marked.changed_at) over deal as left_at
        from marked
        left join stages on marked.stage_raw = stages.stage_raw
        where marked.is_entry
        window
            deal as (
                partition by marked.opportunity_id order by marked.changed_at, marked.opportunity_history_id
            )

    )

select *
from visits
