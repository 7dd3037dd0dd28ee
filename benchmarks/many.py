"""Trainings as comparisons and studies do them, so many at once: ``python -m benchmarks.many PROCESSES``.

It prints the seconds of ``TRAININGS`` trainings, half of them of each engine. The processes are started before.
"""

import argparse
import os
import time

import stages  # noqa: F401  # isort: skip  # this copy's src first on the path
from benchmarks.training_stages import EPOCHS
from mnist_mlp.harness.params import load_params
from studies.running.kept_runs import do_runs
from studies.running.runs import DATA, Run, version
from studies.study_params import load_study_params

TRAININGS = 8


def main() -> None:
    """Train each engine as often as the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__, allow_abbrev=False)
    parser.add_argument("processes", type=int)
    processes = parser.parse_args().processes
    os.environ["LOKY_MAX_CPU_COUNT"] = str(processes)
    params, where, data = load_params(), load_study_params().runs, version(DATA)
    sections = [("torch", params.train_torch), ("custom", params.train_custom)]

    def train(seeds: int, epochs: int) -> None:
        runs = [
            Run(engine, section.model_copy(update={"init_seed": seed, "epochs": epochs}), DATA)
            for seed in range(seeds)
            for engine, section in sections
        ]
        list(do_runs([("", run, data) for run in runs], where))

    train(processes, epochs=1)  # each process imports the engines and reads the images
    start = time.perf_counter()
    train(TRAININGS // len(sections), EPOCHS)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
