"""The statistics of pairs: answers worked out by another method, what is said, simulated promises."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, ttest_1samp

from studies import crossed
from studies.coverage import simulate
from studies.crossed import ALPHA, POWER, Estimate, Spread, pairs_needed, power
from tests.support.factory import ROOT
from tests.support.sides import IMAGES, LABELS, side
from tools.compare.answer import facts_table, verdict
from tools.compare.pairs import Answer, SideRuns, answers

STREAM = np.random.default_rng(3)
RANDOM = STREAM.integers(-1, 2, (7, 40)).astype(np.int8)


def test_mean_squares_are_those_of_the_definition() -> None:
    spread, points = Spread(RANDOM), 100.0 * RANDOM
    mean, pairs, images = points.mean(), points.mean(axis=1), points.mean(axis=0)
    rest = points - pairs[:, None] - images + mean
    assert spread.mean == pytest.approx(mean)
    assert spread.of_pairs == pytest.approx(40 * np.sum((pairs - mean) ** 2) / 6)
    assert spread.of_images == pytest.approx(7 * np.sum((images - mean) ** 2) / 39)
    assert spread.rest == pytest.approx(np.sum(rest**2) / (6 * 39))


def test_for_other_seeds_it_is_the_paired_t_test() -> None:
    found, theirs = Spread(RANDOM).for_other_seeds(), ttest_1samp(100 * RANDOM.mean(axis=1), 0)
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.interval() == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_images_that_all_seeds_agree_on_widen_the_interval_and_others_do_not() -> None:
    one_sided = np.zeros((6, IMAGES), np.int8)
    one_sided[:, :20] = 1  # 2 points, and with another draw of images 2 +- 0.44
    found = Spread(one_sided).for_other_seeds_and_images()
    assert found.mean == pytest.approx(2)
    assert found.error == pytest.approx(100 * math.sqrt(0.02 * 0.98 / (IMAGES - 1)))
    assert found.freedom == pytest.approx(IMAGES - 1)
    spread = Spread(np.array([np.roll(row, 100 * seed) for seed, row in enumerate(one_sided)]))
    assert spread.draws == 0
    assert spread.for_other_seeds_and_images() == spread.for_other_seeds()


def test_equal_pairs_have_an_interval_of_some_width_unless_all_images_are_equal() -> None:
    shifted = np.array([np.roll([1, 1, -1] + [0] * 97, 5 * seed) for seed in range(6)], np.int8)
    low, high = Spread(shifted).for_other_seeds().interval()
    assert low < 1 < high
    nothing = Spread(np.zeros((6, 50), np.int8)).for_other_seeds_and_images()
    assert (nothing.p, nothing.interval()) == (1.0, (0.0, 0.0))


@pytest.mark.parametrize("shape", [(1, 10), (6, 1)])
def test_one_pair_or_image_has_no_spread(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected two pairs and images or more, got"):
        Spread(np.zeros(shape, np.int8))


@pytest.mark.parametrize("level", [0.05, 0.013])
def test_interval_and_p_never_contradict_each_other(level: float) -> None:
    for mean in np.linspace(-3, 3, 601):
        one = Estimate(float(mean), 1.0, 5)
        low, high = one.interval(level)
        assert (low > 0 or high < 0) == (one.p < level)


def test_power_is_that_of_tables() -> None:
    """Cohen, Statistical Power Analysis (1988): a paired t test of d = 0.5 needs 34 pairs, of d = 0.8 needs 15."""
    assert pairs_needed(0.5, 1, 0) == 34
    assert pairs_needed(0.8, 1, 0) == 15
    assert power(0.5, 33, 1, 0) < POWER <= power(0.5, 34, 1, 0)
    assert pairs_needed(0.5, 0, 0) == 6
    assert pairs_needed(0.5, 1, 0.01) > 34
    assert pairs_needed(0.5, 1, 0.04) == crossed.MOST_PAIRS  # no number of seeds makes up for these images


def answer(a: list[int | None], b: list[int | None], effect: float = 0.1, **changes: Any) -> Answer:  # noqa: ANN401
    """Return the answer for pairs of which B, or A, gets more images right by these counts, of a thousand."""
    (only,) = answers([(side(a), side(b, **changes))], LABELS, effect, [1])
    return only


NONE: list[int | None] = [0] * 10
LUCK: list[int | None] = [8, 5, 7, 6, 9, 6, 8, 7, 5, 9]
MIXED_A: list[int | None] = [3, 0, 2, 0, 1, 0, 3, 0, 2, 0]
MIXED_B: list[int | None] = [0, 2, 0, 3, 0, 1, 0, 3, 0, 2]


VERDICTS: list[tuple[list[int | None], list[int | None], str, str]] = [
    (
        NONE,
        LUCK,
        "B",
        "B is better than A by 0.70 points (95 % interval 0.59 to 0.81 for other seeds and other images",
    ),
    (NONE, LUCK, "B", " like these; 0.59 to 0.81 for other seeds on these ones); it wins in 10 of 10 seed pairs."),
    (LUCK, NONE, "A", "A is better than B by 0.70 points (95 % interval 0.59 to 0.81 for "),
    (
        MIXED_A,
        MIXED_B,
        "",
        "No difference is shown with 10 seed pairs (95 % interval of the difference -0.18 to +0.18 ",
    ),
    (
        MIXED_A,
        MIXED_B,
        "",
        "to detect a difference of 0.1 points with 80 % power, about 50 (25 to 160) pairs are needed.",
    ),
    (NONE[:6], [5] * 6, "B", "B is better than A by 0.50 points (95 % interval 0.27 to 0.73 "),
    (
        NONE[:1],
        [5],
        "",
        "1 seed pair is too few for a verdict: with fewer than 6, one side wins them all too often by",
    ),
    (NONE[:5], [5] * 5, "", "5 seed pairs are too few for a verdict"),
    (NONE[:5], [5] * 5, "", "So far, B differs from A by +0.50 points."),
    (NONE, NONE, "", "A and B are right on the same images in all 10 seed pairs."),
    (
        NONE[:6],
        [None] * 6,
        "A",
        "A is better than B, which diverges more often than by chance (Fisher's exact test",
    ),
    (NONE[:6], [None] * 6, "A", ", p = 0.0022). B diverged with 6 of 6 seeds (0, 1, 2, 3, 4, 5)."),
    ([0] * 20, [None] * 15 + [9] * 5, "A", "A is better than B, which diverges more often than by chance"),
    ([0] * 20, [None] * 15 + [9] * 5, "A", "B diverged with 15 of 20 seeds (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...)."),
    (
        NONE[:3],
        [None] * 3,
        "",
        "There is no seed with which both sides ended, so nothing can be compared. B diverged",
    ),
    (
        [*NONE, 0],
        [*LUCK, None],
        "",
        "Over the other 10 pairs, B is ahead by 0.70 points; as it diverged more often, it ",
    ),
    ([*NONE, 0], [*LUCK, None], "", "is not called better. B diverged with 1 of 11 seeds (10)."),
    ([*LUCK, 0], [*NONE, None], "A", "A is better than B by 0.70 points"),
]


@pytest.mark.parametrize(("a", "b", "better", "words"), VERDICTS)
def test_verdicts(a: list[int | None], b: list[int | None], better: str, words: str) -> None:
    found = answer(a, b)
    assert words in verdict(found)
    assert found.better == better
    assert bool(better) == verdict(found).startswith(f"{better or '-'} is better than ")
    assert facts_table({"torch": found}).count("\n") == 10


def test_what_is_within_the_effect_is_as_good_or_better_by_little() -> None:
    assert verdict(answer(MIXED_A, MIXED_B, effect=0.2)).startswith(
        "A and B are equally good, within 0.2 points (95 "
    )
    assert ", less than the 1 that matter; it wins" in verdict(answer(NONE, LUCK, effect=1))
    assert not answer(MIXED_A, MIXED_B, effect=0.17).as_good


def test_images_that_always_differ_may_be_too_few_for_any_number_of_pairs() -> None:
    found = answer(NONE, [12] * 10, effect=0.2, kind="same images")
    assert (found.low, found.high) == pytest.approx((0.52, 1.88), abs=0.01)
    assert (found.seeds_low, found.seeds_high) == pytest.approx((1.2, 1.2))
    assert "| no number suffices" in facts_table({"torch": found})


def test_a_small_lead_is_not_shown_as_none() -> None:
    tiny = [replace(answer(NONE, LUCK), mean=mean) for mean in (0.0041, 0.0051)]
    assert [verdict(one).split(" points")[0] for one in tiny] == [
        f"B is better than A by {n}" for n in (0.004, 0.01)
    ]


def test_a_cost_is_named_if_it_is_much() -> None:
    assert "trains" not in verdict(answer(NONE, LUCK, seconds=0.0))
    assert " and trains 2.0 times as long; it wins" in verdict(answer(NONE, LUCK, seconds=4.0))
    assert " and trains in 0.50 of the time; it wins" in verdict(answer(NONE, LUCK, seconds=1.0))
    assert "trains" not in verdict(answer(NONE, LUCK, seconds=2.5))


def test_a_side_that_gives_every_image_the_same_class_has_collapsed() -> None:
    constant = SideRuns(np.ones(6, np.bool_), np.tile(LABELS == 3, (6, 1)), np.ones(6))
    (found,) = answers([(side(NONE[:6]), constant)], LABELS, 0.1, [1])
    assert verdict(found).startswith("A is better than B by 40.00 points")
    assert verdict(found).endswith(
        "B collapsed with 6 of 6 seeds (0, 1, 2, 3, 4, 5): it gives every image the same class."
    )


def test_of_several_questions_interval_and_p_are_adjusted_and_still_agree() -> None:
    weak = (side(NONE), side([4, 0, 3, 0, 2, 0, 4, 0, 0, 0]))
    once, twice = answers([weak, weak], LABELS, 0.1, [1, 2])
    assert twice.p == pytest.approx(2 * once.p)
    assert once.p < ALPHA < twice.p
    assert twice.low < 0 < once.low
    assert (once.better, twice.better) == ("B", "")
    assert twice.needed > once.needed
    for questions, better in ((2, "A"), (24, "")):  # p is 2 / 924, those of all ways to choose six of twelve
        (failing,) = answers([(side(NONE[:6]), side([None] * 6))], LABELS, 0.1, [questions])
        assert failing.failure_p == pytest.approx(questions * 2 / 924)
        assert failing.better == better
    assert not answer(NONE[:5], [None] * 5).better  # too few for a verdict, though p is 2 / 252


def test_the_table_of_pairs_counts_a_side_that_diverged_as_losing() -> None:
    found = answer([*NONE, None], [*LUCK, 0])
    assert (found.pairs, found.seeds, found.wins, found.losses) == (10, 11, 11, 0)


CELLS = [
    (kind, share, pairs)
    for kind in ("normal", "tied", "skewed")
    for share in (0.0, 0.07, 0.38)
    for pairs in (6, 10, 20)
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "share", "pairs"), CELLS)
def test_the_interval_covers_the_true_difference(kind: str, share: float, pairs: int) -> None:
    found = simulate(kind, share, pairs, mean=0.0, comparisons=1_000)
    covered = binomtest(round(10 * float(str(found["covered"]))), 1_000).proportion_ci(0.99)
    assert covered.low < 0.97
    assert covered.high > 0.93


def test_the_committed_table_keeps_what_is_promised() -> None:
    looks = pd.read_csv(ROOT / "studies/results/looks.csv")
    assert looks["multiplied"].max() < 8 < looks["as_it_is"].max()
    table = pd.read_csv(ROOT / "studies/results/coverage.csv")
    even = table[table["differences"].isin(["normal", "tied"])]
    assert even["covered"].between(93, 97.5).all()
    assert table["covered"][table["differences"] == "skewed"].between(93, 97.5).all()


def test_the_first_row_of_a_cell_repeats() -> None:
    rows: list[dict[str, object]] = [simulate("tied", 0.07, 6, 0.0, 20) for _ in range(2)]
    assert rows[0] == rows[1]
    assert isinstance(rows[0]["covered"], float)
