-- One row per change of a deal's stage or amount; those of deleted deals are not there.
select
    -- ids
    opportunity_history_id,
    opportunity_id,
    -- texts
    stage as stage_raw,
    currency,
    -- numerics
    cast(amount as decimal(18, 2)) as amount,
    -- dates
    changed_at,
    {{ business_date("changed_at") }} as changed_date,
    close_date,
    recorded_at
from {{ source("salesforce", "opportunity_history") }}
where not _is_deleted
