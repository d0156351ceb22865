"""How many more entries a goal takes, and until when one helps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.goals.calendar import fiscal_calendar
from pipeline.goals.flow import Pace
from pipeline.goals.measuring import Measured, Reading, Window
from pipeline.goals.needed import need_of
from pipeline.goals.path import Path
from pipeline.goals.plan import Plan, make_plan
from pipeline.goals.statistics.lag import required_entries
from tests.goals.files import COMPANY, goal_of
from tests.goals.test_landing import AS_OF, entrants, flow

CALENDAR = fiscal_calendar(COMPANY, dt.date(2024, 4, 1), dt.date(2028, 3, 31))
PATH = Path("valid_opportunities", "valid_opportunities", None, "appointments", "rate")
OLD = entrants(dt.date(2026, 3, 2), 100, by_week=(10.0, 30.0, 40.0, 40.0))


def plan_of(target: float, period: str) -> Plan:
    text = {
        "metric": "valid_opportunities",
        "target": f"{{value: {target}}}",
        "period": period,
        "tree": "valid_opportunities: appointments * valid_rate\n",
        "plan_rates": "{agreed: {valid_rate: 0.4}}",
    }
    goal = goal_of(**text)
    return make_plan(goal, {goal.name: goal}, CALENDAR, lambda _: None, {})


def measured(plan: Plan, done: float) -> Measured:
    window = Window("period", plan.goal.period.start, plan.goal.period.end)
    return Measured({("valid_opportunities", None, window): {"total": Reading(done)}})


def test_what_is_missing_is_divided_by_what_an_entry_brings_in_time() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    need = need_of(plan, flow(OLD, path=PATH), measured(plan, 20), CALENDAR)
    assert need.p50 is not None and need.p80 is not None
    assert 40 / 0.4 < need.p50 < 40 / 0.4 * 1.05  # nearly all who enter before the last weeks convert in time
    assert required_entries(40, 40, 60, 0.8) <= need.p80 < need.p50 * 1.4  # type: ignore[operator]
    assert need.latest == dt.date(2027, 3, 1)


def test_those_in_flight_and_on_no_path_are_taken_off_first() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    young = entrants(AS_OF, 50, by_week=(5.0,) * 4)
    bare = need_of(plan, flow(OLD, path=PATH), measured(plan, 20), CALENDAR)
    known = need_of(plan, replace(flow(OLD, young, path=PATH), outside=Pace(12, 120)), measured(plan, 20), CALENDAR)
    assert known.p50 is not None and bare.p50 is not None
    assert known.p50 == pytest.approx(bare.p50 - (50 * 0.4 + 0.1 * 180) / 0.4, abs=4)


def test_a_goal_that_is_reached_needs_nothing_and_one_at_its_end_cannot_be_helped() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    assert need_of(plan, flow(OLD, path=PATH), measured(plan, 60), CALENDAR).p80 == 0
    over = plan_of(60, "{from: 2026-04-01, to: 2026-06-30}")
    need = need_of(over, flow(OLD, path=PATH), measured(over, 20), CALENDAR)
    assert (need.p50, need.latest, need.reason, need.why_latest) == (None, None, "too_late", "too_late")
    slow = entrants(dt.date(2026, 3, 2), 100, by_week=(0.0, 0.0, 0.0, 40.0))
    soon = plan_of(60, "{from: 2026-04-01, to: 2026-07-15}")
    assert need_of(soon, flow(slow, path=PATH), measured(soon, 20), CALENDAR).reason == "too_late"


def test_an_amount_takes_as_many_cases_as_it_is_worth_lately() -> None:
    """5 a case lately, 10 by plan: of 300 wanted and 100 there, 40 cases are missing, not 20."""
    text = {
        "metric": "created_pipeline_amount",
        "unit": "JPY",
        "target": "{value: 300}",
        "period": "{fiscal_year: 2026}",
        "tree": "created_pipeline_amount: valid_opportunities * unit_price\nvalid_opportunities: appointments * valid_rate\n",
        "plan_rates": "{agreed: {valid_rate: 0.4, unit_price: 10}}",
    }
    goal = goal_of(**text)
    plan = make_plan(goal, {goal.name: goal}, CALENDAR, lambda _: None, {})
    path = Path("created_pipeline_amount", "valid_opportunities", "unit_price", "appointments", "rate")
    window = Window("period", goal.period.start, goal.period.end)
    amount = Measured({("created_pipeline_amount", None, window): {"total": Reading(100.0)}})
    need = need_of(plan, flow(OLD, path=path, amounts=(4.0, 6.0)), amount, CALENDAR)
    count = plan_of(60, "{fiscal_year: 2026}")
    assert need == need_of(count, flow(OLD, path=PATH), measured(count, 20), CALENDAR)
