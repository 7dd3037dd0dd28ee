"""What is said of a comparison, from its pairs: the verdicts word for word."""

import math

import numpy as np
import pandas as pd
import pytest

from tools.compare.answers import Answer, answers
from tools.compare.sentences import facts, verdict

LUCK = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.05, -0.05, 0.15, -0.15, 0.3])


def answer(differences: "np.ndarray[tuple[int], np.dtype[np.float64]]", effect: float = 0.1) -> Answer:
    """Return the answer for pairs in which A always reaches 90; NaN for a pair in which B diverged."""
    rows = {"match": 0, "seed": range(len(differences)), "a": 90.0, "b": 90 + differences}
    (found,) = answers(pd.DataFrame(rows).assign(difference=np.round(differences, 4)), effect, ["torch"])
    return found


def test_b_is_better() -> None:
    assert verdict(answer(4.7 + LUCK)) == (
        "B is better than A by 4.73 points (95 % interval 4.64 to 4.83, 10 seed pairs); B wins in 10 of 10."
    )


def test_a_is_better_with_the_interval_turned_round() -> None:
    assert verdict(answer(-4.7 - LUCK), "B2") == (
        "A is better than B2 by 4.73 points (95 % interval 4.64 to 4.83, 10 seed pairs); A wins in 10 of 10."
    )


def test_pairs_that_do_not_tell_say_how_many_would() -> None:
    found = answer(LUCK)
    assert found.better == ""
    assert verdict(found) == (
        f"These 10 pairs do not tell A from B; to see a difference of 0.10 points with 80 % power, about "
        f"{found.needed} pairs are needed."
    )
    assert 20 <= found.needed <= 30
    assert verdict(answer(LUCK, effect=2)) == (
        "These 10 pairs do not tell A from B; a difference of 2.00 points would have shown with 80 % power."
    )


def test_another_init_seed_of_a_relu_network_is_not_called_better() -> None:
    """Two trainings of one configuration, 96.99 % and 97.46 %: the report once called that larger than luck."""
    seeds = np.array([0.47, -0.21, 0.13, -0.38, 0.05, -0.11])
    assert verdict(answer(seeds)).startswith("These 6 pairs do not tell A from B; ")
    assert verdict(answer(seeds[:1])).startswith("1 seed pairs are too few for a verdict: ")


def test_equal_pairs_are_called_equal() -> None:
    found = answer(np.zeros(7))
    assert verdict(found) == "A and B are equal in all 7 seed pairs, to the last image."
    assert found.ties == 7
    assert found.probability[0] == 0.5


def test_equal_differences_need_no_bootstrap() -> None:
    assert verdict(answer(np.full(6, 0.5))) == (
        "B is better than A by 0.50 points (95 % interval 0.50 to 0.50, 6 seed pairs); B wins in 6 of 6."
    )


def test_a_side_that_diverges_loses_those_pairs_and_is_not_called_better() -> None:
    found = answer(np.concatenate([4.7 + LUCK, [math.nan, math.nan]]))
    assert (found.pairs, found.seeds, found.wins, found.losses) == (10, 12, 10, 2)
    assert found.better == ""
    assert verdict(found).startswith(
        "B diverged with 2 of 12 seeds (10, 11). Over the other 10 pairs, B is ahead by "
    )
    worse = answer(np.concatenate([-4.7 - LUCK, [math.nan]]))
    assert verdict(worse).endswith("A wins in 11 of 11.")


def test_holms_correction_counts_all_comparisons() -> None:
    one = pd.DataFrame({"seed": range(6), "a": 90.0, "b": 91.0, "difference": 1.0})
    found = answers(pd.concat([one.assign(match=0), one.assign(match=1)]), 0.1, ["torch", "torch"])
    assert [round(each.p, 5) for each in found] == [2 * 2 / 64] * 2
    assert verdict(found[0]).startswith(
        "6 seed pairs are too few for a verdict in 2 comparisons at a time: with fewer than 7"
    )


def test_what_another_model_does_is_a_question_of_its_own() -> None:
    one = pd.DataFrame({"seed": range(6), "a": 90.0, "b": 91.0, "difference": 1.0})
    found = answers(pd.concat([one.assign(match=0), one.assign(match=1)]), 0.1, ["custom", "torch"])
    assert [(each.p, each.better) for each in found] == [(2 / 64, "B")] * 2


@pytest.mark.parametrize("differences", [LUCK, LUCK[:1], np.full(3, math.nan), np.zeros(6)])
def test_every_figure_has_a_value_or_is_unknown(
    differences: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> None:
    values = facts(answer(differences)).values()
    assert len(values) == 9
    assert not any("nan" in value for value in values)
