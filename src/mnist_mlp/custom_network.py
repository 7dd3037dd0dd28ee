"""The specification as the from-scratch network of ``network/``: from the typed parameters to an ``MLP``."""

from collections.abc import Callable
from itertools import chain

from mnist_mlp.core.arrays import Weights
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.network.activations import Activation, ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import CrossEntropy, Loss, MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD, Adam, Optimizer

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
    linears = [linear(weights, i, params.dtype) for i in range(len(weights) // 2)]
    activation = ACTIVATIONS[params.activation]
    layers = list(chain.from_iterable((layer, activation()) for layer in linears))[:-1]
    output = OUTPUT_ACTIVATIONS[params.output_activation]()
    loss = LOSSES[params.loss](output, params.loss_reduction)
    return MLP(layers, loss, OPTIMIZERS[params.optimizer](params))


def linear(weights: Weights, place: int, dtype: str) -> Linear:
    """Return the layer at ``place``, counted from 0, with copies of its weight and bias."""
    weight, bias = (weights[f"layers.{place}.{kind}"].astype(dtype) for kind in ("weight", "bias"))
    layer = Linear(*weight.shape[::-1])
    layer.set(weight, bias)
    return layer
