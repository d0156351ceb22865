-- One row per employee with a Salesforce user.
select
    -- ids
    user_id,
    handle as owner,
    -- texts
    full_name,
    department,
    team,
    -- booleans
    is_active
from {{ source("salesforce", "user") }}
where not _is_deleted
