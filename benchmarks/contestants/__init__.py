"""Who trains: 784-50-10, batches of 100, sigmoids, squared error, SGD, float32; where one differs, it says so.

A contestant is a function that gets data and sizes ready and returns one epoch of training, to be called again and
again, and one evaluation of both splits.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.data import Data

LR = 0.1


class Sizes(NamedTuple):
    """What the time of an epoch grows with, besides the rows."""

    hidden: int = 50
    batch: int = 100


class Trainer(NamedTuple):
    """A contestant that is ready: ``train`` does one epoch, ``evaluate`` scores both splits as after an epoch."""

    train: Callable[[], object]
    evaluate: Callable[[], object] | None = None


class Contestant(NamedTuple):
    """What is known of a contestant before it is imported."""

    about: str
    module: str
    function: str
    package: str = "numpy"
    pinned: bool = False
    """Whether it has the instruction sets that the pipeline fixes, or the best of this machine."""

    def is_there(self) -> bool:
        """Tell whether the package is installed."""
        return find_spec(self.package) is not None

    def start(self, data: Data, sizes: Sizes) -> Trainer:
        """Get ready."""
        module = import_module(f"benchmarks.contestants.{self.module}")
        trainer: Trainer = getattr(module, self.function)(data, sizes)
        return trainer


CONTESTANTS = {
    "custom": Contestant("this project, NumPy", "ours", "custom", pinned=True),
    "torch": Contestant("this project, PyTorch", "ours", "torch", "torch", pinned=True),
    "custom, native": Contestant("the same, with the best instruction sets of this machine", "ours", "custom"),
    "torch, native": Contestant("likewise", "ours", "torch", "torch"),
    "floor": Contestant("the matrix products alone, NumPy", "floor", "floor"),
    "floor, pinned": Contestant("the same, instruction sets as in the pipeline", "floor", "floor", pinned=True),
    "notebook custom": Contestant("the notebook's way, NumPy in float64", "original", "custom"),
    "notebook torch": Contestant("the notebook's way, PyTorch", "original", "torch", "torch"),
    "eager": Contestant("PyTorch, tensors in memory", "pytorch", "eager", "torch"),
    "eager, pinned": Contestant(
        "the same, instruction sets as in the pipeline", "pytorch", "eager", "torch", pinned=True
    ),
    "compiled": Contestant("torch.compile, tensors in memory", "pytorch", "compiled", "torch"),
    "jax": Contestant("JAX, one jitted scan an epoch", "jax_scan", "scan", "jax"),
    "sklearn": Contestant(
        "scikit-learn's MLPClassifier, on cross-entropy", "sklearn_mlp", "classifier", "sklearn"
    ),
}
