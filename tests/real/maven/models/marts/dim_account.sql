-- One row per account, without its name.
with accounts as (select * from {{ ref("stg_crm__accounts") }})

select account_id, sector, country, employees, revenue_musd
from accounts
