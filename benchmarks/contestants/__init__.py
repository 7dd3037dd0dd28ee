"""The contestants. Unless noted, all train 784-50-10: batches of 100, sigmoids, squared error, SGD, float32.

A contestant is a function that prepares data and network and returns two functions, to be called repeatedly: one
epoch of training, and one evaluation of both splits.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.data import Data

LR = 0.1


class Sizes(NamedTuple):
    """The sizes, besides the number of rows, that the time of an epoch depends on."""

    hidden: int = 50
    batch: int = 100


class Trainer(NamedTuple):
    """A prepared contestant: ``train`` does one epoch, ``evaluate`` scores both splits as after an epoch."""

    train: Callable[[], object]
    evaluate: Callable[[], object] | None = None


class Contestant(NamedTuple):
    """The description of a contestant, which imports nothing of it."""

    about: str
    module: str
    function: str
    package: str = "numpy"
    pinned: bool = False
    """Whether it runs with the pipeline's pinned instruction sets or with the best of this machine."""

    def is_there(self) -> bool:
        """Return whether the contestant's package is installed."""
        return find_spec(self.package) is not None

    def start(self, data: Data, sizes: Sizes) -> Trainer:
        """Import the contestant's module and prepare it for the data and sizes."""
        module = import_module(f"benchmarks.contestants.{self.module}")
        trainer: Trainer = getattr(module, self.function)(data, sizes)
        return trainer


CONTESTANTS = {
    "custom": Contestant("this project, NumPy", "ours", "custom", pinned=True),
    "torch": Contestant("this project, PyTorch", "ours", "torch", "torch", pinned=True),
    "custom, native": Contestant("the same, with the best instruction sets of this machine", "ours", "custom"),
    "torch, native": Contestant("the same for PyTorch", "ours", "torch", "torch"),
    "floor": Contestant("the matrix products alone, NumPy", "floor", "floor"),
    "floor, pinned": Contestant("the same, instruction sets as in the pipeline", "floor", "floor", pinned=True),
    "notebook custom": Contestant("the notebook's way, NumPy in float64", "original", "custom"),
    "notebook torch": Contestant("the notebook's way, PyTorch", "original", "torch", "torch"),
    "eager": Contestant("PyTorch, tensors in memory", "pytorch", "eager", "torch"),
    "eager, pinned": Contestant(
        "the same, instruction sets as in the pipeline", "pytorch", "eager", "torch", pinned=True
    ),
    "compiled": Contestant("torch.compile, tensors in memory", "pytorch", "compiled", "torch"),
    "jax": Contestant("JAX, one jitted scan per epoch", "jax_scan", "scan", "jax"),
    "sklearn": Contestant(
        "scikit-learn's MLPClassifier, on cross-entropy", "sklearn_mlp", "classifier", "sklearn"
    ),
}
