"""This project's two engines, with the training loop and the memory-mapped data of their stages."""

from collections.abc import Callable
from itertools import count

from numpy.random import RandomState

from benchmarks.contestants import BATCH, HIDDEN, Train
from mnist_mlp.core.arrays import Dataset, Weights
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.training.batches import Batches
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, train_epoch


def custom(dataset: Dataset, dtype: str) -> Train:
    """Return epochs of the NumPy network."""
    return _epochs(build_mlp, load_params().train_custom, dataset, dtype)


def torch(dataset: Dataset, dtype: str) -> Train:
    """Return epochs of the PyTorch network."""
    from mnist_mlp.torch_engine import TorchMLP  # noqa: PLC0415  # so that the NumPy network does not import it

    return _epochs(TorchMLP, load_params().train_torch, dataset, dtype)


def _epochs(
    build: Callable[[Weights, TrainParams], Engine], section: TrainParams, dataset: Dataset, dtype: str
) -> Train:
    changes = {"hidden_sizes": (HIDDEN,), "batch_size": BATCH, "dtype": dtype}
    params = section.model_copy(update=changes)
    engine = build(initial_weights(params, dataset.pixels, len(dataset.classes)), params)
    stream, epochs = RandomState(params.shuffle_seed), count(1)
    batches = Batches(dataset, params.batch_size, dtype)
    return lambda: train_epoch(engine, batches, params, stream, next(epochs))
