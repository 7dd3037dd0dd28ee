"""The matrix products of an epoch alone, without shuffling, scaling, activations and updates."""

import numpy as np
from numpy.random import RandomState

from benchmarks.contestants import Sizes, Trainer
from benchmarks.data import CLASSES, Data, scaled
from mnist_mlp.core.arrays import Floats


def floor(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs of two products forward and three back for each batch, written to existing arrays."""
    images = scaled(data.train, dtype).images
    stream = RandomState(0)

    def array(*shape: int) -> Floats:
        numbers: Floats = stream.random_sample(shape).astype(dtype)
        return numbers

    pixels, hidden, n = images.shape[1], sizes.hidden, sizes.batch
    weight_1, weight_2 = array(hidden, pixels), array(CLASSES, hidden)
    sums_1, sums_2, grad_1 = array(n, hidden), array(n, CLASSES), array(n, hidden)
    weight_grad_1, weight_grad_2 = array(hidden, pixels), array(CLASSES, hidden)

    def train() -> None:
        for start in range(0, len(images) - n + 1, n):
            batch = images[start : start + n]
            np.matmul(batch, weight_1.T, out=sums_1)
            np.matmul(sums_1, weight_2.T, out=sums_2)
            np.matmul(sums_2.T, sums_1, out=weight_grad_2)
            np.matmul(sums_2, weight_2, out=grad_1)
            np.matmul(grad_1.T, batch, out=weight_grad_1)

    return Trainer(train)
