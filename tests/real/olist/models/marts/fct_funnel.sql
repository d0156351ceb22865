-- One row per lead and stage that it entered, which are mql and won.
with

    leads as (select * from {{ ref("fct_leads") }}),

    entries as (

        select
            mql_id, channel, 'mql' as stage, mql_date as entered_date, cast(null as timestamp) as entered_at
        from leads
        union all
        select mql_id, channel, 'won' as stage, won_date as entered_date, won_at as entered_at
        from leads
        where won_at is not null

    ),

    funnel as (

        select
            -- ids
            mql_id || '/' || stage as funnel_entry_id,
            mql_id,
            -- texts
            stage,
            channel,
            -- dates
            entered_date,
            entered_at
        from entries

    )

select *
from funnel
