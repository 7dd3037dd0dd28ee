"""Names for the array types that travel between modules."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CLASSES = 10
"""Number of digits, and of network outputs."""

FLOAT_TYPES = {"float32": "float32", "float64": "float64", "exact": "float64"}
"""The type of the numbers for each ``dtype``. ``exact``, on the grids of ``training/grids.py``, is float64."""

Floats = NDArray[np.floating[Any]]
"""Real numbers in the precision of the run: float32 or float64."""
Pixels = NDArray[np.uint8]
"""Grey levels from 0 (background) to 255 (ink), one image per row: (n, pixels)."""
Labels = NDArray[np.uint8]
"""Digits from 0 to 9, one per image: (n,)."""
Rows = NDArray[np.integer[Any]]
"""Row numbers into images and labels: (n,)."""
Weights = dict[str, Floats]
"""``layers.0.weight`` (out, in), ``layers.0.bias`` (out,), ``layers.1.weight``, ... from input to output."""


class Dataset(NamedTuple):
    """Images with their labels, row for row."""

    images: Pixels
    labels: Labels
