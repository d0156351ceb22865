-- One row per person-cycle and entry into one of its stages: lead, mql, appointment. A skipped mql gets an
-- implied entry.
with

    person_cycles as (select * from {{ ref("int_person_cycles") }}),

    status_changes as (select * from {{ ref("int_status_changes") }}),

    appointments as (select * from {{ ref("int_appointments") }}),

    leads as (

        select
            person_cycle_id,
            'lead' as stage,
            false as is_inferred,
            begins_date as entered_date,
            begins_at as entered_at,
            person_cycle_id as entry_key
        from person_cycles

    ),

    mqls as (

        select
            person_cycles.person_cycle_id,
            'mql' as stage,
            false as is_inferred,
            status_changes.changed_date as entered_date,
            status_changes.changed_at as entered_at,
            status_changes.activity_id as entry_key
        from status_changes
        inner join
            person_cycles
            on status_changes.person_id = person_cycles.person_id
            and (person_cycles.begins_at <= status_changes.changed_at or person_cycles.cycle_no = 1)
        where status_changes.new_lead_status = 'MQL'
        qualify
            row_number() over (partition by status_changes.activity_id order by person_cycles.cycle_no desc)
            = 1

    ),

    appointments_set as (

        select
            person_cycle_id,
            'appointment' as stage,
            false as is_inferred,
            set_date as entered_date,
            cast(null as timestamp) as entered_at,
            appointment_id as entry_key,
            owner,
            campaign_id,
            opportunity_id
        from appointments
        where person_cycle_id is not null

    ),

    implied_mqls as (

        select
            appointments_set.person_cycle_id,
            'mql' as stage,
            true as is_inferred,
            min(appointments_set.entered_date) as entered_date,
            cast(null as timestamp) as entered_at,
            appointments_set.person_cycle_id as entry_key
        from appointments_set
        anti join mqls on appointments_set.person_cycle_id = mqls.person_cycle_id
        group by appointments_set.person_cycle_id

    ),

    entries as (

        select *
        from leads
        union all by name
        select *
        from mqls
        union all by name
        select *
        from implied_mqls
        union all by name
        select *
        from appointments_set

    ),

    cycle_opportunities as (

        select person_cycle_id, arg_min(opportunity_id, (set_date, appointment_id)) as opportunity_id
        from appointments
        where person_cycle_id is not null and opportunity_id is not null
        group by person_cycle_id

    ),

    numbered as (

        select
            -- ids
            entries.person_cycle_id,
            person_cycles.person_id,
            person_cycles.account_id,
            coalesce(entries.campaign_id, person_cycles.campaign_id) as campaign_id,
            coalesce(entries.opportunity_id, cycle_opportunities.opportunity_id) as opportunity_id,
            -- texts
            entries.stage,
            person_cycles.channel,
            entries.owner,
            -- numerics
            row_number() over (
                partition by entries.person_cycle_id, entries.stage
                order by entries.entered_date, entries.entered_at, entries.entry_key
            ) as entry_no,
            -- booleans
            entries.is_inferred,
            -- dates
            entries.entered_date,
            entries.entered_at
        from entries
        inner join person_cycles on entries.person_cycle_id = person_cycles.person_cycle_id
        left join cycle_opportunities on entries.person_cycle_id = cycle_opportunities.person_cycle_id

    )

select *
from numbered
