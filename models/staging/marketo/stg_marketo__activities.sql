-- One row per activity of a lead.
select
    -- ids
    activity_id,
    lead_id,
    campaign_id,
    -- texts
    activity_type_id,
    activity_type,
    case
        when activity_type_id = 13 and primary_attribute_value = 'Lead Status'
        then json_extract_string(attributes, '$."New Value"')
    end as new_lead_status,
    -- dates
    happened_at,
    {{ business_date("happened_at") }} as happened_date,
    recorded_at
from {{ source("marketo", "activities") }}
where not _is_deleted
