"""The engines by name, and the outputs of a trained model for a dataset."""

from collections.abc import Callable
from pathlib import Path

from mnist_mlp.core.arrays import Dataset, Floats, Weights
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.models import Model
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.loop import Engine, outputs
from mnist_mlp.training.weights import load_weights

ENGINES: dict[str, Callable[[Weights, TrainParams], Engine]] = {
    "custom": build_mlp,
    "torch": TorchMLP,
}


def run_model(model: Model, dataset: Dataset) -> Floats:
    """Return a model's outputs (n, classes) for a dataset; InputError if its weights are missing or do not fit."""
    path = Path(f"models/{model.name}.safetensors")
    weights, params = load_weights(path, dataset.pixels, len(dataset.classes))
    return outputs(ENGINES[model.engine](weights, params), dataset)
