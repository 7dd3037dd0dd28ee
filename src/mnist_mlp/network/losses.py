"""Loss functions: how far the network's outputs are from the targets, as one number."""

from typing import Protocol

import numpy as np

from mnist_mlp.arrays import Floats


class Loss(Protocol):
    """A loss over one batch: outputs and one-hot targets, both (n, classes)."""

    def value(self, outputs: Floats, targets: Floats) -> float:
        """Return L, at least 0."""
        ...

    def gradient(self, outputs: Floats, targets: Floats) -> Floats:
        """Return dL/d(outputs), (n, classes)."""
        ...


class MeanSquaredError:
    """The squared error, summed or averaged over the classes and averaged over the batch.

    Args:
        reduction: ``batch_mean`` sums over the classes, as textbooks derive it. ``mean`` averages over them
            too, as ``torch.nn.MSELoss`` does by default: all gradients are smaller by the number of classes.
    """

    def __init__(self, reduction: str) -> None:
        self.reduction = reduction

    def value(self, outputs: Floats, targets: Floats) -> float:
        """Return L = (1/m) sum_s sum_c (outputs - targets)^2, with m as in ``gradient``."""
        return float(np.sum((outputs - targets) ** 2)) / self._divisor(outputs)

    def gradient(self, outputs: Floats, targets: Floats) -> Floats:
        """Return (2/m) (outputs - targets): the derivative of each square in L.

        m is the number of samples n for ``batch_mean``, and of all elements n * classes for ``mean``.
        """
        return (2 / self._divisor(outputs)) * (outputs - targets)

    def _divisor(self, outputs: Floats) -> int:
        return len(outputs) if self.reduction == "batch_mean" else outputs.size


LOSSES: dict[str, type[MeanSquaredError]] = {"mse": MeanSquaredError}
