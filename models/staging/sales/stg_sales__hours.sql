-- One row per line of the daily reports of sales.
select
    -- ids
    hours_id,
    appointment_id,
    opportunity_id,
    -- texts
    owner,
    kind,
    -- numerics
    cast(hours as decimal(18, 2)) as hours,
    -- dates
    worked_date
from {{ source("sales", "hours") }}
where not _is_deleted
