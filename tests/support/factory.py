"""Small valid inputs for tests, each changed by name; and the folder of the real files, if there is one."""

import json
import os
from collections.abc import Mapping
from itertools import product
from math import isqrt
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.random import RandomState
from pydantic import ValidationError

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats, Labels, Pixels
from mnist_mlp.harness.params import FetchParams, TrainParams

CLASSES = len(DIGITS)
ROOT = Path(__file__).resolve().parents[2]

TRAIN: dict[str, object] = {
    "hidden_sizes": [50],
    "activation": "sigmoid",
    "output_activation": "sigmoid",
    "loss": "mse",
    "loss_reduction": "batch_mean",
    "weight_init": "normal",
    "init_std": 0.1,
    "optimizer": "sgd",
    "lr": 0.1,
    "momentum": 0.0,
    "nesterov": False,
    "weight_decay": 0.0,
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-8,
    "epochs": 50,
    "batch_size": 100,
    "init_seed": 0,
    "shuffle_seed": 10,
    "dtype": "float32",
    "device": "cpu",
}
SECTIONS: dict[str, dict[str, object]] = {
    "fetch_mnist": {"dataset": "mnist", "path": "data/own", "classes": 10},
    "split": {"test_size": 10000, "val_size": 5000, "seed": 10},
    "train_custom": TRAIN,
    "train_torch": TRAIN | {"loss_reduction": "mean", "weight_init": "uniform_fan_in", "init_seed": 14},
    "evaluate": {"published_custom": 0.9488, "published_torch": 0.9063, "confidence": 0.95},
    "plot": {"digits_shown": 20, "dpi": 110},
}


def fetch_params(dataset: str, **changes: object) -> FetchParams:
    """Return the parameters that choose a dataset, some others changed."""
    return FetchParams.model_validate(SECTIONS["fetch_mnist"] | {"dataset": dataset} | changes)


def train_params(**changes: object) -> TrainParams:
    """Return the parameters of a training with some of them changed."""
    return TrainParams.model_validate(TRAIN | changes)


def names(field: str) -> tuple[str, ...]:
    """Return the names that a parameter of a training may have, such as those of all activations."""
    return get_args(TrainParams.model_fields[field].annotation)


def allowed(**changes: object) -> bool:
    """Tell whether the parameters of a training with these changes are accepted."""
    try:
        train_params(**changes)
    except ValidationError:
        return False
    return True


HEADS = [
    (output, loss)
    for output, loss in product(names("output_activation"), names("loss"))
    if allowed(output_activation=output, loss=loss)
]
"""All pairs of an output activation and a loss that go together."""


def params_text(changes: Mapping[str, str | None] | None = None) -> str:
    """Return a valid params.yaml with the values of some keys, ``section.key``, replaced; None drops a key."""
    texts: dict[str, dict[str, str | None]] = {
        section: {key: json.dumps(value) for key, value in keys.items()} for section, keys in SECTIONS.items()
    }
    for name, text in (changes or {}).items():
        section, key = name.split(".")
        texts[section][key] = text
    lines = []
    for section, keys in texts.items():
        lines.append(f"{section}:")
        lines += [f"  {key}: {text}" for key, text in keys.items() if text is not None]
    return "\n".join(lines) + "\n"


def random_dataset(rows: int, pixels: int = 4, seed: int = 0) -> Dataset:
    """Return images of noise with the labels 0, 1, ..., 9, 0, ...: the same for the same arguments."""
    images = RandomState(seed).randint(0, 256, (rows, pixels)).astype(np.uint8)
    return dataset(images, (np.arange(rows) % CLASSES).astype(np.uint8))


def dataset(images: Pixels, labels: Labels) -> Dataset:
    """Return square images, given one per row, of ten digits."""
    return Dataset(images.reshape(len(images), isqrt(images.shape[1]), -1), labels, DIGITS)


def one_hot(digits: list[int], height: float = 1.0) -> Floats:
    """Return outputs (n, classes) that say these digits: ``height`` at the digit, 0 elsewhere."""
    return np.eye(CLASSES)[digits] * height


def mirror_of(variable: str) -> str:
    """Return the mirror that ``make`` would put into a variable; skip the test where there is none."""
    beside = {"MNIST_MIRROR": "mnist", "FASHION_MNIST_MIRROR": "fashion-mnist"}
    mirror = os.environ.get(variable) or str(ROOT.parent / "shared" / beside[variable])
    if not Path(mirror).is_dir():
        pytest.skip(f"no folder with the original files: set {variable}")
    return mirror
