-- One row per stage of the funnel: its rank and the entity that passes it.
select *
from
    (
        values
            ('lead', 10, 'person_cycle'),
            ('mql', 20, 'person_cycle'),
            ('appointment', 30, 'person_cycle'),
            ('opportunity', 40, 'opportunity'),
            ('valid_opportunity', 50, 'opportunity'),
            ('proposal', 60, 'opportunity'),
            ('quote', 70, 'opportunity'),
            ('won', 90, 'opportunity'),
            ('lost', 95, 'opportunity')
    ) as stages(stage, stage_rank, entity_type)
