"""The engine ``torch``: the same specification in ``nn`` modules, ``nn`` losses and ``torch.optim``.

With ``dtype: exact``, modules and optimiser are wrapped so that they round to the grids of ``exact.py``.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import skip_init

from mnist_mlp.core.arrays import Floats, Labels, Weights
from mnist_mlp.exact import OUTPUTS, ROUNDING, SIGNALS, WEIGHTS, Bounds, bounds_of_layers, shift, with_short_rates
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
OUTPUT_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "softmax": lambda: nn.Softmax(dim=1),
}


class Perceptron(nn.Module):
    """Fully connected layers with activations between; its ``state_dict`` has the names of a weights file."""

    def __init__(self, layers: Iterable[nn.Linear], activation: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.activation = activation

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        *hidden, last = self.layers  # a slice would be a new ModuleList, in each step
        signal = images
        for layer in hidden:
            signal = self.activation(layer(signal))
        logits: Tensor = last(signal)
        return logits


def mean_squared_error(logits: Tensor, targets: Tensor, output: nn.Module, reduction: str) -> Tensor:
    """Return ``mse_loss`` of the outputs, given logits and one-hot targets (n, classes)."""
    if reduction == "mean":
        return functional.mse_loss(output(logits), targets)
    return functional.mse_loss(output(logits), targets, reduction="sum") / len(logits)


def cross_entropy(logits: Tensor, targets: Tensor, _output: nn.Module, reduction: str) -> Tensor:
    """Return ``cross_entropy``, which includes the softmax, given logits and one-hot targets (n, classes)."""
    loss = functional.cross_entropy(logits, targets)  # its mean is over the batch, not over the classes
    return loss if reduction == "batch_mean" else loss / logits.shape[1]


LOSSES: dict[str, Callable[[Tensor, Tensor, nn.Module, str], Tensor]] = {
    "mse": mean_squared_error,
    "cross_entropy": cross_entropy,
}
OPTIMIZERS: dict[str, Callable[[Iterator[nn.Parameter], TrainParams], torch.optim.Optimizer]] = {
    "sgd": lambda parameters, p: torch.optim.SGD(
        parameters, p.lr, momentum=p.momentum, nesterov=p.nesterov, weight_decay=p.weight_decay
    ),
    "adam": lambda parameters, p: torch.optim.Adam(
        parameters, p.lr, betas=(p.beta1, p.beta2), eps=p.eps, weight_decay=p.weight_decay
    ),
}


class ExactLinear(nn.Linear):
    """A layer whose sums are exact, or refused: it rounds gradients as they enter it on their way back."""

    def __init__(self, inputs: int, outputs: int, bounds: Bounds, device: torch.device | None = None) -> None:
        super().__init__(inputs, outputs, device=device, dtype=torch.float64)
        self.bounds = bounds

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of ``nn.Linear``."""
        self.bounds.forward(_array(self.weight), _array(self.bias), lambda: _array(inputs))
        sums = super().forward(inputs)
        if sums.requires_grad:
            sums.register_hook(self._rounded)  # type: ignore[no-untyped-call]
        return sums

    def _rounded(self, grad: Tensor) -> Tensor:
        on_grid = _rounded(grad, self.bounds.gradient_bits)
        self.bounds.backward(len(on_grid), lambda: _array(on_grid))
        return on_grid


class OnGrid(nn.Module):
    """An activation whose outputs are rounded. Its derivative keeps the unrounded ones."""

    def __init__(self, activation: nn.Module, bits: int) -> None:
        super().__init__()
        self.activation = activation
        self.bits = bits

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the activation's values, rounded."""
        return _rounded(self.activation(inputs), self.bits)


def exact_steps(parameters: Iterator[nn.Parameter], p: TrainParams) -> torch.optim.Optimizer:
    """Return the optimiser that ``p`` names, which rounds all parameters to their grid after each step."""
    optimizer = OPTIMIZERS[p.optimizer](parameters, with_short_rates(p))
    optimizer.register_step_post_hook(_round_parameters)
    return optimizer


@torch.no_grad()
def _round_parameters(optimizer: torch.optim.Optimizer, *_arguments: object) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.add_(shift(WEIGHTS)).sub_(shift(WEIGHTS))


def _rounded(values: Tensor, bits: int) -> Tensor:
    # For autograd, this is a sum: its derivative is 1.
    return (values + shift(bits)).sub_(shift(bits))


def _array(tensor: Tensor) -> Floats:
    numbers: Floats = tensor.numpy(force=True)  # on the CPU, without a copy
    return numbers


class TorchMLP:
    """A PyTorch network with its loss and its optimiser.

    Args:
        weights: where to start from. Copied, so the caller's arrays stay as they are.
        params: activations, loss, optimiser, precision and device.

    Raises:
        InputError: ``params.device`` is not available.
    """

    def __init__(self, weights: Weights, params: TrainParams) -> None:
        if params.device == "cuda" and not torch.cuda.is_available():
            raise InputError("device: expected a CUDA device that PyTorch can use, got none; set device to cpu")
        self.params, self.dtype, self.device = params, params.dtype, torch.device(params.device)
        numbers = ROUNDING[params.dtype].type
        shapes = [array.shape[::-1] for array in weights.values() if array.ndim == 2]  # (in, out) of each layer
        classes = shapes[-1][1]
        hidden, self.output = ACTIVATIONS[params.activation](), OUTPUT_ACTIVATIONS[params.output_activation]()
        self.make_optimizer = OPTIMIZERS[params.optimizer]
        # skip_init: the weights come from the caller, so torch's global random stream stays untouched
        if params.dtype == "exact":
            layers = [
                skip_init(ExactLinear, *shape, bounds)  # type: ignore[no-untyped-call]
                for shape, bounds in zip(shapes, bounds_of_layers(len(shapes), params, classes), strict=True)
            ]
            hidden, self.output = OnGrid(hidden, SIGNALS), OnGrid(self.output, OUTPUTS)
            self.make_optimizer = exact_steps
        else:
            layers = [skip_init(nn.Linear, *shape, dtype=getattr(torch, numbers)) for shape in shapes]  # type: ignore[no-untyped-call]
        self.module = Perceptron(layers, hidden)
        self.module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        self.module.to(self.device)
        self.one_hot = np.eye(classes, dtype=numbers)
        self.loss = LOSSES[params.loss]

    @cached_property
    def optimizer(self) -> torch.optim.Optimizer:
        """Made for the first step, as PyTorch then imports its compiler; a model that only answers needs none."""
        return self.make_optimizer(self.module.parameters(), self.params)

    def forward(self, images: Floats) -> Floats:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        with torch.inference_mode():
            outputs: Floats = self.output(self.module(torch.from_numpy(images).to(self.device))).cpu().numpy()
        return outputs

    def train_step(self, images: Floats, labels: Labels) -> float:
        """Take one step of the optimiser on a batch; return its loss before the step."""
        inputs = torch.from_numpy(images).to(self.device)
        targets = torch.from_numpy(self.one_hot[labels]).to(self.device)  # (n,) -> (n, classes)
        self.optimizer.zero_grad()
        loss = self.loss(self.module(inputs), targets, self.output, self.params.loss_reduction)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(loss.item())

    def weights(self) -> Weights:
        """Return the parameters by their names in a weights file."""
        return {name: tensor.detach().cpu().numpy() for name, tensor in self.module.state_dict().items()}
