"""The multilayer perceptron: images go forward through the layers, gradients come back through them.

images -> Linear -> activation -> ... -> Linear -> logits -> output activation -> outputs
                                                     |
                                                     +-> loss

A network is put together from its parts and trains in a loop. Here it learns to tell ten patterns under noise:

>>> import numpy as np
>>> from mnist_mlp.network import MLP, SGD, Linear, MeanSquaredError, Sigmoid
>>> stream = np.random.RandomState(10)
>>> labels = stream.randint(0, 10, 1000)
>>> images = stream.uniform(-1, 1, (10, 784))[labels] + stream.normal(0, 1, (1000, 784))
>>> network = MLP([Linear(784, 50), Sigmoid(), Linear(50, 10)], MeanSquaredError(Sigmoid()), SGD(lr=0.1))
>>> for epoch in range(30):
...     for rows in np.split(stream.permutation(1000), 10):
...         loss = network.train_step(images[rows], labels[rows])
>>> right = network.forward(images).argmax(axis=1) == labels
>>> print(f"loss {loss:.2f}, accuracy {right.mean():.2f}")
loss 0.17, accuracy 1.00
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnist_mlp.network.layers import Linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnist_mlp.core.arrays import Floats, Labels, Weights
    from mnist_mlp.network.activations import Activation
    from mnist_mlp.network.losses import Loss
    from mnist_mlp.network.optimizers import Optimizer


class MLP:
    """A network of layers, with its loss and its optimiser: the engine ``custom``.

    Args:
        layers: from the images to the logits: ``Linear``, activation, ``Linear``, ..., ``Linear``.
        loss: starts from the logits, and holds the output activation.
        optimizer: takes one step for each batch.
        dtype: the precision of its images: exact, float32 or float64.
    """

    def __init__(
        self, layers: Sequence[Linear | Activation], loss: Loss, optimizer: Optimizer, dtype: str = "float64"
    ) -> None:
        self.layers = layers
        self.linears = [layer for layer in layers if isinstance(layer, Linear)]
        self.loss = loss
        self.optimizer = optimizer
        self.dtype = dtype
        bias = self.linears[-1].bias
        self.one_hot = np.eye(len(bias), dtype=bias.dtype)

    def forward(self, images: Floats) -> Floats:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        return self.loss.output.forward(self.logits(images))

    def logits(self, images: Floats) -> Floats:
        """Return the sums of the last layer, (n, classes), before the output activation."""
        signal = images
        for layer in self.layers:
            signal = layer.forward(signal)
        return signal

    def backward(self, grad: Floats) -> None:
        """Set every parameter's gradient, given ``grad`` = dL/d(logits) (n, classes) of the last ``logits``."""
        for layer in self.layers[:0:-1]:
            grad = layer.backward(grad)
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
