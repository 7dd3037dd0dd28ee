"""The three networks of the page, trained again: their weights at chosen epochs, and their curves."""

import hashlib
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mnist_mlp.core.arrays import Dataset, Floats, Weights
from mnist_mlp.core.files import write_atomically
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import outputs, score_epoch, train_epochs
from mnist_mlp.training.loop import accuracy
from mnist_mlp.training.weights import load_weights, to_json
from studies.running.runs import code_version

KEPT = (1, 2, 3, 5, 8, 13, 21, 34)
"""Epochs whose weights are in the page, besides the initial weights and the last: dense at the start."""
CACHE = Path("page/.cache")
COLUMNS = "train_loss", "val_loss", "train_accuracy", "val_accuracy"


@dataclass(frozen=True)
class Shown:
    """A network of the page."""

    name: str
    engine: str
    params: TrainParams


@dataclass(frozen=True)
class Learned:
    """What one network was at the kept epochs.

    Args:
        kept: all parameters as one row for each of ``KEPT``, then one for the last epoch.
        curves: one row for each epoch: ``COLUMNS``, shares in [0, 1].
        test_accuracy: share of all test images that it gets right after the last epoch.
    """

    kept: Floats
    curves: Floats
    test_accuracy: float


def shown_models(params: Params) -> list[Shown]:
    """Return the networks: custom, torch as published, and torch with the reduction of custom."""
    equal = params.train_torch.model_copy(update={"loss_reduction": params.train_custom.loss_reduction})
    return [
        Shown("custom", "custom", params.train_custom),
        Shown("torch", "torch", params.train_torch),
        Shown("equal", "torch", equal),
    ]


def learned(model: Shown, train: Dataset, val: Dataset, test: Dataset) -> Learned:
    """Train a network, or read what an earlier run kept of the same training.

    Raises:
        InputError: the training diverged, or ends in other weights than the pipeline's.
    """
    kept_file = CACHE / f"{model.name}-{key(model, train, val, test)}.npz"
    if kept_file.exists():
        with np.load(kept_file, allow_pickle=False) as arrays:
            return Learned(arrays["kept"], arrays["curves"], float(arrays["test_accuracy"]))
    found = train_again(model, train, val, test)
    write_atomically(kept_file, partial(_save, asdict(found)))
    return found


def _save(arrays: dict[str, Any], path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def key(model: Shown, *datasets: Dataset) -> str:
    """Return a hash of all that a training depends on: code, parameters and data."""
    found = hashlib.sha256(f"{model.engine} {to_json(model.params)} {KEPT} {code_version()}".encode())
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images).data)
        found.update(np.ascontiguousarray(dataset.labels).data)
    return found.hexdigest()[:16]


def train_again(model: Shown, train: Dataset, val: Dataset, test: Dataset) -> Learned:
    """Train a network with a line of progress every ten epochs."""
    engine = ENGINES[model.engine](initial_weights(model.params, train.pixels, len(train.classes)), model.params)
    rows, curves = [], []
    last = model.params.epochs
    for epoch in train_epochs(engine, train, model.params):
        scores = asdict(score_epoch(engine, train, val, epoch))
        curves.append([scores[column] for column in COLUMNS])
        if epoch in {*KEPT, last}:
            rows.append(flat(engine.weights()))
        if epoch % 10 == 0 or epoch == last:
            print(f"{model.name}: epoch {epoch} of {last}, val_accuracy {scores['val_accuracy']:.4f}", flush=True)
    right = accuracy(outputs(engine, test), test.labels)
    return Learned(np.array(rows), np.array(curves), right)


def flat(weights: Weights) -> Floats:
    """Return all parameters as one row: weight and bias of each layer, row by row."""
    return np.concatenate([np.ascontiguousarray(array).ravel() for array in weights.values()])


def check_committed(model: Shown, found: Learned, train: Dataset) -> None:
    """Compare a training with the weights that the pipeline keeps.

    Raises:
        InputError: they differ.
    """
    path = Path(f"models/{model.name}.safetensors")
    weights, params = load_weights(path, train.pixels, len(train.classes))
    if params != model.params or not np.array_equal(flat(weights), found.kept[-1]):
        raise InputError(
            f"{path}: expected the weights that params.yaml trains, got others; run `make repro`, then `make page`"
        )
