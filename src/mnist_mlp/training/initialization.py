"""Initial weights, drawn once for both engines: equal parameters start from equal numbers."""

from collections.abc import Callable

import numpy as np
from numpy.random import RandomState

from mnist_mlp.core.arrays import Floats, Weights
from mnist_mlp.exact import ROUNDING
from mnist_mlp.harness.params import TrainParams

Shape = tuple[int, int]
"""(outputs, inputs) of a layer."""
Initializer = Callable[[RandomState, Shape, TrainParams], tuple[Floats, Floats]]
"""Draws the weight and the bias of a layer, in float64."""


def normal(stream: RandomState, shape: Shape, params: TrainParams) -> tuple[Floats, Floats]:
    """Draw weights from N(0, init_std^2); biases are 0."""
    return stream.normal(0, params.init_std, shape), np.zeros(shape[0])


def uniform_fan_in(stream: RandomState, shape: Shape, _params: TrainParams) -> tuple[Floats, Floats]:
    """Draw weights and biases from U(-b, b) with b = 1/sqrt(inputs): the default of ``torch.nn.Linear``."""
    bound = 1 / np.sqrt(shape[1])
    return stream.uniform(-bound, bound, shape), stream.uniform(-bound, bound, shape[0])


def xavier(stream: RandomState, shape: Shape, _params: TrainParams) -> tuple[Floats, Floats]:
    """Draw weights from U(-b, b) with b = sqrt(6 / (inputs + outputs)); biases are 0.

    Made for tanh: signals and gradients keep their variance on average (Glorot and Bengio, AISTATS 2010).
    """
    bound = np.sqrt(6 / sum(shape))
    return stream.uniform(-bound, bound, shape), np.zeros(shape[0])


def he(stream: RandomState, shape: Shape, _params: TrainParams) -> tuple[Floats, Floats]:
    """Draw weights from N(0, 2 / inputs); biases are 0.

    Made for ReLU, which halves the mean square of a signal (He et al., ICCV 2015).
    """
    return stream.normal(0, np.sqrt(2 / shape[1]), shape), np.zeros(shape[0])


INITIALIZERS: dict[str, Initializer] = {
    "normal": normal,
    "uniform_fan_in": uniform_fan_in,
    "xavier": xavier,
    "he": he,
}


def layer_shapes(params: TrainParams, pixels: int, classes: int) -> list[Shape]:
    """Return (outputs, inputs) of each layer, from the image to the classes."""
    sizes = [pixels, *params.hidden_sizes, classes]
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def initial_weights(params: TrainParams, pixels: int, classes: int) -> Weights:
    """Draw the weights that a run starts from.

    The numbers are drawn in float64, layer by layer, from ``RandomState(params.init_seed)``, whose stream
    NumPy has frozen (NEP 19), and only then rounded for ``params.dtype``: all precisions start alike.

    Args:
        params: architecture, scheme and seed.
        pixels: numbers in an image, 784 for MNIST.
        classes: outputs of the network, 10 for MNIST.
    """
    stream = RandomState(params.init_seed)
    weights: Weights = {}
    for i, shape in enumerate(layer_shapes(params, pixels, classes)):
        weight, bias = INITIALIZERS[params.weight_init](stream, shape, params)
        kind, _, shift = ROUNDING[params.dtype]
        with np.errstate(over="ignore"):  # too large for float32 becomes infinite; the first loss reports it
            weights[f"layers.{i}.weight"] = (weight + shift - shift).astype(kind)
            weights[f"layers.{i}.bias"] = (bias + shift - shift).astype(kind)
    return weights
