"""A short training in exact arithmetic, by both engines: the bits that a browser has to repeat."""

from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.batches import Batches
from mnist_mlp.training.initialization import initial_weights
from studies.parity import weights_sha256

EPOCHS = 5
STEP_DIGITS = 8
"""Hexadecimal digits kept of the hash after each step: enough to find the step at which a browser parts."""


@dataclass(frozen=True)
class Bits:
    """SHA-256 of all parameters after the last step, and the first digits of it after each step."""

    final: str
    steps: list[str]


def bits(engine_name: str, train: Dataset, params: TrainParams) -> Bits:
    """Train ``EPOCHS`` epochs, and hash the parameters after each step."""
    engine = ENGINES[engine_name](initial_weights(params, train.pixels, len(train.classes)), params)
    stream = RandomState(params.shuffle_seed)
    batches = Batches(train, params.batch_size, params.dtype)
    hashes = []
    for _epoch in range(EPOCHS):
        for images, labels in batches.shuffled(stream):
            engine.train_step(images, labels)
            hashes.append(weights_sha256(engine.weights()))
    return Bits(hashes[-1], [digits[:STEP_DIGITS] for digits in hashes])


def first(dataset: Dataset, rows: int) -> Dataset:
    """Return the first ``rows`` of a dataset, or all if it has fewer."""
    return dataset.take(np.arange(min(rows, len(dataset.labels))))
