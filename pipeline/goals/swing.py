"""Cohorts and the curves they follow -> how much more conversions swing from month to month than chance alone lets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pipeline.goals.calendar import add_months, month_end
from pipeline.goals.cohorts import DAYS_OF_AGE, Cohorts
from pipeline.goals.statistics.hazard import Curve

SWING_MONTHS = 12
"""How many whole months are looked at."""
FEWEST_EXPECTED = 5.0
"""A month of which the curve expects less says nothing of dispersion."""
BY_CHANCE = 0.01
"""How seldom chance alone may swing so far for the swing to be believed."""


def swing_of(cohorts: Cohorts, curve_on: Callable[[dt.date], Curve | None], as_of: dt.date) -> float:
    """Return the variance / mean of a month's conversions beside what those at risk lead to expect: 1 where it may be chance.

    Deals that wait for the end of a quarter, or a month in which nobody closes, make it large; then months land farther from
    what is expected than open deals drawn one by one. Source: Pearson's X2 / (n - 1), McCullagh and Nelder 1989, 4.5.
    """
    from scipy.stats import chi2

    first = as_of.replace(day=1) if as_of != month_end(as_of) else as_of + dt.timedelta(days=1)
    pairs = _by_month(cohorts, curve_on, add_months(first, -SWING_MONTHS), first)
    squares = [(came - expected) ** 2 / expected for came, expected in pairs if expected >= FEWEST_EXPECTED]
    freedom = len(squares) - 1
    if freedom < 1 or sum(squares) <= chi2.ppf(1 - BY_CHANCE, freedom):
        return 1.0
    return sum(squares) / freedom


def _by_month(
    cohorts: Cohorts, curve_on: Callable[[dt.date], Curve | None], since: dt.date, until: dt.date
) -> list[tuple[float, float]]:
    """Return the conversions that came and those that were expected of each month; a week counts where its middle lies."""
    found: dict[tuple[int, int], list[float]] = {}
    for each in cohorts.entrants:
        curve = curve_on(each.day)
        if curve is None or each.day >= until or (each.day - since).days < -DAYS_OF_AGE * each.ages:
            continue
        done, open_ = 0.0, each.entered
        for age, (converted, lost) in enumerate(zip(each.converted, each.lost, strict=True)):
            middle = each.day + dt.timedelta(days=DAYS_OF_AGE * age + DAYS_OF_AGE // 2)
            if since <= middle < until and age < len(curve.hazard):
                month = found.setdefault((middle.year, middle.month), [0.0, 0.0])
                month[0] += converted - done
                month[1] += open_ * curve.hazard[age]
            done, open_ = converted, max(0.0, each.entered - converted - lost)
    return [(came, expected) for came, expected in found.values()]
