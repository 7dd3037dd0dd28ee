"""Initial weights, drawn once for both engines: equal parameters start from equal numbers."""

from collections.abc import Callable

import numpy as np
from numpy.random import RandomState

from mnist_mlp.arrays import CLASSES, Floats, Weights
from mnist_mlp.params import TrainParams

Initializer = Callable[[RandomState, int, int, TrainParams], tuple[Floats, Floats]]


def normal(stream: RandomState, outputs: int, inputs: int, params: TrainParams) -> tuple[Floats, Floats]:
    """Draw weights from N(0, init_std^2); biases are 0."""
    return stream.normal(0, params.init_std, (outputs, inputs)), np.zeros(outputs)


def uniform_fan_in(
    stream: RandomState,
    outputs: int,
    inputs: int,
    params: TrainParams,  # noqa: ARG001  # one signature for all schemes
) -> tuple[Floats, Floats]:
    """Draw weights and biases from U(-b, b) with b = 1/sqrt(inputs): the default of ``torch.nn.Linear``."""
    bound = 1 / np.sqrt(inputs)
    return stream.uniform(-bound, bound, (outputs, inputs)), stream.uniform(-bound, bound, outputs)


INITIALIZERS: dict[str, Initializer] = {"normal": normal, "uniform_fan_in": uniform_fan_in}


def layer_shapes(params: TrainParams, pixels: int) -> list[tuple[int, int]]:
    """Return (outputs, inputs) of each layer, from the image to the classes."""
    sizes = [pixels, *params.hidden_sizes, CLASSES]
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def initial_weights(params: TrainParams, pixels: int) -> Weights:
    """Draw the weights that a run starts from.

    The numbers are drawn in float64, layer by layer, from ``RandomState(params.init_seed)``, whose stream
    NumPy has frozen (NEP 19), and only then rounded to ``params.dtype``: both precisions start alike.

    Args:
        params: architecture, scheme and seed.
        pixels: numbers in an image, 784 for MNIST.
    """
    stream = RandomState(params.init_seed)
    weights: Weights = {}
    for i, (outputs, inputs) in enumerate(layer_shapes(params, pixels)):
        weight, bias = INITIALIZERS[params.weight_init](stream, outputs, inputs, params)
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and the first loss says so
            weights[f"layers.{i}.weight"] = weight.astype(params.dtype)
            weights[f"layers.{i}.bias"] = bias.astype(params.dtype)
    return weights
