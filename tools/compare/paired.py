"""The statistics of pairs: by how much B differs from A, whether it could be chance, what the pairs can show.

Everything is in points, hundredths of an accuracy. A pair is one seed, with which both sides were trained. All
functions that take differences work on the last axis, so that a simulation can hand in thousands of comparisons.
"""

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binomtest, bootstrap, nct, permutation_test, t

Points = NDArray[np.floating[Any]]

ALPHA = 0.05
"""A difference counts as shown if its p-value is not above this."""
CONFIDENCE = 0.95
POWER = 0.8
"""How often a difference that the pairs "can show" is shown."""
MEANINGFUL = 0.75
"""From this probability that B beats A on, a difference matters (Bouthillier et al., MLSys 2021, section 4)."""
EXACT = 2**14
"""Up to so many ways to flip signs, 14 pairs, all are tried: under a tenth of a second."""
FLIPS = 99_999
"""Ways to flip signs that are drawn if there are more."""
RESAMPLES = 9_999
"""Of the bootstrap."""
AT_ONCE = 200_000
"""Numbers drawn in one step. So many fit into a CPU's cache: a simulation of 20 pairs takes a third as long."""
MOST_PAIRS = 1_000_000
LOST_PAIRS = 1.5
"""By so many pairs, both tests together have less power than the t test (found by simulation, from 6 pairs on)."""
NO_SPREAD = 1e-9
"""Standard error in points below which differences are equal, rounding aside."""


def bootstrap_interval(differences: Points, resamples: int = RESAMPLES) -> tuple[Points, Points]:
    """Return the ends of the 95 % BCa bootstrap interval of the mean difference (Efron, JASA 82, 1987).

    Whole pairs are drawn, with a fixed seed. If all differences are equal, both ends are that difference.
    """
    equal = np.ptp(differences, axis=-1) == 0
    varied = np.where(
        equal[..., None], np.arange(differences.shape[-1]), differences
    )  # or it warns, and gives NaN
    stream = np.random.default_rng(0)
    found = bootstrap(
        (varied,), np.mean, axis=-1, n_resamples=resamples, batch=batch(varied), confidence_level=CONFIDENCE,
        method="BCa", rng=stream,
    ).confidence_interval  # fmt: skip
    middle = mean(differences)
    return np.where(equal, middle, found.low), np.where(equal, middle, found.high)


def sign_flip(differences: Points, flips: int = FLIPS) -> Points:
    """Return the two-sided p-value of the sign-flip test: is the mean farther from 0 than chance takes it?

    If A and B were the same, each difference would be as likely with the opposite sign. p is the share of all ways
    to flip signs (or, with more than 14 pairs, of ``flips`` drawn with a fixed seed) with a mean at least as far
    from 0.
    """
    ways = 2 ** differences.shape[-1]
    stream = np.random.default_rng(0)
    found = permutation_test(
        (differences,), mean, permutation_type="samples", vectorized=True, axis=-1,
        n_resamples=ways if ways <= EXACT else flips, batch=batch(differences), rng=stream,
    )  # fmt: skip
    return np.asarray(found.pvalue)


def bootstrap_t(differences: Points, resamples: int = RESAMPLES) -> Points:
    """Return the two-sided p-value of the bootstrap-t test of mean 0 (Efron & Tibshirani 1993, section 16.4).

    The mean over its standard error is compared with that of whole pairs drawn, with a fixed seed, from the
    differences minus their mean; p is twice the smaller tail. It allows for skewed differences, as the other test
    does not.
    """
    centred = differences - mean(differences)[..., None]
    drawn = bootstrap(
        (centred,), studentised, axis=-1, n_resamples=resamples, batch=batch(centred), method="percentile",
        rng=np.random.default_rng(0),
    ).bootstrap_distribution  # fmt: skip
    found = studentised(differences)[..., None]
    tails = np.minimum((drawn <= found).sum(axis=-1), (drawn >= found).sum(axis=-1))
    return np.asarray(np.minimum(1, 2 * (tails + 1) / (resamples + 1)))


def batch(differences: Points) -> int:
    """Return how many resamples to draw in one step; the result does not depend on it."""
    return max(1, AT_ONCE // differences.size)


def studentised(values: Points, axis: int = -1) -> Points:
    """Return the mean over its standard error; huge if the values are equal and not 0."""
    error = values.std(axis=axis, ddof=1) / np.sqrt(values.shape[axis])
    return np.asarray(mean(values, axis) / np.maximum(error, NO_SPREAD))


def p_value(differences: Points, flips: int = FLIPS, resamples: int = RESAMPLES) -> Points:
    """Return the larger p-value of the two tests, sign flips and bootstrap-t.

    The first is exact if differences are symmetric, the second is close to its level if they are skewed.
    """
    return np.maximum(sign_flip(differences, flips), bootstrap_t(differences, resamples))


def mean(values: Points, axis: int = -1) -> Points:
    """Return the mean along an axis."""
    return np.asarray(values.mean(axis=axis))


def is_shown(p: Points, low: Points, high: Points) -> NDArray[np.bool_]:
    """Return whether a difference is shown: p is small (adjusted, if of several), 0 outside of the interval."""
    return (p <= ALPHA) & ((low > 0) | (high < 0))


def win_probability(wins: int, ties: int, pairs: int) -> tuple[float, float, float]:
    """Return the probability that B beats A with a new seed, ties counted half, and its 95 % interval.

    The quantity is that of Bouthillier et al. (MLSys 2021). The interval is not their bootstrap, which would say
    1 to 1 if B won every time, but that of Clopper and Pearson (Biometrika 26, 1934); half a win is rounded down
    for the lower end and up for the upper one.
    """
    halves = 2 * wins + ties
    low = binomtest(halves // 2, pairs).proportion_ci(CONFIDENCE, method="exact").low
    high = binomtest(-(-halves // 2), pairs).proportion_ci(CONFIDENCE, method="exact").high
    return halves / (2 * pairs), float(low), float(high)


def fewest_pairs(comparisons: int = 1) -> int:
    """Return the fewest pairs with which the sign-flip test can show anything: 6 for one comparison.

    All n differences on one side give p = 2 / 2^n; Holm's correction multiplies the smallest of several by their
    number.
    """
    return next(pairs for pairs in range(1, 100) if comparisons * 2.0 ** (1 - pairs) <= ALPHA)


def attainable(alpha: float, pairs: int) -> float:
    """Return the largest p-value of the sign-flip test that is not above ``alpha``: a multiple of 2 / 2^n."""
    steps = 2.0 ** min(pairs - 1, 60)  # finer steps than that make no difference
    return float(np.floor(alpha * steps) / steps)


def power(effect: float, spread: float, pairs: int, comparisons: int = 1) -> float:
    """Return how often a true difference is shown on its right side, if differences are normally distributed.

    The power is that of the paired t test with ``LOST_PAIRS`` fewer pairs, at the level that the sign-flip test
    can reach, by the noncentral t distribution.

    Args:
        effect: the true mean difference, above 0.
        spread: standard deviation of the differences, above 0.
        pairs: number of pairs, at least ``fewest_pairs(comparisons)``.
        comparisons: made at the same time; their number divides the level of the test.
    """
    level, left = attainable(ALPHA / comparisons, pairs), pairs - LOST_PAIRS
    return float(nct.sf(t.isf(level / 2, left - 1), left - 1, effect / spread * np.sqrt(left)))


def smallest_difference(spread: float, pairs: int, comparisons: int = 1) -> float:
    """Return the smallest true difference that these pairs show with 80 % power; 0 if they do not spread."""
    if spread == 0:
        return 0.0
    return float(brentq(lambda effect: power(effect, spread, pairs, comparisons) - POWER, 0.0, 20 * spread))


def pairs_needed(effect: float, spread: float, comparisons: int = 1) -> int:
    """Return how many pairs show a true difference of ``effect`` with 80 % power; at most ``MOST_PAIRS``."""
    fewest = fewest_pairs(comparisons)
    if spread == 0:
        return fewest
    numbers = range(fewest, MOST_PAIRS)
    return fewest + bisect_left(numbers, True, key=lambda n: power(effect, spread, n, comparisons) >= POWER)


def holm(p: list[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm, Scandinavian Journal of Statistics 6, 1979), in order.

    The smallest is multiplied by their number, the next by one less, and so on; none may end below one before it.
    """
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * np.asarray(p)[order]))
    return [float(one) for one in adjusted]
