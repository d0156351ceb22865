"""Chances: the vectors of the design, scipy's own distributions, exhaustive sums and simulations."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.goals.statistics.predictive import (
    Amount,
    Counts,
    Look,
    amount_at_least,
    beta_binomial,
    brier,
    combine,
    compound,
    compound_draws,
    coverage,
    gamma_poisson,
    growth,
    judge,
    negative_binomial,
    open_amount,
    overdispersed,
    pinball,
    poisson,
    poisson_binomial,
    predict_counts,
    quantiles,
    trend,
    verdict_of,
)

WINS = [4, 3, 5, 4, 2, 6, 4, 5, 3, 4, 4, 4]
AMOUNTS = [1.2, 2, 2.5, 3, 3, 3.5, 4, 4.8]
DEALS = [0.9, 0.5, 0.2]


def marks(counts: Counts) -> list[int]:
    return [counts.quantile(probability) for probability in (0.1, 0.5, 0.9)]


def test_the_next_quarter_from_twelve_months_of_wins() -> None:
    found = gamma_poisson(WINS, 3)
    assert found.mean == pytest.approx(12.125, abs=1e-9) and marks(found) == [7, 12, 17]
    assert [found.at_least(k) for k in (12, 16, 20)] == pytest.approx([0.5387, 0.1877, 0.0384], abs=5e-5)
    theirs = stats.nbinom(48.5, 0.8)
    assert [found.at_least(k) for k in range(40)] == pytest.approx([theirs.sf(k - 1) for k in range(40)], abs=1e-12)
    assert found.variance == pytest.approx(theirs.var(), rel=1e-9)
    with pytest.raises(ValueError, match="no period"):
        gamma_poisson([], 3)


def test_months_without_a_win_do_not_promise_zero() -> None:
    assert gamma_poisson([0] * 6, 6).at_least(1) == pytest.approx(1 - 0.5**0.5)


def test_a_history_that_varies_more_than_a_poisson_gets_a_wider_model() -> None:
    wild = [0, 12, 1, 9, 0, 14, 2, 10, 0, 13, 1, 10]
    assert overdispersed(wild) and not overdispersed(WINS) and not overdispersed([7]) and not overdispersed([0, 0, 0])
    counts, model = predict_counts(wild, 3)
    assert model == "negative_binomial" and predict_counts(WINS, 3) == (gamma_poisson(WINS, 3), "gamma_poisson")
    mean, variance = np.mean(wild), np.var(wild, ddof=1)
    assert counts.mean == pytest.approx(3 * mean, rel=1e-9)
    assert counts.variance == pytest.approx(3 * variance + 9 * variance / 12, rel=1e-6)
    assert counts.quantile(0.9) > gamma_poisson(wild, 3).quantile(0.9)
    with pytest.raises(ValueError, match="no more than a Poisson"):
        negative_binomial([5, 5, 5], 3)


def test_a_trend_is_stated_with_its_p_value() -> None:
    months = [3, 4, 4, 6, 5, 7, 8, 8]
    theirs = stats.linregress(range(8), months)
    assert trend(months) == pytest.approx((theirs.slope, theirs.pvalue), rel=1e-9)
    assert trend([1, 2, 3]) is None and trend([2, 2, 2, 2]) == (0.0, 1.0) and trend([1, 2, 3, 4]) == (1.0, 0.0)


def test_the_next_forty_from_twenty_of_eighty() -> None:
    found = beta_binomial(20, 60, 40)
    assert found.mean == pytest.approx(10.1235, abs=5e-5) and marks(found) == [6, 10, 15]
    assert [found.at_least(k) for k in (10, 12, 16)] == pytest.approx([0.5544, 0.3267, 0.0611], abs=5e-5)
    theirs = stats.betabinom(40, 20.5, 60.5)
    assert [found.at_least(k) for k in range(41)] == pytest.approx([theirs.sf(k - 1) for k in range(41)], abs=1e-12)
    assert beta_binomial(0, 0, 10, a=1, b=1).at_least(8) == pytest.approx(3 / 11)
    assert beta_binomial(3, 4, 0) == Counts((1.0,))


def test_revenue_is_a_count_of_amounts_like_those_seen() -> None:
    wins = gamma_poisson(WINS, 3)
    exact = compound(wins, AMOUNTS)
    assert (exact.mean, math.sqrt(exact.variance)) == pytest.approx((36.375, 12.248), abs=5e-4)
    assert compound(Amount(12.125, wins.variance), AMOUNTS) == pytest.approx(exact)
    drawn = compound_draws(wins, AMOUNTS, np.random.default_rng(20261123), 100_000)
    assert [np.mean(drawn >= target) for target in (30, 36, 45, 60)] == pytest.approx([0.680, 0.485, 0.232, 0.037], abs=0.01)
    assert (drawn.mean(), drawn.std()) == pytest.approx((36.375, 12.248), rel=0.01)
    with pytest.raises(ValueError, match="no amount"):
        compound(wins, [])


def test_growth_to_a_multiple_of_last_year() -> None:
    history = [1.05, 1.12, 0.98, 1.20]
    found = [growth(history, multiple) for multiple in (3.0, 2.0, 1.2, 1.1)]
    assert [each.probability for each in found if each] == pytest.approx([0.00093, 0.0040, 0.187, 0.446], abs=5e-4)
    assert found[0] is not None and found[0].probability == pytest.approx(0.00093, abs=5e-6)
    assert found[2] is not None and found[2].empirical == pytest.approx(0.4) and found[2].n == 4
    logs = np.log(history)
    for each, multiple in zip(found, (3.0, 2.0, 1.2, 1.1), strict=True):
        theirs = stats.t(3, loc=logs.mean(), scale=logs.std(ddof=1) * math.sqrt(1.25)).sf(math.log(multiple))
        assert each is not None and each.probability == pytest.approx(theirs, rel=1e-9)
    assert growth([1.1], 2.0) is None and growth([1.1, 0.0], 2.0) is None and growth(history, 0.0) is None
    steady = growth([1.1, 1.1, 1.1], 1.1), growth([1.1, 1.1, 1.1], 1.2)
    assert [each.probability for each in steady if each] == [1.0, 0.0]


def test_three_open_deals() -> None:
    found = poisson_binomial(DEALS)
    assert found.pmf == pytest.approx((0.04, 0.41, 0.46, 0.09)) and found.at_least(2) == pytest.approx(0.55)
    mean, variance = open_amount(DEALS, [3, 5, 2])
    assert (mean, math.sqrt(variance)) == pytest.approx((5.6, 2.775), abs=5e-4)
    assert [amount_at_least(DEALS, [3, 5, 2], target) for target in (5, 7)] == pytest.approx([0.59, 0.46])


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([1.0, 2.5, 4.0])), max_size=7), st.floats(0, 20))
def test_open_deals_are_summed_over_every_outcome(deals: list[tuple[float, float]], target: float) -> None:
    chances, amounts = [p for p, _ in deals], [a for _, a in deals]
    counted, reached = [0.0] * (len(deals) + 1), 0.0
    for outcome in product((0, 1), repeat=len(deals)):
        weight = math.prod(p if won else 1 - p for p, won in zip(chances, outcome, strict=True))
        counted[sum(outcome)] += weight
        reached += weight * (sum(a * won for a, won in zip(amounts, outcome, strict=True)) >= target - 1e-9 * max(1.0, target))
    found = poisson_binomial(chances)
    assert [found.at_least(k) - found.at_least(k + 1) for k in range(len(counted))] == pytest.approx(counted, abs=1e-9)
    assert amount_at_least(chances, amounts, target) == pytest.approx(reached, abs=1e-9)


def test_many_open_deals_take_the_normal_distribution() -> None:
    chances, amounts = [0.3] * 60, [1.0] * 60
    exact = stats.binom(60, 0.3).sf(17) + stats.binom(60, 0.3).pmf(17) / 2
    assert amount_at_least(chances, amounts, 17.5) == pytest.approx(stats.binom(60, 0.3).sf(17), abs=0.01)
    assert amount_at_least(chances, amounts, 17.0) == pytest.approx(exact, abs=0.01)
    assert amount_at_least([1.0] * 20, [1.0] * 20, 20.0) == 1.0 and amount_at_least([0.0] * 20, [1.0] * 20, 1.0) == 0.0


def test_closed_open_and_coming_wins_add_up() -> None:
    found = combine(poisson_binomial(DEALS), poisson(3.6), closed=8)
    assert found.mean == pytest.approx(13.2, abs=1e-9) and marks(found) == [11, 13, 16]
    assert found.at_least(14) == pytest.approx(0.4123, abs=5e-5) and found.at_least(20) == pytest.approx(0.00344, abs=5e-6)
    rng = np.random.default_rng(20261123)
    drawn = 8 + (rng.random((200_000, 3)) < DEALS).sum(axis=1) + rng.poisson(3.6, 200_000)
    assert np.mean(drawn >= 14) == pytest.approx(found.at_least(14), abs=0.005)
    assert combine(closed=5) == Counts((1.0,), 5) and poisson(0.0) == Counts((1.0,))


@pytest.mark.parametrize("mean", [0.001, 3.6, 250.0, 40_000.0])
def test_a_poisson_of_any_size_is_whole(mean: float) -> None:
    found = poisson(mean)
    assert found.mean == pytest.approx(mean, rel=1e-9) and found.variance == pytest.approx(mean, rel=1e-6)
    assert found.quantile(0.9) == stats.poisson(mean).ppf(0.9)


def test_a_target_between_two_counts_is_reached_by_the_next() -> None:
    even = Counts((0.25, 0.25, 0.25, 0.25), 10)
    assert [even.at_least(target) for target in (9, 10, 10.5, 11, 11 + 1e-12, 14)] == [1.0, 1.0, 0.75, 0.75, 0.75, 0.0]
    assert [even.quantile(probability) for probability in (0.0, 0.25, 0.26, 1.0)] == [10, 10, 11, 13]


def test_bands_of_the_verdict_and_what_stays_unknown() -> None:
    chances = (0.8, 0.79, 0.5, 0.2, 0.05, 0.049, None)
    assert [verdict_of(chance) for chance in chances] == [
        "comfortable",
        "realistic",
        "realistic",
        "stretch",
        "unlikely",
        "unrealistic",
        "unknown",
    ]
    growth_of_4, rate_of_80 = Look("growth", 0.004, n=4), Look("rate", 0.55, events=80)
    assert judge([growth_of_4, rate_of_80]) == "unrealistic" and judge([rate_of_80]) == "realistic"
    too_little = [Look("history", 0.9, n=5, events=90), Look("history", 0.9, n=12, events=19), Look("growth", 0.9, n=2)]
    too_little += [Look("rate", 0.9, events=19), Look("history", None, n=12, events=90)]
    assert judge(too_little) == "unknown" and judge([]) == "unknown"
    assert judge([*too_little, Look("history", 0.9, n=6, events=20)]) == "comfortable"


def test_forecasts_are_judged_by_what_happened() -> None:
    assert pinball(20, 17, 0.9) == pytest.approx(2.7) and pinball(15, 17, 0.9) == pytest.approx(0.2)
    assert brier([(0.9, True), (0.2, False), (0.5, True)]) == pytest.approx((0.01 + 0.04 + 0.25) / 3)
    assert coverage([(1, 3, 2), (1, 3, 3), (1, 3, 4), (1, 3, 0)]) == 0.5
    assert brier([]) is None and coverage([]) is None
    assert quantiles(np.arange(1.0, 11.0)) == (1.0, 5.0, 9.0)
