-- One row per lead, with the person it belongs to and the account of its company.
with

    leads as (select * from {{ ref("stg_marketo__leads") }}),

    account_names as (select * from {{ ref("int_account_names") }}),

    leads_with_name as (select *, {{ plain_company_name("account_name") }} as plain_name from leads),

    leads_with_person as (

        select
            -- ids
            leads_with_name.lead_id,
            leads_with_name.survivor_lead_id,
            {{ person_id("leads_with_name.survivor_lead_id") }} as person_id,
            coalesce(leads_with_name.account_id, account_names.account_id) as account_id,
            leads_with_name.campaign_id,
            -- texts
            leads_with_name.channel,
            leads_with_name.industry,
            -- booleans
            leads_with_name.lead_id = leads_with_name.survivor_lead_id as is_survivor,
            leads_with_name.is_unsubscribed,
            -- dates
            leads_with_name.created_at,
            leads_with_name.created_date
        from leads_with_name
        left join account_names on leads_with_name.plain_name = account_names.plain_name

    )

select *
from leads_with_person
