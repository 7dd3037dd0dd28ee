"""``python -m notebooks.sum_order``: in which order do NumPy and PyTorch add here? It draws sum_order.png.

A float32 sum reveals its order if a huge M and -M are among many ones: the ones that are added to M are lost, and
only those that join after -M has cancelled it are in the result. So the result tells how many terms were added up
before M met -M. (Xie et al., "Revealing floating-point accumulation orders in software/hardware implementations",
USENIX ATC 2025, arXiv:2411.00442.)
"""

import stages  # noqa: F401  # one thread; this copy's src first on the path

# isort: split
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.random import RandomState
from numpy.typing import NDArray
from torch import nn

from mnist_mlp.core.arrays import Floats
from mnist_mlp.exact import PIXELS, WEIGHTS, to_grid
from mnist_mlp.figures import save_figure
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_stage
from mnist_mlp.network.layers import Linear

HUGE = 2.0**40
"""M: in float32 it stays what it is when fewer than 2^16 ones are added."""
BATCH, TERMS, UNITS = 100, 784, 50
"""The shape of the first layer's product: libraries choose the order by it, too."""
OUTPUT = Path("sum_order.png")
DPI = 110

Sums = Callable[[Floats], Floats]
"""Adds up each row of terms: (n, terms) to (n,)."""
Depths = NDArray[np.int64]
"""For each term of a sum, the number of additions that it goes through."""


def main() -> None:
    """Probe both libraries with a row of the first product; draw the orders, and print what they lead to."""
    orders = {f"{name} on this machine": depths(layer_sums(name), TERMS) for name in ("NumPy", "PyTorch")}
    for name, found in orders.items():
        print(f"{name}: each term goes through {found.min()} to {found.max()} additions")
    stream = RandomState(0)
    row, weight = stream.uniform(-1, 1, (1, TERMS)), stream.uniform(-0.1, 0.1, TERMS)
    for grid, terms, weights in (
        ("float32 ", row.astype("float32"), weight.astype("float32")),
        ("on grids", to_grid(row, PIXELS), to_grid(weight, WEIGHTS)),
    ):
        sums = [float(layer_sums(name, weights)(terms)[0]) for name in ("NumPy", "PyTorch")]
        print(f"one sum, {grid}: NumPy {sums[0]:.16f}, PyTorch {sums[1]:.16f}")
    save_figure(OUTPUT, figure(orders), DPI)
    print(f"orders: {OUTPUT}")


def layer_sums(library: str, weights: Floats | None = None) -> Sums:
    """Return the sums of a library's linear layer, with these weights (terms,) or ones in float32."""
    weights = np.ones(TERMS, np.float32) if weights is None else weights
    weight, bias = np.tile(weights, (UNITS, 1)), np.zeros(UNITS, weights.dtype)
    ours, theirs = Linear(TERMS, UNITS), nn.Linear(TERMS, UNITS)
    ours.set(weight, bias)
    theirs.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)}, assign=True)

    def one(terms: Floats) -> float:
        batch = np.tile(terms, (BATCH, 1))
        if library == "NumPy":
            return float(ours.forward(batch)[0, 0])
        with torch.inference_mode():
            return float(theirs(torch.from_numpy(batch))[0, 0])

    return lambda rows: np.array([one(terms) for terms in rows])


def depths(sums: Sums, count: int) -> Depths:
    """Return the depth of each of ``count`` terms, fewer than 2^16, in the tree of additions of a sum.

    Raises:
        InputError: the sums keep more digits than float32 has, or add more than two numbers at once.
    """
    found = np.zeros(count, np.int64)
    waiting = [(np.arange(count), 0)]
    while waiting:
        (first, *others), depth = waiting.pop()
        sizes = below(sums, count, int(first), np.array(others)) if others else np.zeros(0, int)
        nodes = np.unique(sizes)[::-1]  # the additions that the first term goes through, the last one first
        if others and nodes[0] != len(others) + 1:
            raise InputError(
                f"expected float32 sums of two numbers at a time, got one of {nodes[0]} instead of "
                f"{len(others) + 1} terms; they cannot be drawn as a tree"
            )
        found[first] = depth + len(nodes)
        waiting += [(np.array(others)[sizes == size], depth + place) for place, size in enumerate(nodes, 1)]
    return found


def below(sums: Sums, count: int, first: int, others: Depths) -> Depths:
    """Return how many terms have been added up where the first one meets each of the others."""
    terms = np.ones((len(others), count), np.float32)
    terms[:, first] = HUGE
    terms[np.arange(len(others)), others] = -HUGE
    survivors: Depths = sums(terms).astype(int)
    return count - survivors


def figure(orders: dict[str, Depths]) -> Figure:
    """Draw the depth of each term, one panel for each order."""
    drawing = Figure(figsize=(7.5, 2.9), layout="constrained")
    panels = drawing.subplots(1, len(orders), sharey=True, squeeze=False)[0]
    for axes, (name, found) in zip(panels, orders.items(), strict=True):
        axes.plot(found, ".", markersize=2, color="black")
        axes.set(title=name, xlabel="term (one for each pixel)")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("additions that it\ngoes through")
    return drawing


if __name__ == "__main__":
    run_stage(main)
