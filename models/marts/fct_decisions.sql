-- One row per decision on a goal.
select
    -- ids
    decision_id,
    kgi_id,
    -- texts
    action,
    decision,
    owner,
    cycle,
    -- booleans
    done_date is not null as is_done,
    coalesce(done_date <= due_date, false) as is_done_in_time,
    -- dates
    decided_date,
    due_date,
    done_date
from {{ ref("stg_sharing__decisions") }}
