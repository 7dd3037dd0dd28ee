"""The images that every contestant trains on: the pipeline's own, or noise of the same shape and density."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from mnist_mlp.core.arrays import CLASSES, Dataset, Labels
from mnist_mlp.core.files import load_dataset, save_splits

SPLITS = Path("data/split")
ROWS = {"train": 55_000, "val": 5_000, "test": 10_000}
PIXELS = 784
INK = 0.19
"""Share of MNIST's pixels that are not 0."""


class Data(NamedTuple):
    """Memory-mapped uint8 images (n, 784) and labels (n,) of all splits."""

    train: Dataset
    val: Dataset
    test: Dataset


class Scaled(NamedTuple):
    """A split as most training code holds it: all images in memory, in float32 from -1 to 1."""

    images: NDArray[np.float32]
    labels: Labels
    targets: NDArray[np.float32]


def load(folder: Path) -> Data:
    """Open all splits, memory-mapped."""
    return Data(*(load_dataset(folder / name) for name in ROWS))


def scaled(dataset: Dataset) -> Scaled:
    """Return a split in memory, scaled once, with its one-hot targets."""
    images = np.multiply(dataset.images, 2 / 255, dtype=np.float32)
    images -= 1
    labels = np.array(dataset.labels)
    return Scaled(images, labels, np.eye(CLASSES, dtype=np.float32)[labels])


def save_noise(folder: Path) -> None:
    """Write splits of noise: number and size of the images, and the share of pixels that are 0, as in MNIST."""
    stream = RandomState(0)
    splits = {}
    for name, rows in ROWS.items():
        images = stream.randint(1, 256, (rows, PIXELS), np.uint8)
        images *= stream.random_sample((rows, PIXELS)) < INK
        splits[name] = Dataset(images, (np.arange(rows) % CLASSES).astype(np.uint8))
    save_splits(folder, splits)


def save_tiled(source: Path, folder: Path, times: int) -> None:
    """Write all splits, with the training rows repeated ``times`` times."""
    data = load(source)
    train = Dataset(np.tile(data.train.images, (times, 1)), np.tile(data.train.labels, times))
    save_splits(folder, data._asdict() | {"train": train})
