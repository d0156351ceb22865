-- One row per date.
select * from {{ source("kgi", "fiscal_calendar") }}
