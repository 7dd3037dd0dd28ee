"""The epoch loop, its history, and the two scores that every curve and table shows: accuracy and squared error.

It knows neither NumPy layers nor torch modules, only what every engine does.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.random import RandomState
from tqdm import tqdm

from mnist_mlp.core.arrays import Dataset, Floats, Labels, Weights
from mnist_mlp.core.files import save_csv
from mnist_mlp.exact import InexactError
from mnist_mlp.harness.errors import DivergedError, InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.batches import Batches

LINE_EVERY = 5
"""Epochs between lines of progress, where there is no terminal for a bar."""
CHUNK = 500
"""Rows scored at once. It bounds the memory of an evaluation; larger chunks do not fit the CPU's cache."""


class Engine(Protocol):
    """Code that carries out a specification: ``network.mlp.MLP`` or ``torch_engine.TorchMLP``."""

    @property
    def dtype(self) -> str:
        """The precision it computes in: exact, float32 or float64."""
        ...

    def train_step(self, images: Floats, labels: Labels) -> float:
        """Take one optimiser step; return the loss before it. The next batch reuses the arrays' memory."""
        ...

    def forward(self, images: Floats) -> Floats:
        """Return outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        ...

    def weights(self) -> Weights:
        """Return the parameters by their names in a weights file."""
        ...


Scores = dict[str, float]
"""``train_loss``, ``val_loss``, ``train_accuracy`` and ``val_accuracy``."""


def fit(engine: Engine, train: Dataset, val: Dataset, params: TrainParams, history_file: Path) -> list[Scores]:
    """Train for ``params.epochs`` epochs; return the scores after each, on as many rows of either split.

    The history so far is written to ``history_file`` after each epoch, so that curves can be watched live. The
    training rows that are scored are the first, in random order: all would take a third of a training's time.
    Errors are those of ``train_epochs``.
    """
    history: list[Scores] = []
    sample = train.take(slice(len(val.labels)))
    with tqdm(total=params.epochs, unit="epoch", disable=not sys.stderr.isatty()) as bar:
        for epoch in train_epochs(engine, train, params):
            scores = score_splits(engine, sample, val, params, epoch)
            history.append(scores)
            save_csv(history_file, [{"epoch": number, **row} for number, row in enumerate(history, start=1)])
            line = f"val_loss {scores['val_loss']:.4f}, val_accuracy {scores['val_accuracy']:.4f}"
            bar.set_postfix_str(line, refresh=False)
            bar.update()
            if bar.disable and (epoch % LINE_EVERY == 0 or epoch == params.epochs):
                print(f"epoch {epoch}/{params.epochs}: {line}", flush=True)
    return history


def train_epochs(engine: Engine, train: Dataset, params: TrainParams) -> Iterator[int]:
    """Train, and yield the number of each epoch, from 1, after its last step.

    Raises:
        InputError: a batch is larger than the training split.
        DivergedError: the loss of a batch is not finite, or with ``dtype: exact`` a sum can be inexact.
    """
    if params.batch_size > (rows := len(train.labels)):
        raise InputError(f"batch_size: must be at most {rows}, the rows to train on, got {params.batch_size}")
    batches, stream = Batches(train, params.batch_size, engine.dtype), RandomState(params.shuffle_seed)
    for epoch in range(1, params.epochs + 1):
        train_epoch(engine, batches, params, stream, epoch)
        yield epoch


@np.errstate(all="ignore")  # an overflow makes a loss infinite or NaN, which is checked
def train_epoch(engine: Engine, batches: Batches, params: TrainParams, stream: RandomState, epoch: int) -> None:
    """Take one step for each batch of the epoch (counted from 1) that ``stream`` draws next."""
    for images, labels in batches.shuffled(stream):
        try:
            loss = engine.train_step(images, labels)
        except InexactError as error:
            raise DivergedError(f"training is no longer exact in epoch {epoch}: {error}") from None
        check_finite(loss, epoch, params)


def check_finite(loss: float, epoch: int, params: TrainParams) -> None:
    """Raise DivergedError if a loss is infinite or not a number."""
    if not math.isfinite(loss):
        raise DivergedError(
            f"training diverged in epoch {epoch}: expected a finite loss, got {loss} with lr {params.lr:g}; "
            f"try lr {params.lr / 10:g}, a smaller init_std, or dtype float64"
        )


@np.errstate(all="ignore")
def outputs(engine: Engine, dataset: Dataset) -> Floats:
    """Return the engine's outputs (n, classes) for a whole dataset; ``InexactError`` as in a training."""
    batches = Batches(dataset, CHUNK, engine.dtype)
    return np.concatenate([engine.forward(images) for images, _ in batches.in_order()])


@np.errstate(all="ignore")
def score(engine: Engine, dataset: Dataset) -> tuple[float, float]:
    """Return mean squared error and accuracy over all rows, in memory that does not grow with them."""
    loss = right = 0.0
    for images, labels in Batches(dataset, CHUNK, engine.dtype).in_order():
        answers = engine.forward(images)
        loss += mean_squared_error(answers, labels) * len(labels)
        right += accuracy(answers, labels) * len(labels)
    return loss / len(dataset.labels), right / len(dataset.labels)


def score_splits(engine: Engine, train: Dataset, val: Dataset, params: TrainParams, epoch: int) -> Scores:
    """Return the scores on all rows of both splits after an epoch, rounded to six decimals.

    Raises:
        DivergedError: a loss is not finite: no batch has been through the weights after the last step yet.
    """
    (train_loss, train_accuracy), (val_loss, val_accuracy) = score(engine, train), score(engine, val)
    check_finite(train_loss + val_loss, epoch, params)
    return {
        "train_loss": round(train_loss, 6),
        "val_loss": round(val_loss, 6),
        "train_accuracy": round(train_accuracy, 6),
        "val_accuracy": round(val_accuracy, 6),
    }


def accuracy(outputs: Floats, labels: Labels) -> float:
    """Return the share of rows, in [0, 1], whose largest output is the label's."""
    return float(np.mean(outputs.argmax(axis=1) == labels))


def mean_squared_error(outputs: Floats, labels: Labels) -> float:
    """Return the squared distance to the one-hot labels, averaged over rows and classes.

    This is the same measure for every run, whichever loss and reduction it was trained with; otherwise two loss
    curves could not share an axis. For softmax outputs it is the Brier score, divided by the number of classes.
    It is summed in float64, so that many rows lose no digits.
    """
    errors = outputs - np.eye(outputs.shape[1], dtype=outputs.dtype)[labels]
    return float(np.mean(np.square(errors), dtype=np.float64))
