"""The demo's metrics of companies along the buying group, on a funnel that can be counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipeline.decode import read, read_text
from pipeline.engines.duckdb import open_engine
from pipeline.metrics import Question, SemanticManifest, compile_question, read_semantics
from pipeline.shapes import Relation

ROOT = Path(__file__).parents[2]
JANUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 3, 1)
FUNNEL = [  # company, person, stage, first entry, day
    ("A", "a1", "mql", True, "2026-01-05"),
    ("A", "a2", "mql", True, "2026-01-20"),
    ("A", "a2", "mql", False, "2026-03-20"),  # a later entry does not count
    ("A", "a1", "appointment", True, "2026-01-10"),
    ("A", "a2", "appointment", True, "2026-03-02"),
    ("A", "a1", "valid_opportunity", True, "2026-03-10"),
    ("A", "a2", "valid_opportunity", True, "2026-03-11"),
    ("B", "b1", "mql", True, "2026-01-06"),
    ("B", "b1", "appointment", True, "2026-01-12"),
    (None, "c1", "mql", True, "2026-01-07"),
    (None, "c1", "appointment", True, "2026-01-13"),
    ("D", "d1", "mql", True, "2026-03-09"),
    ("D", "d1", "valid_opportunity", True, "2026-10-01"),  # too late: more than 180 days
]


def semantics() -> SemanticManifest:
    paths = sorted((ROOT / "metrics").glob("*.yml"))
    return read_semantics((read(read_text(path, path.name), path.name) for path in paths), lambda name: Relation("m", name))


def ask(*metrics: str) -> dict[dt.date, tuple[object, ...]]:
    compiled = compile_question(semantics(), Question(metrics, ("metric_time__month",)))
    with open_engine(None) as engine:
        engine.execute("create schema m")
        engine.execute(
            """create table m.fct_funnel (funnel_entry_id int, account_id varchar, person_id varchar, stage varchar,
            is_counted boolean, entered_date date)"""
        )
        names = ["funnel_entry_id", "account_id", "person_id", "stage", "is_counted", "entered_date"]
        engine.insert("m.fct_funnel", names, [(n, *row) for n, row in enumerate(FUNNEL)])
        return {row[0]: row[1:] for row in engine.rows(compiled.sql)}


def test_a_company_counts_once_at_each_stage_however_many_persons_it_sends() -> None:
    found = ask("accounts_with_mql", "accounts_with_appointment", "persons_with_appointment", "accounts_with_valid_opportunity")
    assert found == {JANUARY: (2, 2, 2, None), MARCH: (1, 1, 1, 1), dt.date(2026, 10, 1): (None, None, None, 1)}


def test_a_buying_group_is_a_company_of_which_two_persons_were_met() -> None:
    assert ask("buying_groups_met") == {JANUARY: (1,), MARCH: (1,)}


def test_companies_are_followed_from_their_latest_mql_to_a_valid_opportunity() -> None:
    found = ask("account_mql_to_valid_opportunity_rate")
    assert found == {JANUARY: (0.5,), MARCH: (None,)}  # A of A and B; of D nothing within 180 days


def test_persons_met_per_company_divides_the_two_counts() -> None:
    assert ask("persons_met_per_account") == {JANUARY: (1.0,), MARCH: (1.0,)}
