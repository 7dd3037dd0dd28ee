"""Are the engines equal? Each trains both committed configurations: do the weights have the same bits?"""

import hashlib
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from mnist_mlp.core.arrays import Floats, Weights
from mnist_mlp.core.files import save_csv
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import TrainParams, load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import outputs, train_epochs
from studies.running.runs import DATA, load_splits


def main() -> None:
    """Do the four runs; write studies/results/parity.csv."""
    configurations = {"train_custom": load_params().train_custom, "train_torch": load_params().train_torch}
    rows = [
        {"configuration": name, "engine": engine, **train(engine, configurations[name])}
        for name, engine in product(configurations, ENGINES)
    ]
    save_csv(Path("studies/results/parity.csv"), rows)
    print(pd.DataFrame(rows).to_string(index=False))


def train(engine: str, params: TrainParams) -> dict[str, object]:
    """Train an engine; return the number of test images that it gets right, and the hash of its weights."""
    splits = load_splits(DATA)
    train = splits["train"]
    network = ENGINES[engine](initial_weights(params, train.pixels, len(train.classes)), params)
    for _ in train_epochs(network, train, params):
        pass
    right = outputs(network, splits["test"]).argmax(axis=1) == splits["test"].labels
    return {"right": int(right.sum()), "weights_sha256": weights_sha256(network.weights())}


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
