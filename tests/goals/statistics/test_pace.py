"""Pace and the month in which a goal is reached."""

from __future__ import annotations

import pytest

from pipeline.goals.progress import required_per_day
from pipeline.goals.statistics.pace import eta, naive_landing


def test_110_of_200_on_the_157th_of_241_days() -> None:
    share = 157 / 241
    assert (share, 200 * share) == pytest.approx((0.65145, 130.29), abs=5e-3)
    assert 110 / (200 * share) == pytest.approx(0.8443, abs=5e-5)
    assert naive_landing(110, share) == pytest.approx(168.85, abs=5e-3)
    needed = required_per_day(200, 110, 241 - 157)
    assert needed == pytest.approx(1.0714, abs=5e-5)
    assert needed is not None and needed / (110 / 157) == pytest.approx(1.529, abs=5e-4)
    assert naive_landing(0, 0) is None


def test_the_month_in_which_a_landing_reaches_its_target() -> None:
    landings = [60, 120, 190, 250]
    assert eta(landings, 240) == 3  # the fourth month
    assert eta(landings, 300) is None and eta([], 1) is None
    assert eta([0.1 + 0.2], 0.3) == 0
