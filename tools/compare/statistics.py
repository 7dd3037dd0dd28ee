"""The statistics of pairs: by how much B differs from A, whether it could be chance, what the pairs can show.

Everything is in points, hundredths of an accuracy. A pair is one seed, with which both sides were trained. All
functions that take differences work on the last axis, so that a simulation can hand in thousands of comparisons.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import bootstrap, nct, permutation_test, t

Points = NDArray[np.floating[Any]]

ALPHA = 0.05  # a difference counts as shown if its p-value is not above this
POWER = 0.8
EXACT, FLIPS = 2**14, 99_999
"""Up to EXACT ways to flip signs, 14 pairs, all are tried; of more, FLIPS are drawn."""
RESAMPLES = 9_999
BATCH = 250  # resamples in one step, for thousands of pairs to fit into memory; results do not depend on it
MOST_PAIRS = 1_000_000
LOST_PAIRS = 1.5
"""Both tests together have the power of the t test with this many pairs fewer (by simulation, from 6 pairs on)."""
NO_SPREAD = 1e-9  # standard error in points below which differences are equal, rounding aside


@dataclass(frozen=True)
class SideScores:
    """Mean and standard deviation of a side's accuracies, and the seeds with which it diverged."""

    mean: float
    spread: float
    diverged: list[int]


@dataclass(frozen=True)
class Answer:
    """What the pairs say of B - A, in points: mean, interval and test of the ``pairs`` that ended on both sides.

    ``p`` is the larger one of both tests, adjusted for the number of ``comparisons`` (Holm). Where only one side
    diverged, the other wins. ``needed`` pairs show a difference of ``effect``, the smallest that matters to the
    user, with a probability of ``POWER``.
    """

    a: SideScores
    b: SideScores
    seeds: int
    pairs: int
    mean: float
    low: float
    high: float
    p: float
    wins: int
    losses: int
    comparisons: int
    effect: float
    needed: int

    @property
    def ahead(self) -> str:
        """The side that reaches more, A or B, where both end; empty if the pairs do not tell."""
        if self.pairs < fewest_pairs(self.comparisons) or not is_shown(*np.array([self.p, self.low, self.high])):
            return ""
        return "B" if self.mean > 0 else "A"

    @property
    def better(self) -> str:
        """The side that is ahead, unless it diverged more often than the other."""
        a, b = len(self.a.diverged), len(self.b.diverged)
        return "" if (self.ahead == "A" and a > b) or (self.ahead == "B" and b > a) else self.ahead


def answers(table: pd.DataFrame, effect: float, models: list[str]) -> list[Answer]:
    """Return the answer to each comparison of a table that ``runs.train_pairs`` made.

    ``models`` has the model of each: Holm's correction is for several B's of one model; another model is a
    question of its own. ``effect`` is the smallest difference in points that matters to the user.
    """
    groups = [rows for _, rows in table.groupby("match")]
    p = np.array([p_value(rows["difference"].dropna().to_numpy()) for rows in groups])
    for model in set(models):
        same = np.array(models) == model
        p[same] = holm(p[same])
    results = []
    for rows, adjusted, model in zip(groups, p, models, strict=True):
        a, b = (
            SideScores(float(rows[side].mean()), float(rows[side].std()), rows["seed"][rows[side].isna()].tolist())
            for side in ("a", "b")
        )
        scores = rows[["a", "b"]].fillna(-1)  # below all others: a side that diverged loses the pair
        values, comparisons = rows["difference"].dropna(), models.count(model)
        low, high, needed = np.nan, np.nan, MOST_PAIRS
        if len(values) > 1:
            low, high = map(float, bootstrap_interval(values.to_numpy()))
            needed = pairs_needed(effect, float(values.std()), comparisons)
        wins, losses = int((scores["b"] > scores["a"]).sum()), int((scores["a"] > scores["b"]).sum())
        results.append(Answer(
            a, b, len(rows), len(values), float(values.mean()), low, high, float(adjusted), wins, losses,
            comparisons, effect, needed,
        ))  # fmt: skip
    return results


def bootstrap_interval(differences: Points, resamples: int = RESAMPLES) -> tuple[Points, Points]:
    """Return the ends of the 95 % BCa bootstrap interval of the mean difference (Efron, JASA 82, 1987).

    Whole pairs are drawn, with a fixed seed. If all differences are equal, both ends are that difference.
    """
    equal = np.ptp(differences, axis=-1) == 0
    # of equal differences, SciPy would warn and give NaN
    varied = np.where(equal[..., None], np.arange(differences.shape[-1]), differences)
    interval = bootstrap(
        (varied,), np.mean, axis=-1, n_resamples=resamples, batch=BATCH, confidence_level=1 - ALPHA,
        method="BCa", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    mean = differences.mean(axis=-1)
    return np.where(equal, mean, interval.low), np.where(equal, mean, interval.high)


def sign_flip(differences: Points, flips: int = FLIPS) -> Points:
    """Return the two-sided p-value of the sign-flip test.

    If A and B were the same, each difference would be as likely with the opposite sign. p is the share of all ways
    to flip signs (or of ``flips`` drawn with a fixed seed) whose mean is at least as far from 0.
    """
    ways = 2 ** differences.shape[-1]
    test = permutation_test(
        (differences,), np.mean, permutation_type="samples", vectorized=True, axis=-1,
        n_resamples=ways if ways <= EXACT else flips, batch=BATCH, rng=np.random.default_rng(0),
    )  # fmt: skip
    return np.asarray(test.pvalue)


def bootstrap_t(differences: Points, resamples: int = RESAMPLES) -> Points:
    """Return the two-sided p-value of the bootstrap-t test of mean 0 (Efron & Tibshirani 1993, section 16.4).

    The mean over its standard error is compared with that of pairs drawn, with a fixed seed, from the differences
    minus their mean; p is twice the smaller tail. Unlike the other test, it allows for skewed differences.
    """
    centred = differences - differences.mean(axis=-1, keepdims=True)
    drawn = bootstrap(
        (centred,), _studentised, axis=-1, n_resamples=resamples, batch=BATCH, method="percentile",
        rng=np.random.default_rng(0),
    ).bootstrap_distribution  # fmt: skip
    observed = _studentised(differences)[..., None]
    tails = np.minimum((drawn <= observed).sum(axis=-1), (drawn >= observed).sum(axis=-1))
    return np.asarray(np.minimum(1, 2 * (tails + 1) / (resamples + 1)))


def _studentised(values: Points, axis: int = -1) -> Points:
    """Return the mean over its standard error; huge if the values are equal and not 0."""
    error = values.std(axis=axis, ddof=1) / np.sqrt(values.shape[axis])
    return np.asarray(values.mean(axis=axis) / np.maximum(error, NO_SPREAD))


def p_value(differences: Points, flips: int = FLIPS, resamples: int = RESAMPLES) -> Points:
    """Return the larger p-value of the two tests, sign flips and bootstrap-t; 1 of fewer than two differences.

    The first is exact if differences are symmetric, the second is close to its level if they are skewed.
    """
    if differences.shape[-1] < 2:
        return np.ones(differences.shape[:-1])
    return np.maximum(sign_flip(differences, flips), bootstrap_t(differences, resamples))


def is_shown(p: Points, low: Points, high: Points) -> NDArray[np.bool_]:
    """Return whether a difference is shown: p is small (adjusted, if of several), 0 outside of the interval."""
    return (p <= ALPHA) & ((low > 0) | (high < 0))


def fewest_pairs(comparisons: int = 1) -> int:
    """Return the fewest pairs with which the sign-flip test can show anything: 6 for one comparison.

    All n differences on one side give p = 2 / 2^n; Holm's correction multiplies the smallest by their number.
    """
    return next(pairs for pairs in range(1, 100) if comparisons * 2.0 ** (1 - pairs) <= ALPHA)


def power(effect: float, spread: float, pairs: int, comparisons: int = 1) -> float:
    """Return how often a true difference is shown on its right side, if differences are normally distributed.

    ``spread``, above 0, is their standard deviation. This is the power of the paired t test with ``LOST_PAIRS``
    fewer pairs at the largest level up to ``ALPHA / comparisons`` that sign flips reach: a multiple of 2 / 2^n.
    """
    steps = 2.0 ** min(pairs - 1, 60)  # finer steps than that make no difference
    level = np.floor(ALPHA / comparisons * steps) / steps
    left = pairs - LOST_PAIRS
    return float(nct.sf(t.isf(level / 2, left - 1), left - 1, effect / spread * np.sqrt(left)))


def pairs_needed(effect: float, spread: float, comparisons: int = 1) -> int:
    """Return how many pairs show a true difference of ``effect`` with 80 % power; at most ``MOST_PAIRS``."""
    fewest = fewest_pairs(comparisons)
    if spread == 0:
        return fewest
    numbers = range(fewest, MOST_PAIRS)
    return fewest + bisect_left(numbers, True, key=lambda n: power(effect, spread, n, comparisons) >= POWER)


def holm(p: Points) -> Points:
    """Return p-values adjusted for their number (Holm, Scandinavian Journal of Statistics 6, 1979), in order.

    The smallest is multiplied by their number, the next by one less, and so on; none may end below one before it.
    """
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order]))
    return adjusted
