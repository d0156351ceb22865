-- One row per deal on sales' own list.
select
    -- ids
    opportunity_id,
    -- texts
    owner,
    -- booleans
    is_valid,
    -- dates
    judged_date
from {{ source("sales", "judgements") }}
where not _is_deleted
