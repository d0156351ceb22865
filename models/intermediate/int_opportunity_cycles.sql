-- One row per deal that a person stands for: the cycle in which that person was met first about it.
with

    opportunities as (select * from {{ ref("int_opportunities") }}),

    appointments as (select * from {{ ref("int_appointments") }}),

    first_appointments as (

        select
            opportunity_id, person_id, arg_min(person_cycle_id, (set_date, appointment_id)) as person_cycle_id
        from appointments
        where opportunity_id is not null and person_cycle_id is not null
        group by opportunity_id, person_id

    ),

    opportunity_cycles as (

        select
            -- ids
            opportunities.opportunity_id, first_appointments.person_id, first_appointments.person_cycle_id
        from opportunities
        inner join
            first_appointments
            on opportunities.opportunity_id = first_appointments.opportunity_id
            and opportunities.person_id = first_appointments.person_id

    )

select *
from opportunity_cycles
