-- One row per lead that was won.
with source as (select * from {{ source("olist", "closed_deals") }})

select
    -- ids
    mql_id,
    -- texts
    business_segment,
    -- dates
    {{ business_date("won_at") }} as won_date,
    won_at
from source
where not _is_deleted
