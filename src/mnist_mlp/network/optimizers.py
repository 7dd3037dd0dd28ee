"""Optimisers: how a gradient changes a parameter.

``weight_decay`` is the L2 kind, as in ``torch.optim.SGD`` and ``Adam``: each gradient grows by weight_decay times
its parameter, biases included, before any other use of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from mnist_mlp.core.arrays import Floats


class Optimizer(Protocol):
    """A rule that moves parameters against their gradients."""

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Update each parameter in place, given its gradient of the same shape."""
        ...


class SGD:
    """Stochastic gradient descent, plain or with momentum (Sutskever et al., ICML 2013)."""

    def __init__(self, lr: float, momentum: float = 0, nesterov: bool = False, weight_decay: float = 0) -> None:
        self.lr = lr
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.velocities: list[Floats] = []

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Do v <- momentum v + g, then p <- p - lr v; Nesterov looks ahead: p <- p - lr (g + momentum v)."""
        if self.momentum and not self.velocities:
            self.velocities = [np.zeros_like(parameter) for parameter in parameters]
        for i, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            move = decayed(gradient, parameter, self.weight_decay)
            if self.momentum:
                velocity = self.velocities[i]
                velocity *= self.momentum
                velocity += move
                move = move + self.momentum * velocity if self.nesterov else velocity
            parameter -= self.lr * move


class Adam:
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba, ICLR 2015)."""

    def __init__(
        self, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0
    ) -> None:
        self.lr = lr
        self.betas = beta1, beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self.moments: list[tuple[Floats, Floats]] = []
        self.steps = 0

    def step(self, parameters: list[Floats], gradients: list[Floats]) -> None:
        """Do p <- p - lr m / (sqrt(v) + eps).

        m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2 start at 0. After t steps the weights of
        all gradients in them sum to only 1 - beta^t, so both are divided by that.
        """
        if not self.moments:
            self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self.steps += 1
        beta1, beta2 = self.betas
        shares = 1 - beta1**self.steps, 1 - beta2**self.steps
        for parameter, gradient, (mean, square) in zip(parameters, gradients, self.moments, strict=True):
            move = decayed(gradient, parameter, self.weight_decay)
            mean += (1 - beta1) * (move - mean)
            square += (1 - beta2) * (move * move - square)
            parameter -= (self.lr / shares[0]) * mean / (np.sqrt(square / shares[1]) + self.eps)


def decayed(gradient: Floats, parameter: Floats, weight_decay: float) -> Floats:
    """Return the gradient of L + weight_decay / 2 * p^2: ``gradient + weight_decay * parameter``."""
    return gradient + weight_decay * parameter if weight_decay else gradient
