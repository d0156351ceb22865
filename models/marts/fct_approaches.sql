-- One row per approach of inside sales to a lead, with what came of the person's cycle since then.
with

    approaches as (select * from {{ ref("int_approaches") }}),

    person_cycles as (select * from {{ ref("fct_person_cycles") }}),

    opportunities as (select * from {{ ref("fct_opportunities") }}),

    approaches_with_what_came as (

        select
            -- ids
            approaches.approach_id,
            approaches.person_cycle_id,
            approaches.person_id,
            approaches.account_id,
            approaches.campaign_id,
            -- texts
            approaches.channel,
            approaches.owner,
            approaches.kind,
            approaches.outcome,
            -- numerics
            approaches.approach_no,
            approaches.score,
            approaches.days_since_first_touch,
            -- booleans
            approaches.score < 40 and approaches.days_since_first_touch < 14 as is_premature,
            approaches.outcome = 'opt_out' as is_opt_out,
            coalesce(person_cycles.appointment_date >= approaches.approached_date, false) as has_appointment,
            coalesce(
                opportunities.valid_opportunity_date >= approaches.approached_date, false
            ) as has_valid_opportunity,
            -- dates
            approaches.approached_date
        from approaches
        left join person_cycles on approaches.person_cycle_id = person_cycles.person_cycle_id
        left join opportunities on person_cycles.opportunity_id = opportunities.opportunity_id

    )

select *
from approaches_with_what_came
