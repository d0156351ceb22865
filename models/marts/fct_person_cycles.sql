-- One row per person and cycle: the pivot of its entries in the funnel.
with

    person_cycles as (select * from {{ ref("int_person_cycles") }}),

    funnel as (select * from {{ ref("fct_funnel") }} where entity_type = 'person_cycle'),

    appointments as (select * from {{ ref("int_appointments") }}),

    stages_entered as (

        select
            entity_id as person_cycle_id,
            min(entered_date) filter (stage = 'lead' and is_counted) as lead_date,
            min(entered_date) filter (stage = 'mql' and is_counted) as mql_date,
            min(entered_date) filter (stage = 'appointment' and is_counted) as appointment_date,
            max_by(stage, stage_rank) as current_stage,
            any_value(owner) filter (stage = 'appointment' and is_counted) as owner,
            any_value(opportunity_id) filter (stage = 'lead') as opportunity_id,
            bool_or(is_inferred and stage = 'mql') as is_mql_inferred,
            count(*) filter (stage = 'mql' and not is_inferred) as mql_entries
        from funnel
        group by entity_id

    ),

    appointments_counted as (

        select person_cycle_id, count(*) as appointments, min(held_date) as first_held_date
        from appointments
        where person_cycle_id is not null
        group by person_cycle_id

    ),

    pivoted as (

        select
            -- ids
            person_cycles.person_cycle_id,
            person_cycles.person_id,
            person_cycles.account_id,
            person_cycles.campaign_id,
            stages_entered.opportunity_id,
            -- texts
            person_cycles.channel,
            stages_entered.owner,
            stages_entered.current_stage,
            -- numerics
            person_cycles.cycle_no,
            stages_entered.mql_entries,
            coalesce(appointments_counted.appointments, 0) as appointments,
            -- booleans
            stages_entered.is_mql_inferred,
            -- dates
            stages_entered.lead_date,
            stages_entered.mql_date,
            stages_entered.appointment_date,
            appointments_counted.first_held_date
        from person_cycles
        inner join stages_entered on person_cycles.person_cycle_id = stages_entered.person_cycle_id
        left join appointments_counted on person_cycles.person_cycle_id = appointments_counted.person_cycle_id

    )

select *
from pivoted
