"""The from-scratch network against numbers worked out by hand.

The network of the hand calculation has 2 inputs, 1 hidden unit and 10 outputs, sigmoid everywhere. Its numbers
are chosen so that every sigmoid is a simple fraction: sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4, sigmoid(0) = 1/2,
and sigmoid' = a (1 - a) is 3/16, 3/16 and 1/4 there.

Forward, for x = (1, -1/2):
    z0 = ln 3 * 1 + 2 * (-1/2) + 1 = ln 3                       a = 3/4
    z1[0] = 4 * 3/4 - 3 - ln 3 = -ln 3                          o[0] = 1/4
    z1[1] = 2 * 3/4 - 3/2 = 0                                   o[1] = 1/2
    z1[2..9] = 0 * 3/4 + 0 = 0                                  o[2..9] = 1/2
Loss for the digit 0, target (1, 0, ..., 0), errors o - t = (-3/4, 1/2, ..., 1/2):
    summed over the classes: 9/16 + 9 * 1/4 = 45/16             averaged: 45/160
Backward, of the sum over the classes (the average has a tenth of every number):
    dL/do = 2 (o - t) = (-3/2, 1, ..., 1)
    dL/dz1 = (-3/2 * 3/16, 1 * 1/4, ...) = (-9/32, 1/4, ..., 1/4) = dL/db1
    dL/dW1 = dL/dz1 * a = (-27/128, 3/16, ..., 3/16)
    dL/da = 4 * (-9/32) + 2 * 1/4 = -5/8
    dL/dz0 = -5/8 * 3/16 = -15/128 = dL/db0
    dL/dW0 = -15/128 * x = (-15/128, 15/256)
"""

import math

import numpy as np
import pytest
from scipy.special import expit

from mnist_mlp.arrays import CLASSES, Floats, Labels, Weights
from mnist_mlp.initialization import initial_weights
from mnist_mlp.network.activations import Sigmoid
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD
from tests.factory import random_dataset, train_params

LN3 = math.log(3)
DIVISOR = {"batch_mean": 1, "mean": CLASSES}
REDUCTIONS = sorted(DIVISOR)

IMAGE = np.array([[1.0, -0.5]])
DIGIT: Labels = np.array([0], np.uint8)
OUTPUTS = np.array([[1 / 4] + [1 / 2] * 9])
TARGETS = np.array([[1.0] + [0.0] * 9])
GRADIENTS = [
    np.array([[-15 / 128, 15 / 256]]),
    np.array([-15 / 128]),
    np.array([[-27 / 128]] + [[3 / 16]] * 9),
    np.array([-9 / 32] + [1 / 4] * 9),
]


def close(actual: Floats | float, expected: Floats | float, tolerance: float = 1e-14) -> None:
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def hand_weights() -> Weights:
    return {
        "layers.0.weight": np.array([[LN3, 2.0]]),
        "layers.0.bias": np.array([1.0]),
        "layers.1.weight": np.array([[4.0], [2.0]] + [[0.0]] * 8),
        "layers.1.bias": np.array([-3 - LN3, -1.5] + [0.0] * 8),
    }


def hand_network(reduction: str = "batch_mean", lr: float = 0.5) -> MLP:
    return MLP(hand_weights(), train_params(hidden_sizes=[1], loss_reduction=reduction, lr=lr, dtype="float64"))


def test_forward_by_hand() -> None:
    close(hand_network().forward(IMAGE), OUTPUTS)


def test_backward_by_hand() -> None:
    network = hand_network()
    network.backward(2 * (network.forward(IMAGE) - TARGETS))
    for gradient, expected in zip(network.gradients(), GRADIENTS, strict=True):
        close(gradient, expected)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_step_returns_the_loss_before_it(reduction: str) -> None:
    close(hand_network(reduction).train_step(IMAGE, DIGIT), 45 / 16 / DIVISOR[reduction])


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_step_moves_every_parameter_against_its_gradient(reduction: str) -> None:
    network = hand_network(reduction, lr=0.5)
    network.train_step(IMAGE, DIGIT)
    for after, before, gradient in zip(
        network.weights().values(), hand_weights().values(), GRADIENTS, strict=True
    ):
        close(after, before - 0.5 * gradient / DIVISOR[reduction])


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_batch_averages_over_its_samples(reduction: str) -> None:
    network = hand_network(reduction)
    loss = network.train_step(np.repeat(IMAGE, 3, axis=0), np.repeat(DIGIT, 3))
    close(loss, 45 / 16 / DIVISOR[reduction])
    for gradient, expected in zip(network.gradients(), GRADIENTS, strict=True):
        close(gradient, expected / DIVISOR[reduction])


def test_the_gradient_of_a_batch_is_the_mean_of_its_samples_gradients() -> None:
    images, labels = np.array([[1.0, -0.5], [0.25, 0.75]]), np.array([0, 7], np.uint8)
    networks = [hand_network() for _ in range(3)]
    networks[0].train_step(images, labels)
    for i in (0, 1):
        networks[1 + i].train_step(images[i : i + 1], labels[i : i + 1])
    for both, first, second in zip(*(network.gradients() for network in networks), strict=True):
        close(both, (first + second) / 2)


@pytest.mark.parametrize(
    ("z", "expected"), [(0.0, 1 / 2), (LN3, 3 / 4), (-LN3, 1 / 4), (1000.0, 1.0), (-1000.0, 0.0), (np.inf, 1.0)]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-7), ("float64", 1e-15)])
def test_sigmoid_values(z: float, expected: float, dtype: str, tolerance: float) -> None:
    # an overflow would warn, and warnings are errors here
    outputs = Sigmoid().forward(np.array([z], dtype))
    assert outputs.dtype == dtype
    close(outputs, expected, tolerance)


@pytest.mark.parametrize(("z", "slope"), [(0.0, 1 / 4), (LN3, 3 / 16), (-LN3, 3 / 16), (1000.0, 0), (-1000.0, 0)])
def test_sigmoid_derivative(z: float, slope: float) -> None:
    sigmoid = Sigmoid()
    sigmoid.forward(np.array([z]))
    close(sigmoid.backward(np.array([8.0])), 8 * slope)


def test_sigmoid_leaves_its_inputs_alone() -> None:
    inputs, grad = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    sigmoid = Sigmoid()
    sigmoid.forward(inputs)
    sigmoid.backward(grad)
    assert inputs.tolist() == [1, 2]
    assert grad.tolist() == [3, 4]


def test_linear_by_hand() -> None:
    layer = Linear(np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([10.0, 20, 30]))
    # (1, 1) -> (1+2+10, 3+4+20, 5+6+30) and (2, -1) -> (2-2+10, 6-4+20, 10-6+30)
    outputs = layer.forward(np.array([[1.0, 1], [2, -1]]))
    assert outputs.tolist() == [[13, 27, 41], [10, 22, 34]]
    # g = ((1, 0, 2), (0, 1, 1)): dx = g W, dW[o] = sum_s g[s, o] x[s], db = sum_s g[s]
    inputs_grad = layer.backward(np.array([[1.0, 0, 2], [0, 1, 1]]))
    assert inputs_grad.tolist() == [[11, 14], [8, 10]]
    assert layer.weight_grad.tolist() == [[1, 1], [2, -1], [4, 1]]
    assert layer.bias_grad.tolist() == [1, 1, 3]


@pytest.mark.parametrize(("reduction", "divisor"), [("batch_mean", 2), ("mean", 6)])
def test_squared_error_by_hand(reduction: str, divisor: int) -> None:
    # 2 samples of 3 classes, errors (1, -2, 0) and (0, 3, 1): squares add up to 15
    outputs, targets = np.array([[2.0, -2, 0], [0, 4, 1]]), np.array([[1.0, 0, 0], [0, 1, 0]])
    loss = MeanSquaredError(reduction)
    close(loss.value(outputs, targets), 15 / divisor)
    close(loss.gradient(outputs, targets), np.array([[2.0, -4, 0], [0, 6, 2]]) / divisor)


def test_sgd_by_hand() -> None:
    parameters: list[Floats] = [np.array([1.0, 2.0]), np.array([[3.0]])]
    SGD(0.1).step(parameters, [np.array([10.0, -10.0]), np.array([[5.0]])])
    close(parameters[0], np.array([0.0, 3.0]))
    close(parameters[1], np.array([[2.5]]))


def test_sgd_updates_in_place() -> None:
    parameter: Floats = np.array([1.0])
    SGD(0.5).step([parameter], [np.array([1.0])])
    assert parameter.tolist() == [0.5]


@pytest.mark.parametrize("hidden_sizes", [[], [3], [4, 3], [2, 3, 4, 5]])
def test_networks_of_any_depth_go_through_their_layers_in_order(hidden_sizes: list[int]) -> None:
    params = train_params(hidden_sizes=hidden_sizes, weight_init="uniform_fan_in", dtype="float64")
    weights = initial_weights(params, 6)
    images = np.linspace(-1, 1, 18).reshape(3, 6)
    expected = images
    for i in range(len(hidden_sizes) + 1):
        expected = expit(expected @ weights[f"layers.{i}.weight"].T + weights[f"layers.{i}.bias"])
    outputs = MLP(weights, params).forward(images)
    assert outputs.shape == (3, CLASSES)
    close(outputs, expected)


@pytest.mark.parametrize("hidden_sizes", [[], [4, 3]])
def test_networks_of_any_depth_learn(hidden_sizes: list[int]) -> None:
    params = train_params(hidden_sizes=hidden_sizes, lr=1.0, dtype="float64")
    network = MLP(initial_weights(params, 4), params)
    images, labels = random_dataset(10)
    losses = [network.train_step(images / 255, labels) for _ in range(50)]
    assert 0 < losses[-1] < losses[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_numbers_have_the_precision_asked_for(dtype: str) -> None:
    params = train_params(hidden_sizes=[3], dtype=dtype)
    network = MLP(initial_weights(train_params(hidden_sizes=[3], dtype="float64"), 4), params)
    outputs = network.forward(np.zeros((2, 4), dtype))
    network.train_step(np.zeros((2, 4), dtype), np.array([1, 2], np.uint8))
    assert {array.dtype for array in [outputs, *network.parameters(), *network.gradients()]} == {np.dtype(dtype)}


def test_the_callers_arrays_are_not_changed() -> None:
    weights, image, digit = hand_weights(), IMAGE.copy(), DIGIT.copy()
    MLP(weights, train_params(hidden_sizes=[1], dtype="float64")).train_step(image, digit)
    for name, array in hand_weights().items():
        np.testing.assert_array_equal(weights[name], array)
    np.testing.assert_array_equal(image, IMAGE)
    np.testing.assert_array_equal(digit, DIGIT)


def test_weights_have_the_names_of_a_weights_file() -> None:
    assert list(hand_network().weights()) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    ]  # fmt: skip
