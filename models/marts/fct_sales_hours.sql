-- One row per line of the daily reports of sales.
with

    hours as (select * from {{ ref("stg_sales__hours") }}),

    appointments as (select * from {{ ref("int_appointments") }}),

    deals as (select * from {{ ref("int_opportunities") }}),

    hours_with_subject as (

        select
            -- ids
            hours.hours_id,
            appointments.appointment_id,
            coalesce(deals.opportunity_id, appointments.opportunity_id) as opportunity_id,
            -- texts
            coalesce(appointments.channel, deals.channel, 'unattributed') as channel,
            hours.owner,
            hours.kind,
            -- numerics
            hours.hours,
            -- dates
            hours.worked_date
        from hours
        left join appointments on hours.appointment_id = appointments.appointment_id
        left join deals on hours.opportunity_id = deals.opportunity_id

    )

select *
from hours_with_subject
