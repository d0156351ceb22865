-- One row per person, campaign, kind of touch and day: activities that name a campaign, and appointments.
-- What a
-- person does more than once on a day is one touch.
with

    activities as (select * from {{ ref("stg_marketo__activities") }}),

    appointments as (select * from {{ ref("int_appointments") }}),

    leads as (select * from {{ ref("int_leads") }}),

    persons as (select * from {{ ref("int_persons") }}),

    campaigns as (select * from {{ ref("dim_campaign") }}),

    -- millions of activities become days of leads before anything is joined
    lead_days as (

        select
            lead_id,
            campaign_id,
            activity_type_id,
            happened_date,
            min(happened_at) as happened_at,
            count(*) as activities
        from activities
        where campaign_id is not null
        group by lead_id, campaign_id, activity_type_id, happened_date

    ),

    campaign_touches as (

        select
            leads.person_id,
            lead_days.campaign_id,
            case
                when lead_days.activity_type_id = 2
                then 'form'
                when lead_days.activity_type_id = 46
                then 'interesting_moment'
                when lead_days.activity_type_id = 104
                then 'program_status'
                else 'activity_' || lead_days.activity_type_id
            end as kind,
            lead_days.happened_date as touched_date,
            min(lead_days.happened_at) as touched_at,
            cast(sum(lead_days.activities) as bigint) as activities
        from lead_days
        inner join leads on lead_days.lead_id = leads.lead_id
        group by 1, 2, 3, 4

    ),

    appointment_touches as (

        select
            person_id,
            coalesce(campaign_id, '(none)') as campaign_id,
            'appointment' as kind,
            set_date as touched_date,
            cast(null as timestamp) as touched_at,
            count(*) as activities
        from appointments
        where person_id is not null
        group by person_id, campaign_id, set_date

    ),

    touches as (

        select *
        from campaign_touches
        union all
        select *
        from appointment_touches

    ),

    -- the touch that made the person known: the first of the day on which the person begins, else the last
    -- one before it
    lead_creations as (

        select touches.person_id, touches.campaign_id, touches.kind, touches.touched_date
        from touches
        inner join persons on touches.person_id = persons.person_id
        where touches.touched_date <= persons.begins_date
        qualify
            row_number() over (
                partition by touches.person_id
                order by
                    touches.touched_date desc,
                    touches.touched_at nulls last,
                    touches.campaign_id,
                    touches.kind
            )
            = 1

    ),

    touches_with_person as (

        select
            -- ids
            touches.person_id
            || '/'
            || touches.kind
            || '/'
            || touches.campaign_id
            || '/'
            || touches.touched_date as touch_id,
            touches.person_id,
            persons.account_id,
            nullif(touches.campaign_id, '(none)') as campaign_id,
            -- texts
            touches.kind,
            coalesce(campaigns.channel, persons.channel) as channel,
            -- numerics
            touches.activities,
            -- booleans
            lead_creations.person_id is not null as is_lead_creation,
            -- dates
            touches.touched_date,
            touches.touched_at
        from touches
        inner join persons on touches.person_id = persons.person_id
        left join campaigns on touches.campaign_id = campaigns.campaign_id
        left join
            lead_creations
            on touches.person_id = lead_creations.person_id
            and touches.campaign_id = lead_creations.campaign_id
            and touches.kind = lead_creations.kind
            and touches.touched_date = lead_creations.touched_date

    )

select *
from touches_with_person
