-- One row per issue that a department has raised.
select
    -- ids
    issue_id,
    -- texts
    raised_by as raised_by_raw,
    case
        when raised_by = 'マーケティング'
        then 'marketing'
        when raised_by = 'インサイドセールス'
        then 'inside_sales'
        when raised_by = '営業'
        then 'sales'
    end as raised_by,
    metric,
    owner,
    text,
    -- dates
    opened_date,
    closed_date
from {{ source("sharing", "issues") }}
where not _is_deleted
