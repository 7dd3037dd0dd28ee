"""The statistics of pairs: answers worked out by hand or by another method, what is said, simulated promises."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binomtest, ttest_rel

from tools.compare import statistics
from tools.compare.answer import facts_table, verdict
from tools.compare.statistics import ALPHA, POWER, Answer, answers, bootstrap_interval, p_value, power, sign_flip

SIX = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
ONE_LOST = SIX * [-1, 1, 1, 1, 1, 1]
LUCK = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.05, -0.05, 0.15, -0.15, 0.3])
COMPARISONS = 2_000


@pytest.mark.parametrize(
    ("differences", "p"),
    [(SIX, 2 / 64), (SIX[:5], 2 / 32), (-SIX, 2 / 64), (np.zeros(6), 1.0), (ONE_LOST, 4 / 64)],
)
def test_the_sign_flip_test_tries_every_way(differences: NDArray[np.float64], p: float) -> None:
    assert sign_flip(differences) == pytest.approx(p)


def test_with_many_pairs_signs_are_drawn_and_p_repeats_and_is_close_to_a_t_tests() -> None:
    differences = np.random.default_rng(3).normal(0.4, 1, 40)
    assert sign_flip(differences) == sign_flip(differences)
    assert float(sign_flip(differences)) == pytest.approx(ttest_rel(differences, np.zeros(40)).pvalue, abs=0.003)


def test_the_interval_is_that_of_the_mean_and_moves_with_the_differences() -> None:
    assert bootstrap_interval(SIX) == pytest.approx((0.22, 0.47), abs=0.03)
    assert np.allclose(bootstrap_interval(SIX + 1), np.add(bootstrap_interval(SIX), 1))


def test_bootstrap_t_is_that_of_every_draw() -> None:
    draws = np.array(list(itertools.product(SIX - SIX.mean(), repeat=6)))
    error = np.maximum(draws.std(axis=1, ddof=1), 1e-9)
    exact = 2 * np.mean(draws.mean(axis=1) / error >= SIX.mean() / SIX.std(ddof=1))
    assert float(statistics.bootstrap_t(SIX)) == pytest.approx(exact, abs=0.002)
    assert statistics.bootstrap_t(-SIX) == pytest.approx(statistics.bootstrap_t(SIX), abs=0.002)


def test_bootstrap_t_needs_more_of_a_mean_that_the_longer_tail_may_turn() -> None:
    """Five losses and a tiny one: if wins are rare but large, such seeds come up by luck."""
    skewed = np.array([-0.9, -0.8, -0.7, -0.8, -0.9, -0.05])
    assert sign_flip(skewed) == 2 / 64
    assert p_value(skewed) == statistics.bootstrap_t(skewed) > ALPHA


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (4.5, 2 / 64)])
def test_equal_differences_are_no_chance_unless_they_are_0(value: float, p: float) -> None:
    assert p_value(np.full(6, value)) == p
    assert [float(end) for end in bootstrap_interval(np.full(6, value))] == [value, value]
    assert statistics.pairs_needed(0.1, 0) == 6


def test_comparisons_at_once_give_what_each_gives_alone_in_steps_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sign_flip(np.array([SIX, ONE_LOST])).tolist() == [sign_flip(SIX), sign_flip(ONE_LOST)]
    differences = np.random.default_rng(0).normal(0.4, 1, 20)
    at_once = p_value(differences, 1_999, 999), *bootstrap_interval(differences, 999)
    monkeypatch.setattr(statistics, "BATCH", 3)
    assert (p_value(differences, 1_999, 999), *bootstrap_interval(differences, 999)) == at_once


def test_test_and_interval_must_agree() -> None:
    rows = [[0.05, 0.1, 0.2], [0.051, 0.1, 0.2], [0.01, -0.1, 0.2], [0.01, -0.2, -0.1], [0, 0, 0]]
    assert statistics.is_shown(*np.array(rows).T).tolist() == [True, False, False, True, False]


def test_power_is_that_of_tables_for_a_pair_and_a_half_fewer() -> None:
    """Cohen, Statistical Power Analysis (1988): a paired t test of d = 0.5 needs 34 pairs, of d = 0.8 needs 15."""
    assert statistics.pairs_needed(0.5, 1) == 35
    assert statistics.pairs_needed(0.8, 1) in (16, 17)
    assert power(0.5, 1, 34) < POWER <= power(0.5, 1, 35)
    assert statistics.pairs_needed(1e-9, 1) == 1_000_000
    assert [statistics.fewest_pairs(comparisons) for comparisons in (1, 2, 3, 4)] == [6, 7, 7, 8]


@pytest.mark.parametrize(("models", "p"), [(["torch", "torch"], 4 / 64), (["custom", "torch"], 2 / 64)])
def test_holms_correction_is_for_several_bs_of_one_model(models: list[str], p: float) -> None:
    rows = pd.DataFrame({"seed": range(6), "a": 90.0, "b": 91.0, "difference": 1.0})
    table = pd.concat([rows.assign(match=0), rows.assign(match=1)])
    assert [one.p for one in answers(table, 0.1, models)] == pytest.approx([p, p])
    assert statistics.holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm(np.array([0.5, 0.9])) == pytest.approx([1, 1])


def answer(differences: NDArray[np.float64], effect: float = 0.1) -> Answer:
    """Return the answer for pairs in which A always reaches 90; NaN for a pair in which B diverged."""
    rows = {"match": 0, "seed": range(len(differences)), "a": 90.0, "b": 90 + differences}
    (only,) = answers(pd.DataFrame(rows).assign(difference=np.round(differences, 4)), effect, ["torch"])
    return only


@pytest.mark.parametrize(
    ("differences", "better", "words"),
    [
        (4.7 + LUCK, "B", "B is better than A by 4.73 points (95 % interval 4.64 to 4.83, 10 seed pairs); B wins "
                          "in 10 of 10."),
        (-4.7 - LUCK, "A", "A is better than B by 4.73 points (95 % interval 4.64 to 4.83, "),
        (np.full(6, 0.5), "B", "B is better than A by 0.50 points (95 % interval 0.50 to 0.50, "),
        (LUCK, "", "No significant difference with 10 pairs; to detect a difference of 0.1 points with 80 % "
                   "power, about 24 pairs are needed."),
        (LUCK[:6], "", "No significant difference with 6 pairs; to detect "),
        (LUCK[:1], "", "1 seed pairs are too few for a verdict: with fewer than 6, "),
        (np.zeros(7), "", "A and B are equal in all 7 seed pairs, to the last image."),
        (np.full(3, math.nan), "", "B diverged with 3 of 3 seeds (0, 1, 2). There is no pair of seeds "),
        (np.append(4.7 + LUCK, math.nan), "", "B diverged with 1 of 11 seeds (10). Over the other 10 pairs, B is "
                                              "ahead by 4.73 points; as it diverged more often, it is not called"),
        (np.append(-4.7 - LUCK, math.nan), "A", "B diverged with 1 of 11 seeds (10). A is better than B by 4.73"),
    ],
)  # fmt: skip
def test_verdicts(differences: NDArray[np.float64], better: str, words: str) -> None:
    assert verdict(answer(differences)).startswith(words)
    assert answer(differences).better == better
    assert facts_table({"torch": answer(differences)}).count("\n") == 8


def test_pairs_that_suffice_say_so_and_a_side_that_diverges_loses_those_pairs() -> None:
    assert "; a difference of 2 points would have been detected" in verdict(answer(LUCK, effect=2))
    assert "a million pairs are not enough" in verdict(answer(LUCK, effect=0.0001))
    one = answer(np.concatenate([4.7 + LUCK, [math.nan, math.nan]]))
    assert (one.pairs, one.seeds, one.wins, one.losses) == (10, 12, 10, 2)


SIMULATED: dict[str, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]] = {
    "normal": lambda stream, size: stream.normal(size=size),
    # each side fails badly now and then, both alike
    "skewed": lambda stream, size: stream.exponential(size=size) - stream.exponential(size=size),
    # skewness 1 and 1.75, mean 0: the luck of one side has another shape
    "skewed differences": lambda stream, size: stream.gamma(4, size=size) - 4,
    "very skewed differences": lambda stream, size: stream.lognormal(sigma=0.5, size=size) - float(np.exp(0.125)),
    "tied": lambda stream, size: stream.integers(-1, 2, size=size).astype(float),
}
"""The differences of many comparisons of two sides that do not differ."""


def shown(differences: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which comparisons say "better"; fewer resamples than usual, because there are thousands."""
    return statistics.is_shown(p_value(differences, 1_999, 999), *bootstrap_interval(differences, resamples=999))


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [6, 10, 20])
@pytest.mark.parametrize("kind", SIMULATED)
def test_without_a_difference_at_most_one_comparison_in_twenty_says_better(kind: str, pairs: int) -> None:
    wrong = int(shown(SIMULATED[kind](np.random.default_rng(pairs), (COMPARISONS, pairs))).sum())
    assert binomtest(wrong, COMPARISONS).proportion_ci(0.95).low <= ALPHA
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
