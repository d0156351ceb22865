-- One row per deal, touch and model of attribution that gives the touch a credit. A deal without touch has
-- one row
-- per model, 'unattributed'.
with

    opportunities as (
        select * from {{ ref("fct_opportunities") }} where opportunity_date <= {{ as_of_date() }}
    ),

    touches as (select * from {{ ref("fct_touches") }} where touched_date <= {{ as_of_date() }}),

    qualifying as (

        select
            opportunities.opportunity_id,
            touches.touch_id,
            touches.campaign_id,
            touches.channel,
            touches.kind,
            touches.is_lead_creation,
            touches.touched_date,
            row_number() over (
                partition by opportunities.opportunity_id
                order by touches.touched_date, touches.touched_at nulls last, touches.touch_id
            ) as touch_no,
            count(*) over (partition by opportunities.opportunity_id) as touches
        from opportunities
        inner join
            touches
            on opportunities.account_id = touches.account_id
            and touches.touched_date <= opportunities.opportunity_date
            and touches.touched_date
            >= opportunities.opportunity_date - cast({{ var("attribution_lookback_days", 180) }} as integer)

    ),

    milestones as (

        select
            *,
            touch_no = 1 as holds_first_touch,
            touch_no = touches as holds_opportunity_creation,
            coalesce(
                touch_no = min(touch_no) filter (is_lead_creation) over (partition by opportunity_id), false
            ) as holds_lead_creation
        from qualifying

    ),

    middles as (

        select
            *,
            count(*) filter (
                not (holds_first_touch or holds_lead_creation or holds_opportunity_creation)
            ) over (partition by opportunity_id) as middle_touches
        from milestones

    ),

    shares as (

        select *, 'first' as model, cast(holds_first_touch as double) as share
        from middles
        union all
        select *, 'last' as model, cast(holds_opportunity_creation as double) as share
        from middles
        union all
        select *, 'linear' as model, cast(1 as double) as share
        from middles
        union all
        select
            *,
            'w_shaped' as model,
            {{
                w_shaped_share(
                    "holds_first_touch",
                    "holds_lead_creation",
                    "holds_opportunity_creation",
                    "middle_touches",
                )
            }} as share
        from middles

    ),

    credits as (

        select *, share / nullif(sum(share) over (partition by opportunity_id, model), 0) as credit
        from shares

    ),

    models as (select * from (values ('first'), ('last'), ('linear'), ('w_shaped')) as models(model)),

    untouched as (

        select
            opportunities.opportunity_id,
            'unattributed' as touch_id,
            'unattributed' as channel,
            'unattributed' as kind,
            models.model,
            1 as touch_no,
            0 as touches,
            cast(1 as double) as credit
        from opportunities
        anti join qualifying on opportunities.opportunity_id = qualifying.opportunity_id
        cross join models

    ),

    credited as (

        select
            opportunity_id,
            touch_id,
            campaign_id,
            channel,
            kind,
            model,
            touch_no,
            touches,
            credit,
            touched_date
        from credits
        where credit > 0
        union all by name
        select *
        from untouched

    ),

    -- amounts are rounded along the sum of the credits, so that those of a deal sum to its amount to the yen
    cumulated as (

        select
            credited.*,
            opportunities.amount,
            opportunities.opportunity_date,
            sum(credited.credit) over deal as credit_so_far,
            lead(credited.touch_no) over deal is null as is_last
        from credited
        inner join opportunities on credited.opportunity_id = opportunities.opportunity_id
        window deal as (partition by credited.opportunity_id, credited.model order by credited.touch_no)

    ),

    rounded as (

        select
            *,
            case
                when is_last then amount else cast(round(amount * credit_so_far) as decimal(18, 2))
            end as amount_so_far
        from cumulated

    ),

    amounts as (

        select
            *,
            cast(
                amount_so_far - lag(amount_so_far, 1, 0) over (
                    partition by opportunity_id, model order by touch_no
                ) as decimal(18, 2)
            ) as credited_amount
        from rounded

    )

select
    -- ids
    opportunity_id,
    touch_id,
    campaign_id,
    -- texts
    model,
    channel,
    kind,
    nullif(
        concat_ws(
            ';',
            {{ because("campaign_id", "not_known") }},
            {{ because("touched_date", "no_touch") }},
            {{ because("credited_amount", "amount_unknown") }}
        ),
        ''
    ) as null_reason,
    -- numerics
    touch_no,
    touches,
    credit,
    credited_amount,
    -- dates
    {{ as_of_date() }} as as_of_date,
    opportunity_date,
    touched_date
from amounts
