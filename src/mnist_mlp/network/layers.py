"""The fully connected layer: the only part of the network that learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState

if TYPE_CHECKING:
    from mnist_mlp.core.arrays import Floats


class Linear:
    """An affine map from ``inputs`` to ``outputs`` numbers per sample.

    Args:
        inputs: numbers per sample that come in.
        outputs: numbers per sample that go out.
        seed: of the initial weights, drawn from N(0, 0.1^2); the biases start at 0.
    """

    def __init__(self, inputs: int, outputs: int, seed: int = 0) -> None:
        self.set(RandomState(seed).normal(0, 0.1, (outputs, inputs)), np.zeros(outputs))

    def set(self, weight: Floats, bias: Floats) -> None:
        """Use this weight, (out, in), and bias, (out,), from now on. The optimiser updates them in place."""
        # column by column in memory: forward multiplies by weight.T, which then lies row by row
        self.weight: Floats = np.asfortranarray(weight)
        self.bias = bias
        self.weight_grad = np.empty_like(self.weight)
        self.bias_grad = np.empty_like(bias)

    def forward(self, inputs: Floats) -> Floats:
        """Return ``inputs @ weight.T + bias``; remember the inputs for ``backward``."""
        self.inputs = inputs
        outputs: Floats = inputs @ self.weight.T  # (n, in) @ (in, out) -> (n, out)
        outputs += self.bias
        return outputs

    def backward(self, grad: Floats) -> Floats:
        """Return dL/d(inputs) for a given ``grad`` = dL/d(outputs), and set the parameters' gradients.

        outputs[s, o] = sum_i inputs[s, i] weight[o, i] + bias[o], so by the chain rule
        dL/d(inputs)[s, i] = sum_o grad[s, o] weight[o, i].
        """
        self.parameter_gradients(grad)
        return grad @ self.weight  # (n, out) @ (out, in) -> (n, in)

    def parameter_gradients(self, grad: Floats) -> None:
        """Set dL/d(weight) and dL/d(bias). The first layer needs no more: dL/d(images) is not used.

        With the same sum as above, dL/d(weight)[o, i] = sum_s grad[s, o] inputs[s, i]
        and dL/d(bias)[o] = sum_s grad[s, o].
        """
        np.matmul(grad.T, self.inputs, out=self.weight_grad)  # (out, n) @ (n, in) -> (out, in)
        grad.sum(axis=0, out=self.bias_grad)  # (n, out) -> (out,)
