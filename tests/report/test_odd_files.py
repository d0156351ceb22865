"""Files that lack what the demo has: the page is written all the same, and says what is missing instead of failing the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.digest import make_digest
from tests.companies import NIGHTS, Companies
from tests.report.reading import changed, pages_of, section_of

_LANDING = "landing_expected, landing_p10, landing_p50, landing_p90, gap_landing, p_attain, outlook, eta_p50"
_EMPTY = (
    *(
        "main.kgi",
        "main.kpi",
        "main.kgi_tree",
        "main.kpi_target",
        "main.lever",
        "main.action",
        "main.initiative",
        "main.funnel_lag",
    ),
    *(
        "main.initiative_effect",
        "main.guardrail",
        "main.agreement",
        "main.plan_version",
        "main.collaboration",
        "main.restatement",
    ),
    *("ops.load", "ops.check_result", "ops.metric", "ops.lineage", "ops.run", "marts.dim_fiscal_calendar"),
)
ODD: dict[str, tuple[str, ...]] = {
    "nothing at all": tuple(f"delete from {table}" for table in _EMPTY),
    "less is better": ("update main.kgi set direction = 'down'",),
    "a rate": ("update main.kgi set unit = 'rate', target = 0.4, actual = 0.3, target_to_date = 0.4",),
    "no landing": (f"update main.kgi set {', '.join(f'{each.strip()} = null' for each in _LANDING.split(','))}",),
    "no target": ("update main.kgi set target = null, target_to_date = null, gap_to_date = null, pace = null",),
    "not begun": ("update main.kgi set actual = null, gap_to_date = null, pace = null, status = 'not_started'",),
    "half an interval": ("update main.kgi set landing_p10 = null", "update main.initiative_effect set effect = 1, ci_low = null"),
    "levers without an end": ("update main.lever set controller = null, cost = null, latest_useful_month = null",),
    "empty nodes": ("update main.kgi_tree set target = null, target_to_date = null, actual = null, unit = null",),
    "silent guardrails": ("update main.guardrail set value = null, base = null, diff = null, owner = null, text_ja = null",),
    "no numbers": ("update main.kpi set value = null, numerator = null, denominator = null, target = null",),
    "nulls where none belong": (
        "update main.guardrail set period_end = null",
        "update main.gap_decomposition set contribution = null where factor = 'valid_rate'",
        "update main.gap_decomposition set plan = null where kind = 'total'",
        "update main.kgi set period_end = null where grain = 'month' and month(period_start) = 5",
        "update main.kpi set period_end = null where grain = 'month' and month(period_start) = 5",
        "update marts.dim_fiscal_calendar set fiscal_year_start = null where month(date) = 6",
    ),
    "fewer tables": tuple(
        f"drop table main.{each} cascade" for each in ("funnel", "sharing", "campaign_feedback", "pipeline_movement", "lever")
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_page_is_written_of_whatever_the_file_holds(companies: Companies, tmp_path: Path, name: str) -> None:
    copy = changed(companies.ran(nights=NIGHTS).published, tmp_path, *ODD[name])
    pages = pages_of(copy, tmp_path / "pages")
    for language in ("ja", "en"):
        page = pages[language]
        text = page.get_text()
        assert (
            "None" not in section_of(page, "goals").get_text()
            and "nan" not in text.split()
            and len(page.find_all("section")) >= 18
        )
    make_digest(copy, tmp_path / "no.status.json", "ja")
