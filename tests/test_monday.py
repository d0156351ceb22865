"""The twelve questions of a Monday: the page's queries are run on the demo company's published file, read-only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from tests.companies import Companies

PAGE = Path(__file__).parent.parent / "docs/monday.md"
SECTIONS = re.findall(
    r"^## (\d+)\. (.+?)\n\n(.+?)\n\n```sql\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


def test_there_are_twelve_questions_in_both_languages_with_one_query_each() -> None:
    assert [int(number) for number, *_ in SECTIONS] == list(range(1, 13))
    assert PAGE.read_text(encoding="utf-8").count("```sql") == 12
    for _, ja, en, _ in SECTIONS:
        assert re.search(r"[ぁ-ん]", ja) and en.isascii() and en.endswith("?")


@pytest.mark.parametrize(("number", "sql"), [(number, sql) for number, _, _, sql in SECTIONS])
def test_the_query_answers_with_rows_that_say_something(companies: Companies, number: str, sql: str) -> None:
    with open_engine(companies.ran().published, read_only=True) as engine:
        table = engine.table(sql)
    assert table.rows, number
    assert all(any(value is not None for value in column) for column in zip(*table.rows, strict=True)) or number in ("7", "12")


def test_the_tables_that_the_design_names_are_asked() -> None:
    asked = {number: sql for number, _, _, sql in SECTIONS}
    named = {
        "1": ["p_attain", "landing_p10", "landing_p50", "landing_p90"],
        "2": ["pace", "target_to_date", "required_per_business_day"],
        "3": ["gap_decomposition", "cohort_landing"],
        "4": ["factor", "controller"],
        "5": ["v_latest_guardrail"],
        "6": ["latest_useful_month", "required_p80", "funnel_lag"],
        "7": ["action"],
        "8": ["initiative_effect", "grade", "readable_from"],
        "9": ["campaign_feedback", "attribution"],
        "10": ["feedback_rate", "count_agreement"],
        "11": ["pipeline_movement", "shortfall_share"],
        "12": ["action", "backtest"],
    }
    for number, words in named.items():
        assert all(word in asked[number] for word in words), number
