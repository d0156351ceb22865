-- One row per opportunity. The CRM's stages and the names of products are made ours.
with source as (select * from {{ source("crm", "sales_pipeline") }})

select
    -- ids
    opportunity_id,
    -- texts
    sales_agent,
    account_name,
    -- written without its blank here, with it in the list of products
    case when product = 'GTXPro' then 'GTX Pro' else product end as product,
    case
        deal_stage
        when 'Prospecting'
        then 'opportunity'
        when 'Engaging'
        then 'valid_opportunity'
        else lower(deal_stage)
    end as stage,
    -- numerics; the 0 of a lost deal says that nothing was sold, it is no price
    case when deal_stage = 'Won' then close_value end as won_amount_usd,
    -- dates
    engage_date,
    close_date
from source
where not _is_deleted
