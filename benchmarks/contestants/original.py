"""The notebook's way. Its own modules were not published; their names and arguments match those of a textbook.

From the notebook's cells: all 70,000 images in float32, scaled, split twice, every array kept in memory, and the
libraries of its first cell. From the textbook (Raschka, Liu and Mirjalili, "Machine Learning with PyTorch and
Scikit-Learn", chapter 11): weights in float64, one-hot labels in a Python loop, evaluations through the same
shuffled batches of 100 as training. The PyTorch network reads from a ``DataLoader`` with a collate function.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import matplotlib.pyplot  # noqa: F401  # the notebook has it in memory while it trains
import numpy as np
import torch as pytorch
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import CLASSES, Data

Matrix = NDArray[np.float64]
SEED = 10


class Cells(NamedTuple):
    """The arrays of the notebook's first cell, all of which stay in memory to its end."""

    X: NDArray[np.float32]
    X_temp: NDArray[np.float32]
    X_test: NDArray[np.float32]
    X_train: NDArray[np.float32]
    X_valid: NDArray[np.float32]
    y_train: NDArray[np.int64]
    y_valid: NDArray[np.int64]


def first_cell(data: Data) -> Cells:
    """Load, scale and split, line for line as in the notebook."""
    X = np.concatenate([split.rows for split in data]).astype(np.float32)  # noqa: N806
    y = np.concatenate([split.labels for split in data]).astype(np.int64)
    X = ((X / X[0].max()) - 0.5) * 2  # noqa: N806
    rows = {"random_state": SEED, "test_size": len(data.test.labels)}
    X_temp, X_test, y_temp, _ = train_test_split(X, y, stratify=y, **rows)  # noqa: N806
    rows["test_size"] = len(data.val.labels)
    X_train, X_valid, y_train, y_valid = train_test_split(X_temp, y_temp, stratify=y_temp, **rows)  # noqa: N806
    return Cells(X, X_temp, X_test, X_train, X_valid, y_train, y_valid)


class Network:
    """Two layers of sigmoids; every step allocates all its arrays again."""

    def __init__(self, pixels: int, hidden: int) -> None:
        stream = RandomState(10)
        self.weight_1, self.bias_1 = stream.normal(0, 0.1, (hidden, pixels)), np.zeros(hidden)
        self.weight_2, self.bias_2 = stream.normal(0, 0.1, (CLASSES, hidden)), np.zeros(CLASSES)

    def forward(self, images: NDArray[np.float32]) -> tuple[Matrix, Matrix]:
        """Return the outputs of both layers."""
        hidden = 1 / (1 + np.exp(-(np.dot(images, self.weight_1.T) + self.bias_1)))
        return hidden, 1 / (1 + np.exp(-(np.dot(hidden, self.weight_2.T) + self.bias_2)))

    def step(self, images: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """Take one step down the gradient of a batch."""
        hidden, outputs = self.forward(images)
        grad_2 = 2 * (outputs - one_hot(labels)) / len(labels) * outputs * (1 - outputs)
        grad_1 = np.dot(grad_2, self.weight_2) * hidden * (1 - hidden)
        self.weight_2 -= LR * np.dot(grad_2.T, hidden)
        self.bias_2 -= LR * np.sum(grad_2, axis=0)
        self.weight_1 -= LR * np.dot(grad_1.T, images)
        self.bias_1 -= LR * np.sum(grad_1, axis=0)


def one_hot(labels: NDArray[np.int64]) -> Matrix:
    """Return the one-hot rows of the labels, set one by one."""
    rows = np.zeros((len(labels), CLASSES))
    for row, label in enumerate(labels):
        rows[row, label] = 1
    return rows


def custom(data: Data, sizes: Sizes, _dtype: str) -> Trainer:
    """Return epochs of ``Network``."""
    cells, stream = first_cell(data), RandomState(SEED)
    network = Network(cells.X_train.shape[1], sizes.hidden)

    def minibatches(images: NDArray[np.float32], labels: NDArray[np.int64]) -> Iterator[tuple[Any, Any]]:
        order = stream.permutation(len(labels))
        for start in range(0, len(order), sizes.batch):
            rows = order[start : start + sizes.batch]
            yield images[rows], labels[rows]

    def train() -> None:
        for images, labels in minibatches(cells.X_train, cells.y_train):
            network.step(images, labels)

    def evaluate() -> list[tuple[float, float]]:
        return [score(cells.X_train, cells.y_train), score(cells.X_valid, cells.y_valid)]

    def score(images: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[float, float]:
        error, right = 0.0, 0
        for batch, digits in minibatches(images, labels):
            _, outputs = network.forward(batch)
            error += float(np.mean((one_hot(digits) - outputs) ** 2)) * len(digits)
            right += int(np.sum(np.argmax(outputs, axis=1) == digits))
        return error / len(labels), right / len(labels)

    return Trainer(train, evaluate)


def torch(data: Data, sizes: Sizes, _dtype: str) -> Trainer:
    """Return epochs of ``nn.Sequential`` with ``DataLoader``s."""
    pytorch.manual_seed(SEED)
    cells = first_cell(data)
    model = nn.Sequential(
        nn.Linear(cells.X_train.shape[1], sizes.hidden),
        nn.Sigmoid(),
        nn.Linear(sizes.hidden, CLASSES),
        nn.Sigmoid(),
    )
    loss_function = nn.MSELoss()
    optimizer = pytorch.optim.SGD(model.parameters(), lr=LR)
    splits = (cells.X_train, cells.y_train), (cells.X_valid, cells.y_valid)
    datasets = [TensorDataset(pytorch.tensor(images), pytorch.tensor(labels)) for images, labels in splits]
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
