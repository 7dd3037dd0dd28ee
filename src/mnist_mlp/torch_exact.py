"""PyTorch on binary grids (``dtype: exact``): modules and optimiser, wrapped so that they round to a grid."""

import torch
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer

from mnist_mlp.core.arrays import Floats
from mnist_mlp.training.grids import WEIGHTS, Bounds, shift


class ExactLinear(nn.Linear):
    """A layer whose sums are exact, or refused: it rounds gradients as they enter it on their way back.

    Args:
        inputs: numbers per sample that come in.
        outputs: numbers per sample that go out.
        bounds: of its three products.
        device: where its parameters are.
    """

    def __init__(self, inputs: int, outputs: int, bounds: Bounds, device: torch.device | None = None) -> None:
        super().__init__(inputs, outputs, device=device, dtype=torch.float64)
        self.bounds = bounds

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of ``nn.Linear``."""
        self.bounds.forward(array(inputs), array(self.weight), array(self.bias))
        sums = super().forward(inputs)
        if sums.requires_grad:
            sums.register_hook(self._rounded)  # type: ignore[no-untyped-call]
        return sums

    def _rounded(self, grad: Tensor) -> Tensor:
        on_grid = rounded(grad, self.bounds.gradient_bits)
        self.bounds.backward(array(on_grid))
        return on_grid


class OnGrid(nn.Module):
    """An activation whose outputs are rounded. Its derivative keeps the unrounded ones."""

    def __init__(self, activation: nn.Module, bits: int) -> None:
        super().__init__()
        self.activation = activation
        self.bits = bits

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the activation's values, rounded."""
        return rounded(self.activation(inputs), self.bits)


def rounded(values: Tensor, bits: int) -> Tensor:
    """Return a tensor rounded to multiples of 2^-bits. For autograd, this is a sum: its derivative is 1."""
    return (values + shift(bits)).sub_(shift(bits))


def round_after_steps(optimizer: Optimizer) -> None:
    """Let an optimiser round all its parameters to their grid after each step."""
    optimizer.register_step_post_hook(_round_parameters)


@torch.no_grad()
def _round_parameters(optimizer: Optimizer, *_arguments: object) -> None:
    """Round all parameters to their grid, in place."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.add_(shift(WEIGHTS)).sub_(shift(WEIGHTS))


def array(tensor: Tensor) -> Floats:
    """Return a tensor's numbers, on the CPU without a copy."""
    numbers: Floats = tensor.numpy(force=True)
    return numbers
