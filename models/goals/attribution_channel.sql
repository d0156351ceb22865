-- One row per channel: its share of all deals by each model of attribution, and how far the models disagree.
with

    attribution as (select * from {{ ref("attribution") }}),

    deals as (select count(distinct opportunity_id) as deals from attribution),

    credits as (

        select
            channel,
            coalesce(sum(credit) filter (model = 'first'), 0) as credit_first,
            coalesce(sum(credit) filter (model = 'last'), 0) as credit_last,
            coalesce(sum(credit) filter (model = 'linear'), 0) as credit_linear,
            coalesce(sum(credit) filter (model = 'w_shaped'), 0) as credit_w_shaped
        from attribution
        group by channel

    ),

    shares as (

        select
            credits.*,
            deals.deals,
            credits.credit_first / nullif(deals.deals, 0) as share_first,
            credits.credit_last / nullif(deals.deals, 0) as share_last,
            credits.credit_linear / nullif(deals.deals, 0) as share_linear,
            credits.credit_w_shaped / nullif(deals.deals, 0) as share_w_shaped
        from credits
        cross join deals

    )

select
    -- ids
    channel,
    -- numerics
    credit_first,
    credit_last,
    credit_linear,
    credit_w_shaped,
    deals,
    share_first,
    share_last,
    share_linear,
    share_w_shaped,
    greatest(share_first, share_last, share_linear, share_w_shaped)
    - least(share_first, share_last, share_linear, share_w_shaped) as disagreement_index,
    -- dates
    {{ as_of_date() }} as as_of_date
from shares
