"""Initial weights: a frozen stream, the same for both precisions.

That the schemes have the spread of PyTorch's own is checked in tests/parity.
"""

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


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"uniform_fan_in"}))
def test_biases_start_at_zero(scheme: str) -> None:
    weights = initial_weights(train_params(weight_init=scheme), 784, 10)
    assert not any(weights[name].any() for name in ("layers.0.bias", "layers.1.bias"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_seeds_change_all_numbers_and_the_spread_only_normal_ones(scheme: str) -> None:
    first, other, wide = (
        initial_weights(train_params(weight_init=scheme, init_seed=seed, init_std=std), 64, 10)["layers.0.weight"]
        for seed, std in ((0, 0.1), (1, 0.1), (0, 1.0))
    )
    assert not np.any(first == other)
    assert np.array_equal(first, wide) == (scheme != "normal")


@pytest.mark.parametrize(
    ("hidden_sizes", "shapes"),
    [([], [(10, 784)]), ([50], [(50, 784), (10, 50)]), ([7, 5], [(7, 784), (5, 7), (10, 5)])],
)
def test_shapes_go_from_the_pixels_to_the_classes(hidden_sizes: list[int], shapes: list[tuple[int, int]]) -> None:
    params = train_params(hidden_sizes=hidden_sizes)
    assert layer_shapes(params, 784, 10) == shapes
    names = [f"layers.{i}.{kind}" for i in range(len(shapes)) for kind in ("weight", "bias")]
    assert list(initial_weights(params, 784, 10)) == names
