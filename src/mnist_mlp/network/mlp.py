"""The multilayer perceptron: images go forward through the layers, gradients come back through them.

images -> Linear -> activation -> ... -> Linear -> logits -> output activation -> outputs
                                                     |
                                                     +-> loss
"""

import numpy as np

from mnist_mlp.arrays import CLASSES, Floats, Labels, Weights
from mnist_mlp.network.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
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
        self.output = OUTPUT_ACTIVATIONS[params.output_activation]()
        self.loss = LOSSES[params.loss](self.output, params.loss_reduction)
        self.optimizer = OPTIMIZERS[params.optimizer](params)
        self.one_hot = np.eye(CLASSES, dtype=params.dtype)

    def forward(self, images: Floats) -> Floats:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        return self.output.forward(self.logits(images))

    def logits(self, images: Floats) -> Floats:
        """Return the sums of the last layer, (n, classes), before the output activation."""
        signal = self.linears[0].forward(images)
        for activation, linear in zip(self.activations, self.linears[1:], strict=True):
            signal = linear.forward(activation.forward(signal))
        return signal

    def backward(self, grad: Floats) -> None:
        """Set every parameter's gradient, given ``grad`` = dL/d(logits) (n, classes) of the last ``logits``."""
        for activation, linear in zip(self.activations[::-1], self.linears[:0:-1], strict=True):
            grad = activation.backward(linear.backward(grad))
        self.linears[0].parameter_gradients(grad)

    def train_step(self, images: Floats, labels: Labels) -> float:
        """Take one step of the optimiser on a batch; return its loss before the step."""
        targets = self.one_hot[labels]  # (n,) -> (n, classes)
        loss, grad = self.loss.value_and_gradient(self.logits(images), targets)
        self.backward(grad)
        self.optimizer.step(self.parameters(), self.gradients())
        return loss

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
