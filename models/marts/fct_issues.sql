-- One row per issue that a department has raised; what it is about stays private.
select
    -- ids
    issue_id,
    -- texts
    raised_by,
    metric,
    owner,
    -- booleans
    closed_date is null as is_open,
    -- dates
    opened_date,
    closed_date
from {{ ref("stg_sharing__issues") }}
