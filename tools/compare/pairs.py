"""What the trainings of two sides say: one answer to each comparison."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, fisher_exact

from mnist_mlp.core.arrays import Labels
from studies.crossed import ALPHA, FEWEST, MOST_PAIRS, Points, Spread, pairs_needed


@dataclass(frozen=True)
class SideRuns:
    """The trainings of a side: which ended, (seeds,), what each got right, (seeds, images), and its seconds."""

    ended: NDArray[np.bool_]
    right: NDArray[np.bool_]
    seconds: Points

    @cached_property
    def accuracies(self) -> Points:
        """In points; NaN for a training that diverged."""
        return np.where(self.ended, 100 * self.right.mean(axis=1), np.nan)


@dataclass(frozen=True)
class SideScores:
    """Mean and standard deviation of a side's accuracies, median seconds, and the seeds with which it failed.

    It collapsed where it gives every image the same class.
    """

    mean: float
    spread: float
    seconds: float
    diverged: list[int]
    collapsed: list[int]


@dataclass(frozen=True)
class Answer:
    """What the pairs say of B - A, in points.

    ``mean`` to ``losses`` are of the ``pairs`` that ended on both sides: the interval for other seeds and images,
    ``seeds_low`` and ``seeds_high`` for other seeds on these images. ``p`` belongs to the first interval; all are
    adjusted for the number of ``questions`` (Bonferroni). ``failure_p`` is Fisher's exact test of the numbers of
    trainings that diverged. ``needed`` pairs show a difference of ``effect``, the smallest that matters to a user,
    with a probability of ``POWER``; from ``needed_low`` to ``needed_high`` by the 95 % interval of their variance.
    """

    a: SideScores
    b: SideScores
    seeds: int
    images: int
    pairs: int
    mean: float
    low: float
    high: float
    seeds_low: float
    seeds_high: float
    p: float
    wins: int
    losses: int
    same: bool
    failure_p: float
    questions: int
    effect: float
    needed: int
    needed_low: int
    needed_high: int

    @property
    def fails(self) -> str:
        """The side that diverges more often than by chance, A or B; empty if none does."""
        more_often = "B" if len(self.b.diverged) > len(self.a.diverged) else "A"
        return more_often if self.seeds >= FEWEST and self.failure_p <= ALPHA else ""

    @property
    def ahead(self) -> str:
        """The side that reaches more, A or B, where both end; empty if the pairs do not tell."""
        if self.pairs < FEWEST or self.p > ALPHA:
            return ""
        return "B" if self.mean > 0 else "A"

    @property
    def better(self) -> str:
        """The side that fails less often or else is ahead, unless it diverged more often than the other."""
        if self.fails:
            return "A" if self.fails == "B" else "B"
        a, b = len(self.a.diverged), len(self.b.diverged)
        return "" if (self.ahead == "A" and a > b) or (self.ahead == "B" and b > a) else self.ahead

    @property
    def as_good(self) -> bool:
        """Whether the interval lies within ``effect`` on both sides of 0: neither is better by what matters."""
        return self.pairs >= FEWEST and -self.effect < self.low and self.high < self.effect


def answers(
    pairs: list[tuple[SideRuns, SideRuns]], labels: Labels, effect: float, questions: list[int]
) -> list[Answer]:
    """Return the answer to each comparison of a side A with a side B, trained with the seeds 0, 1, ...

    ``labels`` are those of the images, ``effect`` is the smallest difference in points that matters to the user.
    ``questions`` has, for each comparison, the number of those with the same A, by which p is multiplied.
    """
    return [_answer(a, b, labels, number, effect) for (a, b), number in zip(pairs, questions, strict=True)]


def spread_of(a: SideRuns, b: SideRuns) -> Spread | None:
    """Return the spread of the pairs that ended on both sides; None if there are fewer than two."""
    both = a.ended & b.ended
    if both.sum() < 2:
        return None
    return Spread(b.right[both].astype(np.int8) - a.right[both].astype(np.int8))


def _answer(a: SideRuns, b: SideRuns, labels: Labels, questions: int, effect: float) -> Answer:
    interval = on_these = math.nan, math.nan
    p, needed, level = 1.0, [MOST_PAIRS] * 3, ALPHA / questions
    if spread := spread_of(a, b):
        estimate = spread.for_other_seeds_and_images()
        interval, p = estimate.interval(level), min(1.0, questions * estimate.p)
        on_these = spread.for_other_seeds().interval(level)
        free = spread.pairs - 1
        factors = 1.0, free / float(chi2.isf(ALPHA / 2, free)), free / float(chi2.ppf(ALPHA / 2, free))
        needed = [pairs_needed(effect, factor * spread.seeds, spread.draws, level) for factor in factors]
    both, first, second = a.ended & b.ended, a.accuracies, b.accuracies
    only_one = int((a.ended & ~b.ended).sum()), int((b.ended & ~a.ended).sum())
    failures = np.array([[(~side.ended).sum(), side.ended.sum()] for side in (a, b)])
    failure_p = float(fisher_exact(failures).pvalue)
    return Answer(
        a=scores(a, labels), b=scores(b, labels), seeds=len(both), images=len(labels), pairs=int(both.sum()),
        mean=float((second - first)[both].mean()) if both.any() else math.nan,
        low=interval[0], high=interval[1], seeds_low=on_these[0], seeds_high=on_these[1], p=p,
        # a side that diverged loses the pair
        wins=int((second > first).sum()) + only_one[1], losses=int((first > second).sum()) + only_one[0],
        same=bool((a.right == b.right)[both].all()), failure_p=min(1.0, failure_p * questions),
        questions=questions, effect=effect,
        needed=needed[0], needed_low=needed[1], needed_high=needed[2],
    )  # fmt: skip


def scores(side: SideRuns, labels: Labels) -> SideScores:
    """Summarise the trainings of a side; NaN for what too few of them tell."""
    ended = side.accuracies[side.ended]
    collapsed = [
        bool(end) and any(np.array_equal(right, labels == label) for label in np.unique(labels))
        for end, right in zip(side.ended, side.right, strict=True)
    ]
    return SideScores(
        mean=float(ended.mean()) if len(ended) else math.nan,
        spread=float(ended.std(ddof=1)) if len(ended) > 1 else math.nan,
        seconds=float(np.median(side.seconds[side.ended])) if len(ended) else math.nan,
        diverged=np.flatnonzero(~side.ended).tolist(),
        collapsed=np.flatnonzero(collapsed).tolist(),
    )
