-- One row per account; its name stays in the warehouse.
with

    accounts as (select * from {{ ref("int_accounts") }}),

    persons as (select * from {{ ref("int_persons") }}),

    persons_counted as (select account_id, count(*) as persons from persons group by account_id),

    accounts_with_persons as (

        select
            -- ids
            accounts.account_id,
            -- texts
            accounts.industry,
            -- numerics
            coalesce(persons_counted.persons, 0) as persons,
            -- booleans
            accounts.is_in_crm,
            -- dates
            accounts.first_seen_date
        from accounts
        left join persons_counted on accounts.account_id = persons_counted.account_id

    )

select *
from accounts_with_persons
