-- One row per issue that a department has raised by the as-of date; what it is about in words stays private.
with

    issues as (select * from {{ ref("fct_issues") }} where opened_date <= {{ as_of_date() }}),

    known as (

        select *, case when closed_date <= {{ as_of_date() }} then closed_date end as closed from issues

    )

select
    -- ids
    issue_id,
    -- texts
    raised_by,
    metric as kpi,
    owner,
    nullif(
        concat_ws(
            ';',
            case when metric is null then 'kpi=not_named' end,
            case when closed is null then 'closed=still_open' end
        ),
        ''
    ) as null_reason,
    -- numerics
    date_diff('day', opened_date, coalesce(closed, {{ as_of_date() }})) as age_days,
    -- booleans
    closed is null as is_open,
    -- dates
    {{ as_of_date() }} as as_of_date,
    opened_date as opened,
    closed
from known
