-- One row per check that sales made when it judged a deal.
select
    -- ids
    qualification_id,
    opportunity_id,
    -- texts
    owner,
    -- numerics
    check_no,
    purchase_within_months,
    -- booleans
    is_budget_known,
    is_decision_maker_attended,
    -- dates
    qualified_date
from {{ ref("int_qualifications") }}
