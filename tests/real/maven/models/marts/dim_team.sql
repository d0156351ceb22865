-- One row per team, without the names of the people in it.
with teams as (select * from {{ ref("int_teams") }}) select team_id, regional_office, agents from teams
