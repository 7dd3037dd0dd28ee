"""What the page holds: networks, digits, images to train on, curves, and the bits to repeat."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset, Floats, Labels, Rows, noun
from mnist_mlp.core.files import load_dataset
from mnist_mlp.engines import ENGINES
from mnist_mlp.exact import WEIGHTS
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams, load_params
from mnist_mlp.models import PUBLISHED
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, outputs
from tools.page.exact_proof import EPOCHS, bits, first
from tools.page.learned import COLUMNS, KEPT, Learned, Shown, check_committed, flat, learned, shown_models
from tools.page.numbers import base64, numerators, rounded_changes, with_runs

Right = NDArray[np.bool_]
"""Whether a model gets each image right, (n,)."""
DIGITS = 200
ONE_RIGHT = 30, 15
"""Of the 200: digits that only the first, and only the second published model gets right."""
NONE_RIGHT = 15
TRAINING = 2000
MOST_INK = {"mnist": 0.4, "fashion": 1.0}
"""Share of dark pixels above which no answer is sure. No test image of MNIST has more than 0.35."""
NEEDED: dict[str, object] = {
    "activation": "sigmoid", "output_activation": "sigmoid", "loss": "mse", "optimizer": "sgd", "momentum": 0,
    "weight_decay": 0, "dtype": "exact", "hidden_sizes": (50,), "epochs": 50,
}  # fmt: skip
"""What the page's own network can do, and its words say."""


class Splits(NamedTuple):
    """The three parts of the data."""

    train: Dataset
    val: Dataset
    test: Dataset


def contents() -> dict[str, Any]:
    """Return all data of the page.

    Raises:
        InputError: weights or images are missing, or are not those that params.yaml makes.
    """
    params = load_params()
    check_params(params)
    check_made()
    splits = Splits(*(load_dataset(Path("data/split", name)) for name in Splits._fields))
    models = shown_models(params)
    found = [learned(model, *splits) for model in models]
    for model, history in zip(models[:2], found[:2], strict=True):
        check_committed(model, history, splits.train)
    return gathered(models, found, splits)


def gathered(models: list[Shown], found: list[Learned], splits: Splits) -> dict[str, Any]:
    """Return the data of the page from the networks, what they learned, and the images."""
    last = models[-1].params
    few = first(splits.train, TRAINING)
    return {
        "shape": {
            "pixels": splits.train.pixels,
            "hidden": last.hidden_sizes[0],
            "classes": len(splits.train.classes),
        },
        "classes": list(splits.train.classes),
        "mostInk": MOST_INK["mnist" if noun(splits.train.classes) == "digit" else "fashion"],
        "bits": WEIGHTS,
        "kept": [*KEPT, last.epochs],
        "lr": last.lr,
        "models": [model_data(*pair, splits.train) for pair in zip(models, found, strict=True)],
        "digits": digits_data(models, found, splits.test),
        "training": dataset_data(few),
        "proof": proof(few, last),
    }


def check_params(params: Params) -> None:
    """Refuse what the page cannot show.

    Raises:
        InputError: params.yaml is about other images, or another kind of network.
    """
    if params.fetch_mnist.dataset not in MOST_INK:
        raise InputError(
            f"params.yaml: fetch_mnist.dataset: expected {' or '.join(MOST_INK)} for the page, "
            f"got {params.fetch_mnist.dataset}; change it, then run `make repro`"
        )
    for name, section in (("train_custom", params.train_custom), ("train_torch", params.train_torch)):
        for key, value in NEEDED.items():
            if (got := getattr(section, key)) != value:
                raise InputError(
                    f"params.yaml: {name}.{key}: expected {value} for the page, got {got}; change it, then run "
                    "`make repro`"
                )


def check_made() -> None:
    """Refuse to start before the pipeline has run.

    Raises:
        InputError: an output of it is missing.
    """
    paths = [Path(f"models/{name}.safetensors") for name in PUBLISHED]
    paths += [Path(f"data/split/{name}/{kind}.npy") for name in Splits._fields for kind in ("images", "labels")]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: expected what the pipeline makes, got no such file; run `make repro` first")


def model_data(model: Shown, found: Learned, train: Dataset) -> dict[str, Any]:
    """Return a network: its exact last weights, rounded changes at the kept epochs, its start and its curves."""
    start = initial_weights(model.params, train.pixels, len(train.classes))
    sizes = [array.size for array in start.values()]
    changes = [rounded_changes(flat(start), row, sizes) for row in found.kept[:-1]]
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


def digits_data(models: list[Shown], found: list[Learned], test: Dataset) -> dict[str, Any]:
    """Return the 200 digits, with their rows in the test set, and how many of them are there for which reason."""
    guesses = [
        outputs(network(model, history.kept[-1], test), test).argmax(axis=1)
        for model, history in zip(models[:2], found[:2], strict=True)
    ]
    only_first, only_second, none, others = chosen_rows(test.labels, *(guess == test.labels for guess in guesses))
    rows = np.sort(np.concatenate([only_first, only_second, none, others]))
    groups = {
        "disagree": int(np.sum(guesses[0][rows] != guesses[1][rows])),
        "onlyFirst": len(only_first), "onlySecond": len(only_second), "none": len(none),
    }  # fmt: skip
    return {**dataset_data(test.take(rows)), "rows": rows.tolist(), "groups": groups}


def network(model: Shown, row: Floats, images: Dataset) -> Engine:
    """Return a network for such images, whose parameters are one row of ``Learned.kept``."""
    start = initial_weights(model.params, images.pixels, len(images.classes))
    parts = np.split(row, np.cumsum([array.size for array in start.values()])[:-1])
    pairs = zip(start.items(), parts, strict=True)
    return ENGINES[model.engine]({name: part.reshape(array.shape) for (name, array), part in pairs}, model.params)


def chosen_rows(labels: Labels, left: Right, right: Right) -> tuple[Rows, Rows, Rows, Rows]:
    """Return 200 row numbers: the first that only the left, only the right, no model gets right, and others.

    The others are the first of each digit that both get right, as many of each, and the first ones of those left.

    Args:
        labels: digits, (n,).
        left: whether the first model is right, (n,).
        right: whether the second model is right, (n,).
    """
    only_left = np.flatnonzero(left & ~right)[: ONE_RIGHT[0]]
    only_right = np.flatnonzero(right & ~left)[: ONE_RIGHT[1]]
    none = np.flatnonzero(~left & ~right)[:NONE_RIGHT]
    wanted = DIGITS - len(only_left) - len(only_right) - len(none)
    both = np.flatnonzero(left & right)
    classes = np.unique(labels)
    each = np.concatenate([both[labels[both] == label][: wanted // len(classes)] for label in classes])
    more = np.setdiff1d(both, each)[: wanted - len(each)]
    return only_left, only_right, none, np.concatenate([each, more])


def proof(train: Dataset, params: TrainParams) -> dict[str, Any]:
    """Return the bits of a short training, as both engines find them.

    Raises:
        InputError: the engines differ.
    """
    found = {engine: bits(engine, train, params) for engine in ("custom", "torch")}
    if found["custom"] != found["torch"]:
        raise InputError(
            f"expected the same bits from both engines after {EPOCHS} epochs, got {found['custom'].final[:9]} and "
            f"{found['torch'].final[:9]}; run `make test`"
        )
    settings = {
        "hidden": params.hidden_sizes[0], "initial": params.weight_init, "initSeed": params.init_seed,
        "initStd": params.init_std, "shuffleSeed": params.shuffle_seed, "batch": params.batch_size,
        "lr": params.lr, "reduction": params.loss_reduction, "exact": True,
    }  # fmt: skip
    return {"settings": settings, "epochs": EPOCHS, "final": found["custom"].final, "steps": found["custom"].steps}
