"""How many more entries a goal takes, and until when one helps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.goals.calendar import fiscal_calendar
from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.flow import Flow, Pace
from pipeline.goals.measuring import Measured, MetricFact, Reading, Window
from pipeline.goals.needed import Need, needs_of
from pipeline.goals.outlook import Flows
from pipeline.goals.path import Path
from pipeline.goals.plan import Plan, make_plan
from pipeline.goals.statistics.lag import required_entries
from tests.goals.files import COMPANY, FACTS, goal_of, silent
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


class Followed(Flows):
    """Flows of which the cohorts of one conversion are known."""

    def __init__(self, known: Cohorts | None = None) -> None:
        rate = MetricFact("mql_became_appointment", "rate", "", "", "", matures_after_days=28, follows=("mql", "appointments"))
        super().__init__(silent, {**FACTS, rate.name: rate} if known else FACTS, CALENDAR, AS_OF)
        self.known = known

    def cohorts(self, conversion: str, since: dt.date) -> Cohorts | None:
        return self.known


def still(plan: Plan, known: Flow, done: Measured) -> Need:
    return needs_of(plan, known, done, Followed())["appointments"]


def test_what_is_missing_is_divided_by_what_an_entry_brings_in_time() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    need = still(plan, flow(OLD, path=PATH), measured(plan, 20))
    assert need.p50 is not None and need.p80 is not None
    assert 40 / 0.4 < need.p50 < 40 / 0.4 * 1.05  # nearly all who enter before the last weeks convert in time
    assert required_entries(40, 40, 60, 0.8) <= need.p80 < need.p50 * 1.4  # type: ignore[operator]
    assert need.latest == dt.date(2027, 3, 1)


def test_those_in_flight_and_on_no_path_are_taken_off_first() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    young = entrants(AS_OF, 50, by_week=(5.0,) * 4)
    bare = still(plan, flow(OLD, path=PATH), measured(plan, 20))
    known = still(plan, replace(flow(OLD, young, path=PATH), outside=Pace(12, 120)), measured(plan, 20))
    assert known.p50 is not None and bare.p50 is not None
    assert known.p50 == pytest.approx(bare.p50 - (50 * 0.4 + 0.1 * 180) / 0.4, abs=4)


def test_a_goal_that_is_reached_needs_nothing_and_one_at_its_end_cannot_be_helped() -> None:
    plan = plan_of(60, "{fiscal_year: 2026}")
    assert still(plan, flow(OLD, path=PATH), measured(plan, 60)).p80 == 0
    over = plan_of(60, "{from: 2026-04-01, to: 2026-06-30}")
    need = still(over, flow(OLD, path=PATH), measured(over, 20))
    assert (need.p50, need.latest, need.reason, need.why_latest) == (None, None, "too_late", "too_late")
    slow = entrants(dt.date(2026, 3, 2), 100, by_week=(0.0, 0.0, 0.0, 40.0))
    soon = plan_of(60, "{from: 2026-04-01, to: 2026-07-15}")
    assert still(soon, flow(slow, path=PATH), measured(soon, 20)).reason == "too_late"


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
    need = still(plan, flow(OLD, path=path, amounts=(4.0, 6.0)), amount)
    count = plan_of(60, "{fiscal_year: 2026}")
    assert need == still(count, flow(OLD, path=PATH), measured(count, 20))


def chained(*listed: Entrants) -> dict[str, Need]:
    """Ask what 40 more valid opportunities take of appointments and of the MQLs that become these."""
    text = {
        "metric": "valid_opportunities",
        "target": "{value: 60}",
        "period": "{from: 2026-04-01, to: 2026-09-30}",
        "tree": "valid_opportunities: appointments * valid_rate\nappointments: mql * appointment_rate\nmql: leads * mql_rate\n",
        "plan_rates": "{agreed: {valid_rate: 0.4, appointment_rate: 0.5, mql_rate: 0.1}}",
    }
    goal = goal_of(**text)
    plan = make_plan(goal, {goal.name: goal}, CALENDAR, lambda _: None, {})
    cohorts = Cohorts("mql_became_appointment", "mql", "appointments", 4, listed)
    return needs_of(plan, flow(OLD, path=PATH), measured(plan, 20), Followed(cohorts))


QUALIFIED = entrants(dt.date(2026, 3, 2), 200, by_week=(0.0, 100.0, 100.0, 100.0))
"""Half of the MQLs have an appointment, in their second week."""


def test_a_count_further_up_takes_its_own_rate_and_its_own_time() -> None:
    found = chained(QUALIFIED)
    appointments, mqls = found["appointments"], found["mql"]
    assert appointments.p50 is not None and mqls.p50 is not None and mqls.p80 is not None and appointments.p80 is not None
    assert mqls.p50 > appointments.p50 / 0.5  # the days it takes to the appointment are lost to the period
    assert mqls.p50 == pytest.approx(appointments.p50 / 0.5, rel=0.15)
    assert mqls.p80 / mqls.p50 > appointments.p80 / appointments.p50  # two rates are less certain than one
    assert (found["leads"].p50, found["leads"].reason) == (None, "not_followed")


def test_those_on_the_way_further_up_are_counted_day_by_day() -> None:
    """60 MQLs of tonight: 30 have an appointment in ten days, 12 of them are valid in time."""
    young = Entrants(AS_OF, "web", 60, (), 0.0, (), 0.0)
    bare, known = chained(QUALIFIED), chained(QUALIFIED, young)
    assert known["appointments"] == bare["appointments"]
    assert known["mql"].p50 is not None and bare["mql"].p50 is not None
    assert known["mql"].p50 == pytest.approx(bare["mql"].p50 * (40 - 12) / 40, abs=3)


def test_the_month_that_still_helps_comes_earlier_further_up() -> None:
    slow = entrants(dt.date(2026, 3, 2), 200, by_week=(0.0, 0.0, 0.0, 100.0))
    found = chained(slow)
    assert found["appointments"].latest is not None and found["mql"].latest is not None
    assert found["mql"].latest <= found["appointments"].latest
    assert found["mql"].p50 > chained(QUALIFIED)["mql"].p50  # type: ignore[operator]
