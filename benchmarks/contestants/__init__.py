"""The contestants. Unless noted, all train 784-50-10: batches of 100, sigmoids, squared error, SGD.

A contestant is a function that prepares data and network in a ``dtype``, and returns two functions, to be called
repeatedly: one epoch of training, and one evaluation of both splits.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from shutil import which
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
    share: float = 1.0
    """How much of an epoch ``train`` does, where a whole one takes too long."""


class Contestant(NamedTuple):
    """The description of a contestant, which imports nothing of it."""

    about: str
    module: str
    function: str
    dtype: str = "float32"
    package: str = "numpy"
    program: str = ""
    """A program that the package starts, if any."""

    def is_there(self) -> bool:
        """Return whether the contestant's package is installed, and the program that it starts."""
        return find_spec(self.package) is not None and (not self.program or which(self.program) is not None)

    def needs(self) -> str:
        """Return what has to be installed for it."""
        return f"{self.package} with {self.program}" if self.program else self.package

    def start(self, data: Data, sizes: Sizes) -> Trainer:
        """Import the contestant's module and prepare it for the data and sizes."""
        module = import_module(f"benchmarks.contestants.{self.module}")
        trainer: Trainer = getattr(module, self.function)(data, sizes, self.dtype)
        return trainer


SCAN = "JAX, one jitted scan per epoch"
EAGER = "PyTorch, tensors in memory"
PRODUCTS = "the matrix products alone, NumPy"
BARE = "a step's formulas on bare arrays, NumPy"
CONTESTANTS = {  # those that are compared run one after the other
    "jax float64": Contestant(SCAN, "jax_scan", "scan", "float64", "jax"),
    "floor float64": Contestant(PRODUCTS, "floor", "floor", "float64"),
    "custom": Contestant("this project, NumPy", "ours", "custom", "exact"),
    "bare": Contestant(BARE, "bare", "bare", "exact"),
    "torch": Contestant("this project, PyTorch", "ours", "torch", "exact", "torch"),
    "eager float64": Contestant(EAGER, "pytorch", "eager", "float64", "torch"),
    "jax": Contestant(SCAN, "jax_scan", "scan", package="jax"),
    "floor": Contestant(PRODUCTS, "floor", "floor"),
    "custom float32": Contestant("this project, NumPy, rounded sums", "ours", "custom"),
    "bare float32": Contestant(BARE, "bare", "bare"),
    "sklearn": Contestant(
        "scikit-learn's MLPClassifier, on cross-entropy", "sklearn_mlp", "classifier", package="sklearn"
    ),
    "torch float32": Contestant("this project, PyTorch, rounded sums", "ours", "torch", package="torch"),
    "eager": Contestant(EAGER, "pytorch", "eager", package="torch"),
    "compiled": Contestant("torch.compile, tensors in memory", "pytorch", "compiled", package="torch"),
    "tinygrad": Contestant("tinygrad, one jitted step", "tiny", "jitted", package="tinygrad", program="clang"),
    "nerva": Contestant("Nerva-NumPy, its own training loop", "nerva", "plain", package="nerva_numpy"),
    "notebook custom": Contestant("the notebook's way, NumPy", "original", "custom", "float64"),
    "notebook torch": Contestant("the notebook's way, PyTorch", "original", "torch", package="torch"),
}
