"""``make bench``: all contestants, and both training stages beside those of an earlier commit, in turns.

``python -m benchmarks --rounds 1 --epochs 2`` is a quick look that writes the same files.
"""

import argparse
import os
import tempfile
from pathlib import Path

import stages  # noqa: F401  # isort: skip  # this copy's src first on the path
from benchmarks.contestants import CONTESTANTS
from benchmarks.many import measure_many
from benchmarks.processes import Measured, describe, measure_contestant
from benchmarks.results import (
    NOW,
    ONE,
    RATIOS,
    THEN,
    TWO,
    contestant_record,
    figure,
    ratio_record,
    text,
    throughput_record,
)
from benchmarks.training_stages import copy_of_commit, copy_of_working_tree, last_measured, measure_stages
from mnist_mlp.core.files import load_dataset, save_json, save_text
from mnist_mlp.figures import save_figure
from mnist_mlp.harness.run import run_program

OUTPUT = Path("benchmarks")
SPLITS = Path("data/split").absolute()


def main() -> None:
    """Measure; write results.json, and from it results.md and results.png."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contestant runs (default: 5)")
    parser.add_argument(
        "--epochs", type=int, default=6, help="epochs in a run, the first not counted (default: 6)"
    )
    parser.add_argument(
        "--before", metavar="COMMIT", default=last_measured(),
        help="whose training stages are run beside the present ones (default: that of results.json, %(default)s)",
    )  # fmt: skip
    options = parser.parse_args()
    load_dataset(SPLITS / "train")  # reports missing data now
    machine = describe()
    at_once = [
        {ONE: Measured(measure_many(1), 0), TWO: Measured(measure_many(2), 0)} for _ in range(options.rounds)
    ]
    if hasattr(os, "sched_setaffinity"):  # on Linux; those that are started inherit it
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        now, then = Path(folder, "now"), Path(folder, "then")
        copy_of_working_tree(now)
        copy_of_commit(options.before, then)
        copies = {NOW: now, THEN: then}
        rounds = [many | run_round(number, options.epochs, copies) for number, many in enumerate(at_once, 1)]
    results = {
        "machine": machine,
        "before": options.before,
        "contestants": [contestant_record(name, rounds) for name in CONTESTANTS],
        "trainings_per_minute": throughput_record(rounds),
        "ratios": [ratio_record(ratio, rounds) for ratio in RATIOS],
    }
    save_json(OUTPUT / "results.json", results)
    save_text(OUTPUT / "results.md", text(results))
    save_figure(OUTPUT / "results.png", figure(results), dpi=110)
    print(text(results))


def run_round(number: int, epochs: int, copies: dict[str, Path]) -> dict[str, Measured]:
    """Measure each contestant that is installed, and the training stages of each copy of the repository."""
    found = {}
    for name, contestant in CONTESTANTS.items():
        if contestant.is_installed():
            found[name] = measure_contestant(name, SPLITS, epochs)
            print(f"round {number}: {name}: {found[name].seconds:.3f} s", flush=True)
        elif number == 1:
            print(f"{name}: left out, {contestant.package} is not installed; pip install '.[bench]'", flush=True)
    for name, copy in copies.items():
        found[name] = measure_stages(copy)
        print(f"round {number}: {name}: {found[name].seconds:.1f} s", flush=True)
    return found


if __name__ == "__main__":
    run_program(main)
