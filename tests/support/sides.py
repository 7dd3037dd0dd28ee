"""Made-up trainings of the sides of a comparison."""

import numpy as np

from tools.compare.pairs import SideRuns

IMAGES = 1_000
LABELS = (np.arange(IMAGES) % 10).astype(np.uint8)


def side(wins: list[int | None], kind: str = "random", seconds: float = 2.0) -> SideRuns:
    """Return the runs of a side that gets so many images more right than the other of ``sides``; None diverged."""
    right = np.zeros((len(wins), IMAGES), np.bool_)
    for seed, count in enumerate(wins):
        first = 0 if kind == "same images" else 50 * (seed % 10)
        right[seed, 500:] = True
        right[seed, first : first + (count or 0)] = True
    ended = np.array([count is not None for count in wins])
    return SideRuns(ended, right & ended[:, None], np.full(len(wins), seconds))
