-- One row per appointment, with the person and the cycle it belongs to: the last cycle that had begun by
-- its date.
with

    appointments as (select * from {{ ref("stg_insidesales__appointments") }}),

    leads as (select * from {{ ref("int_leads") }}),

    person_cycles as (select * from {{ ref("int_person_cycles") }}),

    deals as (select distinct opportunity_id from {{ ref("int_stage_visits") }}),

    appointments_with_cycle as (

        select
            -- ids
            appointments.appointment_id,
            leads.person_id,
            person_cycles.person_cycle_id,
            person_cycles.account_id,
            deals.opportunity_id,
            coalesce(appointments.campaign_id, person_cycles.campaign_id) as campaign_id,
            -- texts
            coalesce(person_cycles.channel, 'unattributed') as channel,
            appointments.owner,
            appointments.status,
            appointments.disposition,
            -- booleans
            appointments.opportunity_id is not null
            and deals.opportunity_id is null as has_deleted_opportunity,
            -- dates
            appointments.set_date,
            appointments.scheduled_date,
            appointments.held_date,
            appointments.disposition_date
        from appointments
        left join leads on appointments.lead_id = leads.lead_id
        left join
            person_cycles
            on leads.person_id = person_cycles.person_id
            and (person_cycles.begins_date <= appointments.set_date or person_cycles.cycle_no = 1)
        left join deals on appointments.opportunity_id = deals.opportunity_id
        qualify
            row_number() over (partition by appointments.appointment_id order by person_cycles.cycle_no desc)
            = 1

    )

select *
from appointments_with_cycle
