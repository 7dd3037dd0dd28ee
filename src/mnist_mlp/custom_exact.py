"""The from-scratch network on binary grids (``dtype: exact``): its parts, wrapped so that they round to a grid."""

from mnist_mlp.core.arrays import Floats
from mnist_mlp.network.activations import Activation
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.optimizers import Optimizer
from mnist_mlp.training.grids import WEIGHTS, Bounds, shift, to_grid


class ExactLinear(Linear):
    """A layer whose sums are exact, or refused: it rounds gradients as they enter it on their way back."""

    def __init__(self, inputs: int, outputs: int, bounds: Bounds) -> None:
        super().__init__(inputs, outputs)
        self.bounds = bounds

    def forward(self, inputs: Floats) -> Floats:
        """Return the sums of ``Linear``."""
        self.bounds.forward(inputs, self.weight, self.bias)
        return super().forward(inputs)

    def parameter_gradients(self, grad: Floats) -> None:
        """Round ``grad`` in place, so that ``Linear.backward`` goes on with it, and set the gradients."""
        self.bounds.backward(to_grid(grad, self.bounds.gradient_bits))
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
