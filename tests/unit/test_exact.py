"""Numbers on binary grids, and the bounds below which their sums are exact."""

import math
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_mlp import exact
from mnist_mlp.core.arrays import Floats
from mnist_mlp.custom_engine import ACTIVATIONS
from mnist_mlp.engines import ENGINES
from mnist_mlp.exact import (
    Bounds,
    InexactError,
    Read,
    bounds_of_layers,
    gradient_bits,
    short,
    to_grid,
    with_short_rates,
)  # fmt: skip
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.batches import scale_pixels
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import fit, outputs
from tests.support.factory import random_dataset, train_params

PIXELS = 16
LIMIT = 2.0 ** (53 - exact.SIGNALS - exact.WEIGHTS)
"""Of the absolute terms of a layer's sums in total."""


def params(**changes: object) -> TrainParams:
    return train_params(**{"dtype": "exact", "hidden_sizes": [7], "batch_size": 20, "epochs": 2} | changes)


@given(st.floats(-1000, 1000), st.integers(10, 30))
def test_a_number_goes_to_the_nearest_multiple(number: float, bits: int) -> None:
    (found,) = to_grid(np.array([number]), bits)
    steps = Fraction(found) * 2**bits
    assert steps.denominator == 1
    assert abs(Fraction(found) - Fraction(number)) <= Fraction(1, 2 ** (bits + 1))


def test_rounding_is_in_place_and_ties_go_to_even() -> None:
    numbers = np.array([0.25, 0.75, -0.25, 1.5])
    assert to_grid(numbers, 1) is numbers
    assert numbers.tolist() == [0.0, 1.0, 0.0, 1.5]


def test_pixels_are_scaled_to_the_grid() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, -1)
    on_grid, full = scale_pixels(images, "exact"), scale_pixels(images, "float64")
    assert on_grid.dtype == np.float64
    assert (on_grid * 2**exact.PIXELS % 1 == 0).all()
    assert np.abs(on_grid - full).max() <= 2.0 ** -(exact.PIXELS + 1)
    assert (on_grid[0, 0], on_grid[0, -1]) == (-1, 1)


@pytest.mark.parametrize(
    ("batch_size", "reduction", "classes", "bits"),
    [(1, "batch_mean", 10, 0), (100, "batch_mean", 10, 6), (100, "mean", 10, 9), (100, "mean", 3, 8)],
)
def test_gradients_grid_is_as_fine_as_the_divisor_is_large(
    batch_size: int, reduction: str, classes: int, bits: int
) -> None:
    found = gradient_bits(params(batch_size=batch_size, loss_reduction=reduction), classes)
    assert found == exact.GRADIENTS + bits


@pytest.mark.parametrize("number", [0.1, 1e-4, 1e-300, 0.9, 3.0, 0.0])
def test_rates_get_24_binary_digits(number: float) -> None:
    numerator = Fraction(short(number)).numerator
    while numerator and numerator % 2 == 0:
        numerator //= 2
    assert numerator < 2**24
    assert abs(short(number) - number) <= number * 2**-24
    if 1e-30 < number < 1e30:
        assert short(number) == float(np.float32(number))


def test_only_rates_are_shortened() -> None:
    before = params(lr=0.1, momentum=0.9, weight_decay=1e-4)
    after = with_short_rates(before).model_dump()
    changed = {name for name, value in after.items() if value != getattr(before, name)}
    assert changed == {"lr", "momentum", "weight_decay"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_everything_stays_on_its_grid(engine: str, activation: str, tmp_path: Path) -> None:
    trained = params(activation=activation, hidden_sizes=[7, 5], momentum=0.5)
    data = random_dataset(100, PIXELS)
    network = ENGINES[engine](initial_weights(trained, PIXELS, 10), trained)
    fit(network, data, data, trained, tmp_path / "history.csv")
    for array in network.weights().values():
        assert array.dtype == np.float64
        assert (array * 2**exact.WEIGHTS % 1 == 0).all()
        assert (array * 2 ** (exact.WEIGHTS - 4) % 1 != 0).any()
    assert (outputs(network, data) * 2**exact.OUTPUTS % 1 == 0).all()


def check(inputs: Floats, weight: Floats, bias: Floats, *, layer: int = 1, **changes: object) -> Bounds:
    """Return the bounds of a layer that has two behind it, after its forward check."""
    bounds = bounds_of_layers(layer + 2, params(**changes), 10)
    bounds[layer].forward(weight, bias, lambda: inputs)
    return bounds[layer]


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_below_the_limit_pass_and_others_are_refused(sign: int) -> None:
    one, bias = np.ones((1, 2)), np.zeros(1)
    weight = np.array([[sign * LIMIT / 2, 0.0]])
    check(one, 0.999 * weight, bias)
    with pytest.raises(InexactError, match=rf"^expected sums of layer 2 with terms below {LIMIT:g} in total"):
        check(one, weight, bias)
    with pytest.raises(InexactError):
        check(one, 0.999 * weight, bias + sign * LIMIT)


def test_relu_has_no_largest_output_so_its_sums_count() -> None:
    inputs, bias, weight = np.full((3, 2), 100.0), np.zeros(1), np.full((1, 2), LIMIT / 200)
    check(inputs, 0.999 * weight, bias, activation="relu")
    with pytest.raises(InexactError, match="sums of layer 2"):
        check(inputs, weight, bias, activation="relu")
    # two terms of 0.6 of the limit, but one of them is multiplied by 0
    check(np.array([[100.0, 0.0]]), 1.2 * weight, bias, activation="relu")


def check_back(bounds: Bounds, grad: Floats, bound: float = math.inf) -> None:
    """Check gradients where the layer behind allows ones of ``bound``."""
    assert bounds.behind is not None
    bounds.behind.outputs, bounds.behind.weight = 1, 1.0
    bounds.behind.gradient = bound / bounds.slope
    bounds.backward(len(grad), lambda: grad)


@pytest.mark.parametrize("bound", [1e100, math.inf])
def test_gradients_below_their_limits_pass_and_others_are_refused(bound: float) -> None:
    checked = check(np.ones((2, 3)), np.zeros((1, 3)), np.zeros(1))
    limit = 2.0 ** (53 - exact.SIGNALS - checked.gradient_bits)
    check_back(checked, np.full((2, 1), 0.499 * limit), bound)
    with pytest.raises(InexactError, match="weights' gradients of layer 2"):
        check_back(checked, np.full((2, 1), 0.5 * limit), bound)
    checked = check(np.ones((1, 3)), np.full((2, 3), 10.0), np.zeros(2))
    limit = 2.0 ** (53 - exact.WEIGHTS - checked.gradient_bits)
    check_back(checked, np.full((1, 2), 0.0499 * limit), bound)
    with pytest.raises(InexactError, match="inputs' gradients of layer 2"):
        check_back(checked, np.full((1, 2), 0.05 * limit), bound)


def test_gradients_are_read_only_where_the_weights_behind_allow_too_large_ones() -> None:
    checked = check(np.ones((2, 3)), np.full((1, 3), 10.0), np.zeros(1))
    limit = 2.0 ** (53 - exact.WEIGHTS - checked.gradient_bits)
    wrong = np.full((2, 1), limit)  # as they would be refused, they are not read
    check_back(checked, wrong, bound=0.099 * limit)
    with pytest.raises(InexactError):
        check_back(checked, wrong, bound=0.1 * limit)


def test_the_first_layer_has_no_inputs_gradients_and_what_is_not_finite_is_left_to_the_loss() -> None:
    checked = check(np.ones((1, 3)), np.full((2, 3), 10.0), np.zeros(2), layer=0)
    check_back(checked, np.full((1, 2), 2.0 ** (52 - exact.WEIGHTS - checked.gradient_bits)))
    for number in (np.inf, np.nan):
        checked = check(np.ones((1, 2)), np.full((1, 2), number), np.zeros(1))
        check_back(checked, np.full((1, 1), number))


@pytest.mark.parametrize("name", exact.SLOPES)
def test_slopes_are_the_largest_derivatives(name: str) -> None:
    activation = ACTIVATIONS[name]()
    activation.forward(np.linspace(-5, 5, 1001))
    assert activation.backward(np.ones(1001)).max() == exact.SLOPES[name]


OUTPUTS = [("sigmoid", "mse"), ("softmax", "mse"), ("softmax", "cross_entropy")]
NETWORKS = st.fixed_dictionaries(
    {
        "hidden_sizes": st.lists(st.integers(1, 9), min_size=1, max_size=3),
        "activation": st.sampled_from(["sigmoid", "tanh", "relu"]),
        "loss_reduction": st.sampled_from(["mean", "batch_mean"]),
    }
)


@settings(deadline=None)
@given(
    NETWORKS,
    st.sampled_from(OUTPUTS),
    st.sampled_from(sorted(ENGINES)),
    st.floats(0.01, 3000),
    st.integers(0, 999),
)
def test_what_the_arrays_refuse_is_never_let_through_by_the_weights(
    network: dict[str, object], output: tuple[str, str], engine: str, scale: float, seed: int
) -> None:
    drawn = params(**network, output_activation=output[0], loss=output[1])
    stream, data = np.random.RandomState(seed), random_dataset(1 + seed % 20, PIXELS)
    weights = initial_weights(drawn, PIXELS, 10)
    weights = {name: np.rint(stream.normal(0, scale, array.shape)) for name, array in weights.items()}
    trained = ENGINES[engine](weights, drawn)
    forward, backward = Bounds.forward, Bounds.backward

    def checked_forward(bounds: Bounds, weight: Floats, bias: Floats, inputs: Read) -> None:
        forward(bounds, weight, bias, inputs)
        terms = (np.abs(inputs()) @ np.abs(weight.T) + np.abs(bias)).max()
        assert terms < 2.0 ** (53 - bounds.signal_bits - exact.WEIGHTS)
        bounds.seen = inputs()  # type: ignore[attr-defined]
        bounds.seen_weight = np.abs(weight)  # type: ignore[attr-defined]

    def checked_backward(bounds: Bounds, rows: int, grad: Read) -> None:
        backward(bounds, rows, grad)
        assert np.abs(grad()).max() <= bounds.gradient
        terms = (np.abs(grad().T) @ np.abs(bounds.seen)).max()  # type: ignore[attr-defined]
        assert terms < 2.0 ** (53 - bounds.signal_bits - bounds.gradient_bits)
        if bounds.layer:
            terms = (np.abs(grad()) @ bounds.seen_weight).max()  # type: ignore[attr-defined]
            assert terms < 2.0 ** (53 - exact.WEIGHTS - bounds.gradient_bits)

    checks = patch.multiple(Bounds, forward=checked_forward, backward=checked_backward)
    with checks, suppress(InexactError):
        trained.train_step(scale_pixels(data.rows, "exact"), data.labels)


@pytest.mark.parametrize("engine", ENGINES)
def test_too_large_sums_end_a_training_and_an_evaluation_with_one_message(engine: str, tmp_path: Path) -> None:
    diverging, data = params(lr=1e4, activation="relu"), random_dataset(100, PIXELS)
    network = ENGINES[engine](initial_weights(diverging, PIXELS, 10), diverging)
    message = r"^training is no longer exact in epoch 1: expected .* of layer \d with terms below \d+ .*smaller lr"
    with pytest.raises(InputError, match=message):
        fit(network, data, data, diverging, tmp_path / "history.csv")
    weights = {name: array + 1e4 for name, array in initial_weights(params(), PIXELS, 10).items()}
    with pytest.raises(InputError, match=r"^expected sums of layer 1 with terms below \d+ .*smaller lr"):
        outputs(ENGINES[engine](weights, params()), data)


def test_weights_start_on_the_grid_that_the_documents_state() -> None:
    weight = initial_weights(train_params(dtype="exact"), 4, 10)["layers.0.weight"] * 2.0**24
    assert (weight == np.rint(weight)).all()
    assert (weight % 2).any(), "a coarser grid would do"
