"""The two published figures, on real MNIST, with the committed parameters."""

import json
from pathlib import Path

import pytest

from mnist_mlp.core.arrays import Dataset, Weights
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.sources.datasets import ORIGINALS
from mnist_mlp.sources.mnist import check_arrays, from_mirror
from mnist_mlp.splits import split_dataset
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, accuracy, fit, outputs
from tests.support.factory import ROOT, mirror_of

PARAMS = load_params(ROOT / "params.yaml")


@pytest.fixture(scope="module")
def splits() -> dict[str, Dataset]:
    dataset = from_mirror(ORIGINALS["mnist"], mirror_of("MNIST_MIRROR"))
    check_arrays(ORIGINALS["mnist"], dataset)
    return split_dataset(dataset, PARAMS.split)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "params", "published"),
    [(build_mlp, PARAMS.train_custom, 0.9488), (TorchMLP, PARAMS.train_torch, 0.9063)],
    ids=["custom", "torch"],
)
def test_published_accuracy_to_the_digit(
    splits: dict[str, Dataset], engine: type[Engine], params: TrainParams, published: float, tmp_path: Path
) -> None:
    weights: Weights = initial_weights(params, 784, 10)
    network = engine(weights, params)  # type: ignore[call-arg]  # protocols leave the constructor open
    fit(network, splits["train"], splits["val"], params, tmp_path / "history.csv")
    assert accuracy(outputs(network, splits["test"]), splits["test"].labels) == published


@pytest.mark.parametrize(("engine", "published"), [("custom", 0.9488), ("torch", 0.9063)])
def test_committed_accuracy_to_the_digit(engine: str, published: float) -> None:
    metrics = json.loads((ROOT / "metrics/evaluate.json").read_text(encoding="utf-8"))
    assert metrics[engine]["test_accuracy"] == published
