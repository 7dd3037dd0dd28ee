"""Binary grids on which sums round nowhere: the arithmetic of ``dtype: exact``, for arrays and tensors alike.

The result of a sum depends on the order of its terms only because each partial sum is rounded; libraries choose
the order by the CPU and the number of threads. A multiple of 2^-a times a multiple of 2^-b is one of 2^-(a+b).
While the absolute terms of a sum of those stay below 2^(53-a-b) in total, each partial sum is a float64 without
rounding: all orders give the same number.
"""

import math
from collections.abc import Callable, Iterator
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
SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
"""The largest derivative of each activation."""


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
    return GRADIENTS + int(math.log2(params.batch_size * errors_per_row(params, classes)))


def errors_per_row(params: TrainParams, classes: int) -> int:
    """Return what the divisor m of the loss counts for each row of a batch."""
    return 1 if params.loss_reduction == "batch_mean" else classes


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


Read = Callable[[], Floats]
"""Returns an array that is needed only where the weights do not tell."""


class Bounds:
    """The three products of a linear layer: ``InexactError`` if a sum can be too large to be exact.

    The weights alone nearly always tell that no sum can; only where they do not are inputs or gradients read.

    Args:
        layer: its place, from 0.
        params: of the training: the activation and the grid of the gradients.
        classes: outputs of the network.
        behind: the layer that takes this one's outputs; none if they are the network's.
    """

    def __init__(self, layer: int, params: TrainParams, classes: int, behind: "Bounds | None") -> None:
        self.layer = layer
        self.behind = behind
        self.signal_bits = SIGNALS if layer else PIXELS
        self.gradient_bits = gradient_bits(params, classes)
        self.errors_per_row = errors_per_row(params, classes)
        self.slope = SLOPES[params.activation]
        self.unbounded = layer > 0 and params.activation == "relu"

    def forward(self, weight: Floats, bias: Floats, inputs: Read) -> None:
        """Check ``inputs @ weight.T + bias``, for (n, in), (out, in) and (out,)."""
        self.outputs: int = len(weight)
        self.weight = largest(weight)
        self.input = largest(inputs()) if self.unbounded else 1.0
        totals = sums(weight.shape[1], self.input, inputs, axis=1)
        bits = self.signal_bits + WEIGHTS
        self._require("sums", (total * self.weight + largest(bias) for total in totals), bits)

    def backward(self, rows: int, grad: Read) -> None:
        """Check ``grad.T @ inputs`` and ``grad @ weight`` for ``grad`` (rows, out) and the last ``forward``."""
        self.gradient = self.largest_gradient(rows)
        bits = self.gradient_bits + self.signal_bits
        totals = sums(rows, self.gradient, grad, axis=0)
        self._require("weights' gradients", (total * self.input for total in totals), bits)
        if self.layer:
            bits = self.gradient_bits + WEIGHTS
            totals = sums(self.outputs, self.gradient, grad, axis=1)
            self._require("inputs' gradients", (total * self.weight for total in totals), bits)

    def largest_gradient(self, rows: int) -> float:
        """Return an upper bound of |dL/d(sums)|, given the bounds of the layers behind.

        No loss has a derivative by a logit above 1/m. With outputs a and targets t in [0, 1], it is
        2/m |a - t| a (1 - a) <= 1/(2m) for the squared error of sigmoids, for that of softmax
        2/m a_k |sum_c a_c ((a_k - t_k) - (a_c - t_c))| <= 4/m a_k (1 - a_k) <= 1/m, and for cross-entropy
        |a - t|/m. From there it is the chain rule.
        """
        grid = 2.0**-self.gradient_bits  # a gradient is rounded by half of it; the rest is room for float64
        if self.behind is None:
            return 1 / (rows * self.errors_per_row) + grid
        behind = self.behind
        return behind.outputs * behind.weight * behind.gradient * self.slope + grid

    def _require(self, what: str, bounds: Iterator[float], bits: int) -> None:
        limit = 2.0 ** (FLOAT64 - bits)
        bound = math.inf
        for bound in bounds:
            if bound < limit:
                return
        if math.isfinite(bound):  # another ends the training as diverged
            raise InexactError(
                f"expected {what} of layer {self.layer + 1} with terms below {limit:g} in total, got {bound:.3g}; "
                "try a smaller lr or init_std, a larger weight_decay, or dtype float64"
            )


def bounds_of_layers(layers: int, params: TrainParams, classes: int) -> list[Bounds]:
    """Return the bounds of each layer, from input to output."""
    bounds: list[Bounds] = []
    for layer in reversed(range(layers)):
        bounds.insert(0, Bounds(layer, params, classes, behind=bounds[0] if bounds else None))
    return bounds


def sums(terms: int, largest_term: float, read: Read, axis: int) -> Iterator[float]:
    """Yield upper bounds of the absolute sums along an axis, ``terms`` each; the last is the largest sum."""
    yield terms * largest_term
    numbers = np.abs(read())
    yield terms * float(numbers.max())
    yield float(numbers.sum(axis=axis).max())


def largest(numbers: Floats) -> float:
    """Return the largest absolute value."""
    return float(max(numbers.max(), -numbers.min()))
