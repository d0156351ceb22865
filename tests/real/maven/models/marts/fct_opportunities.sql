-- One row per opportunity, in the stage it stands in.
with opportunities as (select * from {{ ref("int_opportunities") }})

select
    -- ids
    opportunity_id,
    team_id,
    account_id,
    -- texts
    product,
    stage,
    -- numerics
    won_amount_usd,
    list_price_usd,
    -- booleans
    stage in ('opportunity', 'valid_opportunity') as is_open,
    -- dates
    engage_date as valid_date,
    close_date
from opportunities
