"""What the notebook's next steps are worth: a ladder from the published configurations, one change per rung.

Each rung keeps the changes of the rungs below it. Its learning rate is the candidate with the best accuracy on the
validation images. The reported test accuracy comes from other seeds than those that chose the learning rate.
"""

import operator
from itertools import accumulate, product
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import BY_NAME
from studies.common import data_set_of_command_line, mean_interval
from studies.running.kept_runs import run_table
from studies.running.runs import Run
from studies.study_params import NextStepsParams, load_study_params

VARIED = [
    "hidden_sizes", "activation", "output_activation", "loss", "loss_reduction", "weight_init",
    "optimizer", "momentum", "weight_decay", "lr", "init_seed",
]  # fmt: skip
RUNG = ["engine", "rung"]
Ladder = dict[str, TrainParams]


def main() -> None:
    """Do the runs on the data set of the command line; write studies/results/next_steps*.csv, .json and .png."""
    study, data_set = load_study_params().next_steps, data_set_of_command_line("next_steps")
    published = {"custom": load_params().train_custom, "torch": load_params().train_torch}
    ladders = {engine: climb(params, study) for engine, params in published.items()}
    candidates = run_candidates(ladders, study, data_set.splits)
    measured = run_chosen(ladders, choose(candidates), study, data_set.splits)
    table = pd.concat([candidates, measured])
    data_set.save("next_steps", table, summary(measured), figure(measured), load_params().plot.dpi)
    for engine, rungs in summary(measured).items():
        print(f"{engine}, per cent of test images\n{pd.DataFrame(rungs).T.to_string()}")


def climb(published: TrainParams, study: NextStepsParams) -> Ladder:
    """Return the parameters of each rung, with all changes up to it, but before its learning rate is chosen."""
    changes: dict[str, dict[str, Any]] = {
        "notebook": {},
        "learning_rate": {},
        "equal_reduction": {"loss_reduction": "batch_mean"},
        "relu_cross_entropy": {"activation": "relu", "output_activation": "softmax", "loss": "cross_entropy"},
        "momentum": {"momentum": study.momentum},
        "weight_decay": {"weight_decay": study.weight_decay},
        "adam": {"optimizer": "adam", "momentum": 0.0, "nesterov": False},
        "two_hidden_layers": {"hidden_sizes": study.hidden_sizes},
    }
    merged = accumulate(changes.values(), operator.or_)
    return {rung: published.model_copy(update=change) for rung, change in zip(changes, merged, strict=True)}


def run_candidates(ladders: dict[str, Ladder], study: NextStepsParams, splits: str) -> pd.DataFrame:
    """Run every rung except the published one with each of its learning rates and the seeds for choosing."""
    seeds = range(study.seeds, study.seeds + study.choosing_seeds)
    rates = study.learning_rates.model_dump()
    rungs = [(engine, rung, lr) for engine in ladders for rung in rates for lr in rates[rung]]
    return run_rungs(ladders, rungs, seeds, "learning rate", splits)


def choose(candidates: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return each rung's learning rate with the best mean accuracy on validation images; of equals, the least."""
    means = candidates.groupby([*RUNG, "lr"], sort=True)["val_accuracy"].mean()
    return {(str(engine), str(rung)): float(lr) for engine, rung, lr in means.groupby(RUNG).idxmax()}


def run_chosen(
    ladders: dict[str, Ladder], chosen: dict[tuple[str, str], float], study: NextStepsParams, splits: str
) -> pd.DataFrame:
    """Run every rung with its chosen learning rate (the first with the published one) and the reported seeds."""
    published = {(engine, rung): params.lr for engine in ladders for rung, params in ladders[engine].items()}
    rungs = [(*rung, chosen.get(rung, lr)) for rung, lr in published.items()]
    return run_rungs(ladders, rungs, range(study.seeds), "accuracy", splits)


def run_rungs(
    ladders: dict[str, Ladder], rungs: list[tuple[str, str, float]], seeds: range, purpose: str, splits: str
) -> pd.DataFrame:
    """Return one row per run: rung, purpose of the run, parameters that differ between rungs, and accuracies."""
    cases = list(product(rungs, seeds))
    runs = [
        Run(engine, ladders[engine][rung].model_copy(update={"lr": lr, "init_seed": seed}), splits)
        for (engine, rung, lr), seed in cases
    ]
    table = run_table(runs, VARIED)
    table["hidden_sizes"] = [" ".join(map(str, sizes)) for sizes in table["hidden_sizes"]]
    table.insert(1, "rung", [rung for (_, rung, _), _ in cases])
    table.insert(2, "chooses", purpose)
    return table


def summary(measured: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Return each rung's test accuracy and its change from the rung below, in per cent, with 95 % intervals.

    The change is the mean over seeds of the difference between the two rungs with the same seed.
    """
    result: dict[str, dict[str, dict[str, float]]] = {}
    for engine, rows in measured.groupby("engine", sort=False):
        below = None
        result[str(engine)] = {}
        for rung, row in rows.groupby("rung", sort=False):
            accuracy = 100 * row.set_index("init_seed")["test_accuracy"]
            numbers = {"lr": float(row["lr"].iloc[0])} | interval(accuracy, "mean")
            if below is not None:
                numbers |= interval(accuracy - below, "change")
            result[str(engine)][str(rung)] = numbers
            below = accuracy
    return result


def interval(values: "pd.Series[float]", name: str) -> dict[str, float]:
    """Return, to four decimals, the mean as ``name`` and its interval as ``name_low`` and ``name_high``."""
    mean, low, high = (round(number, 4) for number in mean_interval(values))
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def figure(measured: pd.DataFrame) -> Figure:
    """Draw the test accuracy of each rung: one small mark per seed, and beside them the mean with its interval."""
    drawing = Figure(figsize=(10, 4.2), layout="constrained")
    axes = drawing.subplots()
    for engine, shift in (("custom", -0.12), ("torch", 0.12)):
        _, _, _, colour, marker = BY_NAME[engine]
        rows = measured[measured["engine"] == engine]
        for place, (_, row) in enumerate(rows.groupby("rung", sort=False)):
            accuracy = 100 * row["test_accuracy"]
            mean, low, _ = mean_interval(accuracy)
            axes.plot([place + 2 * shift] * len(row), accuracy, marker, color=colour, alpha=0.4, markersize=3)
            axes.errorbar(
                place + shift, mean, mean - low, color=colour, marker=marker, capsize=4,
                label=f"{engine}, mean and 95 % interval" if place == 0 else None,
            )  # fmt: skip
    names = [str(rung).replace("_", "\n") for rung in measured["rung"].unique()]
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="test accuracy (per cent)", xlabel="changed at this rung, all before it kept")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(loc="lower right")
    return drawing


if __name__ == "__main__":
    run_stage(main, own_arguments=True)
