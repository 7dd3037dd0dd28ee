"""The contestants. All train 784-50-10: sigmoids, squared error (but for scikit-learn), SGD, batches of 100.

A contestant is a function that prepares images and network in a ``dtype`` and returns what trains one epoch.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from mnist_mlp.core.arrays import Dataset, Floats, Labels
from mnist_mlp.training.batches import scale_pixels

HIDDEN, BATCH, LR = 50, 100, 0.1

Train = Callable[[], object]
"""Does one epoch."""


class Contestant(NamedTuple):
    """The description of a contestant, which imports nothing of it."""

    about: str
    module: str
    function: str
    dtype: str
    package: str

    def is_installed(self) -> bool:
        """Return whether the contestant's package is there."""
        return find_spec(self.package) is not None

    def prepare(self, dataset: Dataset) -> Train:
        """Import the contestant's module and prepare it for a dataset."""
        module = import_module(f"benchmarks.contestants.{self.module}")
        train: Train = getattr(module, self.function)(dataset, self.dtype)
        return train


CUSTOM, TORCH = "this project, NumPy", "this project, PyTorch"
EAGER = "PyTorch, tensors in memory"
CONTESTANTS = {  # those that are compared run one after the other
    "jax float64": Contestant("JAX, one jitted scan per epoch", "jax_scan", "scan", "float64", "jax"),
    "floor float64": Contestant("the matrix products alone, NumPy", "floor", "floor", "float64", "numpy"),
    "custom": Contestant(CUSTOM, "ours", "custom", "exact", "numpy"),
    "torch": Contestant(TORCH, "ours", "torch", "exact", "torch"),
    "eager float64": Contestant(EAGER, "pytorch", "eager", "float64", "torch"),
    "custom float32": Contestant(f"{CUSTOM}, rounded sums", "ours", "custom", "float32", "numpy"),
    "sklearn": Contestant("MLPClassifier, on cross-entropy", "sklearn_mlp", "classifier", "float32", "sklearn"),
    "torch float32": Contestant(f"{TORCH}, rounded sums", "ours", "torch", "float32", "torch"),
    "eager": Contestant(EAGER, "pytorch", "eager", "float32", "torch"),
}


class Scaled(NamedTuple):
    """A dataset as most training code holds it: all images in memory, from -1 to 1."""

    images: Floats
    labels: Labels
    targets: Floats
    """One-hot rows of the labels."""


def scaled(dataset: Dataset, dtype: str) -> Scaled:
    """Return a dataset in memory, scaled once, in float32 or float64."""
    images, labels = scale_pixels(dataset.rows, dtype), np.array(dataset.labels)
    return Scaled(images, labels, np.eye(len(dataset.classes), dtype=images.dtype)[labels])
