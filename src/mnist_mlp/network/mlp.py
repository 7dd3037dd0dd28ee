"""The multilayer perceptron: images go forward through the layers, gradients come back through them.

images -> Linear -> activation -> ... -> Linear -> output activation -> outputs -> loss
"""

import numpy as np

from mnist_mlp.arrays import CLASSES, Floats, Labels, Weights
from mnist_mlp.network.activations import ACTIVATIONS
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import LOSSES
from mnist_mlp.network.optimizers import OPTIMIZERS
from mnist_mlp.params import TrainParams


class MLP:
    """A network of fully connected layers, with its loss and its optimiser: the engine ``custom``.

    Args:
        weights: where to start from. Copied, so the caller's arrays stay as they are.
        params: activations, loss, optimiser and precision.
    """

    def __init__(self, weights: Weights, params: TrainParams) -> None:
        self.dtype = params.dtype
        own = {name: array.astype(params.dtype) for name, array in weights.items()}
        self.linears = [Linear(own[f"layers.{i}.weight"], own[f"layers.{i}.bias"]) for i in range(len(own) // 2)]
        self.activations = [ACTIVATIONS[params.activation]() for _ in self.linears[:-1]]
        self.activations.append(ACTIVATIONS[params.output_activation]())
        self.loss = LOSSES[params.loss](params.loss_reduction)
        self.optimizer = OPTIMIZERS[params.optimizer](params.lr)
        self.one_hot = np.eye(CLASSES, dtype=params.dtype)

    def forward(self, images: Floats) -> Floats:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        signal = images
        for linear, activation in zip(self.linears, self.activations, strict=True):
            signal = activation.forward(linear.forward(signal))
        return signal

    def backward(self, grad: Floats) -> None:
        """Set every parameter's gradient, given ``grad`` = dL/d(outputs) (n, classes) of the last ``forward``."""
        for linear, activation in zip(self.linears[:0:-1], self.activations[:0:-1], strict=True):
            grad = linear.backward(activation.backward(grad))
        self.linears[0].parameter_gradients(self.activations[0].backward(grad))

    def train_step(self, images: Floats, labels: Labels) -> float:
        """Take one step of gradient descent on a batch; return its loss before the step."""
        targets = self.one_hot[labels]  # (n,) -> (n, classes)
        outputs = self.forward(images)
        self.backward(self.loss.gradient(outputs, targets))
        self.optimizer.step(self.parameters(), self.gradients())
        return self.loss.value(outputs, targets)

    def parameters(self) -> list[Floats]:
        """Return weight and bias of each layer, from input to output."""
        return [array for linear in self.linears for array in (linear.weight, linear.bias)]

    def gradients(self) -> list[Floats]:
        """Return the gradients of ``parameters()``, in the same order, as the last ``backward`` set them."""
        return [array for linear in self.linears for array in (linear.weight_grad, linear.bias_grad)]

    def weights(self) -> Weights:
        """Return the parameters by their names in a weights file."""
        kinds = ("weight", "bias")
        names = [f"layers.{i}.{kind}" for i in range(len(self.linears)) for kind in kinds]
        return dict(zip(names, self.parameters(), strict=True))
