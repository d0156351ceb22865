-- One row per appointment in the sheet of inside sales.
select
    -- ids
    appointment_id,
    person_cycle_id,
    person_id,
    opportunity_id,
    account_id,
    campaign_id,
    -- texts
    channel,
    owner,
    status,
    disposition,
    -- booleans
    has_deleted_opportunity,
    -- dates
    set_date,
    scheduled_date,
    held_date,
    disposition_date
from {{ ref("int_appointments") }}
