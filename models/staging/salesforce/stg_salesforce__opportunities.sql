-- One row per deal as the newest readable report shows it.
select
    -- ids
    opportunity_id,
    account_id,
    primary_campaign_id as campaign_id,
    -- texts
    account_name,
    owner_name,
    stage as stage_raw,
    lead_source,
    lost_reason,
    -- numerics
    cast(amount as decimal(18, 2)) as amount,
    -- booleans
    is_valid,
    -- dates
    created_date,
    close_date,
    updated_at
from {{ source("salesforce", "opportunity") }}
where not _is_deleted
