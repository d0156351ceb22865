-- One row per lead, without what tells who the person is.
select
    -- ids
    lead_id,
    cast(_survivor_key as bigint) as survivor_lead_id,
    sfdc_account_id as account_id,
    utm_campaign_id as campaign_id,
    -- texts
    company as account_name,
    industry,
    lead_source as channel,
    lead_status,
    -- numerics
    lead_score,
    -- booleans
    is_unsubscribed,
    -- dates
    created_at,
    {{ business_date("created_at") }} as created_date,
    updated_at
from {{ source("marketo", "leads") }}
where not _is_deleted
