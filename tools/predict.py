"""``mnist-mlp predict photo.png``: a picture as the networks see it, and what both of them say."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats, Pixels
from mnist_mlp.engines import run_model
from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.params import load_params
from mnist_mlp.models import MODELS
from mnist_mlp.sources.datasets import class_names

MOST_PIXELS = 50_000_000  # a phone's photo has 12 to 50 million; the memory to read one grows with it
LONGEST = 560  # larger pictures are scaled down to this side first: a digit needs no more
PART_OF_INK, PART_OF_HEIGHT = 0.15, 0.3
"""What a part of the ink must have to be a digit of its own. By this rule, 14 of MNIST's 70,000 digits look like
several, and of 5,000 pairs of them side by side, 1 looks like one digit."""
LEAST_CONTRAST = 40  # grey levels between paper and ink; below it, there is only paper with its shadows
FAINT, STRONG = 0.3, 0.7  # shares of the contrast between which ink goes from 0 to 255
SIDE, BOX, CENTRE = 28, 20, 14
"""Of MNIST's images: side, largest side of a digit, and row and column of its centre of mass."""
Whole = NDArray[np.int64]


def predict(path: Path) -> None:
    """Print the picture in a file as the networks see it, and their answers; InputError if it holds no digit."""
    ink, classes = _ink(_grey_levels(path)), class_names(load_params().fetch_mnist)
    image = shrink(ink)
    if image is None:
        raise InputError(f"{path}: expected a digit, got an empty sheet; draw with more contrast")
    if classes == DIGITS and (several := count_digits(ink)) > 1:
        raise InputError(f"{path}: expected one digit, got {several} side by side; cut out one of them")
    dataset = Dataset(image[None], np.zeros(1, np.uint8), classes)
    answers = {model.name: _answer(run_model(model, dataset)[0], classes) for model in MODELS}
    shades = " ░▒▓█" if sys.stdout.encoding.lower().startswith("utf") else " .:*#"
    for row in np.rint(image[image.any(axis=1)] / 255 * (len(shades) - 1)).astype(int):
        print("".join(2 * shades[shade] for shade in row).rstrip())
    for name, text in answers.items():
        print(f"{name:<7}{text}")


def _answer(outputs: Floats, classes: tuple[str, ...]) -> str:
    """Return the class with the largest output, all outputs, and whether they are too low or too close."""
    second, first = np.sort(outputs)[-2:]
    sure = first >= 0.5 and first - second >= 0.2
    values = " ".join(f"{name}:{value:.2f}" for name, value in zip(classes, outputs, strict=True))
    return f"{classes[outputs.argmax()]}{'' if sure else '?'}  {values}{'' if sure else '  (unsure)'}"


def _grey_levels(path: Path) -> Floats:
    """Return the brightness of each pixel, 0 to 255, (height, width), of at most ``LONGEST`` on a side."""
    expected = f"{path}: expected a picture of a digit, such as PNG or JPEG, of at most {MOST_PIXELS:,} pixels"
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no regular file" if path.exists() else "no such file"
        raise InputError(f"{expected}, got {got}")
    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is higher, and comes with a warning first
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InputError(f"{expected}, got {image.width} x {image.height}; make it smaller")
            deep = image.mode.startswith(("I", "F"))  # 16 or 32 bits, of which few files use all
            small = ImageOps.exif_transpose(image).convert("F" if deep else "RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's, for other and for damaged files
        if getattr(error, "errno", None):  # the system's, such as a lack of permission
            raise
        raise InputError(f"{expected}, got: {one_line(str(error))}; save it again") from None
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    if deep:
        levels: Floats = np.nan_to_num(np.asarray(small, np.float64), posinf=0, neginf=0)
        return np.asarray((levels - levels.min()) * (255 / (np.ptp(levels) or 1)))
    # ink on a transparent ground may be dark or light: it shows on one of both papers
    papers = [Image.new("RGBA", small.size, paper) for paper in ("white", "black")]
    sheets = [np.asarray(Image.alpha_composite(paper, small).convert("L"), np.float64) for paper in papers]
    return max(sheets, key=np.ptp)


def _ink(levels: Floats) -> Pixels:
    """Return how far each pixel is from the paper, which lies along the edges: 0 to 255, all 0 without any ink."""
    difference = levels - np.median(np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]]))
    strongest = difference.flat[np.abs(difference).argmax()]  # below 0 for dark ink
    if abs(strongest) < LEAST_CONTRAST:
        return np.zeros(levels.shape, np.uint8)
    shares = np.clip((difference / strongest - FAINT) / (STRONG - FAINT), 0, 1)
    return np.asarray(np.rint(255 * shares), np.uint8)


def count_digits(ink: Pixels) -> int:
    """Return how many parts of ink (height, width), with empty columns between them, are as large as a digit."""
    edges = np.flatnonzero(np.diff(ink.any(axis=0), prepend=False, append=False))
    parts = [ink[:, start:end] for start, end in edges.reshape(-1, 2)]
    least, lowest = PART_OF_INK * ink.sum(), PART_OF_HEIGHT * ink.any(axis=1).sum()
    return sum(part.sum() >= least and part.any(axis=1).sum() >= lowest for part in parts)


def shrink(ink: Pixels) -> Pixels | None:
    """Return ink (height, width) as MNIST would have it, (28, 28), or None if there is none.

    MNIST's digits were scaled to fit 20 x 20 pixels, with the grey levels that anti-aliasing gives, and put into
    28 x 28 with their centre of mass in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten
    digits"). All sums are of whole numbers, so that page/engine/drawing.mjs does the same to the last bit.
    """
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.int64)
    longest = max(part.shape)
    height, width = (max(1, (2 * BOX * side + longest) // (2 * longest)) for side in part.shape)
    # the mean of the area that each pixel covers, rounded
    digit = (2 * _resize(_resize(part, height).T, width).T + part.size) // (2 * part.size)
    return np.pad(digit, [_margins(digit.sum(axis=1)), _margins(digit.sum(axis=0))]).astype(np.uint8)


def _resize(pixels: Whole, size: int) -> Whole:
    """Return ``size`` rows, each the sum of the rows that it covers; parts of rows count in whole numbers."""
    return np.asarray(pixels.repeat(size, axis=0).reshape(size, *pixels.shape).sum(axis=1))


def _margins(sums: Whole) -> tuple[int, int]:
    """Return how many empty rows go before and after these, for their centre of mass to be in the middle."""
    mass, moment = max(1, int(sums.sum())), int(sums @ np.arange(len(sums)))
    before = min(max((2 * (CENTRE * mass - moment) + mass) // (2 * mass), 0), SIDE - len(sums))
    return before, SIDE - len(sums) - before
