"""The from-scratch network's gradients against central differences, for any architecture."""

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import RandomState

from mnist_mlp.arrays import CLASSES, Floats, Labels
from mnist_mlp.initialization import initial_weights
from mnist_mlp.network.mlp import MLP
from mnist_mlp.params import TrainParams
from tests.factory import train_params

STEP = 1e-5
# The differences are off by STEP^2 / 6 of the third derivative, and by the rounding of the loss over STEP: 1e-10.
TOLERANCE = 1e-8

PARAMS = st.builds(
    train_params,
    hidden_sizes=st.lists(st.integers(1, 5), max_size=3),
    loss_reduction=st.sampled_from(["batch_mean", "mean"]),
    weight_init=st.sampled_from(["normal", "uniform_fan_in"]),
    init_std=st.just(1.0),
    init_seed=st.integers(0, 1000),
    dtype=st.just("float64"),
)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))


def central_differences(loss: Callable[[], float], parameter: Floats) -> Floats:
    """Return d(loss)/d(parameter), each number moved a step up and a step down."""
    gradient = np.zeros_like(parameter)
    for index in np.ndindex(parameter.shape):
        value = parameter[index]
        parameter[index] = value + STEP
        above = loss()
        parameter[index] = value - STEP
        below = loss()
        parameter[index] = value
        gradient[index] = (above - below) / (2 * STEP)
    return gradient


def batch(rows: int, pixels: int, seed: int) -> tuple[Floats, Labels]:
    stream = RandomState(seed)
    return stream.uniform(-1, 1, (rows, pixels)), stream.randint(0, CLASSES, rows).astype(np.uint8)


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(params=PARAMS, shape=SHAPES, seed=st.integers(0, 1000))
def test_gradients_are_the_slopes_of_the_loss(params: TrainParams, shape: tuple[int, int], seed: int) -> None:
    rows, pixels = shape
    images, labels = batch(rows, pixels, seed)
    network = MLP(initial_weights(params, pixels), params)
    targets = np.eye(CLASSES)[labels]

    def loss() -> float:
        return network.loss.value(network.forward(images), targets)

    network.backward(network.loss.gradient(network.forward(images), targets))
    gradients = [gradient.copy() for gradient in network.gradients()]
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        np.testing.assert_allclose(gradient, central_differences(loss, parameter), rtol=TOLERANCE, atol=TOLERANCE)


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(params=PARAMS, shape=SHAPES, seed=st.integers(0, 1000))
def test_a_small_step_lowers_the_loss_by_the_square_of_the_gradient(
    params: TrainParams, shape: tuple[int, int], seed: int
) -> None:
    rows, pixels = shape
    images, labels = batch(rows, pixels, seed)
    lr = 1e-4
    slow = params.model_copy(update={"lr": lr})
    network = MLP(initial_weights(slow, pixels), slow)
    before = network.train_step(images, labels)
    square = sum(float(np.sum(gradient**2)) for gradient in network.gradients())
    after = network.train_step(images, labels)
    assert 0.99 * lr * square < before - after < 1.01 * lr * square
