"""Are the engines equal? Each trains both committed configurations and each rung of next_steps: the same bits?"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from mnist_mlp.core.arrays import Floats, Weights
from mnist_mlp.core.files import save_csv
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.training.loop import outputs
from studies.next_steps import climb
from studies.running.kept_runs import this_machine
from studies.running.runs import DATA, Run, load_splits, trained
from studies.study_params import load_study_params


def main() -> None:
    """Do the runs; write studies/results/parity.csv."""
    cases = [(name, engine, params) for name, params in configurations().items() for engine in ENGINES]
    with this_machine():
        rows = joblib.Parallel(n_jobs=-1, batch_size=1)(joblib.delayed(train)(*case) for case in cases)
    save_csv(Path("studies/results/parity.csv"), rows)
    print(pd.DataFrame(rows).to_string(index=False))


def configurations() -> dict[str, TrainParams]:
    """Return the committed parameters, then those of each rung of next_steps at its chosen rate, by name."""
    committed = {"train_custom": load_params().train_custom, "train_torch": load_params().train_torch}
    chosen = json.loads(Path("studies/results/next_steps.json").read_text(encoding="utf-8"))["next_steps"]
    study = load_study_params().next_steps
    rungs = {
        f"{name} {rung}": params.model_copy(update={"lr": chosen[name.removeprefix("train_")][rung]["lr"]})
        for name, published in committed.items()
        for rung, params in climb(published, study).items()
        if rung != "notebook"  # as committed
    }
    return committed | rungs


def train(name: str, engine: str, params: TrainParams) -> dict[str, object]:
    """Train an engine; return the number of test images that it gets right, and the hash of its weights."""
    network, test = trained(Run(engine, params, DATA)), load_splits(DATA)["test"]
    right = int((outputs(network, test).argmax(axis=1) == test.labels).sum())
    weights = weights_sha256(network.weights())
    return {"configuration": name, "engine": engine, "right": right, "weights_sha256": weights}


def weights_sha256(weights: Weights) -> str:
    """Return the SHA-256 of all weights: by layer, weight before bias."""
    kinds = ("weight", "bias")
    return sha256(weights[f"layers.{i}.{kind}"] for i in range(len(weights) // 2) for kind in kinds)


def sha256(arrays: Iterable[Floats]) -> str:
    """Return the SHA-256 of numbers: array by array, each row by row, as little-endian numbers."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    run_stage(main)
