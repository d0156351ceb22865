-- One row per campaign and month.
select
    -- ids
    campaign_id,
    -- texts
    campaign_name,
    channel,
    currency,
    -- numerics
    cast(cost as decimal(18, 2)) as cost,
    -- dates
    cast(cost_month || '-01' as date) as cost_month
from {{ source("finance", "campaign_costs") }}
where not _is_deleted
