"""PyTorch's eager mode as in its tutorials for data that fit into memory."""

import torch
from torch import nn

from benchmarks.contestants import BATCH, HIDDEN, LR, Train, scaled
from mnist_mlp.core.arrays import Dataset


def eager(dataset: Dataset, dtype: str) -> Train:
    """Return epochs over tensors in memory."""
    torch.manual_seed(10)
    split, classes = scaled(dataset, dtype), len(dataset.classes)
    images, targets = torch.from_numpy(split.images), torch.from_numpy(split.targets)
    model = nn.Sequential(
        nn.Linear(images.shape[1], HIDDEN), nn.Sigmoid(), nn.Linear(HIDDEN, classes), nn.Sigmoid()
    ).to(images.dtype)
    loss_function = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)

    def train() -> None:
        for rows in torch.split(torch.randperm(len(images)), BATCH):
            optimizer.zero_grad()
            loss_function(model(images[rows]), targets[rows]).backward()
            optimizer.step()

    return train
