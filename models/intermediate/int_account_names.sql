-- One row per way of writing a company that is one company: the plain name and the account it stands for.
with

    opportunities as (select * from {{ ref("stg_salesforce__opportunities") }}),

    leads as (select * from {{ ref("stg_marketo__leads") }}),

    mentions as (

        select {{ plain_company_name("account_name") }} as plain_name, account_id
        from opportunities
        union all
        select {{ plain_company_name("account_name") }} as plain_name, account_id
        from leads

    ),

    names as (

        select
            plain_name,
            -- the account of the CRM where there is one; else an id made of the name, which does not tell
            -- the name
            coalesce(min(account_id), 'name-' || left(md5(plain_name), 16)) as account_id,
            count(distinct account_id) as crm_accounts
        from mentions
        where plain_name is not null
        group by plain_name

    )

select *
from names
