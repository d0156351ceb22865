-- One row per deal: the pivot of its entries in the funnel.
with

    opportunities as (select * from {{ ref("int_opportunities") }}),

    funnel as (select * from {{ ref("fct_funnel") }} where entity_type = 'opportunity'),

    persons as (select * from {{ ref("int_opportunity_persons") }}),

    stages_entered as (

        select
            entity_id as opportunity_id,
            min(entered_date) filter (stage = 'opportunity' and is_counted) as opportunity_date,
            min(entered_date) filter (stage = 'valid_opportunity' and is_counted) as valid_opportunity_date,
            min(entered_date) filter (stage = 'won' and is_counted) as won_date,
            min(entered_date) filter (stage = 'won') as first_won_date,
            min(entered_date) filter (stage = 'lost' and is_counted) as lost_date,
            bool_or(is_inferred and stage = 'opportunity') as is_opportunity_inferred,
            bool_or(is_inferred and stage = 'valid_opportunity') as is_valid_opportunity_inferred
        from funnel
        group by entity_id

    ),

    persons_counted as (select opportunity_id, count(*) as persons from persons group by opportunity_id),

    pivoted as (

        select
            -- ids
            opportunities.opportunity_id,
            opportunities.account_id,
            opportunities.campaign_id,
            opportunities.person_id,
            -- texts
            opportunities.channel,
            opportunities.owner,
            opportunities.lead_source,
            opportunities.current_stage,
            opportunities.lost_reason,
            opportunities.currency,
            -- numerics
            opportunities.amount,
            coalesce(persons_counted.persons, 0) as persons,
            opportunities.purchase_within_months,
            -- booleans
            opportunities.is_reported,
            opportunities.is_valid_in_crm,
            opportunities.is_budget_known,
            opportunities.is_decision_maker_attended,
            stages_entered.is_opportunity_inferred,
            stages_entered.is_valid_opportunity_inferred,
            opportunities.current_stage in ('won', 'lost') as is_closed,
            -- dates
            stages_entered.opportunity_date,
            stages_entered.valid_opportunity_date,
            opportunities.qualified_date,
            stages_entered.first_won_date,
            stages_entered.won_date,
            stages_entered.lost_date,
            opportunities.close_date,
            {{ business_date("opportunities.current_stage_at") }} as current_stage_date
        from opportunities
        inner join stages_entered on opportunities.opportunity_id = stages_entered.opportunity_id
        left join persons_counted on opportunities.opportunity_id = persons_counted.opportunity_id

    )

select *
from pivoted
