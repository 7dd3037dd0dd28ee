"""What is said of a comparison, from its pairs."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tools.compare.answer import facts_table, verdict
from tools.compare.statistics import Answer, answers

LUCK = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.05, -0.05, 0.15, -0.15, 0.3])
SEEDS_OF_RELU = np.array([0.47, -0.21, 0.13, -0.38, 0.05, -0.11])
"""Of two trainings of one configuration, 96.99 % and 97.46 %: a report once called that more than luck."""


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
        (SEEDS_OF_RELU, "", "No significant difference with 6 pairs; to detect "),
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


def test_pairs_that_suffice_for_the_difference_of_interest_say_so() -> None:
    assert "; a difference of 2 points would have been detected" in verdict(answer(LUCK, effect=2))
    assert "a million pairs are not enough" in verdict(answer(LUCK, effect=0.0001))


def test_a_side_that_diverges_loses_those_pairs() -> None:
    one = answer(np.concatenate([4.7 + LUCK, [math.nan, math.nan]]))
    assert (one.pairs, one.seeds, one.wins, one.losses) == (10, 12, 10, 2)


@pytest.mark.parametrize(("models", "p"), [(["torch", "torch"], 4 / 64), (["custom", "torch"], 2 / 64)])
def test_holms_correction_is_for_several_bs_of_one_model(models: list[str], p: float) -> None:
    rows = pd.DataFrame({"seed": range(6), "a": 90.0, "b": 91.0, "difference": 1.0})
    table = pd.concat([rows.assign(match=0), rows.assign(match=1)])
    assert [one.p for one in answers(table, 0.1, models)] == pytest.approx([p, p])
