"""The order of the samples and the scale of the pixels, the same for both engines."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.random import RandomState

from mnist_mlp.core.arrays import Dataset, Floats, Labels, Pixels, Rows, Whole
from mnist_mlp.core.files import release
from mnist_mlp.exact import PIXELS, ROUNDING

PART = 1_000
"""Images that are read at a time where all are read."""


class Batches:
    """A dataset's images in floating point, some at a time, each batch in the memory of the one before.

    The memory of one batch is allocated once: new arrays of that size cost more time than the scaling itself.

    Args:
        dataset: the source of the images.
        size: rows of a batch. The last one of an epoch is smaller if ``size`` does not divide the number of rows.
        dtype: precision of the scaled images: exact, float32 or float64.
    """

    def __init__(self, dataset: Dataset, size: int, dtype: str) -> None:
        self.dataset = dataset
        self.size = min(size, len(dataset.labels))
        self.dtype = dtype
        self.scaled: Floats = np.empty((self.size, dataset.pixels), ROUNDING[dtype].type)

    @cached_property
    def whole(self) -> Whole:
        """All images on the grid of ``dtype: exact``, in units of 2^-14: then a batch has not to be rounded again.

        They take two bytes a pixel. The file is read a part at a time, so that it takes no memory beside them.
        """
        levels = (scale_pixels(np.arange(256, dtype=np.uint8), "exact") * 2.0**PIXELS).astype(np.int16)
        images = self.dataset.rows
        whole = np.empty(images.shape, np.int16)
        for start in range(0, len(images), PART):
            levels.take(images[start : start + PART], out=whole[start : start + PART], mode="clip")
            release(images)
        return whole

    def shuffled(self, stream: RandomState) -> Iterator[tuple[Floats, Labels]]:
        """Yield one epoch's images and labels, in the order that ``stream`` draws next."""
        exact, labels = self.dtype == "exact", self.dataset.labels
        images: Whole | Pixels = self.whole if exact else self.dataset.rows
        gathered = np.empty(self.scaled.shape, images.dtype)
        for rows in shuffled_batches(len(labels), self.size, stream):
            # every row number is in range; "clip" saves the copy that NumPy makes to undo a bad one
            batch = images.take(rows, axis=0, out=gathered[: len(rows)], mode="clip")
            yield self._from_whole(batch) if exact else self._scale(batch), labels[rows]

    def in_order(self) -> Iterator[tuple[Floats, Labels]]:
        """Yield all images and labels, first to last."""
        images, labels = self.dataset.rows, self.dataset.labels
        for start in range(0, len(labels), self.size):
            pixels = images[start : start + self.size]
            yield self._scale(pixels), labels[start : start + self.size]

    def _from_whole(self, numbers: Whole) -> Floats:
        scaled = self.scaled[: len(numbers)]
        np.copyto(scaled, numbers)
        scaled *= 2.0**-PIXELS
        return scaled

    def _scale(self, pixels: Pixels) -> Floats:
        return scale_pixels(pixels, self.dtype, out=self.scaled[: len(pixels)])


def shuffled_batches(rows: int, batch_size: int, stream: RandomState) -> Iterator[Rows]:
    """Yield one epoch: every row number below ``rows`` once, in random order, ``batch_size`` at a time.

    The last batch is smaller if ``batch_size`` does not divide ``rows``. Each call draws the next
    permutation from ``stream``, so an epoch's order follows from the seed and the epochs before it.
    """
    order: Rows = np.arange(rows, dtype=np.int32)
    stream.shuffle(order)  # what stream.permutation(rows) draws, without its copy and in half its size
    for start in range(0, rows, batch_size):
        yield order[start : start + batch_size]


def scale_pixels(images: Pixels, dtype: str, out: Floats | None = None) -> Floats:
    """Return the images in floating point, 0 scaled to -1 and 255 to 1; in ``out`` if given."""
    _, shift, _ = ROUNDING[dtype]
    scaled: Floats = np.multiply(images, 2 / 255, out=out, dtype=ROUNDING[dtype].type)
    scaled += shift - 1  # subtracts 1 and, with dtype: exact, rounds to the grid
    scaled -= shift
    return scaled
