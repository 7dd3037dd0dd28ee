"""The engine ``custom``: the network of ``network/``, put together from typed parameters.

With ``dtype: exact``, its parts are wrapped so that they round to the grids of ``exact.py``.
"""

from collections.abc import Callable, Sequence
from itertools import chain

from mnist_mlp.core.arrays import Floats, Weights
from mnist_mlp.exact import (
    OUTPUTS,
    ROUNDING,
    SIGNALS,
    WEIGHTS,
    Bounds,
    bounds_of_layers,
    shift,
    to_grid,
    with_short_rates,
)
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.network.activations import Activation, ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import CrossEntropy, Loss, MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD, Adam, Optimizer

ACTIVATIONS: dict[str, type[Activation]] = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}
OUTPUT_ACTIVATIONS: dict[str, type[Activation]] = {"sigmoid": Sigmoid, "softmax": Softmax}
LOSSES: dict[str, Callable[[Activation, str], Loss]] = {"mse": MeanSquaredError, "cross_entropy": CrossEntropy}
OPTIMIZERS: dict[str, Callable[[TrainParams], Optimizer]] = {
    "sgd": lambda p: SGD(p.lr, p.momentum, p.nesterov, p.weight_decay),
    "adam": lambda p: Adam(p.lr, p.beta1, p.beta2, p.eps, p.weight_decay),
}


class ExactLinear(Linear):
    """A layer whose sums are exact, or refused: it rounds gradients as they enter it on their way back."""

    def __init__(self, inputs: int, outputs: int, bounds: Bounds) -> None:
        super().__init__(inputs, outputs)
        self.bounds = bounds

    def forward(self, inputs: Floats) -> Floats:
        """Return the sums of ``Linear``."""
        self.bounds.forward(self.weight, self.bias, lambda: inputs)
        return super().forward(inputs)

    def parameter_gradients(self, grad: Floats) -> None:
        """Round ``grad`` in place, so that ``Linear.backward`` continues from it, and set the gradients."""
        to_grid(grad, self.bounds.gradient_bits)
        self.bounds.backward(len(grad), lambda: grad)
        super().parameter_gradients(grad)


class OnGrid:
    """An activation whose outputs are rounded. Its derivative keeps the unrounded ones, as autograd does."""

    def __init__(self, activation: Activation, bits: int) -> None:
        self.activation = activation
        self.shift = shift(bits)

    def forward(self, inputs: Floats) -> Floats:
        """Return the activation's values, rounded."""
        rounded: Floats = self.activation.forward(inputs) + self.shift
        rounded -= self.shift
        return rounded

    def backward(self, grad: Floats) -> Floats:
        """Return dL/d(inputs)."""
        return self.activation.backward(grad)


class ExactSteps:
    """An optimiser that rounds the parameters after each step."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Update each parameter in place."""
        self.optimizer.step(parameters, gradients)
        for parameter in parameters:
            to_grid(parameter, WEIGHTS)


def build_mlp(weights: Weights, params: TrainParams) -> MLP:
    """Return a network that starts from ``weights``, which are copied."""
    arrays = [array.astype(ROUNDING[params.dtype].type) for array in weights.values()]
    tensors = list(zip(arrays[::2], arrays[1::2], strict=True))  # weight (out, in) and bias (out,) of each layer
    shapes = [(weight.shape[1], weight.shape[0]) for weight, _ in tensors]
    linears: Sequence[Linear] = [Linear(*shape) for shape in shapes]
    hidden: Sequence[Activation] = [ACTIVATIONS[params.activation]() for _ in shapes]
    output: Activation = OUTPUT_ACTIVATIONS[params.output_activation]()
    optimizer = OPTIMIZERS[params.optimizer](params)
    if params.dtype == "exact":
        bounds = bounds_of_layers(len(shapes), params, classes=len(arrays[-1]))
        linears = [ExactLinear(*shape, bound) for shape, bound in zip(shapes, bounds, strict=True)]
        hidden = [OnGrid(activation, SIGNALS) for activation in hidden]
        output = OnGrid(output, OUTPUTS)
        optimizer = ExactSteps(OPTIMIZERS[params.optimizer](with_short_rates(params)))
    for linear, (weight, bias) in zip(linears, tensors, strict=True):
        linear.set(weight, bias)
    layers = list(chain.from_iterable(zip(linears, hidden, strict=True)))[:-1]
    return MLP(layers, LOSSES[params.loss](output, params.loss_reduction), optimizer, params.dtype)
