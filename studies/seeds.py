"""Are the published figures typical? Both published configurations with many seeds of the initial weights."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import BY_NAME
from studies.common import FIRST, DataSet
from studies.running.kept_runs import run_table
from studies.running.runs import DATA, Run
from studies.study_params import load_study_params


def main() -> None:
    """Do the runs; write studies/results/seeds.csv, seeds.json and seeds.png."""
    counts, evaluation = load_study_params().seeds, load_params().evaluate
    runs = with_seeds("torch", load_params().train_torch, range(counts.torch))
    runs += with_seeds("custom", load_params().train_custom, range(counts.custom))
    table = run_table(runs, ["init_seed"])
    published = {"custom": evaluation.published_custom, "torch": evaluation.published_torch}
    found, drawn = summary(table, published), figure(table, published)
    DataSet(FIRST, DATA).save("seeds", table, found, drawn, load_params().plot.dpi)
    print(pd.DataFrame(found).T.to_string())


def with_seeds(engine: str, params: TrainParams, seeds: range) -> list[Run]:
    """Return the same run with each seed of the initial weights."""
    return [Run(engine, params.model_copy(update={"init_seed": seed}), DATA) for seed in seeds]


def summary(table: pd.DataFrame, published: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return, for each engine, the distribution of the test accuracy and where the published accuracy lies in it.

    ``percentile`` is the share of seeds below the published accuracy, in per cent; equal ones count half.
    ``first_equal`` is the smallest seed whose accuracy equals it to the last digit, or -1.
    """
    result = {}
    for engine, accuracy in published.items():
        runs = table[table["engine"] == engine]
        scores = runs["test_accuracy"]
        equal = runs["init_seed"][np.isclose(scores, accuracy, rtol=0, atol=1e-9)]
        below = float((scores < accuracy - 1e-9).mean()) + float(len(equal) / len(runs)) / 2
        result[engine] = {
            "runs": len(runs),
            "mean": round(float(scores.mean()), 6),
            "std": round(float(scores.std()), 6),
            "min": float(scores.min()),
            "max": float(scores.max()),
            "published": accuracy,
            "percentile": round(100 * below, 2),
            "first_equal": int(equal.min()) if len(equal) else -1,
        }
    return result


def figure(table: pd.DataFrame, published: dict[str, float]) -> Figure:
    """Draw the distribution of each engine's test accuracies, with the published one as a line."""
    drawing = Figure(figsize=(10, 3.4), layout="constrained")
    for axes, (engine, accuracy) in zip(drawing.subplots(1, len(published)), published.items(), strict=True):
        scores = 100 * table["test_accuracy"][table["engine"] == engine]
        axes.hist(scores, bins=15, color=BY_NAME[engine].colour, alpha=0.8, label=f"{len(scores)} seeds")
        axes.axvline(100 * accuracy, color="black", linestyle="--", label=f"published: {accuracy:.2%}")
        axes.set(title=engine, xlabel="test accuracy (per cent)", ylabel="seeds")
        axes.margins(y=0.4)  # room for the legend above the bars
        axes.legend(loc="upper center", ncols=2)
    return drawing


if __name__ == "__main__":
    run_stage(main)
