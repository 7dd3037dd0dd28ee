"""What the page holds: networks, digits, images to train on, curves, and the bits to repeat."""

from pathlib import Path
from typing import Any

import numpy as np

from mnist_mlp.core.arrays import CLASSES, Dataset, Labels, Rows
from mnist_mlp.core.files import load_dataset
from mnist_mlp.core.grids import WEIGHTS
from mnist_mlp.engines import run_model
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams, load_params
from mnist_mlp.models import MODELS, PUBLISHED
from mnist_mlp.training.initialization import initial_weights
from tools.page.exact_proof import EPOCHS, bits, first
from tools.page.learned import COLUMNS, KEPT, Learned, Shown, check_committed, flat, learned, shown_models
from tools.page.numbers import base64, numerators, rounded_changes, with_runs

DIGITS = 200
ONE_RIGHT = 30, 15
"""Of the 200: digits that only the first, and only the second published model gets right."""
NONE_RIGHT = 15
TRAINING = 2000
NEEDED: dict[str, object] = {
    "activation": "sigmoid", "output_activation": "sigmoid", "loss": "mse", "optimizer": "sgd", "momentum": 0,
    "weight_decay": 0, "dtype": "exact",
}  # fmt: skip
"""What the page's own network can do."""


def contents() -> dict[str, Any]:
    """Return all data of the page.

    Raises:
        InputError: weights or images are missing, or are not those that params.yaml makes.
    """
    params = load_params()
    check_params(params)
    check_made()
    train, val, test = (load_dataset(Path("data/split", name)) for name in ("train", "val", "test"))
    models = shown_models(params)
    found = [learned(model, train, val, test) for model in models]
    for model, history in list(zip(models, found, strict=True))[:2]:
        check_committed(model, history, train.images.shape[1])
    proven = models[-1].params
    return {
        "shape": {"pixels": train.images.shape[1], "hidden": proven.hidden_sizes[0], "classes": CLASSES},
        "bits": WEIGHTS,
        "kept": [*KEPT, proven.epochs],
        "lr": proven.lr,
        "models": [model_data(*pair, train.images.shape[1]) for pair in zip(models, found, strict=True)],
        "digits": digits_data(test),
        "training": dataset_data(first(train, TRAINING)),
        "proof": proof(first(train, TRAINING), proven),
    }


def check_params(params: Params) -> None:
    """Refuse what the page cannot show.

    Raises:
        InputError: params.yaml is about other images, or another kind of network.
    """
    if params.fetch_mnist.dataset != "mnist":
        raise InputError(f"expected dataset mnist for the page, got {params.fetch_mnist.dataset}; change params.yaml")
    for name, section in (("train_custom", params.train_custom), ("train_torch", params.train_torch)):
        if len(section.hidden_sizes) != 1 or section.epochs <= KEPT[-1]:
            raise InputError(
                f"params.yaml: {name}: expected one hidden layer and more than {KEPT[-1]} epochs for the page, got "
                f"{len(section.hidden_sizes)} and {section.epochs}; change them, run `make repro`, then `make page`"
            )
        for key, value in NEEDED.items():
            if (got := getattr(section, key)) != value:
                raise InputError(
                    f"params.yaml: {name}.{key}: expected {value} for the page, got {got}; change it, run `make repro`"
                )
    sizes = {section.hidden_sizes[0] for section in (params.train_custom, params.train_torch)}
    epochs = {section.epochs for section in (params.train_custom, params.train_torch)}
    if len(sizes) + len(epochs) > 2:
        raise InputError(
            f"params.yaml: expected as many hidden units and epochs in both networks for the page, got {sorted(sizes)} "
            f"units and {sorted(epochs)} epochs; change them, run `make repro`, then `make page`"
        )


def check_made() -> None:
    """Refuse to start before the pipeline has run.

    Raises:
        InputError: an output of it is missing.
    """
    paths = [Path(f"models/{name}.safetensors") for name in PUBLISHED]
    paths += [Path(f"data/split/{name}/{kind}.npy") for name in ("train", "val", "test") for kind in ("images", "labels")]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: expected what the pipeline makes, got no such file; run `make repro` first")


def model_data(model: Shown, found: Learned, pixels: int) -> dict[str, Any]:
    """Return a network: its exact last weights, rounded changes at the kept epochs, its start and its curves."""
    start = flat(initial_weights(model.params, pixels))
    sizes = [array.size for array in initial_weights(model.params, pixels).values()]
    changes = [rounded_changes(start, row, sizes) for row in found.kept[:-1]]
    return {
        "name": model.name,
        "engine": model.engine,
        "initial": model.params.weight_init,
        "initStd": model.params.init_std,
        "initSeed": model.params.init_seed,
        "reduction": model.params.loss_reduction,
        "testAccuracy": found.test_accuracy,
        "final": base64(numerators(found.kept[-1])),
        "changes": [{"numbers": base64(content), "scales": scales} for content, scales in changes],
        "curves": dict(zip(COLUMNS, found.curves.T.tolist(), strict=True)),
    }


def dataset_data(dataset: Dataset) -> dict[str, Any]:
    """Return images and labels as text."""
    return {"images": base64(with_runs(dataset.images)), "labels": base64(dataset.labels.tobytes())}


def digits_data(test: Dataset) -> dict[str, Any]:
    """Return the 200 digits, with their rows in the test set."""
    by_name = {model.name: model for model in MODELS}
    guesses = [run_model(by_name[name], test).argmax(axis=1) for name in PUBLISHED]
    rows = choose_rows(test.labels, guesses[0] == test.labels, guesses[1] == test.labels)
    chosen = Dataset(test.images[rows], test.labels[rows])
    groups = {
        "disagree": int(np.sum(guesses[0][rows] != guesses[1][rows])),
        "onlyFirst": ONE_RIGHT[0], "onlySecond": ONE_RIGHT[1], "none": NONE_RIGHT,
    }  # fmt: skip
    return {**dataset_data(chosen), "rows": rows.tolist(), "groups": groups}


def choose_rows(labels: Labels, left: Rows, right: Rows) -> Rows:
    """Return 200 row numbers, sorted: the first that one model or none gets right, and the first others.

    Args:
        labels: digits, (n,).
        left: whether the first model is right, (n,).
        right: whether the second model is right, (n,).
    """
    special = np.concatenate([
        np.flatnonzero(left & ~right)[: ONE_RIGHT[0]],
        np.flatnonzero(right & ~left)[: ONE_RIGHT[1]],
        np.flatnonzero(~left & ~right)[:NONE_RIGHT],
    ])  # fmt: skip
    both = np.flatnonzero(left & right)
    each = (DIGITS - len(special)) // CLASSES
    others = np.concatenate([both[labels[both] == digit][:each] for digit in range(CLASSES)])
    return np.sort(np.concatenate([special, others]))


def proof(train: Dataset, params: TrainParams) -> dict[str, Any]:
    """Return the bits of a short training, as both engines find them.

    Raises:
        InputError: the engines differ.
    """
    found = {engine: bits(engine, train, params) for engine in ("custom", "torch")}
    if found["custom"] != found["torch"]:
        raise InputError(
            f"expected the same bits from both engines after {EPOCHS} epochs, got {found['custom'].final[:12]} and "
            f"{found['torch'].final[:12]}; run `make test`"
        )
    settings = {
        "hidden": params.hidden_sizes[0], "initial": params.weight_init, "initSeed": params.init_seed,
        "initStd": params.init_std, "shuffleSeed": params.shuffle_seed, "batch": params.batch_size,
        "lr": params.lr, "reduction": params.loss_reduction, "exact": True,
    }  # fmt: skip
    return {"settings": settings, "epochs": EPOCHS, "final": found["custom"].final, "steps": found["custom"].steps}
