-- One row per cohort month, step and channel: who entered a stage in that month, and what has become of
-- them by the
-- as-of date.
with

    person_cycles as (select * from {{ ref("fct_person_cycles") }}),

    opportunity_cycles as (select * from {{ ref("int_opportunity_cycles") }}),

    opportunities as (select * from {{ ref("fct_opportunities") }}),

    steps as (

        select *
        from
            (
                values
                    ('lead', 'mql', 10, 'marketing'),
                    ('mql', 'appointment', 20, 'marketing'),
                    ('appointment', 'opportunity', 30, 'sales'),
                    ('appointment', 'valid_opportunity', 35, 'sales'),
                    ('opportunity', 'valid_opportunity', 40, 'sales'),
                    ('valid_opportunity', 'won', 50, 'sales')
            ) as steps(stage, to_stage, step_rank, stage_owner)

    ),

    -- a cycle ends where the next one of its person begins
    cycles as (

        select *, lead(lead_date) over (partition by person_id order by cycle_no) as ended_date
        from person_cycles

    ),

    deals_of_cycles as (

        select
            opportunity_cycles.person_cycle_id,
            min(opportunities.opportunity_date) as opportunity_date,
            min(opportunities.valid_opportunity_date) as valid_opportunity_date,
            case
                when bool_and(opportunities.lost_date is not null) then max(opportunities.lost_date)
            end as lost_date
        from opportunity_cycles
        inner join opportunities on opportunity_cycles.opportunity_id = opportunities.opportunity_id
        group by opportunity_cycles.person_cycle_id

    ),

    entries as (

        select
            'lead' as stage,
            'mql' as to_stage,
            channel,
            lead_date as entered,
            mql_date as converted,
            ended_date as lost
        from cycles
        union all
        select 'mql', 'appointment', channel, mql_date, appointment_date, ended_date
        from cycles
        union all
        select
            'appointment',
            'opportunity',
            cycles.channel,
            cycles.appointment_date,
            deals.opportunity_date,
            cycles.ended_date
        from cycles
        left join deals_of_cycles as deals on cycles.person_cycle_id = deals.person_cycle_id
        union all
        select
            'appointment',
            'valid_opportunity',
            cycles.channel,
            cycles.appointment_date,
            deals.valid_opportunity_date,
            coalesce(deals.lost_date, cycles.ended_date)
        from cycles
        left join deals_of_cycles as deals on cycles.person_cycle_id = deals.person_cycle_id
        union all
        select
            'opportunity', 'valid_opportunity', channel, opportunity_date, valid_opportunity_date, lost_date
        from opportunities
        union all
        select 'valid_opportunity', 'won', channel, valid_opportunity_date, won_date, lost_date
        from opportunities

    ),

    known as (

        select
            stage,
            to_stage,
            channel,
            cast(date_trunc('month', entered) as date) as cohort_month,
            coalesce(converted <= {{ as_of_date() }}, false) as is_converted,
            coalesce(lost <= {{ as_of_date() }}, false) as is_ended,
            case
                when converted <= {{ as_of_date() }} then greatest(date_diff('day', entered, converted), 0)
            end as days
        from entries
        where entered <= {{ as_of_date() }}

    ),

    -- a cohort is mature once nobody in it is open, or once 95 % of all who ever took the step took less time
    taken as (

        select stage, to_stage, quantile_disc(days, 0.95) as mature_days
        from known
        where days is not null
        group by stage, to_stage

    ),

    counted as (

        select
            stage,
            to_stage,
            channel,
            cohort_month,
            count(*) as entered,
            count(*) filter (is_converted) as converted,
            count(*) filter (is_ended and not is_converted) as lost,
            count(*) filter (not is_ended and not is_converted) as open,
            median(days) as median_days
        from known
        group by stage, to_stage, channel, cohort_month

    ),

    rated as (

        select
            counted.*,
            steps.step_rank,
            steps.stage_owner,
            counted.converted / nullif(counted.entered, 0) as rate_to_date,
            {{ wilson_low("counted.converted", "counted.entered") }} as ci_low,
            {{ wilson_high("counted.converted", "counted.entered") }} as ci_high,
            coalesce(
                counted.open = 0
                or date_diff('day', last_day(counted.cohort_month), {{ as_of_date() }}) >= taken.mature_days,
                false
            ) as is_mature
        from counted
        inner join steps on counted.stage = steps.stage and counted.to_stage = steps.to_stage
        left join taken on counted.stage = taken.stage and counted.to_stage = taken.to_stage

    )

select
    -- ids
    strftime(cohort_month, '%Y-%m') || '/' || stage || '/' || to_stage || '/' || channel as funnel_id,
    -- texts
    stage,
    to_stage,
    channel,
    stage_owner,
    nullif({{ because("median_days", "nobody_converted") }}, '') as null_reason,
    -- numerics
    step_rank,
    entered,
    converted,
    lost,
    open,
    rate_to_date,
    ci_low,
    ci_high,
    median_days,
    -- booleans
    is_mature,
    -- dates
    {{ as_of_date() }} as as_of_date,
    cohort_month
from rated
