"""The notebook on noise for images: its comparisons hold, and each fails where the network is wrong."""

import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import notebooks.drawing  # noqa: F401  # from this checkout: the notebook looks for it in its own
from mnist_mlp.core.arrays import Floats
from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.params import load_params
from mnist_mlp.network import losses
from mnist_mlp.network.activations import Sigmoid
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import save_weights
from tests.support.factory import ROOT, random_dataset

IN_GIT = (
    "plots/history_custom.csv",
    "metrics/evaluate.json",
    "studies/results/gap.json",
    "studies/results/gap.png",
)
PIXELS = 784
OFF = 1 + 1e-9
"""What a gradient is multiplied with here: any mistake in a formula is larger, and so small a one is seen."""

Method = Callable[..., Any]


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Return what runs the notebook's source in a folder where the pipeline seems to have run."""
    params = load_params(ROOT / "params.yaml")
    save_splits(tmp_path / "data/split", {"train": random_dataset(300, PIXELS), "val": random_dataset(50, PIXELS)})
    for model, section in (("custom", params.train_custom), ("torch", params.train_torch)):
        save_weights(tmp_path / f"models/{model}.safetensors", initial_weights(section, PIXELS, 10), section)
    for name in IN_GIT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    return lambda: runpy.run_path(str(ROOT / "notebooks" / "walkthrough.py"))


def test_all_comparisons_hold(walk: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> None:
    walk()
    printed = capsys.readouterr().out
    for name in ("dL/dZ2", "dL/dW2", "dL/db2", "dL/dA1", "dL/dZ1", "dL/dW1", "dL/db1", "layers.1.bias"):
        assert f"{name} (" in printed


def in_layer(outputs: int, kind: str) -> Method:
    """Return what spoils a parameter's gradient in the layer with so many outputs."""

    def spoil(_result: None, layer: Linear, _grad: object) -> None:
        if len(layer.bias) == outputs:
            getattr(layer, kind)[...] *= OFF

    return spoil


def first_parameter(_result: None, _optimizer: SGD, parameters: list[Floats], _gradients: object) -> None:
    parameters[0][...] *= OFF


@pytest.mark.parametrize(
    ("name", "owner", "method", "spoil"),
    [
        ("network.forward", MLP, "forward", lambda outputs, *_: outputs * OFF),
        ("dL/dZ2", MeanSquaredError, "value_and_gradient", lambda result, *_: (result[0], result[1] * OFF)),
        ("dL/dW2", Linear, "parameter_gradients", in_layer(10, "weight_grad")),
        ("dL/db2", Linear, "parameter_gradients", in_layer(10, "bias_grad")),
        ("dL/dA1", Linear, "backward", lambda grad, *_: grad * OFF),
        ("dL/dZ1", Sigmoid, "backward", lambda grad, *_: grad * OFF if grad.shape[1] == 50 else grad),
        ("dL/dW1", Linear, "parameter_gradients", in_layer(50, "weight_grad")),
        ("dL/db1", Linear, "parameter_gradients", in_layer(50, "bias_grad")),
        ("slope", MeanSquaredError, "value_and_gradient", lambda result, *_: (result[0] * 1.001, result[1])),
        ("layers.0.weight", SGD, "step", first_parameter),
    ],
)
def test_each_comparison_fails_if_the_network_is_wrong(
    walk: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    owner: type,
    method: str,
    spoil: Method,
) -> None:
    right: Method = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda *arguments: spoil(right(*arguments), *arguments))
    with pytest.raises(AssertionError, match=f"^{name}"):
        walk()


def test_comparison_of_reductions_fails_unless_one_is_a_tenth_of_the_other(
    walk: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "divisor", lambda errors, reduction: len(errors) * {"mean": 9}.get(reduction, 1))
    with pytest.raises(AssertionError, match="tenth"):
        walk()
