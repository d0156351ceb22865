-- One row per stage of Salesforce: the stage of the funnel, and the stage that a deal has passed unseen
-- where that was skipped.
-- A new stage in Salesforce needs a row here; until then the check of the stage visits fails.
select *
from
    (
        values
            ('商談化', 'opportunity', null),
            ('有効商談', 'valid_opportunity', null),
            ('提案', 'proposal', 'valid_opportunity'),
            ('見積', 'quote', 'valid_opportunity'),
            ('受注', 'won', 'valid_opportunity'),
            ('失注', 'lost', null)
    ) as stages(stage_raw, stage, implied_stage)
