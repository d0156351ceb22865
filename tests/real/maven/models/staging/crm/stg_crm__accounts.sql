-- One row per account.
with source as (select * from {{ source("crm", "accounts") }})

select
    -- ids; the name is the key of the CRM, the id is what leaves the warehouse
    md5(account_name) as account_id,
    -- texts
    account_name,
    case when sector = 'technolgy' then 'technology' else sector end as sector,
    case when office_location = 'Philipines' then 'Philippines' else office_location end as country,
    -- numerics
    employees,
    revenue as revenue_musd
from source
where not _is_deleted
