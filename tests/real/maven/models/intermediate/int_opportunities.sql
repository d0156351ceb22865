-- One row per opportunity, with the keys of its team, account and product in the place of their names.
with

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    sales_agents as (select * from {{ ref("stg_crm__sales_agents") }}),

    teams as (select * from {{ ref("int_teams") }}),

    accounts as (select * from {{ ref("stg_crm__accounts") }}),

    products as (select * from {{ ref("stg_crm__products") }}),

    keyed_opportunities as (

        select
            -- ids
            opportunities.opportunity_id,
            teams.team_id,
            accounts.account_id,
            -- texts
            opportunities.product,
            opportunities.stage,
            -- numerics
            opportunities.won_amount_usd,
            products.list_price_usd,
            -- booleans
            opportunities.account_name is null as is_without_account,
            -- dates
            opportunities.engage_date,
            opportunities.close_date
        from opportunities
        left join sales_agents on opportunities.sales_agent = sales_agents.sales_agent
        left join
            teams
            on sales_agents.manager = teams.manager
            and sales_agents.regional_office = teams.regional_office
        left join accounts on opportunities.account_name = accounts.account_name
        left join products on opportunities.product = products.product

    )

select *
from keyed_opportunities
