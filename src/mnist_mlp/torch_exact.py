"""PyTorch on binary grids (``dtype: exact``): hooks that round. Modules, losses and optimiser stay as they are."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer

from mnist_mlp.core.arrays import Floats
from mnist_mlp.training.grids import OUTPUTS, SIGNALS, WEIGHTS, Bounds, shift


class _Rounded(torch.autograd.Function):
    """Rounds on the way forward; the gradient passes as it is."""

    @staticmethod
    def forward(_ctx: object, values: Tensor, bits: int) -> Tensor:
        return (values + shift(bits)).sub_(shift(bits))

    @staticmethod
    def backward(_ctx: object, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0], None


def put_on_grids(
    linears: Sequence[nn.Linear],
    activation: nn.Module,
    output: nn.Module,
    bounds: Sequence[Bounds],
) -> None:
    """Let a network round to the grids, and refuse sums that are not exact.

    Args:
        linears: its layers.
        activation: of all hidden layers.
        output: the activation of the last layer.
        bounds: of each layer.
    """
    for linear, limits in zip(linears, bounds, strict=True):
        _round_gradients(linear, limits)
    activation.register_forward_hook(lambda _module, _inputs, outputs: _rounded(outputs, SIGNALS))
    output.register_forward_hook(lambda _module, _inputs, outputs: _rounded(outputs, OUTPUTS))


def round_after_steps(optimizer: Optimizer) -> None:
    """Let an optimiser round all its parameters to their grid after each step."""
    optimizer.register_step_post_hook(_round_parameters)


def _rounded(values: Tensor, bits: int) -> Tensor:
    on_grid: Tensor = _Rounded.apply(values, bits)  # type: ignore[no-untyped-call]
    return on_grid


def _round_gradients(linear: nn.Linear, bounds: Bounds) -> None:
    """Check each product of a layer, and round the gradients as they enter it on their way back."""

    def before(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        bounds.forward(array(inputs[0]), array(linear.weight), array(linear.bias))

    def rounded(grad: Tensor) -> Tensor:
        on_grid = (grad + shift(bounds.gradient_bits)).sub_(shift(bounds.gradient_bits))
        bounds.backward(array(on_grid))
        return on_grid

    def after(_module: nn.Module, _inputs: tuple[Tensor, ...], sums: Tensor) -> None:
        if sums.requires_grad:
            sums.register_hook(rounded)  # type: ignore[no-untyped-call]

    linear.register_forward_pre_hook(before)
    linear.register_forward_hook(after)


def array(tensor: Tensor) -> Floats:
    """Return a tensor's numbers, on the CPU without a copy."""
    numbers: Floats = tensor.detach().cpu().numpy()
    return numbers


@torch.no_grad()
def _round_parameters(optimizer: Optimizer, *_arguments: object) -> None:
    """Round all parameters to their grid, in place."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.add_(shift(WEIGHTS)).sub_(shift(WEIGHTS))
