"""The same specification in PyTorch: ``nn`` modules, autograd and ``torch.optim``, nothing re-written."""

import torch
from torch import Tensor, nn

from mnist_mlp.arrays import CLASSES, Floats, Labels, Weights
from mnist_mlp.params import TrainParams

ACTIVATIONS: dict[str, type[nn.Module]] = {"sigmoid": nn.Sigmoid}
OPTIMIZERS: dict[str, type[torch.optim.SGD]] = {"sgd": torch.optim.SGD}


class Perceptron(nn.Module):
    """Fully connected layers with an activation after each; its ``state_dict`` names them as the project does."""

    def __init__(self, shapes: list[tuple[int, int]], params: TrainParams) -> None:
        super().__init__()
        # skip_init: the weights come from the caller, so torch's global random stream stays untouched.
        self.layers = nn.ModuleList(
            nn.utils.skip_init(  # type: ignore[no-untyped-call]
                nn.Linear, inputs, outputs, dtype=getattr(torch, params.dtype)
            )
            for outputs, inputs in shapes
        )
        self.activation = ACTIVATIONS[params.activation]()
        self.output_activation = ACTIVATIONS[params.output_activation]()

    def forward(self, images: Tensor) -> Tensor:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        signal = images
        for layer in self.layers[:-1]:
            signal = self.activation(layer(signal))
        outputs: Tensor = self.output_activation(self.layers[-1](signal))
        return outputs


class MeanSquaredError(nn.Module):
    """``nn.MSELoss``, with the reduction that sums over the classes beside the one that PyTorch calls mean."""

    def __init__(self, reduction: str) -> None:
        super().__init__()
        self.per_sample = reduction == "batch_mean"
        self.loss = nn.MSELoss(reduction="sum" if self.per_sample else "mean")

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch, given outputs and one-hot targets (n, classes)."""
        loss: Tensor = self.loss(outputs, targets)
        return loss / len(outputs) if self.per_sample else loss


LOSSES: dict[str, type[nn.Module]] = {"mse": MeanSquaredError}


class TorchMLP:
    """A PyTorch network with its loss and its optimiser: the engine ``torch``.

    Args:
        weights: where to start from. Copied, so the caller's arrays stay as they are.
        params: activations, loss, optimiser and precision.
    """

    def __init__(self, weights: Weights, params: TrainParams) -> None:
        self.dtype = params.dtype
        shapes = [array.shape for array in weights.values() if array.ndim == 2]
        self.module = Perceptron([(outputs, inputs) for outputs, inputs in shapes], params)
        self.module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        self.loss = LOSSES[params.loss](params.loss_reduction)
        self.optimizer = OPTIMIZERS[params.optimizer](self.module.parameters(), lr=params.lr)

    def forward(self, images: Floats) -> Floats:
        """Return the outputs (n, classes) for images (n, pixels) scaled to [-1, 1]."""
        with torch.inference_mode():
            outputs: Floats = self.module(torch.from_numpy(images)).numpy()
        return outputs

    def train_step(self, images: Floats, labels: Labels) -> float:
        """Take one step of gradient descent on a batch; return its loss before the step."""
        inputs = torch.from_numpy(images)
        targets = nn.functional.one_hot(torch.from_numpy(labels).long(), CLASSES).to(inputs.dtype)
        self.optimizer.zero_grad()
        loss = self.loss(self.module(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def weights(self) -> Weights:
        """Return the parameters by their names in a weights file."""
        return {name: tensor.detach().numpy() for name, tensor in self.module.state_dict().items()}
