-- One row per employee, by handle.
select
    -- ids
    owner,
    -- texts
    department,
    team,
    -- booleans
    is_active
from {{ ref("stg_salesforce__users") }}
