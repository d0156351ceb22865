"""Where a goal lands: against cases worked out by hand, against a simulated truth, and against what must hold of any landing."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.goals.calendar import business_days, fiscal_calendar
from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.flow import Flow, Pace, curve_of, lifts
from pipeline.goals.landing import coming, eta, land
from pipeline.goals.path import Path
from tests.goals.files import COMPANY

CALENDAR = fiscal_calendar(COMPANY, dt.date(2024, 4, 1), dt.date(2028, 3, 31))
AS_OF, START, END = dt.date(2026, 6, 30), dt.date(2026, 4, 1), dt.date(2027, 3, 31)
COUNT = Path("valid", "valid", None, "appointments", "rate")
AMOUNT = Path("pipeline", "valid", "price", "appointments", "rate")
NOBODY = Pace(0, 120)


def entrants(day: dt.date, entered: float, *, by_week: tuple[float, ...], member: str = "web") -> Entrants:
    ages = max(0, min(len(by_week), (AS_OF - day).days // 7))
    done = tuple(by_week[:ages])
    so_far = done[-1] if done else 0.0
    return Entrants(day, member, entered, done, so_far, (0.0,) * ages, 0.0)


def flow(
    *listed: Entrants, path: Path = COUNT, entries: Pace = NOBODY, outside: Pace | None = None, amounts: tuple[float, ...] = ()
) -> Flow:
    cohorts = Cohorts("rate", "appointments", "valid", 4, listed)
    line = curve_of(cohorts)
    return Flow(path, AS_OF, cohorts, line, dict.fromkeys(cohorts.members, 1.0), entries, outside, amounts)


OLD = entrants(dt.date(2026, 3, 2), 100, by_week=(10.0, 30.0, 40.0, 40.0))


def test_open_entrants_land_by_what_older_ones_did() -> None:
    """100 old entrants: 40 % convert within three weeks. 10 young ones are 7.5 days of age."""
    young = entrants(AS_OF - dt.timedelta(days=7), 10, by_week=(1.0, 9.0, 9.0, 9.0))
    soon = coming(flow(OLD, young), CALENDAR, START, END)
    hazards = [11 / 110, 20 / 90, 10 / 70, 0.0]
    open_, done = [1.0], [0.0]
    for hazard in hazards:
        done.append(done[-1] + open_[-1] * hazard)
        open_.append(open_[-1] * (1 - hazard))
    age = 7.5 / 7
    now_done = done[1] + (done[2] - done[1]) * (age - 1)
    now_open = open_[1] + (open_[2] - open_[1]) * (age - 1)
    assert soon.in_flight["web"] == pytest.approx(9 * (done[-1] - now_done) / now_open)
    assert (soon.planned, soon.outside) == ({}, 0.0)
    assert coming(flow(OLD), CALENDAR, START, END).total == 0


def test_those_who_enter_late_bring_less_before_the_end() -> None:
    ahead = Pace(120, 120, 1.0, (("web", 1.0),))
    year = coming(flow(OLD, entries=ahead), CALENDAR, START, END).planned["web"]
    days = business_days(CALENDAR, dt.date(2026, 7, 1), END)
    assert 0.9 * days * 0.4 < year < days * 0.4
    last_week = coming(flow(OLD, entries=ahead), CALENDAR, dt.date(2026, 7, 1), dt.date(2026, 7, 7)).planned["web"]
    assert 0 < last_week < 5 * 0.1


def test_windows_that_follow_each_other_sum_to_the_whole() -> None:
    young = entrants(AS_OF - dt.timedelta(days=3), 30, by_week=(3.0,) * 4)
    known = flow(OLD, young, entries=Pace(60, 120, 1.0, (("web", 0.5), ("expo", 0.5))), outside=Pace(12, 120))
    cuts = [dt.date(2026, 6, 30), dt.date(2026, 7, 11), dt.date(2026, 8, 31), dt.date(2026, 12, 31), END]
    parts = [coming(known, CALENDAR, a + dt.timedelta(days=1), b).total for a, b in pairwise(cuts)]
    assert math.fsum(parts) == pytest.approx(coming(known, CALENDAR, START, END).total, rel=1e-9)


def test_the_components_sum_and_the_draws_keep_to_what_is_expected() -> None:
    young = entrants(AS_OF - dt.timedelta(days=3), 60, by_week=(3.0,) * 4)
    known = flow(
        OLD, young, entries=Pace(240, 120, 1.0, (("web", 1.0),)), outside=Pace(24, 120, 2.5), amounts=(1.0, 3.0, 5.0), path=AMOUNT
    )
    landing = land(known, CALENDAR, START, END, 100.0, 700.0, name="pipeline", draws=20_000)
    *parts, total = landing.components
    assert [each.name for each in parts] == ["closed", "in_flight", "planned", "outside"]
    assert math.fsum(each.expected for each in parts) == pytest.approx(total.expected, rel=1e-12)
    assert math.fsum(landing.by_member.values()) + 100 == pytest.approx(total.expected, rel=1e-12)
    assert (total.p10 + total.p90) / 2 == pytest.approx(total.expected, rel=0.03)
    for each in parts[1:]:
        assert each.p10 <= each.expected <= each.p90
    assert landing.p_attain is not None and 0 < landing.p_attain < 1
    again = land(known, CALENDAR, START, END, 100.0, 700.0, name="pipeline", draws=20_000)
    assert again == landing


def test_a_period_that_is_over_has_landed() -> None:
    landing = land(flow(OLD), CALENDAR, dt.date(2026, 4, 1), dt.date(2026, 6, 30), 12.0, 12.0, name="valid")
    assert (landing.total.expected, landing.total.p10, landing.total.p90, landing.p_attain) == (12, 12, 12, 1)
    assert land(flow(OLD), CALENDAR, dt.date(2026, 4, 1), dt.date(2026, 6, 30), 11.0, 12.0, name="valid").p_attain == 0
    assert land(flow(OLD), CALENDAR, dt.date(2026, 4, 1), dt.date(2026, 6, 30), 11.0, None, name="valid").p_attain is None


def test_the_month_that_reaches_the_target_is_told_or_why_there_is_none() -> None:
    known = flow(OLD, entries=Pace(1200, 120, 1.0, (("web", 1.0),)))
    month, reason = eta(known, CALENDAR, START, 10, 200, END)
    assert reason is None and month is not None
    assert 10 + coming(known, CALENDAR, START, month).total >= 200
    assert 10 + coming(known, CALENDAR, START, month.replace(day=1) - dt.timedelta(days=1)).total < 200
    assert eta(known, CALENDAR, START, 200, 200, END) == (None, "attained")
    assert eta(known, CALENDAR, START, 10, 20_000, END) == (None, "beyond_horizon")


def test_a_member_is_lifted_towards_its_own_rate_as_far_as_it_was_seen() -> None:
    strong = entrants(dt.date(2026, 3, 2), 40, by_week=(8.0, 20.0, 24.0, 24.0), member="referral")
    weak = entrants(dt.date(2026, 3, 2), 60, by_week=(2.0, 10.0, 16.0, 16.0), member="web")
    cohorts = Cohorts("rate", "appointments", "valid", 4, (strong, weak))
    line = curve_of(cohorts)
    found = lifts(cohorts, line, 20)
    assert line.eventual == pytest.approx(0.4)
    assert found["referral"] == pytest.approx((24 + 20 * 0.4) / (40 + 20) / 0.4)
    assert found["web"] == pytest.approx((16 + 20 * 0.4) / (60 + 20) / 0.4)
    assert lifts(cohorts, line, 0)["referral"] == pytest.approx(0.6 / 0.4)


def test_members_average_to_all_so_one_alone_is_lifted_by_nothing() -> None:
    """Young entrants that did better than the curve, here within a week that is not over, must not lift everybody."""
    eager = replace(entrants(AS_OF - dt.timedelta(days=9), 20, by_week=(6.0,) * 4), so_far=12.0)
    alone = Cohorts("rate", "appointments", "valid", 4, (OLD, eager))
    assert lifts(alone, curve_of(Cohorts("rate", "appointments", "valid", 4, (OLD,))), 20) == {"web": pytest.approx(1.0)}
    expo = entrants(dt.date(2026, 3, 2), 50, by_week=(20.0, 20.0, 20.0, 20.0), member="expo")
    both = Cohorts("rate", "appointments", "valid", 4, (OLD, eager, expo))
    found = lifts(both, curve_of(alone), 0)
    due = {"web": 100 * curve_of(alone).at(3) + 20 * curve_of(alone).at(0), "expo": 50 * curve_of(alone).at(3)}
    assert math.fsum(found[member] * due[member] for member in due) == pytest.approx(math.fsum(due.values()))
    assert found["expo"] / found["web"] == pytest.approx((20 / due["expo"]) / (46 / due["web"]))


def test_the_interval_of_a_landing_holds_the_truth_about_as_often_as_it_says() -> None:
    """60 companies of a known truth: entries at 1.5 a business day, 40 % convert after 1 to 4 weeks."""
    rng = random.Random(20261123)
    inside, misses = 0, []
    for _ in range(60):
        truth, listed, past = 0, [], 0
        for offset in range(180):
            day = AS_OF - dt.timedelta(days=179 - offset)
            if not business_days(CALENDAR, day, day):
                continue
            number = sum(rng.random() < 0.15 for _ in range(10))
            past += number
            weeks = [rng.choice((0.5, 1.5, 2.5, 3.5)) if rng.random() < 0.4 else math.inf for _ in range(number)]
            seen = [(AS_OF - day).days / 7 >= each for each in weeks]
            truth += sum(not known and each < math.inf for known, each in zip(seen, weeks, strict=True))
            ages = min(4, (AS_OF - day).days // 7)
            done = tuple(float(sum(each < age + 1 for each in weeks)) for age in range(ages))
            if number:
                listed.append(Entrants(day, "web", number, done, float(sum(seen)), (0.0,) * ages, 0.0))
        cohorts = Cohorts("rate", "appointments", "valid", 4, tuple(listed))
        end = AS_OF + dt.timedelta(days=90)
        for offset in range(1, 91):
            day = AS_OF + dt.timedelta(days=offset)
            if business_days(CALENDAR, day, day):
                number = sum(rng.random() < 0.15 for _ in range(10))
                truth += sum(rng.random() < 0.4 and rng.choice((4, 11, 18, 25)) <= 90 - offset for _ in range(number))
        days = business_days(CALENDAR, AS_OF - dt.timedelta(days=179), AS_OF)
        known = Flow(COUNT, AS_OF, cohorts, curve_of(cohorts), {"web": 1.0}, Pace(past, days, 1.0, (("web", 1.0),)), None, ())
        total = land(known, CALENDAR, START, end, 0.0, None, name="valid", draws=1000).total
        inside += total.p10 <= truth <= total.p90
        misses.append(truth - total.expected)
    assert 0.68 <= inside / 60 <= 0.95
    assert abs(math.fsum(misses) / 60) < 2.0


def test_a_last_weekend_still_brings_what_is_in_flight() -> None:
    """From Friday on nobody enters any more, but those in flight go on."""
    friday, sunday = dt.date(2026, 7, 3), dt.date(2026, 7, 5)
    young = Entrants(friday - dt.timedelta(days=10), "web", 200, (20.0,), 20.0, (0.0,), 0.0)
    cohorts = Cohorts("rate", "appointments", "valid", 4, (OLD, young))
    known = Flow(COUNT, friday, cohorts, curve_of(cohorts), {"web": 1.0}, Pace(120, 120, 1.0, (("web", 1.0),)), None, ())
    total = land(known, CALENDAR, dt.date(2026, 6, 1), sunday, 5.0, 8.0, name="valid").total
    assert total.expected > 8
    assert 5 < total.p10 <= total.p50 <= total.p90
