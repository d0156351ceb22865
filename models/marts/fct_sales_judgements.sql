-- One row per deal on sales' own list, beside what the CRM says.
with

    judgements as (select * from {{ ref("stg_sales__judgements") }}),

    opportunities as (select * from {{ ref("fct_opportunities") }}),

    judgements_with_deal as (

        select
            -- ids
            judgements.opportunity_id,
            -- texts
            coalesce(opportunities.channel, 'unattributed') as channel,
            judgements.owner,
            -- booleans
            judgements.is_valid,
            opportunities.valid_opportunity_date is not null as is_valid_in_funnel,
            -- dates
            judgements.judged_date,
            opportunities.valid_opportunity_date
        from judgements
        left join opportunities on judgements.opportunity_id = opportunities.opportunity_id

    )

select *
from judgements_with_deal
