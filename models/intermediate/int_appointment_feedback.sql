-- One row per appointment held of which sales' result is due: longer ago than the agreed business days.
with

    appointments as (
        select * from {{ ref("int_appointments") }} where status = 'held' and held_date <= {{ as_of_date() }}
    ),

    calendar as (select * from {{ ref("dim_fiscal_calendar") }}),

    business_days as (

        select date, sum(cast(is_business_day as integer)) over (order by date) as business_day from calendar

    ),

    due as (

        select
            -- ids
            appointments.appointment_id,
            appointments.person_cycle_id,
            -- numerics
            returned.business_day - held.business_day as feedback_days,
            -- booleans
            coalesce(
                returned.business_day - held.business_day <= {{ var("feedback_business_days", 5) }}, false
            ) as is_in_time,
            -- dates
            appointments.held_date
        from appointments
        inner join business_days as held on appointments.held_date = held.date
        inner join business_days as cut_off on cut_off.date = {{ as_of_date() }}
        left join
            business_days as returned
            on appointments.disposition_date = returned.date
            and appointments.disposition is not null
            and appointments.disposition_date <= {{ as_of_date() }}
        where cut_off.business_day - held.business_day > {{ var("feedback_business_days", 5) }}

    )

select *
from due
