"""The ledger of initiatives, their effects and what they cover, on a few channels whose months are written down here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.findings import Finding
from pipeline.goals import Initiative, MetricFact, Scorecard, check_scorecard, score
from pipeline.goals.acting.worth import initiative_coverage, slope, time_share, worth
from pipeline.goals.calendar import add_months, fiscal_calendar
from pipeline.goals.plan import Plan, make_plan
from pipeline.goals.score import calendar_span
from pipeline.metrics import Question
from pipeline.shapes import Table
from tests.goals.files import COMPANY, PIPELINE, asking, goal_of
from tests.goals.test_initiative_reading import KNOWN, initiative_of

AS_OF = dt.date(2026, 9, 20)
FLAT = {name: each for name, each in KNOWN.items() if each.follows is None}
CONTENT = (20, 22, 19, 21, 23, 20, 18, 21, 22, 20, 19, 21, 20, 22, 21, 20, 19)
WEBINAR = (10, 12, 9, 11, 12, 10, 9, 11, 12, 10, 9, 11, 10, 12, 11, 10, 9)
"""Appointments by month from April 2025 to August 2026."""
SUMMER: dict[str, str | None] = {
    "planned": "{from: 2026-06-01, to: 2026-08-31, cost: 900000}",
    "done": "{from: 2026-06-01, to: 2026-08-31, cost: 1000000}",
    "compare": "{method: did, treated: {channel: webinar}, control: {channel: content}}",
    "expected": "{effect: 24, unit: 件}",
}


def ask_of(added: int) -> Callable[[Question], Table]:
    """Return an `ask` over the months above; from June 2026 the webinar has so many appointments more in each month."""
    engine = open_engine(None)
    engine.execute("create table events (day date, stage varchar, channel varchar, amount decimal(18, 2))")
    for at, (content, webinar) in enumerate(zip(CONTENT, WEBINAR, strict=True)):
        day = add_months(dt.date(2025, 4, 1), at)
        more = added if day >= dt.date(2026, 6, 1) else 0
        for channel, count in (("content", content), ("webinar", webinar + more)):
            engine.execute("insert into events select ?::date, 'appointment', ?, null from range(?)", [day, channel, count])
    return asking(engine)


def scored(*initiatives: Initiative, added: int = 8, as_of: dt.date = AS_OF, **goal: str) -> Scorecard:
    goals = (goal_of(**{**PIPELINE, **goal}),)
    card = score(goals, FLAT, ask_of(added), COMPANY, as_of, "run-1", initiatives=initiatives)
    assert check_scorecard(card) == ()
    return card


def effect(card: Scorecard) -> dict[str, Any]:
    (row,) = card.rows("initiative_effect")
    return dict(row)


def said(card: Scorecard, code: str) -> list[Finding]:
    return [each for each in card.findings if each.code == code]


def test_an_initiative_that_works_is_found_with_its_cost() -> None:
    row = effect(scored(initiative_of(**SUMMER)))
    before = [w - c for w, c in zip(WEBINAR[2:14], CONTENT[2:14], strict=True)]
    after = [w + 8 - c for w, c in zip(WEBINAR[14:], CONTENT[14:], strict=True)]
    by_hand = 3 * (sum(after) / 3 - sum(before) / 12)
    assert row["effect"] == pytest.approx(by_hand)
    assert row["ci_low"] > 0
    assert (row["claim"], row["grade"], row["placebo_ok"], row["method"]) == ("effect", "B", True, "did")
    assert (row["n_treated"], row["n_control"], row["maturity"], row["readable_from"]) == (3, 3, 1.0, dt.date(2026, 8, 31))
    # one appointment is worth 240M / 200 by the plan: 0.40 x 3,000,000
    assert row["kgi_effect"] == pytest.approx(by_hand * 1_200_000)
    assert float(row["cost_per_effect"]) == pytest.approx(1_000_000 / by_hand, abs=0.01)
    assert (row["kgi_id"], row["unit"], row["expected_effect"]) == ("mktg_pipeline", "件", 24)


def test_an_initiative_that_does_nothing_claims_nothing() -> None:
    card = scored(initiative_of(**SUMMER), added=0)
    row = effect(card)
    assert row["ci_low"] < 0 < row["ci_high"]
    assert (row["claim"], row["kgi_effect"], row["cost_per_effect"]) == ("none", None, None)
    assert "kgi_effect=no_effect_claimed;cost_per_effect=no_effect_claimed" in row["null_reason"]


def test_one_that_harms_is_said_to_be_the_opposite_of_what_was_expected() -> None:
    row = effect(scored(initiative_of(**SUMMER), added=-8))
    assert (row["claim"], row["cost_per_effect"]) == ("opposite", None)
    assert row["kgi_effect"] < 0


@pytest.mark.parametrize(("method", "grade"), [("series", "C"), ("before_after", "D")])
def test_the_other_methods_find_it_too_with_a_weaker_grade(method: str, grade: str) -> None:
    control = ", control: {channel: content}" if method == "series" else ""
    compare = f"{{method: {method}, treated: {{channel: webinar}}{control}}}"
    row = effect(scored(initiative_of(**{**SUMMER, "compare": compare})))
    assert (row["claim"], row["grade"]) == ("effect", grade)
    assert 24 * 0.8 < row["effect"] < 24 * 1.2


def test_nothing_is_read_before_four_fifths_of_the_months_are_over() -> None:
    card = scored(initiative_of(**SUMMER), as_of=dt.date(2026, 8, 30))
    row = effect(card)
    assert (row["effect"], row["ci_low"], row["claim"], row["readable_from"]) == (None, None, None, dt.date(2026, 8, 31))
    assert row["maturity"] == pytest.approx(61 / 92)
    assert row["mde"] > 0
    assert "effect=not_yet_readable" in row["null_reason"]
    (told,) = said(card, "initiative_not_readable")
    assert told.text() == (
        "the effect of the initiative 'webinar_autumn' can be read from 2026-08-31; 66 % of its outcome is known (W222)"
    )
    assert "2026-08-31 から" in told.text("ja")


def test_an_initiative_that_expects_less_than_can_be_told_from_chance_is_warned_of() -> None:
    card = scored(initiative_of(**{**SUMMER, "expected": "{effect: 2, unit: 件}"}))
    (told,) = said(card, "initiative_underpowered")
    assert "expects 2" in told.text()
    assert "(W223)" in told.text("ja")
    assert not said(scored(initiative_of(**SUMMER)), "initiative_underpowered")


def test_a_member_that_never_was_is_told_and_not_taken_for_an_effect() -> None:
    compare = "{method: did, treated: {channel: webinr}, control: {channel: content}}"
    card = scored(initiative_of(**{**SUMMER, "compare": compare}))
    (told,) = said(card, "initiative_unknown_member")
    assert told.text() == "the initiative 'webinar_autumn' names 'webinr', which 'channel' has never had"
    assert told.hint_text() == "did you mean webinar?"
    assert (effect(card)["effect"], "effect=member_unknown" in effect(card)["null_reason"]) == (None, True)


def test_months_before_the_first_number_are_no_baseline() -> None:
    written = (
        "{method: did, treated: {channel: webinar}, control: {channel: content}, before: {from: 2024-04-01, to: 2026-05-31}}"
    )
    row = effect(scored(initiative_of(**{**SUMMER, "compare": written})))
    before = [w - c for w, c in zip(WEBINAR[:14], CONTENT[:14], strict=True)]
    after = [w + 8 - c for w, c in zip(WEBINAR[14:], CONTENT[14:], strict=True)]
    assert row["effect"] == pytest.approx(3 * (sum(after) / 3 - sum(before) / 14))


def test_the_ledger_says_what_is_planned_and_done() -> None:
    planned = initiative_of(name="later", planned="{from: 2026-10-01, to: 2026-11-30}", done=None, sales_members=None)
    first, second = scored(initiative_of(**SUMMER), planned).rows("initiative")
    assert (first["state"], first["sales_members"], float(str(first["actual_cost"]))) == ("done", 1, 1_000_000)
    assert (first["treated"], first["control"]) == ("channel: webinar", "channel: content")
    assert (first["expected_kgi_effect"], first["time_share"]) == (pytest.approx(24 * 1_200_000), 0.0)
    assert (second["state"], second["done_from"], second["planned_cost"], second["time_share"]) == ("planned", None, None, 1.0)
    assert second["null_reason"] == (
        "done_from=not_begun;done_to=not_over;planned_cost=not_given;actual_cost=not_given;decision=not_decided"
    )


def test_a_kpi_that_leads_to_no_goal_is_told() -> None:
    card = scored(initiative_of(**{**SUMMER, "kpi": "opportunities"}))
    (told,) = said(card, "initiative_no_goal")
    assert told.text() == "the KPI 'opportunities' of the initiative 'webinar_autumn' stands in the tree of no KGI"
    assert effect(card)["kgi_id"] is None


def plan() -> Plan:
    goal = goal_of(**PIPELINE)
    return make_plan(goal, {}, fiscal_calendar(COMPANY, *calendar_span([goal], COMPANY, AS_OF)), lambda rule: None, {})


@pytest.mark.parametrize(
    ("name", "per_unit"),
    [
        ("created_pipeline_amount", 1),
        ("valid_opportunities", 3e6),
        ("appointments", 1.2e6),
        ("leads", 1.2e6 * 0.2 * 0.1),
        ("valid_rate", 200 * 3e6),
        ("won", 0),
    ],
)
def test_the_worth_of_a_unit_is_the_slope_of_the_tree(name: str, per_unit: float) -> None:
    assert slope(plan(), name) == pytest.approx(per_unit)


def test_a_rate_is_worth_what_its_cases_become() -> None:
    rate: MetricFact = KNOWN["appointment_to_valid_rate"]
    assert worth(plan(), rate, 0.1, 50) == pytest.approx(0.1 * 50 * 3e6)
    in_tree = replace(KNOWN["valid_rate"], follows=None)
    assert worth(plan(), in_tree, 0.1, 50) == pytest.approx(0.1 * 50 * 3e6)
    assert worth(plan(), rate, 0.1, None) is None
    assert worth(plan(), KNOWN["unit_price"], 100_000, 40) == pytest.approx(100_000 * 40)


def test_only_what_still_comes_in_time_covers_the_gap() -> None:
    running = initiative_of(planned="{from: 2026-10-01, to: 2026-10-10}", done=None)
    assert time_share(running, dt.date(2026, 9, 30), dt.date(2027, 3, 31)) == 1.0
    assert time_share(running, dt.date(2026, 10, 4), dt.date(2027, 3, 31)) == 0.6
    assert time_share(running, dt.date(2026, 10, 10), dt.date(2027, 3, 31)) == 0.0
    assert time_share(running, dt.date(2026, 9, 30), dt.date(2026, 10, 4)) == 0.4
    assert time_share(running, dt.date(2026, 9, 30), dt.date(2026, 9, 30)) == 0.0
    late = time_share(running, dt.date(2026, 9, 30), dt.date(2026, 10, 12), lambda days: 1.0 if days >= 5 else 0.0)
    assert late == 0.7


@pytest.mark.parametrize(
    ("uplifts", "gap", "covered", "reason"),
    [
        ((), 100.0, 0.0, None),
        ((30.0, None, 20.0), 100.0, 0.5, None),
        ((30.0,), 0.0, None, "no_gap"),
        ((30.0,), -5.0, None, "no_gap"),
        ((30.0,), None, None, "no_gap_known"),
    ],
)
def test_the_coverage_of_a_gap(
    uplifts: tuple[float | None, ...], gap: float | None, covered: float | None, reason: str | None
) -> None:
    assert initiative_coverage(uplifts, gap) == (covered, reason)


def test_the_goal_says_how_much_of_its_gap_its_initiatives_cover() -> None:
    """Appointments are the goal, with 200 to reach: what is still expected to come is by the landing's own numbers."""
    goal = {"metric": "appointments", "unit": "件", "phase": "early", "target": "{value: 900}", "tree": None, "plan_rates": None}
    later = initiative_of(planned="{from: 2026-10-01, to: 2026-11-30}", done=None)
    half = initiative_of(name="b", planned="{from: 2026-08-22, to: 2026-10-20}", done="{from: 2026-08-22}")
    card = scored(later, half, added=0, **goal)  # type: ignore[arg-type]
    (period,) = [row for row in card.kgi if row.grain == "period"]
    assert period.landing_expected is not None
    assert period.initiative_coverage == pytest.approx((40 + 40 * 30 / 60) / (900 - period.landing_expected))
    assert {row.initiative_coverage for row in card.kgi if row.grain == "month"} == {None}
    assert "initiative_coverage=period_only" in str(card.kgi[1].null_reason)
    (told,) = said(card, "goal_gap_not_covered")
    assert f"cover {round(100 * (period.initiative_coverage or 0))} % of the gap" in told.text()
    assert "(W220)" in told.text("ja")
    (none,) = [row for row in scored(added=0, **goal).kgi if row.grain == "period"]  # type: ignore[arg-type]
    assert none.initiative_coverage == 0


def test_a_reached_goal_has_no_gap_to_cover() -> None:
    goal = {"metric": "appointments", "unit": "件", "phase": "early", "target": "{value: 20}", "tree": None, "plan_rates": None}
    card = scored(initiative_of(**SUMMER), **goal)  # type: ignore[arg-type]
    assert "initiative_coverage=no_gap" in str(card.kgi[0].null_reason)
    assert not said(card, "goal_gap_not_covered")


@pytest.mark.parametrize("kpi", ["appointments", "appointment_to_valid_rate"])
def test_one_that_begins_in_years_has_nothing_to_be_read_yet(kpi: str) -> None:
    expected = "{effect: 24, unit: 件}" if kpi == "appointments" else "{effect: 0.1, unit: rate, cases: 50}"
    later = initiative_of(kpi=kpi, expected=expected, planned="{from: 2028-10-01, to: 2028-11-30}", done=None)
    goals = (goal_of(metric="leads", target="{value: 100}"),)
    facts = {name: KNOWN[name] for name in ("leads", kpi)}
    card = score(goals, facts, ask_of(0), COMPANY, AS_OF, "run-1", initiatives=(later,))
    assert check_scorecard(card) == ()
    row = effect(card)
    assert (row["effect"], row["maturity"]) == (None, 0.0)
    assert (
        row["readable_from"] == dt.date(2028, 11, 30) if kpi == "appointments" else row["readable_from"] > dt.date(2028, 11, 30)
    )
    assert not said(card, "initiative_unknown_member")
