"""``python -m tools.hashes``: write docs/hashes.md, the hashes of weights and outputs for others to compare with.

A hash is the SHA-256 of the numbers alone: it depends neither on a file format nor on the library that wrote it.
"""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import stages  # noqa: F401  # this copy's src first on the path
from mnist_mlp.core.files import load_array, load_dataset
from mnist_mlp.harness.dvc_records import md5, recorded_hashes
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import NAMES
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import load_weights
from studies.parity import sha256, weights_sha256
from tools.documents.cards import CLASSES, pixels_of_an_image
from tools.documents.filling import fill
from tools.text_files import save_text

PAGE = "docs/hashes.md"
TEST = Path("data/split/test")


def main() -> None:
    """Write docs/hashes.md from models/ and data/outputs.

    Raises:
        InputError: a file is missing, or is not the one that dvc.lock records.
    """
    locked = recorded_hashes(Path("dvc.lock").read_text(encoding="utf-8"))
    for path in (*map(weights_file, NAMES), "data/outputs"):
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder; `dvc repro` makes it")
        if (found := md5(Path(path))) != locked.get(path):
            raise InputError(
                f"{path}: expected MD5 {locked.get(path)}, as in dvc.lock, got {found}; run `dvc repro`"
            )
    save_text(Path(PAGE), page())


def page() -> str:
    """Return docs/hashes.md."""
    locked = recorded_hashes(Path("dvc.lock").read_text(encoding="utf-8"))
    models = [configuration(model, locked) for model in NAMES]
    return fill("hashes.md", {"models": models, "outputs": locked.get("data/outputs")})


def configuration(model: str, locked: dict[str, str]) -> dict[str, Any]:
    """Return what the page says about a model: parameters and hashes."""
    test = load_dataset(TEST)
    weights, params = load_weights(weights_file(model), test.pixels, len(test.classes))
    outputs = load_array(f"data/outputs/{model}.npy")
    return {
        "name": model,
        "params": params,
        "tensors": [f"{name} {shape(array)}" for name, array in weights.items()],
        "initial": initial_hash(params, test.pixels, len(test.classes)),
        "trained": weights_sha256(weights),
        "outputs": sha256([outputs]),
        "outputs_shape": shape(outputs),
        "file": locked.get(weights_file(model)),
    }


def weights_file(model: str) -> str:
    """Return the path of a model's weights, as DVC has it."""
    return f"models/{model}.safetensors"


def initial_hash(params: TrainParams, pixels: int, classes: int) -> str:
    """Return the hash of the weights that a training starts from."""
    return weights_sha256(initial_weights(params, pixels, classes))


def initial_hashes() -> dict[str, str]:
    """Return the hashes of the initial weights of all models, by name: they follow from params.yaml alone."""
    params = load_params()
    pixels = pixels_of_an_image(params)
    return {model: initial_hash(getattr(params, f"train_{model}"), pixels, CLASSES) for model in NAMES}


def shape(array: NDArray[Any]) -> str:
    """Return the size of an array in words."""
    return " by ".join(map(str, array.shape))


if __name__ == "__main__":
    run_stage(main)
