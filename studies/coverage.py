"""Do intervals hold what they promise? Comparisons with a known difference, simulated: errors and power.

Seeds differ, normal or skewed, and some images always go to one side: which of these are in a set of images is the
luck of its draw.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
from numpy.random import Generator

from mnist_mlp.core.arrays import Floats
from mnist_mlp.core.files import save_csv
from mnist_mlp.harness.run import run_stage
from studies.crossed import ALPHA, Differences, Spread

COMPARISONS = 2_000
PAIRS = (6, 10, 20, 50)
SHARES = (0.0, 0.03, 0.07, 0.38)
"""Points by which the draw of the images changes the mean difference (a standard deviation)."""
MEANS = (0.0, 0.2)
LOOKS = ((10, 20), (6, 10, 20, 40))
"""Pairs at which the same comparison is looked at, one after the other."""


class Kind(NamedTuple):
    """How differences are distributed."""

    images: int
    differ: float
    """The share of images that only one side gets right by the luck of a seed."""
    spread: float
    """Of the seeds, in points (a standard deviation)."""
    luck: Callable[[Generator, int], Floats]
    """Of a number of seeds: mean 0, standard deviation 1."""


def lognormal(sigma: float) -> Callable[[Generator, int], Floats]:
    """Return skewed luck; sigma 0.5 has skewness 1.75, sigma 1 has 6.2."""
    mean, variance = np.exp(sigma**2 / 2), (np.exp(sigma**2) - 1) * np.exp(sigma**2)
    return lambda stream, size: (stream.lognormal(sigma=sigma, size=size) - mean) / np.sqrt(variance)


KINDS = {
    "normal": Kind(10_000, 0.02, 0.1, Generator.standard_normal),
    "tied": Kind(1_000, 0.002, 0.0, lambda _, size: np.zeros(size)),
    "skewed": Kind(10_000, 0.02, 0.2, lognormal(0.5)),
    "very skewed": Kind(10_000, 0.1, 1.0, lognormal(1)),  # the luck of seeds outweighs that of single images
}


def main() -> None:
    """Simulate all cells; write studies/results/coverage.csv and looks.csv."""
    cells = list(product(KINDS, SHARES, PAIRS, MEANS))
    rows = joblib.Parallel(n_jobs=-1)(joblib.delayed(simulate)(*cell, COMPARISONS) for cell in cells)
    again = joblib.Parallel(n_jobs=-1)(
        joblib.delayed(look_again)(*cell, COMPARISONS) for cell in product(LOOKS, SHARES)
    )
    for name, table in (("coverage", rows), ("looks", again)):
        save_csv(Path(f"studies/results/{name}.csv"), table)
        print(pd.DataFrame(table).to_string(index=False))


def simulate(kind: str, share: float, pairs: int, mean: float, comparisons: int) -> dict[str, object]:
    """Return how often the intervals hold the true difference, in per cent, and how often one is shown.

    ``too_high`` and ``too_low`` are intervals that lie above and below it; ``width`` is that of the interval for
    other seeds and images in widths of the one for other seeds, a median.
    """
    stream = np.random.default_rng([list(KINDS).index(kind), round(100 * share), pairs, round(100 * mean)])
    ends, own, shown, widths = [], [], 0, []
    for _ in range(comparisons):
        spread = Spread(draw(KINDS[kind], share, pairs, mean, stream))
        both, seeds = spread.for_other_seeds_and_images(), spread.for_other_seeds()
        ends.append(both.interval())
        own.append(seeds.interval())
        shown += both.p <= ALPHA and both.mean > 0
        widths.append(both.error / seeds.error if seeds.error else 1.0)
    (low, high), (own_low, own_high) = np.transpose(ends), np.transpose(own)
    percent = 100 / comparisons
    return {
        "differences": kind, "share": share, "pairs": pairs, "mean": mean,
        "covered": round(percent * int(((low <= mean) & (mean <= high)).sum()), 2),
        "too_high": round(percent * int((low > mean).sum()), 2),
        "too_low": round(percent * int((high < mean).sum()), 2),
        "covered_by_seeds_alone": round(percent * int(((own_low <= mean) & (mean <= own_high)).sum()), 2),
        "b_better": round(percent * shown, 2),
        "width": round(float(np.median(widths)), 2),
    }  # fmt: skip


def look_again(pairs: tuple[int, ...], share: float, comparisons: int) -> dict[str, object]:
    """Return how often, in per cent, any look says "better" without a difference: as it is, and multiplied.

    The p-value of the second look is multiplied by 2, that of the third by 3, and so on, as ``compare`` does.
    """
    stream = np.random.default_rng([*pairs, round(100 * share)])
    p = np.empty((comparisons, len(pairs)))
    for row in p:
        drawn = draw(KINDS["normal"], share, pairs[-1], 0.0, stream)
        row[:] = [Spread(drawn[:number]).for_other_seeds_and_images().p for number in pairs]
    multiplied = p * np.arange(1, len(pairs) + 1)
    wrong = [round(100 * float((one.min(axis=1) <= ALPHA).mean()), 2) for one in (p, multiplied)]
    return {"looks": " ".join(map(str, pairs)), "share": share, "as_it_is": wrong[0], "multiplied": wrong[1]}


def draw(kind: Kind, share: float, pairs: int, mean: float, stream: Generator) -> Differences:
    """Draw the differences of pairs on a set of images; in all images and seeds, their mean is ``mean`` points."""
    one_sided = (share / 100) ** 2 * kind.images  # each adds 1 or -1 to all pairs: their variance is their share
    shares = [one_sided / 2, 1 - one_sided, one_sided / 2]
    of_images = stream.choice(np.array([-1, 0, 1], np.int8), kind.images, p=shares)
    expected = (mean + kind.spread * kind.luck(stream, pairs)) / 100 / (1 - one_sided)
    wins = np.clip((kind.differ + expected) / 2, 0, 1)[:, None]
    losses = np.clip((kind.differ - expected) / 2, 0, 1)[:, None]
    luck = stream.random((pairs, kind.images), dtype=np.float32)
    found = (luck < wins).astype(np.int8) - (luck > 1 - losses).astype(np.int8)
    return np.where(of_images, of_images, found)


if __name__ == "__main__":
    run_stage(main)
