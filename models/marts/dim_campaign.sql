-- One row per campaign that has a cost or that a lead, an appointment or a deal names.
with

    costs as (select * from {{ ref("stg_finance__campaign_costs") }}),

    leads as (select * from {{ ref("stg_marketo__leads") }}),

    appointments as (select * from {{ ref("stg_insidesales__appointments") }}),

    opportunities as (select * from {{ ref("stg_salesforce__opportunities") }}),

    named as (

        select campaign_id
        from costs
        union
        select campaign_id
        from leads
        union
        select campaign_id
        from appointments
        union
        select campaign_id
        from opportunities

    ),

    described as (

        select
            campaign_id,
            max_by(campaign_name, cost_month) as campaign_name,
            max_by(channel, cost_month) as channel,
            min(cost_month) as first_cost_month,
            max(cost_month) as last_cost_month
        from costs
        group by campaign_id

    ),

    campaigns as (

        select
            -- ids
            named.campaign_id,
            -- texts
            described.campaign_name,
            described.channel,
            -- dates
            described.first_cost_month,
            described.last_cost_month
        from named
        left join described on named.campaign_id = described.campaign_id
        where named.campaign_id is not null

    )

select *
from campaigns
