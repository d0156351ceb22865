-- One row per campaign and month: what became of the person-cycles that the campaign began in that month,
-- with what
-- sales says of them. Persons whom no campaign brought have the campaign '(none)'.
with

    person_cycles as (select * from {{ ref("fct_person_cycles") }} where lead_date <= {{ as_of_date() }}),

    opportunity_cycles as (select * from {{ ref("int_opportunity_cycles") }}),

    opportunities as (
        select * from {{ ref("fct_opportunities") }} where opportunity_date <= {{ as_of_date() }}
    ),

    -- a result is due once the meeting is older than the agreed business days; younger ones are not counted
    due as (select * from {{ ref("int_appointment_feedback") }}),

    costs as (select * from {{ ref("fct_campaign_costs") }} where cost_month <= {{ as_of_date() }}),

    campaigns as (select * from {{ ref("dim_campaign") }}),

    cycles as (

        select
            person_cycle_id,
            coalesce(campaign_id, '(none)') as campaign_id,
            cast(date_trunc('month', lead_date) as date) as cohort_month,
            lead_date,
            mql_date <= {{ as_of_date() }} as is_mql,
            appointment_date <= {{ as_of_date() }} as is_appointment
        from person_cycles

    ),

    deals as (

        select
            opportunity_cycles.person_cycle_id,
            opportunities.amount,
            opportunities.lost_reason,
            opportunities.valid_opportunity_date,
            opportunities.valid_opportunity_date <= {{ as_of_date() }} as is_valid,
            opportunities.won_date <= {{ as_of_date() }} as is_won,
            opportunities.lost_date <= {{ as_of_date() }} as is_lost
        from opportunities
        inner join opportunity_cycles on opportunities.opportunity_id = opportunity_cycles.opportunity_id

    ),

    deals_by_cycle as (

        select
            person_cycle_id,
            count(*) filter (is_valid) as valid_opportunities,
            count(*) filter (is_won) as won,
            count(*) filter (is_lost) as lost,
            count(*) filter (is_lost and lost_reason is not null) as lost_with_reason,
            count(*) filter (is_valid and amount is null) as valid_without_amount,
            sum(amount) filter (is_valid) as pipeline_amount,
            sum(amount) filter (is_won) as won_amount
        from deals
        group by person_cycle_id

    ),

    -- how long it has usually taken from lead to valid: a cohort is mature once 95 % of them took less
    valid_after as (

        select
            quantile_disc(
                date_diff('day', cycles.lead_date, deals.valid_opportunity_date), 0.95
            ) as mature_days
        from deals
        inner join cycles on deals.person_cycle_id = cycles.person_cycle_id
        where deals.is_valid

    ),

    feedback as (

        select
            cycles.campaign_id,
            cycles.cohort_month,
            count(*) as feedback_due,
            count(*) filter (due.is_in_time) as feedback_given,
            median(due.feedback_days) as median_feedback_days
        from due
        inner join cycles on due.person_cycle_id = cycles.person_cycle_id
        group by cycles.campaign_id, cycles.cohort_month

    ),

    reasons as (

        select
            cycles.campaign_id,
            cycles.cohort_month,
            deals.lost_reason,
            row_number() over (
                partition by cycles.campaign_id, cycles.cohort_month order by count(*) desc, deals.lost_reason
            ) as place
        from deals
        inner join cycles on deals.person_cycle_id = cycles.person_cycle_id
        where deals.is_lost and deals.lost_reason is not null
        group by cycles.campaign_id, cycles.cohort_month, deals.lost_reason

    ),

    counted as (

        select
            cycles.campaign_id,
            cycles.cohort_month,
            count(*) as leads,
            count(*) filter (cycles.is_mql) as mql,
            count(*) filter (cycles.is_appointment) as appointments,
            count(*) filter (
                cycles.is_appointment and deals_by_cycle.valid_opportunities > 0
            ) as appointments_valid,
            sum(deals_by_cycle.valid_opportunities) as valid_opportunities,
            sum(deals_by_cycle.won) as won,
            sum(deals_by_cycle.lost) as lost,
            sum(deals_by_cycle.lost_with_reason) as lost_with_reason,
            sum(deals_by_cycle.valid_without_amount) as valid_without_amount,
            sum(deals_by_cycle.pipeline_amount) as pipeline_amount,
            sum(deals_by_cycle.won_amount) as won_amount
        from cycles
        left join deals_by_cycle on cycles.person_cycle_id = deals_by_cycle.person_cycle_id
        group by cycles.campaign_id, cycles.cohort_month

    ),

    spent as (

        select campaign_id, cost_month as cohort_month, sum(cost) as cost
        from costs
        group by campaign_id, cost_month

    ),

    top_reasons as (
        select campaign_id, cohort_month, lost_reason as top_lost_reason from reasons where place = 1
    ),

    together as (

        select
            campaign_id,
            cohort_month,
            coalesce(counted.leads, 0) as leads,
            coalesce(counted.mql, 0) as mql,
            coalesce(counted.appointments, 0) as appointments,
            coalesce(counted.appointments_valid, 0) as appointments_valid,
            cast(coalesce(counted.valid_opportunities, 0) as bigint) as valid_opportunities,
            cast(coalesce(counted.won, 0) as bigint) as won,
            cast(coalesce(counted.lost, 0) as bigint) as lost,
            cast(coalesce(counted.lost_with_reason, 0) as bigint) as lost_with_reason,
            cast(coalesce(counted.valid_without_amount, 0) as bigint) as valid_without_amount,
            cast(coalesce(counted.pipeline_amount, 0) as decimal(18, 2)) as pipeline_amount,
            cast(coalesce(counted.won_amount, 0) as decimal(18, 2)) as won_amount,
            coalesce(feedback.feedback_due, 0) as feedback_due,
            coalesce(feedback.feedback_given, 0) as feedback_given,
            feedback.median_feedback_days,
            top_reasons.top_lost_reason,
            cast(spent.cost as decimal(18, 2)) as cost,
            coalesce(
                date_diff('day', last_day(cohort_month), {{ as_of_date() }}) >= valid_after.mature_days, false
            ) as is_mature
        from counted
        full join spent using (campaign_id, cohort_month)
        left join feedback using (campaign_id, cohort_month)
        left join top_reasons using (campaign_id, cohort_month)
        cross join valid_after

    ),

    company as (

        select sum(appointments_valid) / nullif(sum(appointments), 0) as valid_rate
        from together
        where is_mature

    ),

    rated as (

        select
            together.*,
            campaigns.channel,
            together.appointments_valid / nullif(together.appointments, 0) as valid_rate,
            company.valid_rate as valid_rate_company,
            (together.appointments_valid + {{ var("campaign_shrinkage", 20) }} * company.valid_rate)
            / (together.appointments + {{ var("campaign_shrinkage", 20) }}) as valid_rate_shrunk,
            {{ wilson_low("together.appointments_valid", "together.appointments") }} as ci_low,
            {{ wilson_high("together.appointments_valid", "together.appointments") }} as ci_high,
            together.lost_with_reason / nullif(together.lost, 0) as lost_reason_filled,
            together.feedback_given / nullif(together.feedback_due, 0) as feedback_rate,
            cast(
                round(together.cost / nullif(together.valid_opportunities, 0)) as decimal(18, 2)
            ) as cost_per_valid
        from together
        cross join company
        left join campaigns on together.campaign_id = campaigns.campaign_id

    )

select
    -- ids
    campaign_id || '/' || strftime(cohort_month, '%Y-%m') as campaign_feedback_id,
    campaign_id,
    -- texts
    channel,
    top_lost_reason,
    nullif(
        concat_ws(
            ';',
            {{ because("channel", "not_known") }},
            {{ because("top_lost_reason", "no_lost_reason") }},
            {{ because("cost", "no_cost") }},
            {{ because("valid_rate", "zero_denominator") }},
            {{ because("valid_rate_company", "no_mature_cohort") }},
            {{ because("valid_rate_shrunk", "no_mature_cohort") }},
            {{ because("ci_low", "zero_denominator") }},
            {{ because("ci_high", "zero_denominator") }},
            {{ because("lost_reason_filled", "zero_denominator") }},
            {{ because("feedback_rate", "zero_denominator") }},
            {{ because("median_feedback_days", "no_feedback") }},
            case
                when cost_per_valid is null
                then 'cost_per_valid=' || case when cost is null then 'no_cost' else 'zero_denominator' end
            end
        ),
        ''
    ) as null_reason,
    -- numerics
    leads,
    mql,
    appointments,
    appointments_valid,
    valid_opportunities,
    valid_without_amount,
    won,
    lost,
    pipeline_amount,
    won_amount,
    valid_rate,
    valid_rate_company,
    valid_rate_shrunk,
    ci_low,
    ci_high,
    lost_with_reason,
    lost_reason_filled,
    feedback_due,
    feedback_given,
    feedback_rate,
    median_feedback_days,
    cost,
    cost_per_valid,
    -- booleans
    is_mature,
    -- fewer than 20 say too little, and a young cohort would stand at the bottom only for being young
    is_mature and appointments >= 20 as rank_allowed,
    -- dates
    {{ as_of_date() }} as as_of_date,
    cohort_month
from rated
