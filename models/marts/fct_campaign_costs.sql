-- One row per campaign and month.
select
    -- ids
    campaign_id || '/' || strftime(cost_month, '%Y-%m') as campaign_cost_id,
    campaign_id,
    -- texts
    channel,
    currency,
    -- numerics
    cost,
    -- dates
    cost_month
from {{ ref("stg_finance__campaign_costs") }}
