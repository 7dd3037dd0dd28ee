"""One run of a study: an engine trained with given parameters, and what its result follows from."""

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.random import RandomState
from pydantic import Field

import mnist_mlp
from mnist_mlp.arithmetic import INSTRUCTIONS, THREADS, UNSET
from mnist_mlp.arrays import Dataset, Weights
from mnist_mlp.errors import InputError
from mnist_mlp.files import load_dataset
from mnist_mlp.initialization import initial_weights
from mnist_mlp.network.mlp import MLP
from mnist_mlp.params import TrainParams
from mnist_mlp.scores import accuracy
from mnist_mlp.torch_network import TorchMLP
from mnist_mlp.training import Engine, outputs, train_epoch

Share = Annotated[float, Field(ge=0, le=1)]

DATA = Path("data/split")
SPLITS = ("train", "val", "test")
SOURCE = Path(mnist_mlp.__file__).parent
NUMERICS = (
    "arithmetic",
    "arrays",
    "batches",
    "initialization",
    "network/*",
    "scores",
    "torch_network",
    "training",
)
"""Modules whose source a result follows from; an edit to one of them makes all runs new."""


@dataclass(frozen=True)
class Run:
    """One training: an engine, ``custom`` or ``torch``, and all its parameters."""

    engine: str
    params: TrainParams


@dataclass(frozen=True)
class Result:
    """What a run came to after its last epoch: shares of images in [0, 1], rounded to six decimals."""

    val_accuracy: Share
    test_accuracy: Share


def train(run: Run) -> Result:
    """Train, and score the network of the last epoch.

    Raises:
        InputError: the data are not there, or the training diverged.
    """
    splits = load_splits()
    params = run.params
    weights = initial_weights(params, splits["train"].images.shape[1])
    engine = build(run.engine, weights, params)
    stream = RandomState(params.shuffle_seed)
    with np.errstate(all="ignore"):  # as in mnist_mlp.training.fit: the loss of each batch is checked
        for epoch in range(1, params.epochs + 1):
            train_epoch(engine, splits["train"], params, stream, epoch)
        scores = {name: accuracy(outputs(engine, splits[name]), splits[name].labels) for name in ("val", "test")}
    return Result(round(scores["val"], 6), round(scores["test"], 6))


def build(engine: str, weights: Weights, params: TrainParams) -> Engine:
    """Return an engine by its name."""
    return MLP(weights, params) if engine == "custom" else TorchMLP(weights, params)


@cache
def load_splits() -> dict[str, Dataset]:
    """Open the data once a process.

    Raises:
        InputError: ``dvc repro`` has not made them yet.
    """
    return {name: load_dataset(DATA / name) for name in SPLITS}


def version() -> str:
    """Return all that a result follows from besides the run: data, code, libraries, arithmetic."""
    arithmetic = " ".join(os.environ.get(name, "-") for name in (*THREADS, *INSTRUCTIONS, *UNSET))
    return (
        f"data {data_version()}, code {code_version()}, "
        f"numpy {np.__version__}, torch {torch.__version__}, {platform.machine()} {arithmetic}"
    )


def data_version() -> str:
    """Return a hash of all images and labels."""
    digest = hashlib.sha256()
    for dataset in load_splits().values():
        digest.update(dataset.images.tobytes() + dataset.labels.tobytes())
    return digest.hexdigest()[:32]


def code_version() -> str:
    """Return a hash of the source that a result follows from."""
    files = sorted(path for name in NUMERICS for path in SOURCE.glob(f"{name}.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:32]


@cache
def check_version(expected: str) -> None:
    """Compare, once a process, what a result here would follow from with what a study asks for.

    Raises:
        InputError: this process would give results of something else.
    """
    if (found := version()) != expected:
        raise InputError(
            f"a worker would give other results: expected {expected}; got {found}, in {Path.cwd()}; "
            "bring its copy of the repository to this commit, run `make repro` there, and start the worker again"
        )
