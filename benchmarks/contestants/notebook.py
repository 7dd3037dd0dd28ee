"""The notebook's way, as its text suggests: its own modules were not published.

All images in memory in float32, weights in float64, one-hot labels in a Python loop, evaluations in batches
of 100; in PyTorch a ``DataLoader`` with a collate function.
"""

import numpy as np
import torch as pytorch
from numpy.random import RandomState
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import Data, Scaled, scaled
from mnist_mlp.arrays import CLASSES

Matrix = NDArray[np.float64]


class Network:
    """Two layers of sigmoids; every array is made anew in every step."""

    def __init__(self, pixels: int, hidden: int) -> None:
        stream = RandomState(10)
        self.weight_1, self.bias_1 = stream.normal(0, 0.1, (hidden, pixels)), np.zeros(hidden)
        self.weight_2, self.bias_2 = stream.normal(0, 0.1, (CLASSES, hidden)), np.zeros(CLASSES)

    def forward(self, images: NDArray[np.float32]) -> tuple[Matrix, Matrix]:
        """Return the outputs of both layers."""
        hidden = 1 / (1 + np.exp(-(np.dot(images, self.weight_1.T) + self.bias_1)))
        return hidden, 1 / (1 + np.exp(-(np.dot(hidden, self.weight_2.T) + self.bias_2)))

    def step(self, images: NDArray[np.float32], labels: NDArray[np.uint8]) -> None:
        """Take one step down the gradient of a batch."""
        hidden, outputs = self.forward(images)
        grad_2 = 2 * (outputs - one_hot(labels)) / len(labels) * outputs * (1 - outputs)
        grad_1 = np.dot(grad_2, self.weight_2) * hidden * (1 - hidden)
        self.weight_2 -= LR * np.dot(grad_2.T, hidden)
        self.bias_2 -= LR * np.sum(grad_2, axis=0)
        self.weight_1 -= LR * np.dot(grad_1.T, images)
        self.bias_1 -= LR * np.sum(grad_1, axis=0)


def one_hot(labels: NDArray[np.uint8]) -> Matrix:
    """Return the labels' rows, set one by one."""
    rows = np.zeros((len(labels), CLASSES))
    for row, label in enumerate(labels):
        rows[row, label] = 1
    return rows


def custom(data: Data, sizes: Sizes) -> Trainer:
    """Return the epochs of the network above."""
    splits = scaled(data.train), scaled(data.val)
    train_split, stream = splits[0], RandomState(10)
    network = Network(train_split.images.shape[1], sizes.hidden)

    def train() -> None:
        order = stream.permutation(len(train_split.labels))
        for start in range(0, len(order), sizes.batch):
            rows = order[start : start + sizes.batch]
            network.step(train_split.images[rows], train_split.labels[rows])

    def evaluate() -> list[tuple[float, float]]:
        return [score(split) for split in splits]

    def score(split: Scaled) -> tuple[float, float]:
        error, right = 0.0, 0
        for start in range(0, len(split.labels), sizes.batch):
            labels = split.labels[start : start + sizes.batch]
            _, outputs = network.forward(split.images[start : start + sizes.batch])
            error += float(np.mean((one_hot(labels) - outputs) ** 2)) * len(labels)
            right += int(np.sum(np.argmax(outputs, axis=1) == labels))
        return error / len(split.labels), right / len(split.labels)

    return Trainer(train, evaluate)


def torch(data: Data, sizes: Sizes) -> Trainer:
    """Return the epochs of ``nn.Sequential`` with ``DataLoader``s."""
    pytorch.manual_seed(10)
    splits = [scaled(data.train), scaled(data.val)]
    model = nn.Sequential(
        nn.Linear(splits[0].images.shape[1], sizes.hidden),
        nn.Sigmoid(),
        nn.Linear(sizes.hidden, CLASSES),
        nn.Sigmoid(),
    )
    loss_function = nn.MSELoss()
    optimizer = pytorch.optim.SGD(model.parameters(), lr=LR)
    datasets = [
        TensorDataset(pytorch.tensor(s.images), pytorch.tensor(s.labels, dtype=pytorch.int64)) for s in splits
    ]
    shuffled = DataLoader(datasets[0], sizes.batch, shuffle=True, collate_fn=collate)
    in_order = [DataLoader(dataset, sizes.batch, collate_fn=collate) for dataset in datasets]

    def train() -> None:
        for images, targets in shuffled:
            optimizer.zero_grad()
            loss_function(model(images), targets).backward()
            optimizer.step()

    def evaluate() -> list[tuple[float, float]]:
        return [score(loader) for loader in in_order]

    def score(loader: DataLoader[tuple[Tensor, ...]]) -> tuple[float, float]:
        error, right, rows = 0.0, 0, 0
        with pytorch.no_grad():
            for images, targets in loader:
                outputs = model(images)
                error += loss_function(outputs, targets).item() * len(images)
                right += int((outputs.argmax(1) == targets.argmax(1)).sum().item())
                rows += len(images)
        return error / rows, right / rows

    return Trainer(train, evaluate)


def collate(samples: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Stack single images, and their labels as one-hot rows."""
    images, labels = zip(*samples, strict=True)
    return pytorch.stack(images), nn.functional.one_hot(pytorch.stack(labels), CLASSES).float()
