-- One row per deal and entry into one of its stages: opportunity, valid_opportunity, won, lost. Skipped
-- ones are implied.
with

    visits as (select * from {{ ref("int_stage_visits") }}),

    opportunities as (select * from {{ ref("int_opportunities") }}),

    entered as (

        select opportunity_id, stage, false as is_inferred, is_last, entered_date, entered_at
        from visits
        where stage in ('opportunity', 'valid_opportunity', 'won', 'lost')

    ),

    implied_opportunities as (

        select
            opportunity_id,
            'opportunity' as stage,
            true as is_inferred,
            false as is_last,
            min(entered_date) as entered_date,
            min(entered_at) as entered_at
        from visits
        group by opportunity_id
        having count(*) filter (stage = 'opportunity') = 0

    ),

    implied_valid_opportunities as (

        select
            opportunity_id,
            'valid_opportunity' as stage,
            true as is_inferred,
            false as is_last,
            min(entered_date) filter (implied_stage = 'valid_opportunity') as entered_date,
            min(entered_at) filter (implied_stage = 'valid_opportunity') as entered_at
        from visits
        group by opportunity_id
        having
            count(*) filter (stage = 'valid_opportunity') = 0
            and count(*) filter (implied_stage = 'valid_opportunity') > 0

    ),

    entries as (

        select *
        from entered
        union all
        select *
        from implied_opportunities
        union all
        select *
        from implied_valid_opportunities

    ),

    numbered as (

        select
            -- ids
            entries.opportunity_id,
            -- texts
            entries.stage,
            -- numerics
            row_number() over (
                partition by entries.opportunity_id, entries.stage order by entries.entered_at
            ) as entry_no,
            -- booleans
            entries.is_inferred,
            entries.is_last,
            -- dates
            case
                when entries.stage = 'won' and entries.is_last
                then {{ won_date("entries.entered_date", "opportunities.close_date") }}
                else entries.entered_date
            end as entered_date,
            entries.entered_at
        from entries
        inner join opportunities on entries.opportunity_id = opportunities.opportunity_id

    )

select *
from numbered
