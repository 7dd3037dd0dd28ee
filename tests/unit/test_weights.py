"""Weights files: both engines' format, checked against their network; and models without the pipeline."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from mnist_mlp.core.arrays import Floats
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.trained import load_model
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import load_weights, save_weights
from tests.support.factory import train_params
from tests.support.refusals import refusal

PIXELS = 4
FIRST, LAST = "layers.0.weight", "layers.1.bias"
F32 = "type and shape ('F32',"


def small(**changes: object) -> TrainParams:
    return train_params(hidden_sizes=[3], **changes)


def why_refused(path: Path, pixels: int = PIXELS) -> str:
    """Return the message that reading ``path`` ends with, without the file's name."""
    message = refusal(load_weights, path, pixels, 10)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden_sizes", [[], [3], [2] * 11])  # by name, layers.10 would stand before layers.2
def test_weights_and_parameters_come_back_as_they_were_but_for_the_device(
    tmp_path: Path, hidden_sizes: list[int], dtype: str
) -> None:
    params = train_params(
        hidden_sizes=hidden_sizes, dtype=dtype, lr=1e-5, activation="relu", output_activation="softmax",
        loss="cross_entropy", loss_reduction="mean", device="cuda", weight_init="he", momentum=0.5, nesterov=True,
        weight_decay=1e-4, beta1=0.8, beta2=0.95, eps=1e-6,
    )  # fmt: skip
    weights = initial_weights(params, PIXELS, 10)
    save_weights(tmp_path / "w.safetensors", weights, params)
    loaded, loaded_params = load_weights(tmp_path / "w.safetensors", PIXELS, 10)
    assert loaded_params == params.model_copy(update={"device": "cpu"})
    assert list(loaded) == list(weights)
    for name, array in weights.items():
        assert loaded[name].dtype == dtype
        np.testing.assert_array_equal(loaded[name], array)


def test_the_same_weights_give_the_same_bytes_however_they_lie_in_memory(tmp_path: Path) -> None:
    weights = initial_weights(small(), PIXELS, 10)
    save_weights(tmp_path / "a", weights, small())
    save_weights(tmp_path / "b", {name: np.asfortranarray(array) for name, array in weights.items()}, small())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with safe_open(tmp_path / "a", framework="numpy") as file:
        names = list(json.loads(file.metadata()["params"]))
    assert names == sorted(names), "the order in which the class lists them changes no byte"


@pytest.mark.parametrize("content", [0, 5, 200, -1, b"this is no weights file at all" * 10])
def test_a_file_cut_short_or_of_something_else_and_none_are_refused(tmp_path: Path, content: int | bytes) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, initial_weights(small(), PIXELS, 10), small())
    path.write_bytes(content if isinstance(content, bytes) else path.read_bytes()[:content])
    assert why_refused(path).startswith("expected a safetensors file, got: ")
    path.unlink()
    assert why_refused(path) == "no such file; `dvc repro` trains it"
    path.mkdir()
    assert why_refused(path).startswith("expected a safetensors file, got: ")


def test_a_file_without_parameters_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for metadata in (None, {"params": "{}"}, {"format": "pt"}):
        save_file(initial_weights(small(), PIXELS, 10), path, metadata)
        assert why_refused(path) == f"expected the training parameters in its metadata, got {metadata or {}}"


ZEROS = np.zeros(10, np.float32)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (LAST, None, f"tensor {LAST}: expected {F32} (10,)), got no such tensor"),
        ("layers.2.bias", ZEROS, f"tensor layers.2.bias: expected no such tensor, got {F32} (10,))"),
        (LAST, ZEROS[:, None], f"tensor {LAST}: expected {F32} (10,)), got {F32} (10, 1))"),
        (FIRST, np.zeros((4, PIXELS), np.float32), f"tensor {FIRST}: expected {F32} (3, 4)), got {F32} (4, 4))"),
        (LAST, ZEROS.astype(float), f"tensor {LAST}: expected {F32} (10,)), got type and shape ('F64', (10,))"),
        (LAST, ZEROS + np.nan, f"tensor {LAST}: expected finite numbers, got NaN or infinity; train again"),
        (LAST, ZEROS - np.inf, f"tensor {LAST}: expected finite numbers, got NaN or infinity; train again"),
    ],
)
def test_tensors_that_do_not_fit_the_parameters_are_refused(
    tmp_path: Path, name: str, array: Floats | None, message: str
) -> None:
    weights = initial_weights(small(), PIXELS, 10)
    weights.pop(name, None)
    path = tmp_path / "w.safetensors"
    save_weights(path, weights if array is None else weights | {name: array}, small())
    assert why_refused(path) == message
    save_weights(path, initial_weights(small(), PIXELS, 10), small())
    assert why_refused(path, pixels=9) == f"tensor {FIRST}: expected {F32} (3, 9)), got {F32} (3, 4))"


@pytest.mark.parametrize("hidden", [[], [5], [7, 5]])
@pytest.mark.parametrize(("activation", "output"), [("relu", "softmax"), ("tanh", "sigmoid")])
def test_a_model_without_the_pipeline_gives_the_outputs_of_the_engines(
    tmp_path: Path, hidden: list[int], activation: str, output: str
) -> None:
    params = train_params(hidden_sizes=hidden, activation=activation, output_activation=output, dtype="float64")
    weights, images = initial_weights(params, 12, 3), np.random.RandomState(0).uniform(-1, 1, (20, 12))
    save_weights(tmp_path / "model.safetensors", weights, params)
    found = load_model(tmp_path / "model.safetensors").forward(images)
    for engine in ENGINES.values():
        np.testing.assert_allclose(found, engine(weights, params).forward(images), rtol=0, atol=1e-12)


def test_files_that_hold_no_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    expected = f"{path}: expected weights and parameters of this pipeline, got: "
    assert refusal(load_model, path).startswith(f"{expected}No such file")
    path.write_text("not weights")
    assert refusal(load_model, path).startswith(expected)
    for metadata in (None, {"params": "{}"}, {"params": "]"}, {"params": "[]"}):
        save_file({"layers.0.weight": np.zeros((2, 2))}, path, metadata)
        assert refusal(load_model, path).startswith(expected)
