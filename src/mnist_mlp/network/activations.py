"""Activation functions, applied to each number on its own."""

from typing import Protocol

import numpy as np

from mnist_mlp.arrays import Floats


class Activation(Protocol):
    """An elementwise function with its derivative."""

    def forward(self, inputs: Floats) -> Floats:
        """Return the function's values, of the shape of ``inputs``; remember what ``backward`` needs."""
        ...

    def backward(self, grad: Floats) -> Floats:
        """Return dL/d(inputs) for ``grad`` = dL/d(outputs)."""
        ...


class Sigmoid:
    """The logistic function, with values in (0, 1)."""

    def forward(self, inputs: Floats) -> Floats:
        """Return 1 / (1 + exp(-z)), written as (1 + tanh(z/2)) / 2, which overflows for no z."""
        self.outputs: Floats = np.tanh(inputs * 0.5)
        self.outputs += 1
        self.outputs *= 0.5
        return self.outputs

    def backward(self, grad: Floats) -> Floats:
        """Return ``grad * a (1 - a)``.

        With a = 1 / (1 + e) and e = exp(-z): da/dz = e / (1 + e)^2 = a (1 - a).
        """
        a = self.outputs
        return grad * a * (1 - a)


ACTIVATIONS: dict[str, type[Activation]] = {"sigmoid": Sigmoid}
