-- One row per decision on a goal.
select
    -- ids
    decision_id,
    -- texts
    kgi as kgi_id,
    action,
    decision as decision_raw,
    case
        when decision = '継続'
        then 'continue'
        when decision = '変更'
        then 'change'
        when decision = '中止'
        then 'stop'
        when decision = '実行'
        then 'do'
    end as decision,
    owner,
    cycle as cycle_raw,
    case when cycle = '週' then 'week' when cycle = '月' then 'month' end as cycle,
    -- dates
    decided_date,
    due_date,
    done_date
from {{ source("sharing", "decisions") }}
where not _is_deleted
