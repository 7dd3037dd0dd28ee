"""The walkthrough's figures: as wide as GitHub shows them, readable without colour, the same bytes each time."""

from collections.abc import Sequence
from io import BytesIO
from math import isqrt

import matplotlib as mpl
import numpy as np
from IPython.display import Image, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from mnist_mlp.core.arrays import Floats
from mnist_mlp.models import BY_NAME

mpl.rcdefaults()  # a matplotlibrc of the user's would change the bytes

WIDTH = 7.5
"""Width of a figure in inches; 825 pixels at ``DPI``."""
DPI = 110
_, _, _, COLOUR, MARKER = BY_NAME["custom"]


def show(figure: Figure, alt: str) -> None:
    """Display a figure with a text alternative, as a PNG without the version of the software that drew it."""
    png = BytesIO()
    figure.savefig(png, dpi=DPI, metadata={"Software": None})
    show_png(png.getvalue(), alt)


def show_png(png: bytes, alt: str) -> None:
    """Display a picture with a text alternative."""
    display(Image(png, alt=alt))


def digit(image: Floats, label: int) -> Figure:
    """Draw one scaled image (pixels,) with dark ink on light paper."""
    figure = Figure(figsize=(4.4, 3.2), layout="constrained")
    axes = figure.subplots()
    side = isqrt(len(image))
    drawn = _grey(axes, image.reshape(side, side), "gray_r", 1)
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)", title=f"label: {label}")
    figure.colorbar(drawn, ax=axes, label="scaled grey level (no unit)")
    return figure


def activations(hidden: Floats, outputs: Floats) -> Figure:
    """Draw the activations of both layers for one image: hidden (units,) and outputs (classes,)."""
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    for axes, values, name in ((left, hidden, "hidden unit"), (right, outputs, "output (digit)")):
        axes.bar(range(len(values)), values, color="0.75", edgecolor="black", linewidth=0.6)
        axes.set(xlabel=name, ylim=(0, 1))
        axes.grid(axis="y", alpha=0.3)
    left.set_ylabel("activation (no unit)")
    right.set_xticks(range(len(outputs)))
    return figure


def epoch(losses: Sequence[float], scored_every: int, accuracies: Sequence[float]) -> Figure:
    """Draw the loss of each batch and the accuracies: before the first step, then every ``scored_every`` steps."""
    figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(range(1, len(losses) + 1), losses, color=COLOUR, linewidth=0.9)
    left.set(xlabel="step (one batch each)", ylabel="loss of the batch (no unit)")
    steps = scored_every * np.arange(len(accuracies))
    right.plot(steps, 100 * np.asarray(accuracies), color=COLOUR, marker=MARKER, markersize=4)
    right.set(xlabel="step (one batch each)", ylabel="validation accuracy (per cent)", ylim=(0, 100))
    for axes in (left, right):
        axes.grid(alpha=0.3)
    return figure


def units(weights: Floats, captions: Sequence[str], label: str, columns: int = 10) -> Figure:
    """Draw each row of weights (units, pixels) as an image: black below 0, white above, the same scale for all."""
    side, gap, line = isqrt(weights.shape[1]), 4, 10  # in weights; each line holds a row of captions
    rows = -(-len(weights) // columns)
    # one image of all units: separate axes for each unit would take ten times as long to draw
    tiles = np.full((rows * columns, line + side, side + gap), np.nan)
    tiles[: len(weights), line:, :side] = weights.reshape(-1, side, side)
    sheet = np.block([list(tiles[start : start + columns]) for start in range(0, len(tiles), columns)])
    figure = Figure(figsize=(WIDTH, WIDTH * len(sheet) / sheet.shape[1] + 0.7), layout="constrained")
    axes = figure.subplots()
    # a few weights are far larger than the rest, which would all look grey on their scale
    drawn = _grey(axes, sheet, "gray", float(np.quantile(np.abs(weights), 0.99)))
    axes.set_axis_off()
    for unit, caption in enumerate(captions):
        row, column = divmod(unit, columns)
        place = column * (side + gap) + side / 2, row * (line + side) + line - 2
        axes.text(*place, caption, ha="center", fontsize=8)
    figure.colorbar(drawn, ax=axes, label=label, location="bottom", shrink=0.6, aspect=40, extend="both")
    return figure


def _grey(axes: Axes, values: Floats, colours: str, limit: float) -> AxesImage:
    return axes.imshow(values, cmap=colours, vmin=-limit, vmax=limit, interpolation="nearest")
