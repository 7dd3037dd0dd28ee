"""The images that every contestant trains on: the pipeline's own, or noise of the same shape and density."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import RandomState

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats, Labels
from mnist_mlp.core.files import load_dataset, save_splits
from mnist_mlp.training.batches import scale_pixels

SPLITS = Path("data/split")
ROWS = {"train": 55_000, "val": 5_000, "test": 10_000}
SIDE = 28
CLASSES = len(DIGITS)
INK = 0.19
"""Share of MNIST's pixels that are not 0."""


class Data(NamedTuple):
    """Memory-mapped uint8 images (n, 28, 28) and labels (n,) of all splits."""

    train: Dataset
    val: Dataset
    test: Dataset


class Scaled(NamedTuple):
    """A split as most training code holds it: all images in memory, from -1 to 1."""

    images: Floats
    labels: Labels
    targets: Floats


def load(folder: Path) -> Data:
    """Open all splits, memory-mapped."""
    return Data(*(load_dataset(folder / name) for name in ROWS))


def scaled(dataset: Dataset, dtype: str) -> Scaled:
    """Return a split in memory, scaled once, with its one-hot targets, in float32 or float64."""
    images = scale_pixels(dataset.rows, dtype)
    labels = np.array(dataset.labels)
    return Scaled(images, labels, np.eye(len(dataset.classes), dtype=images.dtype)[labels])


def save_noise(folder: Path) -> None:
    """Write splits of noise: number and size of the images, and the share of pixels that are 0, as in MNIST."""
    stream = RandomState(0)
    splits = {}
    for name, rows in ROWS.items():
        images = stream.randint(1, 256, (rows, SIDE, SIDE), np.uint8)
        images *= stream.random_sample((rows, SIDE, SIDE)) < INK
        splits[name] = Dataset(images, (np.arange(rows) % CLASSES).astype(np.uint8), DIGITS)
    save_splits(folder, splits)


def save_tiled(source: Path, folder: Path, times: int) -> None:
    """Write all splits, with the training rows repeated ``times`` times."""
    data = load(source)
    train = data.train.take(np.tile(np.arange(len(data.train.labels)), times))
    save_splits(folder, data._asdict() | {"train": train})
