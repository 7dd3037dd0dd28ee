"""The statistics of pairs: answers worked out by hand or by another method, and simulations of their promises."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binomtest, ttest_rel

from tools.compare import statistics
from tools.compare.statistics import ALPHA, POWER, bootstrap_interval, bootstrap_t, p_value, power, sign_flip

SIX = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
COMPARISONS = 2_000


@pytest.mark.parametrize(
    ("differences", "p"),
    [(SIX, 2 / 64), (SIX[:5], 2 / 32), (-SIX, 2 / 64), (np.zeros(6), 1.0), (SIX * [-1, 1, 1, 1, 1, 1], 4 / 64)],
)
def test_the_sign_flip_test_tries_every_way(differences: NDArray[np.float64], p: float) -> None:
    assert sign_flip(differences) == pytest.approx(p)


def test_with_many_pairs_signs_are_drawn_and_p_repeats_and_is_close_to_a_t_tests() -> None:
    differences = np.random.default_rng(3).normal(0.4, 1, 40)
    assert sign_flip(differences) == sign_flip(differences)
    assert float(sign_flip(differences)) == pytest.approx(ttest_rel(differences, np.zeros(40)).pvalue, abs=0.003)


def test_the_interval_is_that_of_the_mean_and_moves_with_the_differences() -> None:
    low, high = bootstrap_interval(SIX)
    assert 0.2 < low < 0.24
    assert 0.44 < high < 0.5
    assert np.allclose(bootstrap_interval(SIX + 1), (low + 1, high + 1))


def test_bootstrap_t_is_that_of_every_draw() -> None:
    draws = np.array(list(itertools.product(SIX - SIX.mean(), repeat=6)))
    error = np.maximum(draws.std(axis=1, ddof=1), 1e-9)
    exact = 2 * np.mean(draws.mean(axis=1) / error >= SIX.mean() / SIX.std(ddof=1))
    assert float(bootstrap_t(SIX)) == pytest.approx(exact, abs=0.002)
    assert bootstrap_t(-SIX) == pytest.approx(bootstrap_t(SIX), abs=0.002)


def test_bootstrap_t_needs_more_of_a_mean_that_the_longer_tail_may_turn() -> None:
    """Five losses and a tiny one: if wins are rare but large, such seeds come up by luck."""
    skewed = np.array([-0.9, -0.8, -0.7, -0.8, -0.9, -0.05])
    assert sign_flip(skewed) == 2 / 64
    assert p_value(skewed) == bootstrap_t(skewed) > ALPHA


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (4.5, 2 / 64)])
def test_equal_differences_are_no_chance_unless_they_are_0(value: float, p: float) -> None:
    assert p_value(np.full(6, value)) == p
    assert [float(end) for end in bootstrap_interval(np.full(6, value))] == [value, value]
    assert statistics.pairs_needed(0.1, 0) == 6


def test_comparisons_at_once_give_what_each_gives_alone_in_steps_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = np.array([SIX, SIX * [-1, 1, 1, 1, 1, 1]])
    assert sign_flip(both).tolist() == [sign_flip(one) for one in both]
    differences = np.random.default_rng(0).normal(0.4, 1, 20)
    at_once = p_value(differences, 1_999, 999), *bootstrap_interval(differences, 999)
    monkeypatch.setattr(statistics, "AT_ONCE", 70)  # three resamples, of 20 numbers each
    assert (p_value(differences, 1_999, 999), *bootstrap_interval(differences, 999)) == at_once


def test_test_and_interval_must_agree() -> None:
    p, low, high = np.array(
        [[0.05, 0.1, 0.2], [0.051, 0.1, 0.2], [0.01, -0.1, 0.2], [0.01, -0.2, -0.1], [0, 0, 0]]
    ).T
    assert statistics.is_shown(p, low, high).tolist() == [True, False, False, True, False]


def test_the_fewest_pairs_are_six_and_more_with_several_comparisons() -> None:
    assert [statistics.fewest_pairs(comparisons) for comparisons in (1, 2, 3, 4)] == [6, 7, 7, 8]


def test_power_is_that_of_tables_for_a_pair_and_a_half_fewer() -> None:
    """Cohen, Statistical Power Analysis (1988): a paired t test of d = 0.5 needs 34 pairs, of d = 0.8 needs 15."""
    assert statistics.pairs_needed(0.5, 1) == 35
    assert statistics.pairs_needed(0.8, 1) in (16, 17)
    assert power(0.5, 1, 34) < POWER <= power(0.5, 1, 35)
    assert statistics.pairs_needed(1e-9, 1) == 1_000_000


def test_holm_is_the_example_worked_by_hand() -> None:
    assert statistics.holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm(np.array([0.5, 0.9])) == pytest.approx([1, 1])


def simulated(kind: str, pairs: int) -> NDArray[np.float64]:
    """Return the differences of many comparisons of two sides that do not differ."""
    stream = np.random.default_rng(pairs)
    size = (COMPARISONS, pairs)
    if kind == "normal":
        return stream.normal(size=size)
    if kind == "skewed":  # each side fails badly now and then, both alike
        return stream.exponential(size=size) - stream.exponential(size=size)
    if kind == "skewed differences":  # skewness 1, mean 0: the luck of one side has another shape
        return stream.gamma(4, size=size) - 4
    if kind == "very skewed differences":  # skewness 1.75
        return stream.lognormal(sigma=0.5, size=size) - float(np.exp(0.125))
    return stream.integers(-1, 2, size=size).astype(float)


def shown(differences: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which comparisons say "better"; fewer resamples than usual, because there are thousands."""
    return statistics.is_shown(p_value(differences, 1_999, 999), *bootstrap_interval(differences, resamples=999))


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [6, 10, 20])
@pytest.mark.parametrize("kind", ["normal", "skewed", "skewed differences", "very skewed differences", "tied"])
def test_without_a_difference_at_most_one_comparison_in_twenty_says_better(kind: str, pairs: int) -> None:
    wrong = int(shown(simulated(kind, pairs)).sum())
    interval = binomtest(wrong, COMPARISONS).proportion_ci(0.95)
    assert interval.low <= ALPHA
    assert wrong > 0 or (kind == "tied" and pairs == 6)  # it can say so


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [6, 7, 8, 10, 20])
def test_a_difference_is_shown_as_often_as_promised(pairs: int) -> None:
    effect = float(brentq(lambda effect: power(effect, 1, pairs) - POWER, 0, 20))
    found = np.random.default_rng(pairs).normal(effect, 1, (COMPARISONS, pairs))
    right = int((shown(found) & (found.mean(axis=1) > 0)).sum())
    assert 0.77 < right / COMPARISONS < 0.88  # 6 pairs reach more: the level is a step, 2 of 64 ways


@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "least", "most"), [(6, 0.83, 0.90), (10, 0.88, 0.93), (20, 0.91, 0.95)])
def test_the_interval_covers_the_true_difference(pairs: int, least: float, most: float) -> None:
    """It is too narrow with few pairs, as bootstrap intervals are; the sign-flip test is not."""
    low, high = bootstrap_interval(np.random.default_rng(pairs).normal(size=(COMPARISONS, pairs)), 999)
    assert least < np.mean((low <= 0) & (high >= 0)) < most
