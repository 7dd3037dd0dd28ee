"""A model from its file: the outputs of the engines, and one message for any other file."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.errors import InputError
from mnist_mlp.trained import load_model
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import save_weights
from tests.support.factory import train_params

IMAGES = np.random.RandomState(0).uniform(-1, 1, (20, 12))


@pytest.mark.parametrize("hidden", [[], [5], [7, 5]])
@pytest.mark.parametrize(("activation", "output"), [("relu", "softmax"), ("tanh", "sigmoid")])
def test_outputs_are_those_of_the_engines(tmp_path: Path, hidden: list[int], activation: str, output: str) -> None:
    params = train_params(hidden_sizes=hidden, activation=activation, output_activation=output, dtype="float64")
    weights = initial_weights(params, 12, 3)
    save_weights(tmp_path / "model.safetensors", weights, params)
    found = load_model(tmp_path / "model.safetensors").forward(IMAGES)
    for engine in ENGINES.values():
        np.testing.assert_allclose(found, engine(weights, params).forward(IMAGES), rtol=0, atol=1e-12)


def test_missing_file_and_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.safetensors: expected a weights file, got no such file"):
        load_model(tmp_path / "none.safetensors")
    (tmp_path / "text").write_text("not weights")
    with pytest.raises(InputError, match="text: expected weights and parameters of this pipeline"):
        load_model(tmp_path / "text")


@pytest.mark.parametrize("metadata", [None, {"params": "{}"}, {"params": "]"}, {"params": "[]"}])
def test_other_files_are_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"layers.0.weight": np.zeros((2, 2))}, path, metadata)
    with pytest.raises(InputError, match=r"other\.safetensors: expected weights and parameters of this pipeline"):
        load_model(path)
