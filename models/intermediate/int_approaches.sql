-- One row per approach, with the person and the cycle it belongs to: the last cycle that had begun by its
-- instant, else the first.
with

    approaches as (select * from {{ ref("stg_insidesales__approaches") }}),

    leads as (select * from {{ ref("int_leads") }}),

    persons as (select * from {{ ref("int_persons") }}),

    person_cycles as (select * from {{ ref("int_person_cycles") }}),

    with_cycle as (

        select
            -- ids
            approaches.approach_id,
            leads.person_id,
            person_cycles.person_cycle_id,
            person_cycles.account_id,
            person_cycles.campaign_id,
            -- texts
            coalesce(person_cycles.channel, 'unattributed') as channel,
            approaches.owner,
            approaches.kind,
            approaches.outcome,
            -- numerics
            approaches.score,
            approaches.approached_date - persons.begins_date as days_since_first_touch,
            -- dates
            approaches.approached_at,
            approaches.approached_date
        from approaches
        left join leads on approaches.lead_id = leads.lead_id
        left join persons on leads.person_id = persons.person_id
        left join
            person_cycles
            on leads.person_id = person_cycles.person_id
            and (person_cycles.begins_at <= approaches.approached_at or person_cycles.cycle_no = 1)
        qualify
            row_number() over (partition by approaches.approach_id order by person_cycles.cycle_no desc) = 1

    ),

    numbered as (

        select
            *,
            case
                when person_cycle_id is not null
                then row_number() over (partition by person_cycle_id order by approached_at, approach_id)
            end as approach_no
        from with_cycle

    )

select *
from numbered
