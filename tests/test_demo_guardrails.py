"""The guardrails of the demo company: quiet on its usual course, and equal to what hand SQL counts."""

from __future__ import annotations

from typing import Any

from tests.companies import Companies, Ran

MET_AND_VALID = """
    with
        met as (
            select funnel_entry_id, person_id, entered_date
            from marts.fct_funnel
            where stage = 'appointment' and is_counted and entered_date between '{start}' and '{end}'
        ),
        valid as (
            select funnel_entry_id, person_id, entered_date
            from marts.fct_funnel
            where stage = 'valid_opportunity' and is_counted and person_id <> 'unattributed'
        ),
        followed as (
            select met.funnel_entry_id
            from met
            join valid on met.person_id = valid.person_id
            where valid.entered_date >= met.entered_date and valid.entered_date < met.entered_date + {age}
            qualify row_number() over (partition by valid.funnel_entry_id order by met.entered_date desc) = 1
        )
    select (select count(*) from followed), (select count(*) from met)
"""


def said(ran: Ran, name: str, channel: str = "total") -> dict[str, Any]:
    columns = [each for (each,) in ran.rows("select column_name from duckdb_columns() where table_name = 'v_latest_guardrail'")]
    names = ", ".join(columns)
    (row,) = ran.rows(f"select {names} from main.v_latest_guardrail where guardrail = '{name}' and channel = '{channel}'")
    return dict(zip(columns, row, strict=True))


def test_the_usual_company_has_no_breach_and_every_goal_says_how_it_stands(companies: Companies) -> None:
    usual = companies.ran()
    states = dict(usual.rows("select guardrail, state from main.v_latest_guardrail where channel = 'total'"))
    assert set(states) == {
        "appt_quality", "sales_hours", "sales_capacity", "opt_out", "premature_approach", "supply_without_orders",
    }  # fmt: skip
    assert set(states.values()) == {"ok"}
    found = usual.rows("select distinct guardrail_state from main.v_latest_kgi where grain = 'period'")
    assert found == [("ok",)]


def test_the_quality_of_appointments_is_what_hand_sql_counts(companies: Companies) -> None:
    usual = companies.ran()
    row = said(usual, "appt_quality")
    new = MET_AND_VALID.format(start=row["period_start"], end=row["period_end"], age=row["age_days"])
    assert usual.rows(new) == [(row["numerator"], row["n"])]
    base = MET_AND_VALID.format(start="2025-07-01", end="2026-06-30", age=row["age_days"])
    assert (row["base_source"], usual.rows(base)) == ("2025-07..2026-06", [(row["base_numerator"], row["base_n"])])
    (within,) = usual.rows("select sum(numerator), sum(n) from main.v_latest_guardrail"
                           " where guardrail = 'appt_quality' and channel <> 'total'")  # fmt: skip
    assert within == (row["numerator"], row["n"])


def test_shares_of_approaches_are_what_hand_sql_counts(companies: Companies) -> None:
    usual = companies.ran()
    for name, condition in (("opt_out", "is_opt_out"), ("premature_approach", "is_premature")):
        row = said(usual, name)
        days = f"approached_date between '{row['period_start']}' and '{row['period_end']}'"
        counted = usual.rows(f"select count(*) filter (where {condition}), count(*) from marts.fct_approaches where {days}")
        assert counted == [(row["numerator"], row["n"])]


def test_supply_is_held_against_the_agreed_win_rate_by_ripe_deals_only(companies: Companies) -> None:
    usual = companies.ran()
    row = said(usual, "supply_without_orders")
    ripe = "date '2026-11-20' - 365"
    (counted,) = usual.rows(
        "select count(*), count(won.funnel_entry_id) from marts.fct_funnel as valid left join marts.fct_funnel as won"
        " on valid.entity_id = won.entity_id and won.stage = 'won' and won.is_counted"
        " and won.entered_date between valid.entered_date and valid.entered_date + 364"
        f" where valid.stage = 'valid_opportunity' and valid.is_counted and valid.entered_date between '2025-04-01' and {ripe}"
    )
    assert (row["n"], row["numerator"]) == counted
    assert (row["base"], row["base_source"], row["state"]) == (0.3, "win_rate", "ok")
