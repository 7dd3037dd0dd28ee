"""From a picture file to the ink in it: any size, dark on light or light on dark."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from mnist_mlp.core.arrays import Floats, Pixels
from mnist_mlp.harness.errors import InputError, one_line

MOST_PIXELS = 50_000_000
"""A phone's photo has 12 to 50 million; the memory to read one grows with it."""
LONGEST = 560
"""Larger pictures are scaled down to this side first: a digit needs no more."""
LEAST_CONTRAST = 25
"""Grey levels of 255 between paper and ink; below it, there is only paper with its shadows."""
SPECK = 0.04
"""Spots that are smaller than this share of the largest one are dust."""
FAINT, STRONG = 0.3, 0.7
"""Shares of the contrast between which ink goes from 0 to 255."""


def ink_of(path: Path) -> Pixels:
    """Return the ink in a picture as grey levels, (height, width), 0 for paper; all 0 if there is none.

    Raises:
        InputError: the file is missing, no picture, damaged, or too large.
    """
    return ink(grey_levels(path))


def grey_levels(path: Path) -> Floats:
    """Return the brightness of each pixel, 0 to 255, of a picture of at most ``LONGEST`` on a side.

    Raises:
        InputError: the file is missing, no picture, damaged, or too large.
    """
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InputError(
                    f"{path}: expected a picture of at most {MOST_PIXELS:,} pixels, got {image.width} x "
                    f"{image.height}; make it smaller"
                )
            image.load()
            return brightness(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise InputError(f"{path}: expected a picture of a digit, got no such file; check its name") from None
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise InputError(
            f"{path}: expected a picture such as PNG or JPEG of at most {MOST_PIXELS:,} pixels, got another file; "
            "save it as PNG"
        ) from None
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's, for damaged files
        raise InputError(f"{path}: expected a whole picture, got: {one_line(str(error))}; save it again") from None


def brightness(image: Image.Image) -> Floats:
    """Return the grey levels of a picture of any kind; what is transparent becomes paper."""
    if image.mode.startswith(("I", "F")):  # 16 or 32 bits: Pillow would cut them at 255
        levels = np.asarray(image, np.float64)
        most = 65535 if image.mode != "F" else levels.max() or 1
        return np.asarray(resized_down(Image.fromarray((levels * (255 / most)).astype(np.uint8))), np.float64)
    small = resized_down(image.convert("RGBA"))
    levels, alpha = np.asarray(small.convert("L"), np.float64), np.asarray(small.getchannel("A"), np.float64) / 255
    if not alpha.any():
        return np.full_like(levels, 255)
    # dark ink lies on white paper, light ink on black
    paper = 255 if (levels * alpha).sum() / alpha.sum() < 128 or alpha.all() else 0
    return levels * alpha + paper * (1 - alpha)


def resized_down(image: Image.Image) -> Image.Image:
    """Return a picture of at most ``LONGEST`` pixels on a side."""
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return image


def ink(levels: Floats) -> Pixels:
    """Return how far each pixel is from the paper, 0 to 255; the paper is what lies along the edges.

    Args:
        levels: brightness (height, width), 0 to 255.
    """
    difference = levels - paper(levels)
    light, dark = (np.percentile(sign * difference, 99.5) for sign in (1, -1))
    if max(light, dark, np.abs(difference).max() / 4) < LEAST_CONTRAST:
        return np.zeros(levels.shape, np.uint8)
    strength = difference if light > dark else -difference
    contrast = max(light, dark, LEAST_CONTRAST)
    shares = np.clip((strength / contrast - FAINT) / (STRONG - FAINT), 0, 1)
    return without_specks(np.rint(255 * shares).astype(np.uint8))


def paper(levels: Floats) -> Floats:
    """Return the brightness of the paper: a plane through that of the edges, since light falls unevenly."""
    height, width = levels.shape
    rows, columns = np.mgrid[0:height, 0:width]
    edge = np.ones(levels.shape, bool)
    edge[1:-1, 1:-1] = False
    middle = np.median(levels[edge])
    edge &= np.abs(levels - middle) < 64  # not the strokes that touch an edge
    terms = np.stack([np.ones(levels.shape), rows / height, columns / width], axis=-1)
    if edge.sum() < 3:
        return np.full(levels.shape, middle)
    plane, *_ = np.linalg.lstsq(terms[edge], levels[edge], rcond=None)
    found: Floats = terms @ plane
    return found


def without_specks(pixels: Pixels) -> Pixels:
    """Return the ink without spots that are small beside the largest one."""
    spots, count = ndimage.label(pixels > 0, structure=np.ones((3, 3)))
    if not count:
        return pixels
    areas = np.bincount(spots.ravel())
    areas[0] = 0
    kept: Pixels = np.where(areas[spots] >= SPECK * areas.max(), pixels, 0)
    return kept
