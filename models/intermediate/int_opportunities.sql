-- One row per deal that has history, with what the newest report says of it and the person who stands for it.
with

    visits as (select * from {{ ref("int_stage_visits") }}),

    stage_events as (select * from {{ ref("stg_salesforce__stage_events") }}),

    reported as (select * from {{ ref("stg_salesforce__opportunities") }}),

    users as (select * from {{ ref("stg_salesforce__users") }}),

    first_persons as (select * from {{ ref("int_opportunity_persons") }} where person_rank = 1),

    checks as (

        select * from {{ ref("int_qualifications") }} where check_no = 1 and opportunity_id is not null

    ),

    histories as (

        select
            opportunity_id,
            max_by(close_date, (changed_at, opportunity_history_id)) as close_date,
            max_by(currency, (changed_at, opportunity_history_id)) as currency
        from stage_events
        group by opportunity_id

    ),

    opportunities as (

        select
            -- ids
            histories.opportunity_id,
            reported.account_id,
            reported.campaign_id,
            coalesce(first_persons.person_id, 'unattributed') as person_id,
            -- texts
            coalesce(first_persons.channel, 'unattributed') as channel,
            users.owner,
            reported.lead_source,
            reported.lost_reason,
            histories.currency,
            visits.stage as current_stage,
            -- numerics
            reported.amount,
            checks.purchase_within_months,
            -- booleans
            reported.opportunity_id is not null as is_reported,
            reported.is_valid as is_valid_in_crm,
            checks.is_budget_known,
            checks.is_decision_maker_attended,
            -- dates
            checks.qualified_date,
            coalesce(reported.close_date, histories.close_date) as close_date,
            visits.entered_at as current_stage_at
        from histories
        inner join visits on histories.opportunity_id = visits.opportunity_id and visits.is_last
        left join reported on histories.opportunity_id = reported.opportunity_id
        left join users on reported.owner_name = users.full_name
        left join first_persons on histories.opportunity_id = first_persons.opportunity_id
        left join checks on histories.opportunity_id = checks.opportunity_id

    )

select *
from opportunities
