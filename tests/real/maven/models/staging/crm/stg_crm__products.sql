-- One row per product.
with source as (select * from {{ source("crm", "products") }})

select
    -- texts
    product,
    series,
    -- numerics
    sales_price as list_price_usd
from source
where not _is_deleted
