"""The matrix products of an epoch alone, without shuffling, scaling, activations and updates."""

import numpy as np
from numpy.random import RandomState

from benchmarks.contestants import BATCH, HIDDEN, Train, scaled
from mnist_mlp.core.arrays import Dataset, Floats


def floor(dataset: Dataset, dtype: str) -> Train:
    """Return epochs of two products forward and three back for each batch, written to existing arrays."""
    images = scaled(dataset, dtype).images
    stream = RandomState(0)

    def array(*shape: int) -> Floats:
        numbers: Floats = stream.random_sample(shape).astype(dtype)
        return numbers

    pixels, classes = images.shape[1], len(dataset.classes)
    weight_1, weight_2 = array(HIDDEN, pixels), array(classes, HIDDEN)
    sums_1, sums_2, grad_1 = array(BATCH, HIDDEN), array(BATCH, classes), array(BATCH, HIDDEN)
    weight_grad_1, weight_grad_2 = array(HIDDEN, pixels), array(classes, HIDDEN)

    def train() -> None:
        for start in range(0, len(images) - BATCH + 1, BATCH):
            batch = images[start : start + BATCH]
            np.matmul(batch, weight_1.T, out=sums_1)
            np.matmul(sums_1, weight_2.T, out=sums_2)
            np.matmul(sums_2.T, sums_1, out=weight_grad_2)
            np.matmul(sums_2, weight_2, out=grad_1)
            np.matmul(grad_1.T, batch, out=weight_grad_1)

    return train
