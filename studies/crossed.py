"""The statistics of pairs: by how much B differs from A, for other seeds and for other images like these.

A pair is one seed, with which both sides were trained. Its differences are those of single images: 1 where only B
is right, -1 where only A is, else 0; or other contrasts of trainings with the same seed. Seeds and images are both
luck, crossed random effects, as readers and cases are in studies of diagnoses (Obuchowski and Rockette,
Communications in Statistics 24, 1995; Hillis, Statistics in Medicine 26, 2007). Results are in points, hundredths
of an accuracy.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nct, t

Points = NDArray[np.floating[Any]]
Differences = NDArray[np.int8] | NDArray[np.float64]
"""For each pair and image, from -1 to 1: (pairs, images)."""

ALPHA = 0.05  # a difference counts as shown if its p-value is not above this
POWER = 0.8
FEWEST = 6
"""Pairs for a verdict. With fewer, all of them on one side would come up by chance in more than 5 %."""
MOST_PAIRS = 100_000
ROUNDING = 1e-6  # points squared, below which a mean square is 0


@dataclass(frozen=True)
class Estimate:
    """A mean difference with its standard error, both in points, and the degrees of freedom of its Student's t."""

    mean: float
    error: float
    freedom: float

    @property
    def p(self) -> float:
        """The two-sided p-value of mean 0: below a level if and only if the interval of that level excludes 0."""
        if self.error == 0:
            return 1.0 if self.mean == 0 else 0.0
        return float(2 * t.sf(abs(self.mean) / self.error, self.freedom))

    def interval(self, level: float = ALPHA) -> tuple[float, float]:
        """Return the ends of the interval that misses the true difference with a probability of ``level``."""
        half = float(t.isf(level / 2, self.freedom)) * self.error if self.error else 0.0
        return self.mean - half, self.mean + half


class Spread:
    """Mean difference and mean squares of a table of differences, a two-way analysis of variance without repeats.

    Raises:
        ValueError: fewer than two pairs or images.
    """

    def __init__(self, differences: Differences) -> None:
        self.pairs: int = differences.shape[0]
        self.images: int = differences.shape[1]
        if min(differences.shape) < 2:
            raise ValueError(f"expected two pairs and images or more, got {self.pairs} and {self.images}")
        of_pairs, of_images = 100 * differences.mean(axis=1), 100 * differences.mean(axis=0)
        self.mean = float(of_pairs.mean())
        between_pairs = self.images * float(np.square(of_pairs - self.mean).sum())
        between_images = self.pairs * float(np.square(of_images - self.mean).sum())
        together = 1e4 * float(np.square(differences).sum(dtype=float)) - differences.size * self.mean**2
        self.free = self.pairs - 1, self.images - 1, (self.pairs - 1) * (self.images - 1)
        self.of_pairs: float = between_pairs / self.free[0]
        self.of_images: float = between_images / self.free[1]
        self.rest: float = max(0.0, together - between_pairs - between_images) / self.free[2]

    @property
    def seeds(self) -> float:
        """The variance of a pair's mean difference by its seed, on these images."""
        # pairs that happen to be equal would vary as well: no less than single images do
        return (self.of_pairs if self.of_pairs > ROUNDING else self.rest) / self.images

    @property
    def draws(self) -> float:
        """The variance of the mean difference of many seeds by the draw of the images."""
        return max(0.0, self.of_images - self.rest) / (self.pairs * self.images)

    def for_other_seeds(self) -> Estimate:
        """Return the estimate for other seeds on these images: that of the paired t test."""
        return Estimate(self.mean, math.sqrt(self.seeds / self.pairs), self.free[0])

    def for_other_seeds_and_images(self) -> Estimate:
        """Return the estimate for other seeds and other images, with Satterthwaite's degrees of freedom."""
        seeds = self.seeds / self.pairs
        variance = seeds + self.draws
        parts = [seeds**2 / self.free[0]]
        if self.draws:
            cells = self.pairs * self.images
            parts += [(self.of_images / cells) ** 2 / self.free[1], (self.rest / cells) ** 2 / self.free[2]]
        freedom = variance**2 / sum(parts) if variance else math.inf
        return Estimate(self.mean, math.sqrt(variance), freedom)


def power(effect: float, pairs: int, seeds: float, draws: float, level: float = ALPHA) -> float:
    """Return how often so many pairs show a true difference of ``effect`` points on its right side.

    ``seeds`` and ``draws`` are the variances of ``Spread``.
    """
    error = math.sqrt(seeds / pairs + draws)
    if error == 0:
        return 1.0
    # SciPy's distribution has no infinite degrees of freedom
    freedom = min(error**4 / ((seeds / pairs) ** 2 / (pairs - 1)), 1e9) if seeds else 1e9
    return float(nct.sf(t.isf(level / 2, freedom), freedom, effect / error))


def pairs_needed(effect: float, seeds: float, draws: float, level: float = ALPHA) -> int:
    """Return how many pairs show a true difference of ``effect`` points with 80 % power.

    ``MOST_PAIRS`` where no number does: other images may change the difference by more than that.
    """
    numbers = range(FEWEST, MOST_PAIRS)
    return FEWEST + bisect_left(numbers, True, key=lambda n: power(effect, n, seeds, draws, level) >= POWER)
