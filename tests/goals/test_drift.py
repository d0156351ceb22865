"""Whether those who entered lately convert more slowly or more rarely: on companies whose truth is known."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest

from pipeline.goals.cohorts import Cohorts, Entrants
from pipeline.goals.drift import Drift, fit_drift, slowed
from pipeline.goals.flow import curve_of

START, SINCE, AS_OF = dt.date(2025, 1, 6), dt.date(2026, 2, 2), dt.date(2026, 6, 29)


def company(seed: int, *, rate: float = 1.0, stretch: float = 1.0, horizon: int = 26) -> Cohorts:
    """15 entrants a week, 40 % of them convert after 5 weeks at the median; from SINCE on, rate and stretch are others."""
    rng = random.Random(seed)
    entrants = []
    for offset in range((AS_OF - START).days // 7):
        day = START + dt.timedelta(days=7 * offset)
        late = day >= SINCE
        ages = min(horizon, (AS_OF - day).days // 7)
        converts = [
            rng.gammavariate(3.0, 1.9) * (stretch if late else 1.0) if rng.random() < 0.4 * (rate if late else 1.0) else math.inf
            for _ in range(15)
        ]
        done = tuple(float(sum(each < age + 1 for each in converts)) for age in range(ages))
        entrants.append(Entrants(day, "all", 15, done, done[-1] if done else 0.0, (0.0,) * ages, 0.0))
    return Cohorts("rate", "appointments", "valid", horizon, tuple(entrants))


def drift(cohorts: Cohorts) -> Drift:
    before = Cohorts("rate", "appointments", "valid", 26, tuple(each for each in cohorts.entrants if each.day < SINCE))
    found = fit_drift(cohorts, [(SINCE, curve_of(before))])
    assert found is not None
    return found


def test_slower_deals_are_found_with_their_measure() -> None:
    found = [drift(company(seed, stretch=1.8)) for seed in range(8)]
    assert sum(each.is_real for each in found) >= 7
    assert sum(each.stretch for each in found) / 8 == pytest.approx(1.8, abs=0.2)
    assert sum(each.rate for each in found) / 8 == pytest.approx(1.0, abs=0.15)


def test_rarer_deals_are_not_taken_for_slower_ones() -> None:
    found = [drift(company(seed, rate=0.6)) for seed in range(8)]
    assert sum(each.is_real for each in found) <= 1
    assert sum(each.rate for each in found) / 8 == pytest.approx(0.6, abs=0.12)


def test_a_company_that_stays_as_it_is_shows_no_drift() -> None:
    assert sum(drift(company(seed)).is_real for seed in range(20)) <= 1


def test_the_slowed_curve_is_the_old_one_read_later() -> None:
    curve = curve_of(company(1))
    late = slowed(curve, Drift(SINCE, 0.5, 2.0, 0.0))
    assert late.at(9) == pytest.approx(0.5 * curve.at(4))
    assert late.eventual == pytest.approx(0.5 * curve.at(12))
    assert all(0 <= each <= 1 for each in late.hazard)
    assert slowed(curve, Drift(SINCE, 1.0, 1.0, 1.0)).cumulative == pytest.approx(curve.cumulative)


def test_too_few_conversions_are_no_ground_for_a_drift() -> None:
    few = Cohorts("rate", "appointments", "valid", 26, company(1).entrants[:1])
    assert fit_drift(few, [(START, curve_of(few))]) is None
