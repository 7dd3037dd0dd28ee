"""Initial weights: a frozen stream, the right spread, the same for both precisions."""

import numpy as np
import pytest

from mnist_mlp.training.initialization import INITIALIZERS, initial_weights, layer_shapes
from tests.support.factory import train_params

SCHEMES = sorted(INITIALIZERS)


# NumPy has frozen the stream of RandomState for ever (NEP 19): other numbers mean that runs no longer repeat.
@pytest.mark.parametrize(
    ("scheme", "name", "first", "last"),
    [
        ("normal", "layers.0.weight", 0.16905257038003563, 0.00020655729059481303),
        ("normal", "layers.1.weight", -8.903858579313629e-05, -0.06621593396668088),
        ("uniform_fan_in", "layers.0.weight", -0.5991905634324065, 0.05444138202979243),
        ("uniform_fan_in", "layers.0.bias", 0.0015845749040304113, -0.3274767348568799),
        ("uniform_fan_in", "layers.1.weight", -0.00013567635998501526, 0.08386051070394596),
        ("uniform_fan_in", "layers.1.bias", -0.25859628446309213, -0.3689826873448817),
        ("xavier", "layers.0.weight", -0.9282620293513397, 0.0843402263783608),
        ("xavier", "layers.1.weight", 0.0015224103236894937, 0.459140141256696),
        ("he", "layers.0.weight", 1.690525703800356, 0.00206557290594813),
        ("he", "layers.1.weight", -0.0007269970087073578, -0.5406508368673101),
    ],
)
def test_seed_always_gives_these_numbers(scheme: str, name: str, first: float, last: float) -> None:
    params = train_params(hidden_sizes=[3], weight_init=scheme, init_seed=7, dtype="float64")
    numbers = initial_weights(params, 2, 10)[name].ravel()
    # the logarithm and root behind normal numbers may differ in the last digit from one libm to the next
    assert numbers[0] == pytest.approx(first, rel=1e-9)
    assert numbers[-1] == pytest.approx(last, rel=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_precisions_start_alike(scheme: str) -> None:
    single, double = (
        initial_weights(train_params(weight_init=scheme, dtype=f"float{n}"), 64, 10) for n in (32, 64)
    )
    for name, array in double.items():
        assert array.dtype == np.float64
        np.testing.assert_array_equal(single[name], array.astype(np.float32), strict=True)


@pytest.mark.parametrize("std", [0.1, 0.02])
def test_normal_weights_have_the_standard_deviation_asked_for(std: float) -> None:
    # of 39,200 numbers: the estimate's own standard deviation is std / sqrt(2 * 39200) = 0.4 %
    weights = initial_weights(train_params(init_std=std), 784, 10)["layers.0.weight"]
    assert 0.98 * std < weights.std() < 1.02 * std
    assert -0.02 * std < weights.mean() < 0.02 * std


@pytest.mark.parametrize(("scheme", "std"), [("normal", 0.1), ("he", (2 / 784) ** 0.5)])
def test_normal_numbers_have_the_tails_of_a_bell_curve(scheme: str, std: float) -> None:
    z = initial_weights(train_params(weight_init=scheme), 784, 10)["layers.0.weight"] / std
    # P(|z| < 1) = 68.3 %, P(|z| > 3) = 0.27 %
    assert 0.67 < np.mean(np.abs(z) < 1) < 0.70
    assert 0.0017 < np.mean(np.abs(z) > 3) < 0.0037


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"uniform_fan_in"}))
def test_biases_start_at_zero(scheme: str) -> None:
    weights = initial_weights(train_params(weight_init=scheme), 784, 10)
    assert not any(weights[name].any() for name in ("layers.0.bias", "layers.1.bias"))


@pytest.mark.parametrize(("name", "inputs", "units"), [("layers.0.weight", 784, 50), ("layers.1.weight", 50, 10)])
def test_uniform_weights_fill_the_range_of_their_scheme(name: str, inputs: int, units: int) -> None:
    # xavier's standard deviation is the paper's, sqrt(2 / (inputs + units)): bound / sqrt(3) of a uniform number
    for scheme, bound in (("uniform_fan_in", inputs**-0.5), ("xavier", (6 / (inputs + units)) ** 0.5)):
        weights = initial_weights(train_params(weight_init=scheme), 784, 10)[name]
        assert 0.98 * bound < weights.max() <= bound
        assert -bound <= weights.min() < -0.98 * bound
        assert 0.95 < weights.std() / (bound / 3**0.5) < 1.05


@pytest.mark.parametrize(("name", "inputs"), [("layers.0.bias", 784), ("layers.1.bias", 50)])
def test_uniform_biases_have_the_bound_of_their_layer(name: str, inputs: int) -> None:
    biases = initial_weights(train_params(weight_init="uniform_fan_in"), 784, 10)[name]
    assert 0.5 * inputs**-0.5 < np.abs(biases).max() <= inputs**-0.5


@pytest.mark.parametrize(("name", "inputs", "off"), [("layers.0.weight", 784, 0.02), ("layers.1.weight", 50, 0.1)])
def test_he_weights_have_the_variance_two_over_the_inputs(name: str, inputs: int, off: float) -> None:
    # of 39,200 and of 500 numbers: the estimate's own standard deviation is 0.4 % and 3 %
    weights = initial_weights(train_params(weight_init="he"), 784, 10)[name]
    std = (2 / inputs) ** 0.5
    assert 1 - off < weights.std() / std < 1 + off
    assert -off < weights.mean() / std < off


@pytest.mark.parametrize("scheme", SCHEMES)
def test_seeds_change_all_numbers_and_the_spread_only_normal_ones(scheme: str) -> None:
    first, other, wide = (
        initial_weights(train_params(weight_init=scheme, init_seed=seed, init_std=std), 64, 10)["layers.0.weight"]
        for seed, std in ((0, 0.1), (1, 0.1), (0, 1.0))
    )
    assert not np.any(first == other)
    assert np.array_equal(first, wide) == (scheme != "normal")


def test_layers_are_drawn_from_the_image_on() -> None:
    # the first layer's numbers do not depend on what comes after it
    shallow, deep = (initial_weights(train_params(hidden_sizes=sizes), 64, 10) for sizes in ([8], [8, 5]))
    np.testing.assert_array_equal(shallow["layers.0.weight"], deep["layers.0.weight"])
    assert deep["layers.1.weight"].shape == (5, 8)


@pytest.mark.parametrize(
    ("hidden_sizes", "shapes"),
    [([], [(10, 784)]), ([50], [(50, 784), (10, 50)]), ([7, 5], [(7, 784), (5, 7), (10, 5)])],
)
def test_shapes_go_from_the_pixels_to_the_classes(hidden_sizes: list[int], shapes: list[tuple[int, int]]) -> None:
    assert layer_shapes(train_params(hidden_sizes=hidden_sizes), 784, 10) == shapes


def test_names_go_from_the_first_layer_to_the_last() -> None:
    assert list(initial_weights(train_params(hidden_sizes=[2]), 3, 10)) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    ]  # fmt: skip
