-- One row per appointment in the sheet of inside sales.
select
    -- ids
    appointment_id,
    lead_id,
    opportunity_id,
    campaign_id,
    -- texts
    owner,
    channel,
    status as status_raw,
    case
        when status = '予定'
        then 'planned'
        when status = '実施'
        then 'held'
        when status = '中止'
        then 'cancelled'
        when status = '無断欠席'
        then 'no_show'
    end as status,
    disposition as disposition_raw,
    case
        when disposition = '有効'
        then 'valid'
        when disposition = '時期尚早'
        then 'too_early'
        when disposition = '対象外'
        then 'out_of_scope'
        when disposition = '競合決定'
        then 'lost_to_competitor'
    end as disposition,
    -- dates
    set_date,
    scheduled_date,
    held_date,
    disposition_date
from {{ source("insidesales", "appointments") }}
where not _is_deleted
