"""History and rates -> the chances of what is to come: counts, amounts, growth, their combination and the verdict on a goal.

Every distribution of a count is a `Counts`, so that parts of different kind (closed, open, not yet begun) add up by `combine`.
Source of each model: docs/statistics.md#chances.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Amount",
    "CountModel",
    "Counts",
    "Growth",
    "Look",
    "Verdict",
    "amount_at_least",
    "beta_binomial",
    "brier",
    "combine",
    "compound",
    "compound_draws",
    "coverage",
    "gamma_poisson",
    "growth",
    "judge",
    "negative_binomial",
    "open_amount",
    "overdispersed",
    "pinball",
    "poisson",
    "poisson_binomial",
    "predict_counts",
    "quantiles",
    "trend",
    "verdict_of",
]

Verdict = Literal["comfortable", "realistic", "stretch", "unlikely", "unrealistic", "unknown"]
CountModel = Literal["gamma_poisson", "negative_binomial"]

COMFORTABLE, UNLIKELY = 0.8, 0.2
BOUNDS = (0.05, 0.5)
ORDER: tuple[Verdict, ...] = ("unrealistic", "unlikely", "stretch", "realistic", "comfortable")

FORGOTTEN = 1e-13
"""The chance beyond which a distribution of counts is cut off."""

MOST_EXACT = 16
"""Up to so many open deals every combination of outcomes is visited: 65,536 of them."""

FEWEST = {"history": (6, 20), "growth": (3, 0), "rate": (0, 20)}
"""What a look needs before its verdict counts: periods (or growth ratios) and events (or trials)."""


@dataclass(frozen=True)
class Counts:
    """A distribution of a count: `pmf[k]` is the chance of `least` + k; the chances sum to 1."""

    pmf: tuple[float, ...]
    least: int = 0

    @cached_property
    def _upto(self) -> tuple[float, ...]:
        return tuple(accumulate(self.pmf))

    @property
    def mean(self) -> float:
        """Return the expected count."""
        return self.least + math.fsum(k * chance for k, chance in enumerate(self.pmf))

    @property
    def variance(self) -> float:
        """Return the variance of the count."""
        mean = self.mean - self.least
        return math.fsum((k - mean) ** 2 * chance for k, chance in enumerate(self.pmf))

    def at_least(self, target: float) -> float:
        """Return the chance of the target or more; a target between two counts is reached by the next one."""
        needed = math.ceil(target - 1e-9) - self.least
        return 1.0 if needed <= 0 else min(1.0, math.fsum(self.pmf[needed:]))

    def quantile(self, probability: float) -> int:
        """Return the smallest count that is not exceeded with at least that probability."""
        return self.least + min(bisect_left(self._upto, probability - 1e-12), len(self.pmf) - 1)


class Amount(NamedTuple):
    """An amount to come: what is expected, and its variance."""

    mean: float
    variance: float


class Growth(NamedTuple):
    """The chance that growth reaches a multiple: by Student's t over the logarithms, and by counting; from `n` years."""

    probability: float
    empirical: float
    n: int


class Look(NamedTuple):
    """One look at whether a goal is realistic: its chance (None: not computable) and how much was seen.

    `n` counts periods (history) or growth ratios (growth), `events` what happened in them, or the trials of a rate.
    """

    kind: Literal["history", "growth", "rate"]
    probability: float | None
    n: int = 0
    events: float = 0

    @property
    def enough(self) -> bool:
        """Say whether so much was seen that the verdict of this look counts."""
        periods, events = FEWEST[self.kind]
        return self.probability is not None and self.n >= periods and self.events >= events


def gamma_poisson(history: Sequence[float], periods: float) -> Counts:
    """Predict the count of the next periods from the counts of past ones: Poisson, its rate known by Gamma(1/2, 0).

    Negative binomial with size = sum + 1/2 and prob = n / (n + periods). Raises ValueError without history.
    """
    if not history:
        raise ValueError("no period to learn from")
    return _negative_binomial(math.fsum(history) + 0.5, len(history) / (len(history) + periods))


def negative_binomial(history: Sequence[float], periods: float) -> Counts:
    """Predict the count of the next periods where months vary more than a Poisson would.

    Negative binomial by moments: mean t m, variance t v + t^2 v / n (the mean itself is only known from n months). Raises
    ValueError for a history that varies no more than a Poisson (`overdispersed`).
    """
    mean, variance = _moments(history)
    expected = periods * mean
    spread = periods * variance + periods * periods * variance / len(history)
    if not spread > expected > 0:
        raise ValueError("this history varies no more than a Poisson would")
    return _negative_binomial(expected * expected / (spread - expected), expected / spread)


def predict_counts(history: Sequence[float], periods: float) -> tuple[Counts, CountModel]:
    """Predict the count of the next periods and name the model: over-dispersed histories get the wider one.

    A trend is not modelled; ask `trend` and state it.
    """
    if overdispersed(history):
        return negative_binomial(history, periods), "negative_binomial"
    return gamma_poisson(history, periods), "gamma_poisson"


def overdispersed(history: Sequence[float], limit: float = 1.5) -> bool:
    """Say whether variance / mean of past counts exceeds a limit; never with fewer than two periods or nothing counted."""
    if len(history) < 2:
        return False
    mean, variance = _moments(history)
    return mean > 0 and variance / mean > limit


def trend(history: Sequence[float]) -> tuple[float, float] | None:
    """Return the slope per period of a straight line through the history and its two-sided p-value; None below 4 periods."""
    from scipy.special import stdtr

    n = len(history)
    if n < 4:
        return None
    mean, middle = math.fsum(history) / n, (n - 1) / 2
    squares = math.fsum((at - middle) ** 2 for at in range(n))
    slope = math.fsum((at - middle) * (value - mean) for at, value in enumerate(history)) / squares
    left = math.fsum((value - mean - slope * (at - middle)) ** 2 for at, value in enumerate(history))
    if left <= 1e-18 * max(1.0, math.fsum(value * value for value in history)):
        return slope, 0.0 if slope else 1.0
    return slope, float(2 * stdtr(n - 2, -abs(slope) / math.sqrt(left / (n - 2) / squares)))


def beta_binomial(successes: float, failures: float, trials: int, *, a: float = 0.5, b: float = 0.5) -> Counts:
    """Predict the successes of coming trials from past ones: binomial, its rate known by Beta(a + successes, b + failures)."""
    import numpy as np
    from scipy.special import betaln, gammaln

    k = np.arange(trials + 1)
    choose = gammaln(trials + 1) - gammaln(k + 1) - gammaln(trials - k + 1)
    alpha, beta = a + successes, b + failures
    return _counts(np.exp(choose + betaln(k + alpha, trials - k + beta) - betaln(alpha, beta)))


def poisson(mean: float) -> Counts:
    """Return the distribution of a count with a known mean; 0 for certain when the mean is 0."""
    import numpy as np
    from scipy.special import gammaln, pdtrik

    if mean <= 0:
        return Counts((1.0,))
    last = math.ceil(float(pdtrik(1 - FORGOTTEN, mean))) + 1
    k = np.arange(last + 1)
    return _counts(np.exp(k * math.log(mean) - mean - gammaln(k + 1)))


def poisson_binomial(probabilities: Iterable[float]) -> Counts:
    """Return the distribution of how many of several deals are won, each with its own chance."""
    import numpy as np

    pmf = np.ones(1)
    for chance in probabilities:
        pmf = np.convolve(pmf, (1 - chance, chance))
    return _counts(pmf)


def combine(*parts: Counts, closed: int = 0) -> Counts:
    """Return the distribution of a sum of independent counts, above what is closed already."""
    import numpy as np

    pmf = np.ones(1)
    for part in parts:
        pmf = np.convolve(pmf, np.asarray(part.pmf))
    return _counts(pmf, closed + sum(part.least for part in parts))


def compound(counts: Amount | Counts, amounts: Sequence[float]) -> Amount:
    """Return mean and variance of the sum of so many amounts like those seen: mu m and mu s^2 + Var(count) m^2.

    s^2 is the variance of the amounts themselves (divided by their number), as a bootstrap of them has. Raises ValueError
    without amounts.
    """
    if not amounts:
        raise ValueError("no amount to learn from")
    mean = math.fsum(amounts) / len(amounts)
    variance = math.fsum((amount - mean) ** 2 for amount in amounts) / len(amounts)
    return Amount(counts.mean * mean, counts.mean * variance + counts.variance * mean * mean)


def compound_draws(counts: Counts, amounts: Sequence[float], rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Draw sums of amounts: how many by the distribution, each one of those seen. `size` totals."""
    import numpy as np

    pmf = np.asarray(counts.pmf)
    many = counts.least + rng.choice(len(pmf), size=size, p=pmf / pmf.sum())
    drawn = rng.choice(np.asarray(amounts, dtype=float), size=int(many.sum()))
    return np.bincount(np.repeat(np.arange(size), many), weights=drawn, minlength=size).astype(float)


def open_amount(probabilities: Sequence[float], amounts: Sequence[float]) -> Amount:
    """Return mean and variance of the amount won from open deals: sum of a p, and of a^2 p (1 - p)."""
    pairs = list(zip(probabilities, amounts, strict=True))
    return Amount(math.fsum(a * p for p, a in pairs), math.fsum(a * a * p * (1 - p) for p, a in pairs))


def amount_at_least(probabilities: Sequence[float], amounts: Sequence[float], target: float) -> float:
    """Return the chance that open deals bring the target or more.

    Every outcome of up to 16 deals is visited; more deals take the normal distribution with their mean and variance.
    """
    if len(amounts) > MOST_EXACT:
        mean, variance = open_amount(probabilities, amounts)
        if variance <= 0:
            return float(mean >= target)
        return 0.5 * math.erfc((target - mean) / math.sqrt(2 * variance))
    sums = {0.0: 1.0}
    for chance, amount in zip(probabilities, amounts, strict=True):
        grown: dict[float, float] = {}
        for total, weight in sums.items():
            grown[total] = grown.get(total, 0.0) + weight * (1 - chance)
            grown[total + amount] = grown.get(total + amount, 0.0) + weight * chance
        sums = grown
    slack = 1e-9 * max(1.0, abs(target))
    return min(1.0, math.fsum(weight for total, weight in sums.items() if total >= target - slack))


def growth(history: Sequence[float], multiple: float) -> Growth | None:
    """Return the chance that growth reaches a multiple, from the multiples of past years (1.05 is +5 %).

    Student's t over their logarithms with n - 1 degrees of freedom, predictive; and by counting, (1 + reached) / (n + 1). None
    with fewer than two past multiples or one that is not positive.
    """
    from scipy.special import stdtr

    n = len(history)
    if n < 2 or multiple <= 0 or any(value <= 0 for value in history):
        return None
    empirical = (1 + sum(value >= multiple for value in history)) / (n + 1)
    logs = [math.log(value) for value in history]
    mean, deviation = math.fsum(logs) / n, math.sqrt(_moments(logs)[1])
    distance = math.log(multiple) - mean
    if deviation <= 1e-12:
        return Growth(float(distance <= 1e-12), empirical, n)
    return Growth(float(stdtr(n - 1, -distance / (deviation * math.sqrt(1 + 1 / n)))), empirical, n)


def verdict_of(probability: float | None, bounds: tuple[float, float] = BOUNDS) -> Verdict:
    """Return the verdict on a chance of attainment; `unknown` without one.

    `bounds` are below which chance it is unrealistic, and below which at best a stretch; from 0.8 on it is comfortable, and what
    is at best a stretch is unlikely below 0.2.
    """
    least, stretch = bounds
    if probability is None:
        return "unknown"
    if probability < least:
        return "unrealistic"
    if probability < stretch:
        return "stretch" if probability >= UNLIKELY or least >= UNLIKELY else "unlikely"
    return "comfortable" if probability >= COMFORTABLE else "realistic"


def judge(looks: Iterable[Look], bounds: tuple[float, float] = BOUNDS) -> Verdict:
    """Return the worst verdict of the looks that saw enough; `unknown`, never passed, when none did."""
    verdicts = [verdict_of(look.probability, bounds) for look in looks if look.enough]
    return min(verdicts, key=ORDER.index, default="unknown")


def quantiles(draws: NDArray[np.float64], probabilities: Sequence[float] = (0.1, 0.5, 0.9)) -> tuple[float, ...]:
    """Return quantiles of simulated totals, each the smallest draw that is not exceeded with at least that probability."""
    import numpy as np

    found = np.quantile(draws, probabilities, method="inverted_cdf")
    return tuple(float(value) for value in found)


def pinball(actual: float, forecast: float, probability: float) -> float:
    """Return the loss of a quantile forecast: each unit too low costs the probability, each unit too high the rest of it."""
    return (actual - forecast) * (probability if actual >= forecast else probability - 1)


def brier(judged: Sequence[tuple[float, bool]]) -> float | None:
    """Return the mean squared error of chances against what happened; None without any."""
    return math.fsum((chance - happened) ** 2 for chance, happened in judged) / len(judged) if judged else None


def coverage(judged: Sequence[tuple[float, float, float]]) -> float | None:
    """Return the share of (low, high, actual) in which the interval held the actual; None without any."""
    return sum(low <= actual <= high for low, high, actual in judged) / len(judged) if judged else None


def _negative_binomial(size: float, probability: float) -> Counts:
    import numpy as np
    from scipy.special import gammaln, nbdtrik

    k = np.arange(math.ceil(float(nbdtrik(1 - FORGOTTEN, size, probability))) + 2)
    log_pmf = gammaln(k + size) - gammaln(k + 1) - gammaln(size) + size * math.log(probability) + k * math.log1p(-probability)
    return _counts(np.exp(log_pmf))


def _counts(pmf: NDArray[np.float64], least: int = 0) -> Counts:
    """Return the distribution without its forgotten tail; what is left sums to 1."""
    import numpy as np

    kept = np.flatnonzero(pmf > FORGOTTEN * 1e-3)
    pmf = pmf[: int(kept[-1]) + 1]
    return Counts(tuple((pmf / pmf.sum()).tolist()), least)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the variance of a sample of two or more (divided by n - 1)."""
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
