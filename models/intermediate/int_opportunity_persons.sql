-- One row per deal and person who met sales about it. The person who began first stands for the deal.
with

    appointments as (select * from {{ ref("int_appointments") }}),

    persons as (select * from {{ ref("int_persons") }}),

    pairs as (

        select distinct opportunity_id, person_id
        from appointments
        where opportunity_id is not null and person_id is not null

    ),

    ranked as (

        select
            -- ids
            pairs.opportunity_id,
            pairs.person_id,
            -- texts
            persons.channel,
            -- numerics
            row_number() over (
                partition by pairs.opportunity_id order by persons.begins_at, persons.survivor_lead_id
            ) as person_rank
        from pairs
        inner join persons on pairs.person_id = persons.person_id

    )

select *
from ranked
