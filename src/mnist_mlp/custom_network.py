"""The specification as the from-scratch network of ``network/``: from the typed parameters to an ``MLP``."""

from collections.abc import Callable
from itertools import chain

from mnist_mlp.core.arrays import FLOAT_TYPES, Weights
from mnist_mlp.custom_exact import ExactLinear, ExactSteps, OnGrid
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.network.activations import Activation, ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import CrossEntropy, Loss, MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD, Adam, Optimizer
from mnist_mlp.training.grids import OUTPUTS, SIGNALS, Bounds, with_short_rates

ACTIVATIONS: dict[str, type[Activation]] = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
}
OUTPUT_ACTIVATIONS: dict[str, type[Activation]] = {
    "sigmoid": Sigmoid,
    "softmax": Softmax,
}
LOSSES: dict[str, Callable[[Activation, str], Loss]] = {
    "mse": MeanSquaredError,
    "cross_entropy": CrossEntropy,
}
OPTIMIZERS: dict[str, Callable[[TrainParams], Optimizer]] = {
    "sgd": lambda p: SGD(p.lr, p.momentum, p.nesterov, p.weight_decay),
    "adam": lambda p: Adam(p.lr, p.beta1, p.beta2, p.eps, p.weight_decay),
}


def build_mlp(weights: Weights, params: TrainParams) -> MLP:
    """Return a network that starts from ``weights``, which are copied: the engine ``custom``."""
    exact = params.dtype == "exact"
    if exact:
        params = with_short_rates(params)
    linears = [linear(weights, i, params) for i in range(len(weights) // 2)]
    activations = (ACTIVATIONS[params.activation]() for _ in linears)
    hidden = (OnGrid(activation, SIGNALS) if exact else activation for activation in activations)
    layers = list(chain.from_iterable(zip(linears, hidden, strict=True)))[:-1]
    output = OUTPUT_ACTIVATIONS[params.output_activation]()
    loss = LOSSES[params.loss](OnGrid(output, OUTPUTS) if exact else output, params.loss_reduction)
    optimizer = OPTIMIZERS[params.optimizer](params)
    network = MLP(layers, loss, ExactSteps(optimizer) if exact else optimizer)
    network.dtype = params.dtype
    return network


def linear(weights: Weights, place: int, params: TrainParams) -> Linear:
    """Return the layer at ``place``, counted from 0, with copies of its weight and bias."""
    names = (f"layers.{place}.{kind}" for kind in ("weight", "bias"))
    weight, bias = (weights[name].astype(FLOAT_TYPES[params.dtype]) for name in names)
    outputs, inputs = weight.shape
    classes = len(weights[f"layers.{len(weights) // 2 - 1}.bias"])
    exact = params.dtype == "exact"
    layer = ExactLinear(inputs, outputs, Bounds(place, params, classes)) if exact else Linear(inputs, outputs)
    layer.set(weight, bias)
    return layer
