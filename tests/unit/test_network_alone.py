"""The network without parameter files: put together from its parts, as the docstring of ``mlp.py`` shows."""

import doctest

import numpy as np
import pytest
from numpy.random import RandomState

from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.network import MLP, SGD, Adam, CrossEntropy, Linear, MeanSquaredError, Sigmoid, Softmax, mlp
from mnist_mlp.network.losses import Loss
from mnist_mlp.network.optimizers import Optimizer
from tests.support.factory import train_params


def test_the_example_of_the_docstring_runs_as_it_stands() -> None:
    found = doctest.testmod(mlp)
    assert found.attempted == 9
    assert found.failed == 0


def test_a_linear_layer_starts_from_its_seed() -> None:
    layer = Linear(784, 50, seed=227)
    np.testing.assert_array_equal(layer.weight, RandomState(227).normal(0, 0.1, (50, 784)))
    assert layer.bias.tolist() == [0.0] * 50
    assert not np.array_equal(layer.weight, Linear(784, 50).weight)


@pytest.mark.parametrize(
    ("changes", "loss", "optimizer"),
    [
        ({}, MeanSquaredError(Sigmoid()), SGD(lr=0.1)),
        ({"optimizer": "adam", "lr": 0.01}, MeanSquaredError(Sigmoid()), Adam(lr=0.01)),
        ({"output_activation": "softmax", "loss": "cross_entropy"}, CrossEntropy(Softmax()), SGD(lr=0.1)),
    ],
)
def test_parts_with_their_defaults_make_the_network_of_the_default_parameters(
    changes: dict[str, object], loss: Loss, optimizer: Optimizer
) -> None:
    network = MLP([Linear(12, 5), Sigmoid(), Linear(5, 10, seed=1)], loss, optimizer)
    params = train_params(hidden_sizes=[5], dtype="float64", **changes)
    built = build_mlp(network.weights(), params)
    stream = RandomState(0)
    for _ in range(5):
        images, labels = stream.uniform(-1, 1, (20, 12)), stream.randint(0, 10, 20).astype(np.uint8)
        assert network.train_step(images, labels) == built.train_step(images, labels)
    for name, array in built.weights().items():
        np.testing.assert_array_equal(network.weights()[name], array)
