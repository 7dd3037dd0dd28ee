"""Are the engines equal? Both train with the parameters of ``train_custom``, over all epochs, on all images."""

from pathlib import Path

import pandas as pd

from mnist_mlp.core.files import load_csv, save_csv, save_json
from mnist_mlp.engines import ENGINES
from mnist_mlp.figures import HISTORY, curves, save_figure
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import fit, outputs
from studies.running.runs import load_splits

HISTORIES = Path("studies/.runs")


def main() -> None:
    """Do both runs; write studies/results/parity.csv, parity.json and parity.png."""
    right = {engine: train(engine, load_params().train_custom) for engine in ENGINES}
    histories = {engine: load_csv(history_file(engine), HISTORY) for engine in ENGINES}
    apart = abs(histories["custom"] - histories["torch"]).max()
    metrics = {
        "custom_right": right["custom"],
        "torch_right": right["torch"],
        "images_apart": abs(right["custom"] - right["torch"]),
        "largest_loss_difference": round(float(apart[["train_loss", "val_loss"]].max()), 6),
        "largest_accuracy_difference": round(float(apart[["train_accuracy", "val_accuracy"]].max()), 6),
    }
    save_csv(
        Path("studies/results/parity.csv"),
        pd.concat([table.assign(engine=name) for name, table in histories.items()]),
    )
    save_json(Path("studies/results/parity.json"), {"parity": metrics})
    save_figure(Path("studies/results/parity.png"), curves(histories), load_params().plot.dpi)
    print(pd.Series(metrics).to_string())


def train(engine: str, params: TrainParams) -> int:
    """Train one engine and write its history; return how many test images it gets right."""
    splits = load_splits()
    network = ENGINES[engine](initial_weights(params, splits["train"].images.shape[1]), params)
    fit(network, splits["train"], splits["val"], params, history_file(engine))
    return int((outputs(network, splits["test"]).argmax(axis=1) == splits["test"].labels).sum())


def history_file(engine: str) -> Path:
    """Return the file for the history of an engine, beside the kept runs."""
    return HISTORIES / f"parity_{engine}.csv"


if __name__ == "__main__":
    run_stage(main)
