-- One row per person, and one for the deals that nobody is known to have brought: 'unattributed'.
with

    persons as (select * from {{ ref("int_persons") }}),

    members as (

        select
            -- ids
            person_id,
            account_id,
            campaign_id,
            -- texts
            channel,
            industry,
            -- numerics
            leads,
            -- booleans
            is_unsubscribed,
            -- dates
            begins_date as first_seen_date
        from persons
        union all by name
        select 'unattributed' as person_id, 'unattributed' as channel, 0 as leads, false as is_unsubscribed

    )

select *
from members
