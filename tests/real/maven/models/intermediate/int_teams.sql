-- One row per team: the agents of one manager.
with

    sales_agents as (select * from {{ ref("stg_crm__sales_agents") }}),

    teams as (

        select manager, regional_office, count(*) as agents
        from sales_agents
        group by manager, regional_office

    ),

    numbered_teams as (

        select
            -- ids
            lower(regional_office)
            || '-'
            || row_number() over (partition by regional_office order by manager) as team_id,
            -- texts
            manager,
            regional_office,
            -- numerics
            agents
        from teams

    )

select *
from numbered_teams
