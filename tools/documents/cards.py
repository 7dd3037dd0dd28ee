"""The figures of docs/models.md: one card for each model."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from scipy.stats import binomtest

from mnist_mlp.core.files import load_csv
from mnist_mlp.figures import CONFUSION
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import DATASET_ROWS, Params, TrainParams, load_params
from mnist_mlp.models import MODELS, PUBLISHED
from mnist_mlp.training.initialization import layer_shapes
from tools.documents.filling import fill, read_json

DATASETS = {"mnist": "MNIST", "fashion": "Fashion-MNIST", "digits": "scikit-learn's small digits"}
PIXELS = {"mnist": 784, "fashion": 784, "digits": 64}
CLASSES = 10
"""Of each of these data sets."""


class ClassRow(NamedTuple):
    """What a model does with the test images of one class."""

    name: str
    images: int
    recall: float
    low: float
    """Of the Wilson interval of the recall."""
    high: float
    precision: float
    mistaken_for: str
    """The class that most of its errors go to."""
    mistakes: int
    """How many go there."""


def model_cards() -> str:
    """Return docs/models.md.

    Raises:
        InputError: the data set is a folder.
    """
    params = load_params()
    pixels = pixels_of_an_image(params)
    figures = {
        "dataset": DATASETS[params.fetch_mnist.dataset],
        "rows": rows_of_each_part(params),
        "confidence": params.evaluate.confidence,
        "cards": [card(model.name, params, pixels) for model in MODELS],
    }
    return fill("models.md", figures)


def rows_of_each_part(params: Params) -> dict[str, int]:
    """Return the number of images in each part of the split, for sizes that are counts."""
    test, val = int(params.split.test_size), int(params.split.val_size)
    return {"train": DATASET_ROWS[params.fetch_mnist.dataset] - test - val, "val": val, "test": test}


def pixels_of_an_image(params: Params) -> int:
    """Return the number of pixels of an image.

    Raises:
        InputError: the data set is a folder, of which the documents say nothing.
    """
    name = params.fetch_mnist.dataset
    if name not in PIXELS:
        raise InputError(f"fetch_mnist.dataset: expected {', '.join(PIXELS)}, the data sets of docs/, got {name}")
    return PIXELS[name]


def card(model: str, params: Params, pixels: int) -> dict[str, Any]:
    """Return all figures of one model."""
    trained: TrainParams = getattr(params, f"train_{model}")
    shapes = layer_shapes(trained, pixels, CLASSES)
    measured = read_json("metrics/evaluate.json", "dvc repro")
    counts = load_csv(Path(f"plots/confusion_{model}.csv"), CONFUSION, CONFUSION[:2])
    classes = class_rows(counts, params.evaluate.confidence)
    seeds = read_json("studies/results/seeds.json", "dvc repro studies/dvc.yaml")["seeds"]
    return {
        "name": model,
        "training": trained,
        "sizes": "-".join(str(inputs) for _, inputs in shapes) + f"-{shapes[-1][0]}",
        "numbers": sum(outputs * inputs + outputs for outputs, inputs in shapes),
        "measured": read_json(f"metrics/train_{model}.json", "dvc repro")[model] | measured[model],
        "published": measured["published"][model] if model in PUBLISHED else None,
        "seeds": seeds.get(model),
        "classes": classes,
        "worst": min(classes, key=lambda one: one.recall),
        "best": max(classes, key=lambda one: one.recall),
    }


def class_rows(table: pd.DataFrame, confidence: float) -> list[ClassRow]:
    """Return recall with its Wilson interval, precision and the most frequent mistake of each class.

    Args:
        table: ``actual``, ``predicted`` and ``count``, a row for each pair of classes.
        confidence: level of the intervals.
    """
    names = list(dict.fromkeys(table["actual"].astype(str)))
    counts = table["count"].to_numpy().astype(int).reshape(len(names), len(names))
    rows = []
    for label, own in enumerate(counts):
        right, images = int(own[label]), int(own.sum())
        interval = binomtest(right, images).proportion_ci(confidence, method="wilson")
        wrong = own.copy()
        wrong[label] = 0
        other = int(wrong.argmax())
        rows.append(
            ClassRow(
                names[label], images, right / images, float(interval.low), float(interval.high),
                right / max(int(counts[:, label].sum()), 1), names[other], int(wrong[other]),
            )
        )  # fmt: skip
    return rows
