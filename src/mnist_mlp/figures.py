"""The figures, as matplotlib draws them: told apart without colour, the same bytes each time."""

from math import isqrt
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from mnist_mlp.arrays import CLASSES, Dataset, Floats, Rows
from mnist_mlp.errors import InputError
from mnist_mlp.files import write_atomically

MODELS = {"custom": ("#0072b2", "o"), "torch": ("#d55e00", "s")}
"""Colour (Okabe and Ito's palette, safe for colour-blind readers) and marker of each model."""
SPLITS = {"train": "-", "val": "--"}
"""Line style of each split."""

HISTORY = ("epoch", "train_loss", "val_loss", "train_accuracy", "val_accuracy")
"""Columns of plots/history_*.csv."""
CONFUSION = ("actual", "predicted", "count")
"""Columns of plots/confusion_*.csv."""

Histories = dict[str, pd.DataFrame]


def save_figure(path: Path, figure: Figure, dpi: int) -> None:
    """Write a PNG without the name and version of the software in it."""
    write_atomically(path, lambda partial: figure.savefig(partial, dpi=dpi, metadata={"Software": None}))


def curves(histories: Histories) -> Figure:
    """Draw loss and accuracy over the epochs, both models and both splits on shared axes."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, measure in ((left, "loss"), (right, "accuracy")):
        for place, (model, history) in enumerate(histories.items()):
            for split in SPLITS:
                _curve(axes, model, split, place, history["epoch"], history[f"{split}_{measure}"])
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


def _curve(
    axes: Axes, model: str, split: str, place: int, epochs: "pd.Series[int]", values: "pd.Series[float]"
) -> None:
    colour, marker = MODELS[model]
    every = max(1, len(epochs) // 10)
    # the first model's lines are wider and their markers elsewhere, to be seen where the second's lie on them
    axes.plot(
        epochs, values, SPLITS[split], color=colour, marker=marker, markevery=(place * every // 2, every),
        markersize=4, linewidth=1.2 if place else 2.4, label=f"{model}, {split}",
    )  # fmt: skip


def confusion(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw a matrix a model: rows the actual digit, columns the predicted one, shaded by share of the row."""
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    for axes, (model, table) in zip(figure.subplots(1, len(tables)), tables.items(), strict=True):
        counts = _matrix(model, table)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        # A root scale: on a linear one, errors of 1 % could not be told from none.
        image = axes.imshow(shares, cmap="Blues", norm=mpl.colors.PowerNorm(0.4, 0, 1))
        for (actual, predicted), count in np.ndenumerate(counts):
            colour = "white" if shares[actual, predicted] > 0.25 else "black"
            text = str(count) if count else ""
            axes.text(predicted, actual, text, ha="center", va="center", color=colour, fontsize=8)
        axes.set(title=model, xlabel="predicted digit", ylabel="actual digit")
        axes.set(xticks=range(CLASSES), yticks=range(CLASSES))
    figure.colorbar(image, ax=figure.axes, label="share of the actual digit's images", shrink=0.8)
    return figure


def _matrix(model: str, table: pd.DataFrame) -> NDArray[np.integer[Any]]:
    """Return the counts as (actual, predicted)."""
    actual, predicted = np.divmod(np.arange(CLASSES**2), CLASSES)
    expected = pd.DataFrame({"actual": actual, "predicted": predicted})
    counts = table["count"].to_numpy()
    in_order = expected.equals(table[["actual", "predicted"]])
    if not in_order or not np.issubdtype(counts.dtype, np.integer) or counts.min() < 0:
        raise InputError(
            f"plots/confusion_{model}.csv: expected a count for each pair of digits, in order, got something "
            "else; run `dvc repro`"
        )
    return counts.reshape(CLASSES, CLASSES)


def disagreements(outputs: dict[str, Floats], test: Dataset, shown: int) -> Figure:
    """Draw test digits that one model gets right and the other wrong, largest margin first.

    Args:
        outputs: (n, classes) of each of the two models.
        test: images and true digits.
        shown: at most so many digits a row.

    Raises:
        InputError: the images are not square.
    """
    if isqrt(pixels := test.images.shape[1]) ** 2 != pixels:
        raise InputError(f"data/split/test/images.npy: expected square images, got {pixels} pixels each")
    columns = min(shown, 10)
    lines = -(-shown // columns)
    figure = Figure(figsize=(1.15 * columns, 2 * (1.65 * lines + 0.35)), layout="constrained")
    first, second = outputs
    halves = figure.subfigures(2, 1, squeeze=False).ravel()
    for half, (right, wrong) in zip(halves, ((first, second), (second, first)), strict=True):
        rows = one_sided(outputs[right], outputs[wrong], test)
        half.suptitle(f"only {right} is right: {len(rows)} of {len(test.labels)} test images", fontsize=11)
        cells = half.subplots(lines, columns, squeeze=False).ravel()
        for cell in cells:
            cell.set_axis_off()
        for cell, row in zip(cells, rows[:shown], strict=False):
            _draw_digit(cell, test, row, f"{wrong}: {outputs[wrong][row].argmax()}")
    return figure


def one_sided(right: Floats, wrong: Floats, test: Dataset) -> Rows:
    """Return the rows that ``right`` gets right and ``wrong`` wrong, largest margin first.

    The margin is that of the true digit's output over the largest other one, with ``right``, plus that of the
    predicted digit's output over the true one's, with ``wrong``: both models are sure, and one errs.
    """
    margins = margin(right, test) - margin(wrong, test)
    rows = np.flatnonzero((right.argmax(axis=1) == test.labels) & (wrong.argmax(axis=1) != test.labels))
    return rows[np.argsort(-margins[rows], kind="stable")]


def margin(outputs: Floats, test: Dataset) -> Floats:
    """Return, for each row, the output of the true digit less the largest other: above 0 where it is right."""
    everyone = np.arange(len(outputs))
    others = outputs.copy()
    others[everyone, test.labels] = -np.inf
    margins: Floats = outputs[everyone, test.labels] - others.max(axis=1)
    return margins


def _draw_digit(axes: Axes, test: Dataset, row: int, caption: str) -> None:
    side = isqrt(test.images.shape[1])
    axes.imshow(test.images[row].reshape(side, side), cmap="gray_r", vmin=0, vmax=255)
    axes.set_title(f"is {test.labels[row]}\n{caption}", fontsize=8)
