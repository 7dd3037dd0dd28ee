"""Activation functions: what a layer does with its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from mnist_mlp.core.arrays import Floats


class Activation(Protocol):
    """A function of the sums of a layer, (n, units), with its derivative."""

    def forward(self, inputs: Floats) -> Floats:
        """Return the function's values, of the shape of ``inputs``; remember what ``backward`` needs."""
        ...

    def backward(self, grad: Floats) -> Floats:
        """Return dL/d(inputs) for ``grad`` = dL/d(outputs)."""
        ...


class Sigmoid:
    """The logistic function, with values in (0, 1)."""

    def forward(self, inputs: Floats) -> Floats:
        """Return 1 / (1 + exp(-z)), written as (1 + tanh(z/2)) / 2, which never overflows."""
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


class Tanh:
    """The hyperbolic tangent, with values in (-1, 1)."""

    def forward(self, inputs: Floats) -> Floats:
        """Return tanh(z)."""
        self.outputs: Floats = np.tanh(inputs)
        return self.outputs

    def backward(self, grad: Floats) -> Floats:
        """Return ``grad * (1 - a^2)``.

        With a = sinh(z) / cosh(z): da/dz = (cosh(z)^2 - sinh(z)^2) / cosh(z)^2 = 1 - a^2.
        """
        return grad * (1 - self.outputs * self.outputs)


class ReLU:
    """The rectifier, with values of 0 and above."""

    def forward(self, inputs: Floats) -> Floats:
        """Return max(z, 0)."""
        self.outputs: Floats = np.maximum(inputs, 0)
        return self.outputs

    def backward(self, grad: Floats) -> Floats:
        """Return ``grad`` where z > 0, else 0: the slope is 1 above 0, 0 below, and taken as 0 at 0."""
        return grad * (self.outputs > 0)


class Softmax:
    """Shares in (0, 1) that sum to 1 over the units. For the output layer only."""

    def forward(self, inputs: Floats) -> Floats:
        """Return exp(z_c) / sum_k exp(z_k); subtracting the largest z cancels out and prevents overflow."""
        exponentials: Floats = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        exponentials /= exponentials.sum(axis=1, keepdims=True)
        self.outputs = exponentials
        return self.outputs

    def backward(self, grad: Floats) -> Floats:
        """Return ``a (grad - sum_c grad_c a_c)``.

        Each output depends on each sum: da_c/dz_k = a_c ((c = k) - a_k), so
        dL/dz_k = sum_c grad_c da_c/dz_k = a_k grad_k - a_k sum_c grad_c a_c.
        """
        a = self.outputs
        inputs_grad: Floats = a * (grad - (grad * a).sum(axis=1, keepdims=True))
        return inputs_grad
