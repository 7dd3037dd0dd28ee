"""Many trainings: each done once, in parallel, and kept, so that an interrupted study goes on where it was.

A finished run is a small JSON file in ``studies/.runs``, named by a hash of all that its result follows from:
engine, parameters, data and source code. Asking again for the same run reads that file.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from numpy.random import RandomState
from tqdm import tqdm

import mnist_mlp
from mnist_mlp.arrays import Dataset, Weights
from mnist_mlp.files import load_dataset, save_json
from mnist_mlp.initialization import initial_weights
from mnist_mlp.network.mlp import MLP
from mnist_mlp.params import TrainParams
from mnist_mlp.scores import accuracy
from mnist_mlp.torch_network import TorchMLP
from mnist_mlp.training import Engine, outputs, train_epoch

KEPT = Path("studies/.runs")
DATA = Path("data/split")
SOURCE = Path(mnist_mlp.__file__).parent
NUMERICS = (
    "arithmetic",
    "arrays",
    "batches",
    "initialization",
    "network/*",
    "scores",
    "torch_network",
    "training",
)
"""Modules whose source a result follows from; an edit to one of them makes all runs new."""
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Run:
    """One training: an engine, ``custom`` or ``torch``, and all its parameters."""

    engine: str
    params: TrainParams


@dataclass(frozen=True)
class Result:
    """What a run came to after its last epoch: shares of images in [0, 1], rounded to six decimals."""

    val_accuracy: float
    test_accuracy: float


def do_runs(runs: list[Run], jobs: int = -1) -> list[Result]:
    """Return the result of each run, in order; do those that are not kept yet.

    Args:
        runs: what to train. Equal ones are done once.
        jobs: processes at a time; -1 for one a core. The results do not depend on it.

    Raises:
        InputError: the data are not there, or a training diverged. What is finished is kept.
    """
    version = f"{data_version()} {code_version()}"
    keys = [run_key(run, version) for run in runs]
    waiting = {key: run for key, run in zip(keys, runs, strict=True) if not kept_file(key).exists()}
    with tqdm(
        total=len(runs), initial=len(runs) - len(waiting), unit="run", disable=not sys.stderr.isatty()
    ) as bar:
        for key, result in work(waiting, jobs):
            save_json(kept_file(key), asdict(result))
            bar.update()
    return [Result(**json.loads(kept_file(key).read_text(encoding="utf-8"))) for key in keys]


def run_table(runs: list[Run], varied: list[str], jobs: int = -1) -> pd.DataFrame:
    """Do the runs; return a row for each: ``engine``, the parameters that are ``varied``, and the accuracies."""
    results = do_runs(runs, jobs)
    return pd.DataFrame(
        {"engine": run.engine, **{name: getattr(run.params, name) for name in varied}, **asdict(result)}
        for run, result in zip(runs, results, strict=True)
    )


def work(waiting: dict[str, Run], jobs: int) -> Iterator[tuple[str, Result]]:
    """Yield the key and the result of each run as soon as it is finished."""
    tasks = (joblib.delayed(do_run)(key, run) for key, run in waiting.items())
    with joblib.parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
        yield from joblib.Parallel(return_as="generator_unordered")(tasks)


def do_run(key: str, run: Run) -> tuple[str, Result]:
    """Train, and score the network of the last epoch."""
    splits = load_splits()
    params = run.params
    weights = initial_weights(params, splits["train"].images.shape[1])
    engine = build(run.engine, weights, params)
    stream = RandomState(params.shuffle_seed)
    with np.errstate(all="ignore"):  # as in mnist_mlp.training.fit: the loss of each batch is checked
        for epoch in range(1, params.epochs + 1):
            train_epoch(engine, splits["train"], params, stream, epoch)
        scores = {name: accuracy(outputs(engine, splits[name]), splits[name].labels) for name in ("val", "test")}
    return key, Result(round(scores["val"], 6), round(scores["test"], 6))


def build(engine: str, weights: Weights, params: TrainParams) -> Engine:
    """Return an engine by its name."""
    return MLP(weights, params) if engine == "custom" else TorchMLP(weights, params)


@cache
def load_splits() -> dict[str, Dataset]:
    """Open the data once a process.

    Raises:
        InputError: ``dvc repro`` has not made them yet.
    """
    return {name: load_dataset(DATA / name) for name in SPLITS}


def run_key(run: Run, version: str) -> str:
    """Return the name under which a run is kept: what its result follows from, hashed."""
    return hashlib.sha256(f"{run.engine} {run.params.model_dump_json()} {version}".encode()).hexdigest()[:32]


def kept_file(key: str) -> Path:
    """Return the file of a finished run."""
    return KEPT / f"{key}.json"


def data_version() -> str:
    """Return a hash of all images and labels."""
    digest = hashlib.sha256()
    for dataset in load_splits().values():
        digest.update(dataset.images.tobytes() + dataset.labels.tobytes())
    return digest.hexdigest()


def code_version() -> str:
    """Return a hash of the source that a result follows from."""
    files = sorted(path for name in NUMERICS for path in SOURCE.glob(f"{name}.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
