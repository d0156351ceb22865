-- One row per entity (person-cycle or deal) and entry into a stage.
with

    person_cycle_entries as (select * from {{ ref("int_person_cycle_entries") }}),

    opportunity_entries as (select * from {{ ref("int_opportunity_entries") }}),

    opportunities as (select * from {{ ref("int_opportunities") }}),

    stages as (select * from {{ ref("int_stages") }}),

    of_person_cycles as (

        select
            'person_cycle' as entity_type,
            person_cycle_id as entity_id,
            stage,
            entry_no,
            entry_no = 1 as is_counted,
            is_inferred,
            entered_date,
            entered_at,
            channel,
            campaign_id,
            owner,
            account_id,
            opportunity_id,
            person_id
        from person_cycle_entries

    ),

    of_opportunities as (

        select
            'opportunity' as entity_type,
            opportunity_entries.opportunity_id as entity_id,
            opportunity_entries.stage,
            opportunity_entries.entry_no,
            -- up to valid_opportunity the first entry counts; won and lost only as the last thing that
            -- happened to the deal
            case
                when opportunity_entries.stage in ('won', 'lost')
                then opportunity_entries.is_last
                else opportunity_entries.entry_no = 1
            end as is_counted,
            opportunity_entries.is_inferred,
            opportunity_entries.entered_date,
            opportunity_entries.entered_at,
            opportunities.channel,
            opportunities.campaign_id,
            opportunities.owner,
            opportunities.account_id,
            opportunity_entries.opportunity_id,
            opportunities.person_id,
            opportunities.amount,
            opportunities.currency,
            case
                when opportunity_entries.stage = 'valid_opportunity' then opportunities.purchase_within_months
            end as purchase_within_months,
            case
                when opportunity_entries.stage = 'valid_opportunity' then opportunities.is_budget_known
            end as is_budget_known,
            case
                when opportunity_entries.stage = 'valid_opportunity'
                then opportunities.is_decision_maker_attended
            end as is_decision_maker_attended,
            case
                when opportunity_entries.stage = 'valid_opportunity' then opportunities.qualified_date
            end as qualified_date
        from opportunity_entries
        inner join opportunities on opportunity_entries.opportunity_id = opportunities.opportunity_id

    ),

    entries as (

        select *
        from of_person_cycles
        union all by name
        select *
        from of_opportunities

    ),

    funnel as (

        select
            -- ids
            entries.entity_id || '/' || entries.stage || '/' || entries.entry_no as funnel_entry_id,
            entries.entity_type,
            entries.entity_id,
            entries.person_id,
            entries.opportunity_id,
            entries.account_id,
            entries.campaign_id,
            -- texts
            entries.stage,
            entries.channel,
            entries.owner,
            entries.currency,
            -- numerics
            stages.stage_rank,
            entries.entry_no,
            entries.amount,
            entries.purchase_within_months,
            -- booleans
            entries.is_counted,
            entries.is_inferred,
            entries.is_budget_known,
            entries.is_decision_maker_attended,
            -- dates
            entries.entered_date,
            entries.entered_at,
            entries.qualified_date
        from entries
        inner join stages on entries.stage = stages.stage

    )

select *
from funnel
