"""The same specification in PyTorch: ``nn`` modules, ``nn`` losses, ``torch.optim``; nothing rewritten."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from mnist_mlp.core.arrays import FLOAT_TYPES, Floats, Labels, Weights
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.torch_exact import ExactLinear, OnGrid, round_after_steps
from mnist_mlp.training.grids import OUTPUTS, SIGNALS, Bounds, with_short_rates

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}
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


class MeanSquaredError(nn.Module):
    """``nn.MSELoss`` of the outputs, given logits and one-hot targets (n, classes)."""

    def __init__(self, output: nn.Module, reduction: str) -> None:
        super().__init__()
        self.output = output
        self.per_sample = reduction == "batch_mean"
        self.loss = nn.MSELoss(reduction="sum" if self.per_sample else "mean")

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch."""
        loss: Tensor = self.loss(self.output(logits), targets)
        return loss / len(logits) if self.per_sample else loss


class CrossEntropy(nn.Module):
    """``nn.CrossEntropyLoss``, which includes the softmax, given logits and one-hot targets (n, classes)."""

    def __init__(self, output: nn.Module, reduction: str) -> None:
        super().__init__()
        self.output = output
        self.per_sample = reduction == "batch_mean"
        self.loss = nn.CrossEntropyLoss()  # PyTorch's "mean" is over the batch here, not over the classes

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch."""
        loss: Tensor = self.loss(logits, targets)
        return loss if self.per_sample else loss / logits.shape[1]


LOSSES: dict[str, type[MeanSquaredError] | type[CrossEntropy]] = {
    "mse": MeanSquaredError,
    "cross_entropy": CrossEntropy,
}


def sgd(parameters: Iterator[nn.Parameter], p: TrainParams) -> torch.optim.Optimizer:
    """Return ``torch.optim.SGD``, plain or with momentum."""
    return torch.optim.SGD(parameters, p.lr, momentum=p.momentum, nesterov=p.nesterov, weight_decay=p.weight_decay)


def adam(parameters: Iterator[nn.Parameter], p: TrainParams) -> torch.optim.Optimizer:
    """Return ``torch.optim.Adam``."""
    return torch.optim.Adam(parameters, p.lr, betas=(p.beta1, p.beta2), eps=p.eps, weight_decay=p.weight_decay)


OPTIMIZERS: dict[str, Callable[[Iterator[nn.Parameter], TrainParams], torch.optim.Optimizer]] = {
    "sgd": sgd,
    "adam": adam,
}


class TorchMLP:
    """A PyTorch network with its loss and its optimiser: the engine ``torch``.

    Args:
        weights: where to start from. Copied, so the caller's arrays stay as they are.
        params: activations, loss, optimiser, precision and device.

    Raises:
        InputError: ``params.device`` is not available.
    """

    def __init__(self, weights: Weights, params: TrainParams) -> None:
        if params.device == "cuda" and not torch.cuda.is_available():
            raise InputError("device: expected a CUDA device that PyTorch can use, got none; set device to cpu")
        exact = params.dtype == "exact"
        if exact:
            params = with_short_rates(params)
        self.dtype = params.dtype
        self.device = torch.device(params.device)
        hidden, output = ACTIVATIONS[params.activation](), OUTPUT_ACTIVATIONS[params.output_activation]()
        self.output = OnGrid(output, OUTPUTS) if exact else output
        self.module = Perceptron(linears(weights, params), OnGrid(hidden, SIGNALS) if exact else hidden)
        self.module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        self.module.to(self.device)
        *_, last_bias = weights.values()
        self.one_hot = np.eye(len(last_bias), dtype=FLOAT_TYPES[self.dtype])
        self.loss = LOSSES[params.loss](self.output, params.loss_reduction)
        self.params = params

    @cached_property
    def optimizer(self) -> torch.optim.Optimizer:
        """Made for the first step, as PyTorch then imports its compiler; a model that only answers needs none."""
        optimizer = OPTIMIZERS[self.params.optimizer](self.module.parameters(), self.params)
        if self.dtype == "exact":
            round_after_steps(optimizer)
        return optimizer

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
        loss = self.loss(self.module(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def weights(self) -> Weights:
        """Return the parameters by their names in a weights file."""
        return {name: tensor.detach().cpu().numpy() for name, tensor in self.module.state_dict().items()}


def linears(weights: Weights, params: TrainParams) -> Iterator[nn.Linear]:
    """Yield the layers, from input to output, still without their weights."""
    shapes = [array.shape for array in weights.values() if array.ndim == 2]
    classes = shapes[-1][0]
    for place, (outputs, inputs) in enumerate(shapes):
        # skip_init: the weights come from the caller, so torch's global random stream stays untouched
        if params.dtype == "exact":
            yield skip_init(ExactLinear, inputs, outputs, Bounds(place, params, classes))  # type: ignore[no-untyped-call]
        else:
            yield skip_init(nn.Linear, inputs, outputs, dtype=getattr(torch, FLOAT_TYPES[params.dtype]))  # type: ignore[no-untyped-call]
