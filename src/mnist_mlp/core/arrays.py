"""Names for the array types that travel between modules."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""Real numbers in the precision of the run: float32 or float64."""
Pixels = NDArray[np.uint8]
"""Grey levels from 0 (background) to 255 (ink): images (n, height, width), or one image per row, (n, pixels)."""
Whole = NDArray[np.int16]
"""Images scaled to [-1, 1] and rounded to whole numbers of a unit, one per row, (n, pixels)."""
Labels = NDArray[np.uint8]
"""Numbers of classes, from 0 on, one per image: (n,)."""
DIGITS = tuple("0123456789")
"""The classes of MNIST."""
Rows = NDArray[np.integer[Any]]
"""Row numbers into images and labels: (n,)."""
Weights = dict[str, Floats]
"""``layers.0.weight`` (out, in), ``layers.0.bias`` (out,), ``layers.1.weight``, ... from input to output."""


class Dataset(NamedTuple):
    """Images (n, height, width) with their labels, row for row."""

    images: Pixels
    labels: Labels
    classes: tuple[str, ...]
    """The names of all classes, in the order of the labels."""

    @property
    def rows(self) -> Pixels:
        """The images as a network takes them, one per row: (n, pixels), without a copy."""
        return self.images.reshape(len(self.images), self.pixels)

    @property
    def pixels(self) -> int:
        """The number of pixels of an image."""
        return math.prod(self.images.shape[1:])

    def take(self, rows: "Rows | slice") -> "Dataset":
        """Return the images and labels of some rows: copied for row numbers, a view for a slice."""
        return Dataset(self.images[rows], self.labels[rows], self.classes)


def noun(classes: tuple[str, ...]) -> str:
    """Return what tables and figures call a class: a digit, if all names are one."""
    return "digit" if all(name in DIGITS for name in classes) else "class"
