"""The order of the samples and the scale of the pixels, the same for both engines."""

from collections.abc import Iterator

import numpy as np
from numpy.random import RandomState

from mnist_mlp.arrays import Floats, Pixels, Rows


def shuffled_batches(rows: int, batch_size: int, stream: RandomState) -> Iterator[Rows]:
    """Yield one epoch: every row number below ``rows`` once, in random order, ``batch_size`` at a time.

    The last batch is smaller where ``batch_size`` does not divide ``rows``. Each call draws the next
    permutation from ``stream``, so an epoch's order follows from the seed and the epochs before it.
    """
    order: Rows = stream.permutation(rows)
    for start in range(0, rows, batch_size):
        yield order[start : start + batch_size]


def scale_pixels(images: Pixels, dtype: str) -> Floats:
    """Return the images in floating point, 0 scaled to -1 and 255 to 1."""
    scaled: Floats = np.multiply(images, 2 / 255, dtype=dtype)
    scaled -= 1
    return scaled
