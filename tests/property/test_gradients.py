"""The from-scratch network's gradients against central differences, for any architecture and any loss."""

from collections.abc import Callable

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import RandomState

from mnist_mlp.core.arrays import Floats, Labels
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.network.activations import ReLU
from mnist_mlp.network.mlp import MLP
from mnist_mlp.training.initialization import initial_weights
from tests.support.factory import CLASSES, HEADS, names, train_params

STEP = 1e-5
# The differences are off by STEP^2 / 6 of the third derivative, and by the rounding of the loss over STEP: 1e-10.
TOLERANCE = 1e-8

# A slope says nothing across the kink of ReLU: no sum may come so near to it that a step could move it there. A
# step moves a sum by STEP times what it is multiplied with on the way, which stays far below a hundred here.
NEAREST = 100 * STEP

PARAMS = st.builds(
    lambda head, **changes: train_params(output_activation=head[0], loss=head[1], **changes),
    head=st.sampled_from(HEADS),
    hidden_sizes=st.lists(st.integers(1, 5), max_size=3),
    activation=st.sampled_from(names("activation")),
    loss_reduction=st.sampled_from(names("loss_reduction")),
    weight_init=st.sampled_from(names("weight_init")),
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


def network_with_biases(params: TrainParams, pixels: int, seed: int) -> MLP:
    """Return a network with biases that are not 0, where the sums behind dead ReLUs would sit on the kink."""
    network = build_mlp(initial_weights(params, pixels, 10), params)
    for linear in network.linears:
        linear.bias += RandomState(seed).uniform(-1, 1, linear.bias.shape)
    return network


def distance_to_a_kink(network: MLP, images: Floats) -> float:
    """Return the smallest size of all sums that go into a ReLU."""
    distances, signal = [np.inf], images
    for layer in network.layers:
        if isinstance(layer, ReLU):
            distances.append(float(np.abs(signal).min()))
        signal = layer.forward(signal)
    return min(distances)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(params=PARAMS, shape=SHAPES, seed=st.integers(0, 1000))
def test_gradients_are_the_slopes_of_the_loss(params: TrainParams, shape: tuple[int, int], seed: int) -> None:
    rows, pixels = shape
    images, labels = batch(rows, pixels, seed)
    network = network_with_biases(params, pixels, seed)
    assume(distance_to_a_kink(network, images) > NEAREST)
    targets = np.eye(CLASSES)[labels]

    def loss() -> float:
        return network.loss.value_and_gradient(network.logits(images), targets)[0]

    network.backward(network.loss.value_and_gradient(network.logits(images), targets)[1])
    gradients = [gradient.copy() for gradient in network.gradients()]
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        np.testing.assert_allclose(gradient, central_differences(loss, parameter), rtol=TOLERANCE, atol=TOLERANCE)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(params=PARAMS, shape=SHAPES, seed=st.integers(0, 1000))
def test_a_small_step_lowers_the_loss_by_the_square_of_the_gradient(
    params: TrainParams, shape: tuple[int, int], seed: int
) -> None:
    rows, pixels = shape
    images, labels = batch(rows, pixels, seed)
    lr = 1e-6
    slow = params.model_copy(update={"lr": lr})
    network = network_with_biases(slow, pixels, seed)
    assume(distance_to_a_kink(network, images) > NEAREST)
    before = network.train_step(images, labels)
    square = sum(float(np.sum(gradient**2)) for gradient in network.gradients())
    after = network.train_step(images, labels)
    assert 0.99 * lr * square < before - after < 1.01 * lr * square
