"""How much faster a study is with two processes, and what Dask costs: ``python -m benchmarks.parallel_runs``.

The same runs are done by one process, by two (loky), and by two workers of a local Dask cluster over TCP, in
turns. Processes are warm when the clock starts, so the ratios are those of a study that takes many minutes.
"""

import os
import time
from pathlib import Path
from statistics import median

import studies  # noqa: F401  # isort: skip  # one thread, before anything imports NumPy
from distributed import LocalCluster

from benchmarks.machine import describe
from mnist_mlp.core.files import save_json
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from studies.running.backends import finished_runs
from studies.running.runs import DATA, Run, version
from studies.running.runs_progress import RunsProgress
from studies.study_params import RunsParams

ROUNDS = 3
EPOCHS = 3
SEEDS = 8


def main() -> None:
    """Measure in turns; write parallel_runs.json: medians of the seconds and of the ratios within each round."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, protocol="tcp://", dashboard_address=None
    ) as cluster:
        here = RunsParams(backend="loky", scheduler=cluster.scheduler_address)
        there = here.model_copy(update={"backend": "dask"})
        contestants = {"one process": (here, 1), "loky": (here, 2), "dask": (there, 2)}
        for where, processes in contestants.values():
            seconds(where, processes, epochs=1)  # warms them up
        rounds = [{name: seconds(*who, EPOCHS) for name, who in contestants.items()} for _ in range(ROUNDS)]
    found = {
        "seconds": {name: round(median(times[name] for times in rounds), 2) for name in contestants},
        "speedup_of_two_processes": ratio(rounds, "one process", "loky"),
        "dask_against_loky": ratio(rounds, "dask", "loky"),
    }
    save_json(
        Path("benchmarks/parallel_runs.json"),
        {"runs": 2 * SEEDS, "rounds": ROUNDS, **found, "machine": describe()},
    )
    print(found)


def seconds(where: RunsParams, processes: int, epochs: int) -> float:
    """Do the runs; return the seconds that they took."""
    os.environ["LOKY_MAX_CPU_COUNT"] = str(processes)
    params = load_params()
    runs = {
        f"{engine} {seed}": Run(engine, section.model_copy(update={"epochs": epochs, "init_seed": seed}), DATA)
        for engine, section in (("torch", params.train_torch), ("custom", params.train_custom))
        for seed in range(SEEDS)
    }
    now, start = {DATA: version(DATA)}, time.perf_counter()
    for _ in finished_runs(runs, now, where, RunsProgress(len(runs), 0)):
        pass
    return time.perf_counter() - start


def ratio(rounds: list[dict[str, float]], name: str, other: str) -> dict[str, float]:
    """Return median, smallest and largest ratio of ``name`` to ``other``, each taken within one round."""
    ratios = [times[name] / times[other] for times in rounds]
    return {"median": round(median(ratios), 3), "min": round(min(ratios), 3), "max": round(max(ratios), 3)}


if __name__ == "__main__":
    run_stage(main)
