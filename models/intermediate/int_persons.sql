-- One row per person: the leads that were merged into one. The survivor gives the channel; the oldest lead
-- the beginning.
with

    leads as (select * from {{ ref("int_leads") }}),

    persons as (

        select
            -- ids
            person_id,
            min(survivor_lead_id) as survivor_lead_id,
            coalesce(
                any_value(account_id) filter (is_survivor),
                arg_min(account_id, lead_id) filter (account_id is not null)
            ) as account_id,
            any_value(campaign_id) filter (is_survivor) as campaign_id,
            -- texts
            any_value(channel) filter (is_survivor) as channel,
            coalesce(any_value(industry) filter (is_survivor), arg_min(industry, lead_id)) as industry,
            -- numerics
            count(*) as leads,
            -- booleans
            coalesce(bool_or(is_unsubscribed), false) as is_unsubscribed,
            -- dates
            min(created_at) as begins_at,
            min(created_date) as begins_date
        from leads
        group by person_id

    )

select *
from persons
