"""tinygrad on the CPU: it writes C for each step and compiles it with clang; batches are gathered by NumPy."""

import os

os.environ["DEV"] = "CPU"  # tinygrad reads it when imported

# isort: split
import numpy as np
from numpy.random import RandomState
from tinygrad import Context, Tensor, TinyJit, nn
from tinygrad.nn.optim import SGD

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import CLASSES, Data, scaled

SHARE = 0.1
"""An epoch takes several times as long as the slowest of the others."""


def jitted(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return shares of epochs, with one compiled step for each full batch."""
    split, stream = scaled(data.train, dtype), RandomState(10)
    hidden, output = nn.Linear(split.images.shape[1], sizes.hidden), nn.Linear(sizes.hidden, CLASSES)
    optimizer = SGD(nn.state.get_parameters([hidden, output]), lr=LR)

    def loss_after_step(images: Tensor, targets: Tensor) -> Tensor:
        optimizer.zero_grad()
        outputs = output(hidden(images).sigmoid()).sigmoid()
        loss = ((outputs - targets) ** 2).sum(axis=1).mean().backward()
        return loss.realize(*optimizer.schedule_step())

    step = TinyJit(loss_after_step)

    def train() -> None:
        rows = stream.permutation(len(split.labels))
        order = rows[: max(sizes.batch, int(SHARE * len(rows)))].astype(np.int32)
        with Context(TRAINING=1):
            for start in range(0, len(order) - sizes.batch + 1, sizes.batch):
                batch = order[start : start + sizes.batch]
                loss = step(Tensor(split.images[batch]).realize(), Tensor(split.targets[batch]).realize())
        loss.item()  # waits for the last step

    return Trainer(train, share=SHARE)
