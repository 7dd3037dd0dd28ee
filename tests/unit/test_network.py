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

import doctest
import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.random import RandomState
from scipy.special import expit, softmax

from mnist_mlp.core.arrays import Floats, Labels, Weights
from mnist_mlp.custom_engine import OUTPUT_ACTIVATIONS, build_mlp
from mnist_mlp.network import mlp
from mnist_mlp.network.activations import ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import CrossEntropy, Loss, MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD, Adam, Optimizer
from mnist_mlp.training.initialization import initial_weights
from tests.support.factory import CLASSES, HEADS, names, random_dataset, train_params

LN2, LN3, LN5 = (math.log(n) for n in (2, 3, 5))
DIVISOR = {"batch_mean": 1, "mean": CLASSES}
REDUCTIONS = sorted(DIVISOR)

IMAGE = np.array([[1.0, -0.5]])
DIGIT: Labels = np.array([0], np.uint8)
LOGITS = np.array([[-LN3] + [0.0] * 9])
OUTPUTS = np.array([[1 / 4] + [1 / 2] * 9])
TARGETS = np.array([[1.0] + [0.0] * 9])
LOGITS_GRADIENT = np.array([[-9 / 32] + [1 / 4] * 9])
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


def hand_network(reduction: str = "batch_mean", lr: float = 0.5, weight_decay: float = 0) -> MLP:
    params = train_params(
        hidden_sizes=[1], loss_reduction=reduction, lr=lr, weight_decay=weight_decay, dtype="float64"
    )
    return build_mlp(hand_weights(), params)


def test_forward_and_backward_by_hand() -> None:
    network = hand_network()
    assert list(network.weights()) == list(hand_weights())
    close(network.forward(IMAGE), OUTPUTS)
    close(network.logits(IMAGE), LOGITS)
    network.backward(LOGITS_GRADIENT)
    for gradient, expected in zip(network.gradients(), GRADIENTS, strict=True):
        close(gradient, expected)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_loss_by_hand(reduction: str) -> None:
    value, gradient = hand_network(reduction).loss.value_and_gradient(LOGITS, TARGETS)
    close(value, 45 / 16 / DIVISOR[reduction])
    close(gradient, LOGITS_GRADIENT / DIVISOR[reduction])


@pytest.mark.parametrize(("reduction", "decay"), [("batch_mean", 0), ("mean", 0), ("batch_mean", 0.25)])
def test_a_step_returns_the_loss_before_it_and_moves_every_parameter_against_its_gradient(
    reduction: str, decay: float
) -> None:
    network = hand_network(reduction, lr=0.5, weight_decay=decay)
    close(network.train_step(IMAGE, DIGIT), 45 / 16 / DIVISOR[reduction])
    for after, before, gradient in zip(
        network.weights().values(), hand_weights().values(), GRADIENTS, strict=True
    ):
        close(after, before - 0.5 * (gradient / DIVISOR[reduction] + decay * before))


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


# tanh(ln n) = (n - 1/n) / (n + 1/n): 3/5 for 2, 4/5 for 3; tanh' = 1 - a^2
@pytest.mark.parametrize(
    ("activation", "z", "expected", "slope"),
    [
        (Sigmoid, 0.0, 1 / 2, 1 / 4), (Sigmoid, LN3, 3 / 4, 3 / 16), (Sigmoid, -LN3, 1 / 4, 3 / 16),
        (Sigmoid, 1000.0, 1, 0), (Sigmoid, -1000.0, 0, 0), (Sigmoid, np.inf, 1, 0),
        (Tanh, 0.0, 0, 1), (Tanh, LN2, 3 / 5, 16 / 25), (Tanh, -LN2, -3 / 5, 16 / 25), (Tanh, LN3, 4 / 5, 9 / 25),
        (Tanh, -LN3, -4 / 5, 9 / 25), (Tanh, 1000.0, 1, 0), (Tanh, -1000.0, -1, 0), (Tanh, np.inf, 1, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-7), ("float64", 1e-15)])
def test_sigmoid_and_tanh_values_and_derivatives(
    activation: type[Sigmoid | Tanh], z: float, expected: float, slope: float, dtype: str, tolerance: float
) -> None:
    # an overflow would warn, and warnings are errors here
    layer = activation()
    outputs = layer.forward(np.array([z], dtype))
    assert outputs.dtype == dtype
    close(outputs, expected, tolerance)
    close(layer.backward(np.array([8], dtype)), 8 * slope, 10 * tolerance)


@pytest.mark.parametrize(
    ("z", "expected", "slope"),
    [(-np.inf, 0, 0), (-2.0, 0, 0), (-1e-30, 0, 0), (0.0, 0, 0), (1e-30, 1e-30, 1), (3.0, 3, 1), (1e30, 1e30, 1)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_relu_values_and_derivative(z: float, expected: float, slope: float, dtype: str) -> None:
    relu = ReLU()
    outputs, gradient = relu.forward(np.array([z], dtype)), relu.backward(np.array([-8], dtype))
    assert {outputs.dtype, gradient.dtype} == {np.dtype(dtype)}
    assert outputs.tolist() == np.array([expected], dtype).tolist()
    assert gradient.tolist() == [-8 * slope]


def test_softmax_rows_add_up_to_one() -> None:
    outputs = Softmax().forward(np.linspace(-9, 9, 70).reshape(7, 10) ** 3 / 20)
    assert outputs.min() > 0
    close(outputs.sum(axis=1), np.ones(7))


@pytest.mark.parametrize("shift", [-700.0, 0.0, 0.5, 700.0])
def test_softmax_ignores_a_constant_added_to_all_sums(shift: float) -> None:
    # exp gives 1, 2 and 5, of 8 in all; then 3, 1 and 1, of 5
    sums, shares = np.array([[0, LN2, LN5], [LN3, 0, 0]]), [[1 / 8, 2 / 8, 5 / 8], [3 / 5, 1 / 5, 1 / 5]]
    # sums of the size of 700 are rounded by 1e-13
    close(Softmax().forward(sums + shift), np.array(shares), 1e-12 if shift else 1e-14)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ([1e4, 0, -1e4], [1, 0, 0]),
        ([-1e4, -1e4, 1e4], [0, 0, 1]),
        ([1e4, 1e4, -1e4], [1 / 2, 1 / 2, 0]),
        ([-1e4, -1e4, -1e4], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_huge_sums_is_exact(sums: list[float], expected: list[float], dtype: str) -> None:
    outputs = Softmax().forward(np.array([sums], dtype))
    assert outputs.dtype == dtype
    assert outputs.tolist() == np.array([expected], dtype).tolist()


def test_softmax_looks_at_each_row_alone() -> None:
    # what is taken off one row must not be taken off another, of which nothing would be left
    outputs = Softmax().forward(np.array([[1e4, 0, 0], [0, LN2, LN5]]))
    close(outputs, np.array([[1, 0, 0], [1 / 8, 2 / 8, 5 / 8]]))


def test_softmax_derivative() -> None:
    # of a = (1, 2, 5)/8: da_c/dz_k = a_c ((c = k) - a_k), in 64ths; one row for each a_c
    jacobian = np.array([[7, -2, -5], [-2, 12, -10], [-5, -10, 15]]) / 64
    softmax_layer = Softmax()
    softmax_layer.forward(np.array([[0, LN2, LN5]] * 4))
    # sum_c g_c da_c/dz_k: each row of the Jacobian alone, then 1 * first + 2 * second - 1 * third
    gradient = softmax_layer.backward(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 2, -1]]))
    close(gradient[:3], jacobian)
    close(gradient[3], np.array([8, 32, -40]) / 64)


@pytest.mark.parametrize("activation", [Sigmoid, Tanh, ReLU, Softmax])
def test_activations_leave_their_inputs_alone(activation: type[Sigmoid | Tanh | ReLU | Softmax]) -> None:
    inputs, grad = np.array([[-1.0, 2.0]]), np.array([[3.0, 4.0]])
    layer = activation()
    layer.forward(inputs)
    layer.backward(grad)
    assert inputs.tolist() == [[-1, 2]]
    assert grad.tolist() == [[3, 4]]


def test_linear_by_hand() -> None:
    layer = Linear(2, 3)
    layer.set(np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([10.0, 20, 30]))
    # (1, 1) -> (1+2+10, 3+4+20, 5+6+30) and (2, -1) -> (2-2+10, 6-4+20, 10-6+30)
    outputs = layer.forward(np.array([[1.0, 1], [2, -1]]))
    assert outputs.tolist() == [[13, 27, 41], [10, 22, 34]]
    # g = ((1, 0, 2), (0, 1, 1)): dx = g W, dW[o] = sum_s g[s, o] x[s], db = sum_s g[s]
    inputs_grad = layer.backward(np.array([[1.0, 0, 2], [0, 1, 1]]))
    assert inputs_grad.tolist() == [[11, 14], [8, 10]]
    assert layer.weight_grad.tolist() == [[1, 1], [2, -1], [4, 1]]
    assert layer.bias_grad.tolist() == [1, 1, 3]


class Doubled:
    """An output activation that is easy to follow by hand."""

    def forward(self, inputs: Floats) -> Floats:
        return inputs + inputs

    def backward(self, grad: Floats) -> Floats:
        return grad + grad


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("loss", "logits", "targets", "value", "gradient"),
    [
        # outputs (2, -2, 0) and (0, 4, 1), errors (1, -2, 0) and (0, 3, 1): squares add up to 15. The gradient is
        # twice the errors, and twice that for the way back through the activation.
        (partial(MeanSquaredError, Doubled()), [[1, -1, 0], [0, 2, 0.5]], [[1, 0, 0], [0, 1, 0]], 15,
         [[4, -8, 0], [0, 12, 4]]),
        # outputs (1, 2, 5)/8, errors (1, 2, -3)/8, whose squares add up to 14/64. The gradient is
        # dL/do = (1/4, 1/2, -3/4) times the Jacobian of test_softmax_derivative.
        (partial(MeanSquaredError, Softmax()), [[0, LN2, LN5]], [[0, 0, 1]], 14 / 64,
         [[4.5 / 64, 13 / 64, -17.5 / 64]]),
        # shares (1, 2, 5)/8 and (3, 1, 1)/5; those of the labels are 1/4 and 3/5: -ln(1/4) - ln(3/5) = ln(20/3)
        (partial(CrossEntropy, Softmax()), [[0, LN2, LN5], [LN3, 0, 0]], [[0, 1, 0], [1, 0, 0]], math.log(20 / 3),
         [[1 / 8, -3 / 4, 5 / 8], [-2 / 5, 1 / 5, 1 / 5]]),
        # each row alone: what is taken off one must not be taken off another, of which nothing would be left
        (partial(CrossEntropy, Softmax()), [[1e4, 0, 0], [0, LN2, LN5]], [[1, 0, 0], [0, 1, 0]], math.log(4),
         [[0, 0, 0], [1 / 8, -3 / 4, 5 / 8]]),
    ],
)  # fmt: skip
def test_losses_by_hand(
    reduction: str, loss: Callable[[str], Loss], logits: list[list[float]], targets: list[list[float]],
    value: float, gradient: list[list[float]],
) -> None:  # fmt: skip
    found = loss(reduction).value_and_gradient(np.array(logits, np.float64), np.array(targets, np.float64))
    divisor = len(logits) if reduction == "batch_mean" else np.size(logits)
    close(found[0], value / divisor)
    close(found[1], np.array(gradient) / divisor)


@pytest.mark.parametrize(
    ("logits", "value", "gradient"),
    [
        # the label's share is 1, then one that rounds to 0, whose logarithm would be -inf, then 1/2
        ([1e4, -1e4, 0], 0.0, [0, 0, 0]),
        ([-1e4, 1e4, 0], 2e4, [-1, 1, 0]),
        ([1e4, 1e4, -1e4], LN2, [-1 / 2, 1 / 2, 0]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_huge_logits_is_exact(
    logits: list[float], value: float, gradient: list[float], dtype: str
) -> None:
    targets = np.array([[1, 0, 0]], dtype)
    loss = CrossEntropy(Softmax(), "batch_mean").value_and_gradient(np.array([logits], dtype), targets)
    assert loss[0] == np.array(value, dtype)
    assert loss[1].dtype == dtype
    assert loss[1].tolist() == [gradient]


@pytest.mark.parametrize("loss", [MeanSquaredError, CrossEntropy])
def test_losses_leave_logits_and_targets_alone(loss: type[MeanSquaredError | CrossEntropy]) -> None:
    logits, targets = np.array([[1.0, 2, 3]]), np.array([[0.0, 1, 0]])
    loss(Softmax(), "mean").value_and_gradient(logits, targets)
    assert logits.tolist() == [[1, 2, 3]]
    assert targets.tolist() == [[0, 1, 0]]


def path(optimizer: Optimizer, start: float, gradients: list[float]) -> list[float]:
    """Return where ``optimizer`` takes one number, step by step."""
    parameter: Floats = np.array([start], np.float64)
    places = []
    for gradient in gradients:
        optimizer.step([parameter], [np.array([gradient])])
        places.append(float(parameter[0]))
    return places


def test_sgd_by_hand() -> None:
    parameters: list[Floats] = [np.array([1.0, 2.0]), np.array([[3.0]])]
    SGD(0.1).step(parameters, [np.array([10.0, -10.0]), np.array([[5.0]])])
    close(parameters[0], np.array([0.0, 3.0]))
    close(parameters[1], np.array([[2.5]]))


# From 8 with lr = 1/2, momentum = 1/2, weight_decay = 1/4 and the gradients 1, 2 and -4. All numbers are exact.
# Velocities: 1, 1/2 + 2 = 5/2, 5/4 - 4 = -11/4. Looking ahead: 1 + 1/2, 2 + 5/4, -4 - 11/8.
# Decayed gradients without momentum: 1 + 8/4 = 3, 2 + 6.5/4 = 3.625, -4 + 4.6875/4 = -2.828125.
# With it: 3, then 2 + 6.5/4 = 3.625 makes the velocity 5.125, then -4 + 3.9375/4 makes it -0.453125.
# Looking ahead: 3 + 1.5, then 2 + 5.75/4 = 3.4375 with the velocity 4.9375, then -3.30078125 with -0.83203125.
@pytest.mark.parametrize(
    ("momentum", "nesterov", "weight_decay", "places"),
    [
        (0, False, 0, [7.5, 6.5, 8.5]),
        (0.5, False, 0, [7.5, 6.25, 7.625]),
        (0.5, True, 0, [7.25, 5.625, 8.3125]),
        (0, False, 0.25, [6.5, 4.6875, 6.1015625]),
        (0.5, False, 0.25, [6.5, 3.9375, 4.1640625]),
        (0.5, True, 0.25, [5.75, 2.796875, 4.6552734375]),
    ],
)
def test_three_steps_of_sgd_by_hand(
    momentum: float, nesterov: bool, weight_decay: float, places: list[float]
) -> None:
    assert path(SGD(0.5, momentum, nesterov, weight_decay), 8, [1, 2, -4]) == places


# From 10 with lr = 3, beta1 = 1/2, beta2 = 3/4, eps = 1 and the gradients 2 and -5, with the paper's formulas:
#     m = 1/2 * 0 + 1/2 * 2 = 1       v = 3/4 * 0 + 1/4 * 4 = 1      m / (1 - 1/2) = 2       v / (1 - 3/4) = 4
#     p = 10 - 3 * 2 / (sqrt(4) + 1) = 8
#     m = 1/2 * 1 - 1/2 * 5 = -2      v = 3/4 * 1 + 1/4 * 25 = 7     m / (1 - 1/4) = -8/3    v / (1 - 9/16) = 16
#     p = 8 + 3 * 8/3 / (sqrt(16) + 1) = 9.6
# A weight decay of 1/10 makes the same gradients out of 2 - 10/10 = 1 and -5 - 8/10 = -5.8.
@pytest.mark.parametrize(("weight_decay", "gradients"), [(0, [2, -5]), (0.1, [1, -5.8])])
def test_two_steps_of_adam_by_hand(weight_decay: float, gradients: list[float]) -> None:
    optimizer = Adam(3, beta1=0.5, beta2=0.75, eps=1, weight_decay=weight_decay)
    close(np.array(path(optimizer, 10, gradients)), np.array([8, 9.6]))


def test_adam_takes_first_steps_of_the_learning_rate_whatever_the_gradient() -> None:
    # m / sqrt(v) is 1 or -1 after a step; an eps of 1e-8 takes a hundredth of it from a gradient of 1e-6
    parameter: Floats = np.zeros(4)
    Adam(0.1, 0.9, 0.999, 1e-8).step([parameter], [np.array([1e3, -1.0, 1e-6, 0.0])])
    close(parameter, np.array([-0.1, 0.1, -0.1 / 1.01, 0]), 1e-8)


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": lambda: SGD(0.5),
    "sgd with momentum": lambda: SGD(0.5, 0.5),
    "sgd with nesterov": lambda: SGD(0.5, 0.5, nesterov=True),
    "sgd with all": lambda: SGD(0.5, 0.5, nesterov=True, weight_decay=0.25),
    "adam": lambda: Adam(0.5, 0.5, 0.75, 1),
    "adam with weight_decay": lambda: Adam(0.5, 0.5, 0.75, 1, 0.25),
}
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())


@every_optimizer
def test_optimizers_share_nothing(make: Callable[[], Optimizer]) -> None:
    gradients: list[float] = [4, -2, 1]
    alone = path(make(), 8, gradients)
    path(make(), 3, gradients)
    assert path(make(), 8, gradients) == alone


@every_optimizer
def test_each_parameter_goes_its_own_way_and_gradients_stay(make: Callable[[], Optimizer]) -> None:
    parameters: list[Floats] = [np.array([8.0]), np.array([[3.0]])]
    optimizer = make()
    for first, second in ((4.0, 1.0), (-2.0, 5.0)):
        gradients: list[Floats] = [np.array([first]), np.array([[second]])]
        optimizer.step(parameters, gradients)
        assert (gradients[0].tolist(), gradients[1].tolist()) == ([first], [[second]])
    assert parameters[0].tolist() == path(make(), 8, [4, -2])[-1:] != [8]
    assert parameters[1].tolist() == [path(make(), 3, [1, 5])[-1:]] != [[3]]


FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "softmax": lambda z: softmax(z, axis=1),
}


@pytest.mark.parametrize("hidden_sizes", [[], [3], [4, 3], [2, 3, 4, 5]])
@pytest.mark.parametrize("activation", names("activation"))
@pytest.mark.parametrize("output", OUTPUT_ACTIVATIONS)
def test_networks_of_any_depth_go_through_their_layers_in_order(
    hidden_sizes: list[int], activation: str, output: str
) -> None:
    params = train_params(
        hidden_sizes=hidden_sizes, activation=activation, output_activation=output, weight_init="uniform_fan_in",
        dtype="float64",
    )  # fmt: skip
    weights = initial_weights(params, 6, 10)
    images = np.linspace(-1, 1, 18).reshape(3, 6)
    expected: Floats = images
    for i, function in enumerate([activation] * len(hidden_sizes) + [output]):
        sums = expected @ weights[f"layers.{i}.weight"].T + weights[f"layers.{i}.bias"]
        expected = FUNCTIONS[function](sums)
    outputs = build_mlp(weights, params).forward(images)
    assert outputs.shape == (3, CLASSES)
    close(outputs, expected)


@pytest.mark.parametrize("hidden_sizes", [[], [4, 3]])
@pytest.mark.parametrize("activation", names("activation"))
@pytest.mark.parametrize(("output", "loss"), HEADS)
@pytest.mark.parametrize(
    "rule", [{"lr": 0.1}, {"lr": 0.01, "momentum": 0.9, "nesterov": True}, {"optimizer": "adam", "lr": 0.01}]
)
def test_networks_learn(
    hidden_sizes: list[int], activation: str, output: str, loss: str, rule: dict[str, object]
) -> None:
    params = train_params(
        hidden_sizes=hidden_sizes, activation=activation, output_activation=output, loss=loss, weight_init="he",
        dtype="float64", **rule,
    )  # fmt: skip
    network = build_mlp(initial_weights(params, 4, 10), params)
    images, labels = random_dataset(10).rows, random_dataset(10).labels
    losses = [network.train_step(images / 255, labels) for _ in range(50)]
    assert 0 < losses[-1] < losses[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", names("activation"))
@pytest.mark.parametrize(("output", "loss"), HEADS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_all_numbers_have_the_precision_asked_for(
    dtype: str, activation: str, output: str, loss: str, reduction: str
) -> None:
    params = train_params(
        hidden_sizes=[3], activation=activation, output_activation=output, loss=loss, loss_reduction=reduction,
        dtype=dtype,
    )  # fmt: skip
    network = build_mlp(initial_weights(train_params(hidden_sizes=[3], dtype="float64"), 4, 10), params)
    outputs = network.forward(np.zeros((2, 4), dtype))
    network.train_step(np.zeros((2, 4), dtype), np.array([1, 2], np.uint8))
    assert {array.dtype for array in [outputs, *network.parameters(), *network.gradients()]} == {np.dtype(dtype)}


def test_the_callers_arrays_are_not_changed() -> None:
    weights, image, digit = hand_weights(), IMAGE.copy(), DIGIT.copy()
    build_mlp(weights, train_params(hidden_sizes=[1], dtype="float64")).train_step(image, digit)
    for name, array in hand_weights().items():
        np.testing.assert_array_equal(weights[name], array)
    np.testing.assert_array_equal(image, IMAGE)
    np.testing.assert_array_equal(digit, DIGIT)


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
