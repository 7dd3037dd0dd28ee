"""A step's formulas on bare arrays: its batch, products, sigmoids and update, in the memory of the step before.

Without biases, value of the loss, checks of bounds, objects and new arrays: all NumPy networks with these
formulas take longer.
"""

import numpy as np
from numpy.random import RandomState

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import CLASSES, Data
from mnist_mlp.core.arrays import Floats
from mnist_mlp.exact import ROUNDING, SIGNALS, WEIGHTS, gradient_bits, to_grid
from mnist_mlp.harness.params import load_params
from mnist_mlp.training.batches import Batches


def bare(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs of steps on arrays that are allocated once."""
    stream, kind = RandomState(0), ROUNDING[dtype].type
    one_hot = np.eye(CLASSES, dtype=kind)
    bits = gradient_bits(load_params().train_custom, CLASSES)

    def weight(outputs: int, inputs: int) -> Floats:
        return np.asfortranarray(stream.normal(0, 0.1, (outputs, inputs)).astype(kind))

    def array(columns: int) -> Floats:
        return np.empty((sizes.batch, columns), kind)

    def rounded(numbers: Floats, bits: int) -> Floats:
        return to_grid(numbers, bits) if dtype == "exact" else numbers

    weight_1, weight_2 = weight(sizes.hidden, data.train.pixels), weight(CLASSES, sizes.hidden)
    grad_1, grad_2 = np.empty_like(weight_1), np.empty_like(weight_2)
    hidden, signal, back, slope_1 = (array(sizes.hidden) for _ in range(4))
    outputs, errors, slope_2 = (array(CLASSES) for _ in range(3))

    def train() -> None:
        for images, labels in Batches(data.train, sizes.batch, dtype).shuffled(stream):
            if len(labels) < sizes.batch:
                break
            sigmoid(np.matmul(images, weight_1.T, out=hidden))
            np.copyto(signal, hidden)
            sigmoid(np.matmul(rounded(signal, SIGNALS), weight_2.T, out=outputs))
            np.subtract(outputs, one_hot[labels], out=errors)
            np.multiply(errors, 2 / errors.size, out=errors)
            to_sums(errors, outputs, slope_2)
            np.matmul(rounded(errors, bits).T, signal, out=grad_2)
            to_sums(np.matmul(errors, weight_2, out=back), hidden, slope_1)
            np.matmul(rounded(back, bits).T, images, out=grad_1)
            for weights, grad in ((weight_1, grad_1), (weight_2, grad_2)):
                np.multiply(grad, LR, out=grad)
                np.subtract(weights, grad, out=weights)
                rounded(weights, WEIGHTS)

    return Trainer(train)


def sigmoid(sums: Floats) -> Floats:
    """Return (1 + tanh(z / 2)) / 2, in place, as ``network/activations.py`` does."""
    sums *= 0.5
    np.tanh(sums, out=sums)
    sums += 1
    sums *= 0.5
    return sums


def to_sums(grad: Floats, outputs: Floats, slope: Floats) -> None:
    """Multiply ``grad`` by the slope a (1 - a) of a sigmoid, given its outputs a."""
    np.subtract(1, outputs, out=slope)
    slope *= outputs
    grad *= slope
