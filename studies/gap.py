"""Where the gap comes from: all combinations of the three things in which the two published models differ.

Engine, initial weights and loss reduction form a full factorial design of eight cells. All cells are trained with
the same seeds; everything else is as in the notebook.
"""

from itertools import combinations, product

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mnist_mlp.core.arrays import Floats
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import BY_NAME
from studies.common import data_set_of_command_line, mean_interval
from studies.running.kept_runs import run_table
from studies.running.runs import Run
from studies.study_params import load_study_params

FACTORS = {
    "engine": ("torch", "custom"),
    "weight_init": ("uniform_fan_in", "normal"),
    "loss_reduction": ("mean", "batch_mean"),
}
"""For each factor, its level in the published PyTorch model, then in the published custom model."""


def main() -> None:
    """Do the runs on the data set of the command line; write studies/results/gap*.csv, .json and .png."""
    study, data_set = load_study_params().gap, data_set_of_command_line("gap")
    table = run_cells(load_params().train_custom, range(study.seeds), data_set.splits)
    summary = {"effects": effects(table), "cells": cells(table)}
    data_set.save("gap", table, summary, figure(table), load_params().plot.dpi)
    print(pd.DataFrame(effects(table)).T.to_string())


def run_cells(base: TrainParams, seeds: range, splits: str) -> pd.DataFrame:
    """Train all cells; return one row per run: the levels of the factors, the seed, and the accuracies."""
    runs = []
    for engine, start, reduction in product(*FACTORS.values()):
        cell = base.model_copy(update={"weight_init": start, "loss_reduction": reduction})
        runs += [Run(engine, cell.model_copy(update={"init_seed": seed}), splits) for seed in seeds]
    return run_table(runs, ["weight_init", "loss_reduction", "init_seed"])


def effects(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return main effects and interactions in points of test accuracy, with 95 % intervals.

    The effect of a factor is the mean of the four cells at the custom model's level minus the mean of the other
    four. For an interaction, the product of the levels' signs decides the side of a cell (Montgomery, Design and
    Analysis of Experiments, chapter 6). Every seed is in all cells, so each seed gives one estimate in which its
    luck cancels out; mean and t interval are over seeds.
    """
    names = list(FACTORS)
    signs = {name: np.where(table[name] == FACTORS[name][1], 1.0, -1.0) for name in names}
    subsets = [subset for size in (1, 2, 3) for subset in combinations(names, size)]
    return {
        " x ".join(subset): effect(table, np.prod([signs[name] for name in subset], axis=0)) for subset in subsets
    }


def effect(table: pd.DataFrame, signs: Floats) -> dict[str, float]:
    """Return one effect: its mean over seeds and the ends of its interval."""
    contrast = (100 * table["test_accuracy"] * signs / 4).groupby(table["init_seed"]).sum()
    mean, low, high = mean_interval(contrast)
    return {"points": round(mean, 4), "low": round(low, 4), "high": round(high, 4)}


def cells(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return mean and standard deviation of the test accuracy in each cell."""
    grouped = table.groupby(list(FACTORS), sort=False)["test_accuracy"]
    return {
        ", ".join(map(str, levels)): {"mean": round(float(scores.mean()), 6), "std": round(float(scores.std()), 6)}
        for levels, scores in grouped
    }


def figure(table: pd.DataFrame) -> Figure:
    """Draw every run: one line per combination of reduction and initial weights, one kind of marker per engine."""
    drawing = Figure(figsize=(10, 3.6), layout="constrained")
    axes = drawing.subplots()
    lines = list(product(FACTORS["loss_reduction"], FACTORS["weight_init"]))
    for engine, shift in (("custom", 0.15), ("torch", -0.15)):
        _, _, _, colour, marker = BY_NAME[engine]
        for height, (reduction, start) in enumerate(lines):
            wanted = {"engine": engine, "weight_init": start, "loss_reduction": reduction}
            chosen = table[(table[list(wanted)] == wanted).all(axis=1)]
            label = engine if height == 0 else None
            heights = np.full(len(chosen), height + shift)
            axes.plot(100 * chosen["test_accuracy"], heights, marker, color=colour, alpha=0.6, label=label)
    axes.set_yticks(range(len(lines)), [f"{reduction}\n{start}" for reduction, start in lines])
    axes.set(xlabel="test accuracy (per cent), one marker a seed", ylabel="reduction, initial weights")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="center")
    return drawing


if __name__ == "__main__":
    run_stage(main, own_arguments=True)
