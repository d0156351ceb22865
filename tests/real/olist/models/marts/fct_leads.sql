-- One row per lead, with the winning if there was one.
with

    mqls as (select * from {{ ref("stg_olist__mqls") }}),

    won_deals as (select * from {{ ref("stg_olist__won_deals") }}),

    leads as (

        select
            -- ids
            mqls.mql_id,
            -- texts
            mqls.channel,
            won_deals.business_segment,
            -- numerics
            won_deals.won_date - mqls.first_contact_date as days_to_won,
            -- dates
            mqls.first_contact_date as mql_date,
            won_deals.won_date,
            won_deals.won_at
        from mqls
        left join won_deals on mqls.mql_id = won_deals.mql_id

    )

select *
from leads
