"""From ink to the 28 x 28 pixels of MNIST, as page/engine/drawing.mjs does it, to the last bit.

MNIST's digits were scaled to fit 20 x 20 pixels, with the grey levels that anti-aliasing gives, and put into
28 x 28 with their centre of mass in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten
digits"). All sums here are of whole numbers, so that no rounding can differ.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Pixels

SIDE = 28
BOX = 20
CENTRE = 14
"""Row and column of MNIST's centres of mass, counted from 0: 13.99 and 14.01 on average over its test images."""
Whole = NDArray[np.int64]


def shrink(ink: Pixels) -> Pixels | None:
    """Return the ink as MNIST would have it, (28, 28), or None if there is none.

    Args:
        ink: grey levels (height, width), 0 for paper, 255 for ink.
    """
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longest = max(part.shape)
    height, width = (max(1, (2 * BOX * side + longest) // (2 * longest)) for side in part.shape)
    return centred(resized(part, height, width))


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return an image scaled to another size: each pixel is the mean of the area that it covers, rounded."""
    sums = cover(pixels.shape[0], height) @ pixels.astype(np.int64) @ cover(pixels.shape[1], width).T
    return ((2 * sums + pixels.size) // (2 * pixels.size)).astype(np.uint8)


def cover(source: int, target: int) -> Whole:
    """Return how much of each target pixel each source pixel covers, (target, source); rows sum to ``source``."""
    starts, ends = np.arange(target)[:, None] * source, np.arange(1, target + 1)[:, None] * source
    left, right = np.arange(source) * target, np.arange(1, source + 1) * target
    overlap: Whole = np.minimum(ends, right) - np.maximum(starts, left)
    return np.maximum(overlap, 0)


def centred(pixels: Pixels) -> Pixels:
    """Return a small image inside (28, 28), its centre of mass in the middle as far as it fits."""
    whole = np.zeros((SIDE, SIDE), np.uint8)
    levels = pixels.astype(np.int64)
    mass = int(levels.sum())
    if mass:
        moments = (
            int((levels.sum(axis=1 - axis) * np.arange(size)).sum()) for axis, size in enumerate(levels.shape)
        )
        top, left = (
            min(max((2 * (CENTRE * mass - moment) + mass) // (2 * mass), 0), SIDE - size)
            for moment, size in zip(moments, levels.shape, strict=True)
        )
        whole[top : top + levels.shape[0], left : left + levels.shape[1]] = pixels
    return whole
