"""Trainings as comparisons and studies do them, several at a time."""

import os
import time

from benchmarks.training_stages import EPOCHS
from mnist_mlp.harness.params import load_params
from studies.running.kept_runs import do_runs
from studies.running.runs import DATA, Run, version
from studies.study_params import load_study_params

TRAININGS = 8


def measure_many(processes: int) -> float:
    """Return the seconds of ``TRAININGS`` trainings, half of them of each engine, after the processes' start."""
    os.environ["LOKY_MAX_CPU_COUNT"] = str(processes)
    params, where, data = load_params(), load_study_params().runs, version(DATA)

    def train(seeds: int, epochs: int) -> float:
        changes = [{"init_seed": seed, "epochs": epochs} for seed in range(seeds)]
        runs = [Run("torch", params.train_torch.model_copy(update=one), DATA) for one in changes]
        runs += [Run("custom", params.train_custom.model_copy(update=one), DATA) for one in changes]
        start = time.perf_counter()
        list(do_runs([("", run, data) for run in runs], where))
        return time.perf_counter() - start

    train(processes, epochs=1)  # each process imports the engines and reads the images
    return train(TRAININGS // 2, EPOCHS)
