-- One row per deal and person who met sales about it. A deal without persons has one row, with the member
-- 'unattributed'.
with

    opportunities as (select * from {{ ref("int_opportunities") }}),

    persons as (select * from {{ ref("int_opportunity_persons") }}),

    bridge as (

        select
            -- ids
            opportunities.opportunity_id,
            coalesce(persons.person_id, 'unattributed') as person_id,
            -- numerics
            coalesce(persons.person_rank, 1) as person_rank,
            -- the person who began first stands for the deal; the weights of a deal sum to 1
            cast(coalesce(persons.person_rank, 1) = 1 as double) as weight
        from opportunities
        left join persons on opportunities.opportunity_id = persons.opportunity_id

    )

select *
from bridge
