"""This project's two engines, with the training loop and the memory-mapped data of their stages."""

from itertools import count

import pandas as pd  # noqa: F401  # the stages write their histories with it, so its memory counts
from numpy.random import RandomState

from benchmarks.contestants import Sizes, Trainer
from benchmarks.data import Data
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, score_epoch, train_epoch


def custom(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs of the NumPy network."""
    params = changed(load_params().train_custom, sizes, dtype)
    return trainer(
        build_mlp(initial_weights(params, data.train.pixels, len(data.train.classes)), params), params, data
    )


def torch(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs of the PyTorch network."""
    from mnist_mlp.torch_engine import TorchMLP  # noqa: PLC0415  # so that the NumPy network does not import it

    params = changed(load_params().train_torch, sizes, dtype)
    return trainer(
        TorchMLP(initial_weights(params, data.train.pixels, len(data.train.classes)), params), params, data
    )


def changed(params: TrainParams, sizes: Sizes, dtype: str) -> TrainParams:
    """Return the committed parameters with these sizes and this arithmetic instead."""
    return params.model_copy(update={"hidden_sizes": (sizes.hidden,), "batch_size": sizes.batch, "dtype": dtype})


def trainer(engine: Engine, params: TrainParams, data: Data) -> Trainer:
    """Return epochs and evaluations of an engine."""
    stream, epochs = RandomState(params.shuffle_seed), count(1)
    return Trainer(
        train=lambda: train_epoch(engine, data.train, params, stream, next(epochs)),
        evaluate=lambda: score_epoch(engine, data.train, data.val, 1),
    )
