"""Numbers as text that a page can hold: the codes that page/engine/codes.mjs reads."""

import re
from base64 import b64encode

import numpy as np

from mnist_mlp.core.arrays import Floats, Pixels
from mnist_mlp.exact import WEIGHTS

STEPS = 127
"""A rounded change is a whole number from -127 to 127 times its array's scale."""


def base64(content: bytes) -> str:
    """Return bytes as base64."""
    return b64encode(content).decode("ascii")


def with_runs(pixels: Pixels) -> bytes:
    """Return bytes in which each run of up to 255 zeros is a 0 and its length. Most of a digit is paper."""
    return re.sub(rb"\0{1,255}", lambda run: bytes([0, len(run[0])]), pixels.tobytes())


def numerators(weights: Floats) -> bytes:
    """Return weights on the grid 2^-24 as little-endian int32: no rounding."""
    whole = weights * 2.0**WEIGHTS
    if not np.array_equal(whole, np.rint(whole)) or np.abs(whole).max() >= 2**31:
        raise ValueError("expected multiples of 2^-24 below 128")
    return whole.astype("<i4").tobytes()


def rounded_changes(start: Floats, end: Floats, sizes: list[int]) -> tuple[bytes, list[float]]:
    """Return the change of each parameter in one byte, and a scale for each array of ``sizes`` parameters.

    The rounding is at most half a scale, 1/254 of the largest change in the array.
    """
    content, scales = b"", []
    for change in np.split(end - start, np.cumsum(sizes)[:-1]):
        scale = float(np.abs(change).max()) / STEPS or 1.0
        content += np.rint(change / scale).astype(np.int8).tobytes()
        scales.append(scale)
    return content, scales
