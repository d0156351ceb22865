-- One row per check that sales made when it judged a deal.
select
    -- ids
    qualification_id,
    opportunity_id,
    -- texts
    owner,
    -- numerics
    purchase_within_months,
    -- booleans
    is_budget_known,
    is_decision_maker_attended,
    -- dates
    qualified_at,
    {{ business_date("qualified_at") }} as qualified_date
from {{ source("salesforce", "opportunity_qualification") }}
where not _is_deleted
