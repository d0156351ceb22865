-- One row per lead.
with source as (select * from {{ source("olist", "mqls") }})

select
    -- ids
    mql_id,
    -- texts; an empty origin was not recorded, unknown is what somebody recorded
    coalesce(origin, 'not_recorded') as channel,
    -- dates
    first_contact_date
from source
where not _is_deleted
