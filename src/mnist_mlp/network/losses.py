"""Loss functions: how far the network's outputs are from the targets, as one number.

They start from the logits, the sums of the last layer: softmax and cross-entropy combined are simple and stable.
Every loss is a sum over samples and classes, divided by m: the number n of samples for the reduction
``batch_mean``, as textbooks derive it, or the number of elements, n * classes, for ``mean``, the default of
``torch.nn.MSELoss``. With ``mean``, all gradients are smaller by a factor of the number of classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mnist_mlp.core.arrays import Floats
    from mnist_mlp.network.activations import Activation


class Loss(ABC):
    """A loss over one batch, of the outputs that ``output`` makes of the logits."""

    def __init__(self, output: Activation, reduction: str = "batch_mean") -> None:
        self.output = output
        self.reduction = reduction

    @abstractmethod
    def value_and_gradient(self, logits: Floats, targets: Floats) -> tuple[float, Floats]:
        """Return L, at least 0, and dL/d(logits), for logits and one-hot targets (n, classes)."""


class MeanSquaredError(Loss):
    """The squared distance between outputs and targets, for any output activation."""

    def value_and_gradient(self, logits: Floats, targets: Floats) -> tuple[float, Floats]:
        """Return L = (1/m) sum_s sum_c (outputs - targets)^2 and its gradient.

        dL/d(outputs) = (2/m) (outputs - targets); the activation takes it back to the logits.
        """
        errors = self.output.forward(logits) - targets
        m = divisor(errors, self.reduction)
        return float(np.vdot(errors, errors)) / m, self.output.backward((2 / m) * errors)


class CrossEntropy(Loss):
    """The cross-entropy of the targets with the softmax of the logits: minus the log of the label's share."""

    def value_and_gradient(self, logits: Floats, targets: Floats) -> tuple[float, Floats]:
        """Return L = -(1/m) sum_s sum_c targets log(softmax(logits)) and its gradient.

        log softmax_c = z_c - log(sum_k exp(z_k)), written without the logarithm of a rounded share. Its derivative
        by z_k is (c = k) - softmax_k, and the targets of a sample add up to 1: dL/dz = (softmax - targets) / m.
        """
        m = divisor(logits, self.reduction)
        log_shares = logits - logits.max(axis=1, keepdims=True)
        log_shares -= np.log(np.exp(log_shares).sum(axis=1, keepdims=True))
        return -float(np.sum(targets * log_shares)) / m, (np.exp(log_shares) - targets) / m


def divisor(elements: Floats, reduction: str) -> int:
    """Return the m of the module's docstring, for (n, classes) elements."""
    return len(elements) if reduction == "batch_mean" else elements.size
