"""PyTorch as in its tutorials for data that fit into memory, eager and compiled."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import CLASSES, Data, scaled


def eager(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs in PyTorch's eager mode."""
    return epochs(data, sizes, dtype, lambda step: step)


def compiled(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return epochs in which ``torch.compile`` has compiled forward pass and loss."""
    return epochs(data, sizes, dtype, torch.compile)


def epochs(
    data: Data, sizes: Sizes, dtype: str, prepare: Callable[..., Callable[[Tensor, Tensor], Tensor]]
) -> Trainer:
    """Return epochs over tensors in memory; ``prepare`` wraps forward pass and loss."""
    torch.manual_seed(10)
    split = scaled(data.train, dtype)
    images, targets = torch.from_numpy(split.images), torch.from_numpy(split.targets)
    model = nn.Sequential(
        nn.Linear(images.shape[1], sizes.hidden), nn.Sigmoid(), nn.Linear(sizes.hidden, CLASSES), nn.Sigmoid()
    ).to(images.dtype)
    loss_function = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)

    def loss(batch: Tensor, batch_targets: Tensor) -> Tensor:
        value: Tensor = loss_function(model(batch), batch_targets)
        return value

    loss_of = prepare(loss)

    def train() -> None:
        for rows in torch.split(torch.randperm(len(images)), sizes.batch):
            optimizer.zero_grad()
            loss_of(images[rows], targets[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return Trainer(train)
