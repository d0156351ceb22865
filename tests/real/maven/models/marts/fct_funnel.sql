-- One row per opportunity and stage that it entered on a known day.
with

    opportunities as (select * from {{ ref("int_opportunities") }}),

    entries as (

        select *, 'valid_opportunity' as entered_stage, engage_date as entered_date
        from opportunities
        where engage_date is not null
        union all
        select *, stage as entered_stage, close_date as entered_date
        from opportunities
        where stage in ('won', 'lost')

    ),

    funnel as (

        select
            -- ids
            opportunity_id || '/' || entered_stage as funnel_entry_id,
            opportunity_id,
            team_id,
            account_id,
            -- texts
            product,
            entered_stage as stage,
            -- numerics
            case when entered_stage = 'won' then won_amount_usd end as won_amount_usd,
            list_price_usd,
            -- dates
            entered_date
        from entries

    )

select *
from funnel
