-- One row per channel, and one for deals that nobody is known to have brought: 'unattributed'.
with

    persons as (select * from {{ ref("int_persons") }}),

    costs as (select * from {{ ref("stg_finance__campaign_costs") }}),

    channels as (

        select channel
        from persons
        union
        select channel
        from costs
        union
        select 'unattributed' as channel

    )

select
    -- ids
    channel,
    -- booleans
    channel <> 'unattributed' as is_attributed
from channels
