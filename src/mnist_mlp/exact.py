"""Binary grids on which sums round nowhere: the arithmetic of ``dtype: exact``, for arrays and tensors alike.

The result of a sum depends on the order of its terms only because each partial sum is rounded; libraries choose
the order by the CPU and the number of threads. A multiple of 2^-a times a multiple of 2^-b is one of 2^-(a+b).
While the absolute terms of a sum of those stay below 2^(53-a-b) in total, each partial sum is a float64 without
rounding: all orders give the same number.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mnist_mlp.core.arrays import Floats
from mnist_mlp.harness.errors import DivergedError
from mnist_mlp.harness.params import TrainParams

PIXELS = 14
WEIGHTS = 24
SIGNALS = 16
"""Of the outputs of hidden layers. ReLU's have no upper bound: a finer grid would leave them too little room."""
OUTPUTS = 20
"""Of the network's outputs: the squared errors of an evaluation's chunk then add up without rounding as well."""
GRADIENTS = 23
"""Of the gradients of a layer's sums times m, the divisor of the loss: they are as small as m is large."""
FLOAT64 = 53
"""Binary digits of a float64."""


class InexactError(DivergedError):
    """A sum can be too large to be exact."""


def shift(bits: int) -> float:
    """Return c, for which ``(x + c) - c`` is x rounded to a multiple of 2^-bits, if |x| < 2^(51-bits).

    Around 1.5 * 2^(52-bits), neighbouring float64 numbers are 2^-bits apart.
    """
    return 1.5 * 2.0 ** (52 - bits)


class Rounding(NamedTuple):
    """What a ``dtype`` means: the type of its numbers, and ``shift`` of its grids; 0 rounds to none."""

    type: str
    pixels: float = 0.0
    weights: float = 0.0


ROUNDING = {
    "float32": Rounding("float32"),
    "float64": Rounding("float64"),
    "exact": Rounding("float64", shift(PIXELS), shift(WEIGHTS)),
}


def to_grid(numbers: Floats, bits: int) -> Floats:
    """Round an array to multiples of 2^-bits, in place."""
    numbers += shift(bits)
    numbers -= shift(bits)
    return numbers


def gradient_bits(params: TrainParams, classes: int) -> int:
    """Return the grid of the gradients of the layers' sums."""
    m = params.batch_size * (1 if params.loss_reduction == "batch_mean" else classes)
    return GRADIENTS + int(math.log2(m))


def with_short_rates(params: TrainParams) -> TrainParams:
    """Return the parameters with lr, momentum and weight_decay rounded to the 24 binary digits of a float32.

    Their products with numbers on a grid then often need no rounding, so that it does not matter whether a CPU
    rounds ``p - lr * g`` once (fused multiply-add, as PyTorch does where the CPU can) or twice (as NumPy does).
    """
    rates = {name: short(getattr(params, name)) for name in ("lr", "momentum", "weight_decay")}
    return params.model_copy(update=rates)


def short(number: float) -> float:
    """Return the nearest number with 24 binary digits."""
    fraction, exponent = math.frexp(number)
    return math.ldexp(round(fraction * 2**24), exponent - 24)


class Bounds:
    """The three products of a linear layer: ``InexactError`` if a sum can be too large to be exact.

    Args:
        layer: its place, from 0.
        params: of the training: the activation and the grid of the gradients.
        classes: outputs of the network.
    """

    def __init__(self, layer: int, params: TrainParams, classes: int) -> None:
        self.layer = layer
        self.signal_bits = SIGNALS if layer else PIXELS
        self.gradient_bits = gradient_bits(params, classes)
        self.unbounded = layer > 0 and params.activation == "relu"

    def forward(self, inputs: Floats, weight: Floats, bias: Floats) -> None:
        """Check ``inputs @ weight.T + bias``, for (n, in), (out, in) and (out,)."""
        self.weight = largest(weight)
        self.input = largest(inputs) if self.unbounded else 1.0
        terms = sums(inputs, axis=1, largest_term=self.input)
        self._require("sums", (total * self.weight + largest(bias) for total in terms), self.signal_bits + WEIGHTS)

    def backward(self, grad: Floats) -> None:
        """Check ``grad.T @ inputs`` and ``grad @ weight`` for ``grad`` (n, out) and the last ``forward``."""
        term = largest(grad)
        bits = self.gradient_bits + self.signal_bits
        self._require("weights' gradients", (total * self.input for total in sums(grad, 0, term)), bits)
        if self.layer:
            bits = self.gradient_bits + WEIGHTS
            self._require("inputs' gradients", (total * self.weight for total in sums(grad, 1, term)), bits)

    def _require(self, what: str, bounds: Iterator[float], bits: int) -> None:
        limit = 2.0 ** (FLOAT64 - bits)
        for bound in bounds:
            if not limit <= bound < math.inf:  # one that is not finite ends the training as diverged
                return
        raise InexactError(
            f"expected {what} of layer {self.layer + 1} with terms below {limit:g} in total, got {bound:.3g}; "
            "try a smaller lr or init_std, a larger weight_decay, or dtype float64"
        )


def sums(numbers: Floats, axis: int, largest_term: float) -> Iterator[float]:
    """Yield two upper bounds of the absolute sums along an axis: a quick one, and the largest sum itself."""
    yield numbers.shape[axis] * largest_term
    yield float(np.abs(numbers).sum(axis=axis).max())


def largest(numbers: Floats) -> float:
    """Return the largest absolute value."""
    return float(max(numbers.max(), -numbers.min()))
