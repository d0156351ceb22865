-- One row per person and cycle. The first begins with the person; every change to Recycled begins the next.
with

    persons as (select * from {{ ref("int_persons") }}),

    status_changes as (select * from {{ ref("int_status_changes") }}),

    beginnings as (

        select person_id, begins_at, 0 as activity_id
        from persons
        union all
        select person_id, changed_at, activity_id
        from status_changes
        where new_lead_status = 'Recycled'

    ),

    numbered as (

        select
            person_id,
            begins_at,
            row_number() over (partition by person_id order by begins_at, activity_id) as cycle_no
        from beginnings

    ),

    person_cycles as (

        select
            -- ids
            numbered.person_id || '-' || numbered.cycle_no as person_cycle_id,
            numbered.person_id,
            persons.account_id,
            persons.campaign_id,
            -- texts
            persons.channel,
            -- numerics
            numbered.cycle_no,
            -- dates
            numbered.begins_at,
            {{ business_date("numbered.begins_at") }} as begins_date
        from numbered
        inner join persons on numbered.person_id = persons.person_id

    )

select *
from person_cycles
