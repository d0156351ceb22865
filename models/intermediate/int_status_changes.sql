-- One row per change of a person's status in Marketo.
with

    activities as (select * from {{ ref("stg_marketo__activities") }}),

    leads as (select * from {{ ref("int_leads") }}),

    status_changes as (

        select
            -- ids
            activities.activity_id,
            leads.person_id,
            -- texts
            activities.new_lead_status,
            -- dates
            activities.happened_at as changed_at,
            activities.happened_date as changed_date
        from activities
        inner join leads on activities.lead_id = leads.lead_id
        where activities.new_lead_status is not null

    )

select *
from status_changes
