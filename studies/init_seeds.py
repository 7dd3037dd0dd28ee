"""How far the test accuracy depends on ``init_seed``, and whether the digits of the chosen one hold elsewhere.

``python -m studies.init_seeds spread custom 0 30`` trains with seeds 0 to 29, everything else as in params.yaml;
``python -m studies.init_seeds robust`` trains with the seeds in params.yaml in both precisions, with one and two
threads, and with the instruction sets of older and newer CPUs. Both write a table: studies/init_seeds_*.csv.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.random import RandomState

from mnist_mlp.files import load_dataset, save_csv
from mnist_mlp.initialization import initial_weights
from mnist_mlp.params import TrainParams, load_params
from mnist_mlp.scores import accuracy
from mnist_mlp.training import Engine, outputs, train_epoch

CORES = ("Haswell", "Zen", "SkylakeX", "Sandybridge", "Nehalem")
TORCH_SETS = ({"MKL_CBWR": "COMPATIBLE"}, {"MKL_CBWR": "AVX2"}, {"MKL_CBWR": "AUTO"})
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Run = dict[str, Any]


def main() -> None:
    """Run one of the two questions, or one run of them (as they do in processes of their own)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("robust")
    for name in ("spread", "one"):
        command = commands.add_parser(name)
        command.add_argument("model", choices=("custom", "torch"))
        command.add_argument("first", type=int)
        command.add_argument("last", nargs="?", default="float32")
    arguments = parser.parse_args()
    if arguments.command == "one":
        print(test_accuracy(arguments.model, arguments.first, arguments.last))
    elif arguments.command == "spread":
        seeds = range(arguments.first, int(arguments.last))
        runs = [{"model": arguments.model, "init_seed": seed} for seed in seeds]
        write(f"init_seeds_{arguments.model}", runs)
    else:
        write("init_seeds_robust", robust_runs())


def robust_runs() -> list[Run]:
    """Return the runs that must give the same digits, by model, precision, threads and instruction set."""
    params = load_params()
    custom, torch = params.train_custom.init_seed, params.train_torch.init_seed
    sets: list[tuple[str, int, dict[str, str]]] = [("custom", custom, {"OPENBLAS_CORETYPE": c}) for c in CORES]
    sets += [("torch", torch, one) for one in TORCH_SETS]
    return [
        {
            "model": model,
            "init_seed": seed,
            "dtype": dtype,
            "threads": threads,
            "setting": "=".join(*setting.items()),
        }
        for model, seed, setting in sets
        for dtype in ("float32", "float64")
        for threads in (1, 2)
    ]


def write(name: str, runs: list[Run]) -> None:
    """Do the runs, one a core at a time, and write them with their accuracies."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run_alone, runs))
    table = pd.DataFrame([run | {"test_accuracy": result} for run, result in zip(runs, results, strict=True)])
    save_csv(Path("studies") / f"{name}.csv", table)
    print(table.groupby("model")["test_accuracy"].agg(["count", "mean", "std", "min", "max"]).to_string())


def run_alone(run: Run) -> float:
    """Do one run in a process of its own: threads and instruction sets are fixed when NumPy is loaded."""
    environment = os.environ | dict.fromkeys(THREADS, str(run.get("threads", 1)))
    if "setting" in run:
        key, value = run["setting"].split("=")
        environment[key] = value
    words = [run["model"], str(run["init_seed"]), run.get("dtype", "float32")]
    command = [sys.executable, "-m", "studies.init_seeds", "one", *words]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
    print(*run.values(), done.stdout.strip(), flush=True)
    return float(done.stdout)


def test_accuracy(model: str, seed: int, dtype: str) -> float:
    """Train as the stage would, with another seed and precision; return the accuracy on the test images."""
    section = load_params().train_custom if model == "custom" else load_params().train_torch
    params = section.model_copy(update={"init_seed": seed, "dtype": dtype})
    train, test = (load_dataset(Path("data/split") / name) for name in ("train", "test"))
    engine = build(model, params, train.images.shape[1])
    stream = RandomState(params.shuffle_seed)
    for epoch in range(1, params.epochs + 1):
        train_epoch(engine, train, params, stream, epoch)
    return accuracy(outputs(engine, test), test.labels)


def build(model: str, params: TrainParams, pixels: int) -> Engine:
    """Return the engine with its initial weights; torch is imported only where it is used."""
    weights = initial_weights(params, pixels)
    if model == "custom":
        from mnist_mlp.network.mlp import MLP  # noqa: PLC0415

        return MLP(weights, params)
    import torch  # noqa: PLC0415

    from mnist_mlp.torch_network import TorchMLP  # noqa: PLC0415

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    return TorchMLP(weights, params)


if __name__ == "__main__":
    main()
