"""Weights files: both engines' format, checked against the network that they are for."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mnist_mlp.core.arrays import Weights
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import load_weights, save_weights
from tests.support.factory import train_params
from tests.support.refusals import refusal

PIXELS = 4
TENSORS = "layers.0.weight, layers.0.bias, layers.1.weight, layers.1.bias"


def small(**changes: object) -> TrainParams:
    return train_params(hidden_sizes=[3], **changes)


def why_refused(path: Path, pixels: int = PIXELS) -> str:
    """Return the message that reading ``path`` ends with, without the file's name."""
    message = refusal(load_weights, path, pixels, 10)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden_sizes", [[], [3], [3, 5]])
def test_weights_and_parameters_come_back_as_they_were(
    tmp_path: Path, hidden_sizes: list[int], dtype: str
) -> None:
    params = train_params(hidden_sizes=hidden_sizes, dtype=dtype, lr=1e-5)
    weights = initial_weights(params, PIXELS, 10)
    save_weights(tmp_path / "w.safetensors", weights, params)
    loaded, loaded_params = load_weights(tmp_path / "w.safetensors", PIXELS, 10)
    assert loaded_params == params
    assert list(loaded) == list(weights)
    for name, array in weights.items():
        assert loaded[name].dtype == dtype
        np.testing.assert_array_equal(loaded[name], array)


def test_weights_that_lie_column_by_column_in_memory_come_back_as_they_were(tmp_path: Path) -> None:
    weights = initial_weights(small(), PIXELS, 10)
    by_rows, by_columns = tmp_path / "rows.safetensors", tmp_path / "columns.safetensors"
    save_weights(by_rows, weights, small())
    save_weights(by_columns, {name: np.asfortranarray(array) for name, array in weights.items()}, small())
    assert by_columns.read_bytes() == by_rows.read_bytes()


def test_every_parameter_comes_back(tmp_path: Path) -> None:
    params = small(
        activation="relu", output_activation="softmax", loss="cross_entropy", loss_reduction="mean",
        weight_init="he", momentum=0.5, nesterov=True, weight_decay=1e-4, beta1=0.8, beta2=0.95, eps=1e-6,
    )  # fmt: skip
    save_weights(tmp_path / "w.safetensors", initial_weights(params, PIXELS, 10), params)
    assert load_weights(tmp_path / "w.safetensors", PIXELS, 10)[1] == params


def test_weights_trained_on_cuda_load_on_the_cpu(tmp_path: Path) -> None:
    params = small(device="cuda")
    save_weights(tmp_path / "w.safetensors", initial_weights(params, PIXELS, 10), params)
    assert load_weights(tmp_path / "w.safetensors", PIXELS, 10)[1] == small(device="cpu")


def test_more_than_ten_layers_keep_their_order(tmp_path: Path) -> None:
    # by name, layers.10 would stand before layers.2
    params = train_params(hidden_sizes=[2] * 11)
    weights = initial_weights(params, PIXELS, 10)
    save_weights(tmp_path / "w.safetensors", weights, params)
    assert list(load_weights(tmp_path / "w.safetensors", PIXELS, 10)[0]) == list(weights)


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    params = small()
    for name in ("a", "b"):
        save_weights(tmp_path / name, initial_weights(params, PIXELS, 10), params)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_weights_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    params = small()
    before = os.umask(0o022)
    try:
        save_weights(tmp_path / "w.safetensors", initial_weights(params, PIXELS, 10), params)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "w.safetensors").stat().st_mode) == 0o644


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert why_refused(tmp_path / "w.safetensors") == "no such file; `dvc repro` trains it"


@pytest.mark.parametrize("length", [0, 5, 200, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, initial_weights(small(), PIXELS, 10), small())
    path.write_bytes(path.read_bytes()[:length])
    assert why_refused(path).startswith("expected a safetensors file, got: ")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"this is no weights file at all" * 10)
    assert why_refused(path).startswith("expected a safetensors file, got: ")


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        (None, "{}"),
        ({"params": "{}"}, "{'params': '{}'}"),
        ({"format": "pt"}, "{'format': 'pt'}"),
    ],
)
def test_a_file_without_parameters_is_refused(tmp_path: Path, metadata: dict[str, str] | None, found: str) -> None:
    path = tmp_path / "w.safetensors"
    save_file(initial_weights(small(), PIXELS, 10), path, metadata)
    assert why_refused(path) == f"expected the training parameters in its metadata, got {found}"


def test_weights_for_images_of_another_size_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, initial_weights(small(), PIXELS, 10), small())
    assert why_refused(path, pixels=9) == "tensor layers.0.weight: expected shape (3, 9), got (3, 4)"


def without_last_bias(weights: Weights) -> None:
    del weights["layers.1.bias"]


def with_another_layer(weights: Weights) -> None:
    weights["layers.2.bias"] = np.zeros(10, np.float32)


def with_column_bias(weights: Weights) -> None:
    weights["layers.0.bias"] = weights["layers.0.bias"][:, None]


def with_wider_layer(weights: Weights) -> None:
    weights["layers.0.weight"] = np.zeros((4, PIXELS), np.float32)


def with_nan(weights: Weights) -> None:
    weights["layers.1.weight"][9, 2] = np.nan


def with_infinity(weights: Weights) -> None:
    weights["layers.0.bias"][0] = -np.inf


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_last_bias, "tensor layers.1.bias: expected shape (10,), got no such tensor"),
        (with_another_layer, f"expected the tensors {TENSORS}, got also layers.2.bias"),
        (with_column_bias, "tensor layers.0.bias: expected shape (3,), got (3, 1)"),
        (with_wider_layer, "tensor layers.0.weight: expected shape (3, 4), got (4, 4)"),
        (with_nan, "tensor layers.1.weight: expected finite numbers, got NaN or infinity; train again"),
        (with_infinity, "tensor layers.0.bias: expected finite numbers, got NaN or infinity; train again"),
    ],
)
def test_tensors_that_do_not_fit_the_parameters_are_refused(
    tmp_path: Path, damage: Callable[[Weights], None], message: str
) -> None:
    weights = initial_weights(small(), PIXELS, 10)
    damage(weights)
    save_weights(tmp_path / "w.safetensors", weights, small())
    assert why_refused(tmp_path / "w.safetensors") == message
