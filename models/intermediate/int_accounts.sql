-- One row per account: those of the CRM, and companies that only marketing knows, by their plain name.
with

    opportunities as (select * from {{ ref("stg_salesforce__opportunities") }}),

    leads as (select * from {{ ref("int_leads") }}),

    mentions as (

        select account_id, cast(null as varchar) as industry, created_date as seen_date, true as is_deal
        from opportunities
        where account_id is not null
        union all
        select account_id, industry, created_date, false
        from leads
        where account_id is not null

    ),

    accounts as (

        select
            -- ids
            account_id,
            -- texts
            mode(industry) as industry,
            -- booleans
            account_id not like 'name-%' as is_in_crm,
            -- dates
            min(seen_date) as first_seen_date
        from mentions
        group by account_id

    )

select *
from accounts
