"""The figures, drawn with matplotlib: readable without colour, the same bytes each time.

To import this resets matplotlib to its own defaults: a ``matplotlibrc`` of the user's would change the bytes.
"""

from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset, Floats, Rows, noun
from mnist_mlp.core.files import write_atomically
from mnist_mlp.harness.errors import InputError
from mnist_mlp.models import BY_NAME

mpl.rcdefaults()

HISTORY = ("epoch", "train_loss", "val_loss", "train_accuracy", "val_accuracy")
"""Columns of plots/history_*.csv."""
CONFUSION = ("actual", "predicted", "count")
"""Columns of plots/confusion_*.csv; all but the last hold names."""
WIDEST = 3.0
"""How many times as wide as for ten classes a matrix is at most; beyond that, its text gets smaller."""


def save_figure(path: Path, figure: Figure, dpi: int) -> None:
    """Write a PNG without the name and version of the software in it."""
    write_atomically(path, lambda partial: figure.savefig(partial, dpi=dpi, metadata={"Software": None}))


def curves(histories: dict[str, pd.DataFrame]) -> Figure:
    """Draw loss and accuracy over the epochs, all models and both splits on shared axes."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, measure in ((left, "loss"), (right, "accuracy")):
        for place, (model, history) in enumerate(histories.items()):
            _, _, label, colour, marker = BY_NAME[model]
            every = max(1, len(history) // 10)
            for split, line in (("train", "-"), ("val", "--")):
                # wider lines for the first model, shifted markers for each: all are visible if they coincide
                axes.plot(
                    history["epoch"], history[f"{split}_{measure}"], line, color=colour, marker=marker,
                    markevery=(place * every // len(histories), every), markersize=4,
                    linewidth=1.2 if place else 2.4, label=f"{label}, {split}",
                )  # fmt: skip
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
    left.set_yscale("log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_locator(NullLocator())
    left.set_ylabel("squared error per output (log scale)")
    right.set_ylabel("accuracy (share of images)")
    right.legend()
    return figure


def confusion(tables: dict[str, pd.DataFrame], classes: tuple[str, ...]) -> Figure:
    """Draw one matrix per model: rows the actual class, columns the predicted one, shaded by share of the row."""
    wider = min(max(1.0, len(classes) / 10), WIDEST)
    smaller = min(1.0, 10 * WIDEST / len(classes))
    figure = Figure(figsize=(5.5 * wider * len(tables), 5.4 * wider), layout="constrained")
    turned = any(len(name) > 2 for name in classes)
    for axes, (model, table) in zip(figure.subplots(1, len(tables)), tables.items(), strict=True):
        counts = _matrix(model, table, classes)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        # A root scale: on a linear one, 1 % of errors would look like none.
        image = axes.imshow(shares, cmap="Blues", norm=mpl.colors.PowerNorm(0.4, 0, 1))
        for (actual, predicted), count in np.ndenumerate(counts):
            colour = "white" if shares[actual, predicted] > 0.25 else "black"
            if count:
                axes.text(predicted, actual, count, ha="center", va="center", color=colour, fontsize=8 * smaller)
        axes.set(title=BY_NAME[model].label, xlabel=f"predicted {noun(classes)}", ylabel=f"actual {noun(classes)}")
        axes.set_xticks(range(len(classes)), classes, rotation=90 if turned else 0, fontsize=10 * smaller)
        axes.set_yticks(range(len(classes)), classes, fontsize=10 * smaller)
    figure.colorbar(image, ax=figure.axes, label=f"share of the actual {noun(classes)}'s images", shrink=0.8)
    return figure


def _matrix(model: str, table: pd.DataFrame, classes: tuple[str, ...]) -> NDArray[np.integer[Any]]:
    """Return the counts as (actual, predicted)."""
    counts = table["count"].to_numpy()
    in_order = list(zip(table["actual"], table["predicted"], strict=True)) == list(product(classes, repeat=2))
    if not in_order or not np.issubdtype(counts.dtype, np.integer) or counts.min() < 0:
        raise InputError(
            f"plots/confusion_{model}.csv: expected a count for each pair of classes, in order, got something "
            "else; run `dvc repro`"
        )
    return counts.reshape(len(classes), len(classes))


def disagreements(outputs: dict[str, Floats], test: Dataset, shown: int) -> Figure:
    """Draw test images that only one of the models gets right, largest margin first.

    Args:
        outputs: (n, classes) of each model, two or more, by name.
        test: images and true classes.
        shown: at most this many images per model.
    """
    columns = min(shown, 10)
    lines = -(-shown // columns)
    figure = Figure(figsize=(1.15 * columns, len(outputs) * (1.65 * lines + 0.35)), layout="constrained")
    for part, right in zip(figure.subfigures(len(outputs), 1, squeeze=False).ravel(), outputs, strict=True):
        wrong = [name for name in outputs if name != right]
        rows = one_sided(outputs[right], [outputs[name] for name in wrong], test)
        part.suptitle(f"only {right} is right: {len(rows)} of {len(test.labels)} test images", fontsize=11)
        cells = part.subplots(lines, columns, squeeze=False).ravel()
        for cell in cells:
            cell.set_axis_off()
        for cell, row in zip(cells, rows[:shown], strict=False):
            answers = "".join(f"\n{name}: {test.classes[outputs[name][row].argmax()]}" for name in wrong)
            cell.imshow(test.images[row], cmap="gray_r", vmin=0, vmax=255)
            cell.set_title(f"is {test.classes[test.labels[row]]}{answers}", fontsize=8)
    return figure


def one_sided(right: Floats, wrong: list[Floats], test: Dataset) -> Rows:
    """Return the rows that only the model of ``right`` gets right, largest margin first.

    The margin is the lead of the true class's output over the largest other one, in ``right``, plus the lead of
    the predicted class's output over the true one's, in the least certain of ``wrong``.
    """
    margins = margin(right, test) - np.max([margin(outputs, test) for outputs in wrong], axis=0)
    all_wrong = np.all([outputs.argmax(axis=1) != test.labels for outputs in wrong], axis=0)
    rows = np.flatnonzero((right.argmax(axis=1) == test.labels) & all_wrong)
    return rows[np.argsort(-margins[rows], kind="stable")]


def margin(outputs: Floats, test: Dataset) -> Floats:
    """Return, for each row, the output of the true class minus the largest other: above 0 if it is right."""
    true = np.arange(outputs.shape[1]) == test.labels[:, None]
    margins: Floats = outputs[true] - np.where(true, -np.inf, outputs).max(axis=1)
    return margins
