-- One row per product.
with products as (select * from {{ ref("stg_crm__products") }})

select product, series, list_price_usd
from products
