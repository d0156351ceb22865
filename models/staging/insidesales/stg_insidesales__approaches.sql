-- One row per approach of inside sales to a lead.
select
    -- ids
    approach_id,
    lead_id,
    -- texts
    owner,
    kind as kind_raw,
    case when kind = '電話' then 'call' when kind = 'メール' then 'mail' when kind = '訪問' then 'visit' end as kind,
    outcome as outcome_raw,
    case
        when outcome = 'アポ獲得'
        then 'appointment'
        when outcome = '不在'
        then 'absent'
        when outcome = '断り'
        then 'declined'
        when outcome = '連絡不要'
        then 'opt_out'
    end as outcome,
    -- numerics
    score,
    -- dates
    approached_at,
    {{ business_date("approached_at") }} as approached_date
from {{ source("insidesales", "approaches") }}
where not _is_deleted
