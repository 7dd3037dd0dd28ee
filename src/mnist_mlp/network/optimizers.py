"""Optimisers: what to do with a gradient."""

from typing import Protocol

from mnist_mlp.arrays import Floats


class Optimizer(Protocol):
    """A rule that moves parameters against their gradients."""

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Update each parameter in place, given its gradient of the same shape."""
        ...


class SGD:
    """Plain stochastic gradient descent.

    Args:
        lr: learning rate, above 0: the step per unit of gradient.
    """

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Do p <- p - lr dL/dp."""
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= self.lr * gradient  # noqa: PLW2901  # in place


OPTIMIZERS: dict[str, type[SGD]] = {"sgd": SGD}
