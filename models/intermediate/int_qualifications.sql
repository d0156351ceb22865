-- One row per check of a deal. The first check of a deal is its evidence as of the event.
with

    qualifications as (select * from {{ ref("stg_salesforce__qualifications") }}),

    deals as (select distinct opportunity_id from {{ ref("int_stage_visits") }}),

    numbered as (

        select
            -- ids
            qualifications.qualification_id,
            deals.opportunity_id,
            -- texts
            qualifications.owner,
            -- numerics
            row_number() over (
                partition by qualifications.opportunity_id
                order by qualifications.qualified_at, qualifications.qualification_id
            ) as check_no,
            qualifications.purchase_within_months,
            -- booleans
            qualifications.is_budget_known,
            qualifications.is_decision_maker_attended,
            -- dates
            qualifications.qualified_at,
            qualifications.qualified_date
        from qualifications
        left join deals on qualifications.opportunity_id = deals.opportunity_id

    )

select *
from numbered
