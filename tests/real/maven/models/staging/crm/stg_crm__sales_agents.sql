-- One row per sales agent.
with source as (select * from {{ source("crm", "sales_teams") }})

select
    -- texts
    sales_agent, manager, regional_office
from source
where not _is_deleted
