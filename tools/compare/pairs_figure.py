"""The picture of a comparison: every pair, both distributions, the differences with their mean and interval."""

import io
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tools.compare.answers import Answer
from tools.compare.paired import MEANINGFUL

COLOURS = {"A": "#0072b2", "B": "#d55e00"}
INK = "#1a1a1a"
DARK = {COLOURS["A"]: "#56b4e9", COLOURS["B"]: "#e69f00", INK: "#e4e4e4"}
"""What replaces each of these colours on a dark page; A and B are of Okabe and Ito's palette as well."""
TEXT_AND_LINES = (
    "text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color",
)  # fmt: skip
ROW = 3.2
"""Inches."""


def draw(table: pd.DataFrame, titles: list[str], found: list[Answer]) -> Figure:
    """Draw one row for each comparison: accuracies of both sides, differences, how often B wins.

    Args:
        table: the pairs, of ``matches.train_pairs``.
        titles: what each comparison is called.
        found: the answer to each.
    """
    colours: dict[Any, Any] = dict.fromkeys(TEXT_AND_LINES, INK)
    with mpl.rc_context(colours | {"axes.facecolor": "none"}):
        figure = Figure(figsize=(10, ROW * len(titles)), layout="constrained", facecolor="none")
        rows = figure.subplots(len(titles), 3, squeeze=False, width_ratios=(1, 1.3, 0.7))
        for (left, middle, right), (_, pairs), title, answer in zip(
            rows, table.groupby("match"), titles, found, strict=True
        ):
            sides(left, pairs, title)
            differences(middle, pairs, answer)
            probability(right, answer)
    arrange(figure)
    return figure


def arrange(figure: Figure) -> None:
    """Arrange a figure once, and not again with each file that is written of it."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    figure.set_layout_engine("none")


def sides(axes: Axes, pairs: pd.DataFrame, title: str) -> None:
    """Draw the accuracies of A and B, each pair joined by a line, with the mean of each side."""
    both = pairs[["a", "b"]].to_numpy().T
    axes.plot([0, 1], both, color="grey", linewidth=0.8, alpha=0.6)
    for place, (name, column) in enumerate((("A", "a"), ("B", "b"))):
        axes.plot(np.full(len(pairs), place), pairs[column], "o", color=COLOURS[name], alpha=0.7, markersize=5)
        axes.plot(place + (0.14 if place else -0.14), pairs[column].mean(), "D", color=COLOURS[name], markersize=8)
    axes.set_xticks([0, 1], ["A", "B"])
    axes.set_xlim(-0.4, 1.4)
    axes.set_title(f"{title}: each line is one seed", fontsize=10)
    axes.set_ylabel("accuracy (per cent)")
    axes.grid(axis="y", alpha=0.3)


def differences(axes: Axes, pairs: pd.DataFrame, answer: Answer) -> None:
    """Draw the differences, stacked where they are equal, and below them their mean with its interval."""
    values = pairs["difference"].dropna().sort_values()
    heights = values.groupby(values).cumcount() + 1
    axes.axvline(0, color="grey", linestyle="--")
    axes.plot(values, heights, "o", color=COLOURS["B"], alpha=0.7, label="one seed pair")
    if np.isfinite(answer.low):
        ends = [[answer.mean - answer.low], [answer.high - answer.mean]]
        axes.errorbar(
            answer.mean, 0, xerr=np.maximum(ends, 0), fmt="D", color=COLOURS["B"], capsize=5, markersize=8,
            linewidth=2, label="mean and 95 % interval",
        )  # fmt: skip
    axes.set_ylim(-0.8, max(2.0, float(heights.max() if len(heights) else 1)) * 1.6)
    axes.set_yticks([])
    axes.set_xlabel("B - A (points)  \N{RIGHTWARDS ARROW} B better")
    axes.set_title("dashed: no difference", fontsize=10)
    axes.legend(loc="upper center", ncols=2, fontsize=8, framealpha=0, labelcolor="linecolor")


def probability(axes: Axes, answer: Answer) -> None:
    """Draw the probability that B beats A with its interval, and the threshold from which it is meaningful."""
    chance, low, high = answer.probability
    axes.axhline(0.5, color="grey", linestyle="--")
    axes.axhline(MEANINGFUL, color="grey", linestyle=":")
    axes.text(-0.95, MEANINGFUL + 0.01, f"{MEANINGFUL}: meaningful", fontsize=8)
    axes.text(-0.95, 0.51, "0.5: a coin", fontsize=8)
    ends = [[chance - low], [high - chance]]
    axes.errorbar(0.3, chance, yerr=ends, fmt="D", color=COLOURS["B"], capsize=5, markersize=8, linewidth=2)
    axes.set(xlim=(-1, 1), ylim=(-0.03, 1.03), xticks=[])
    axes.set_title("probability that B wins", fontsize=10)


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG, the same bytes each time."""
    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "compare"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()


def darkened(light: bytes) -> bytes:
    """Return the SVG for a dark page."""
    for colour, other in DARK.items():
        light = light.replace(colour.encode(), other.encode())
    return light
