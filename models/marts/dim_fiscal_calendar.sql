-- One row per date of the company's fiscal calendar.
with calendar as (select * from {{ source("kgi", "fiscal_calendar") }}) select * from calendar
