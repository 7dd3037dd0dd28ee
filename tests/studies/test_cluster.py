"""Studies on a real cluster: a scheduler and two workers, processes that talk over TCP."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mnist_mlp.harness.errors import InputError
from studies.running import kept_runs, runs
from studies.running.runs import Run
from studies.study_params import RunsParams
from tests.studies.conftest import FAST
from tests.support.factory import ROOT, train_params

cluster = pytest.importorskip("studies.running.cluster", reason="the cluster extra is not installed")
pytestmark = pytest.mark.usefixtures("folder")

Process = subprocess.Popen[str]


def start(words: str, announced: str) -> Process:
    """Start a program and wait until it says that it is ready."""
    command, variables = [sys.executable, "-m", *words.split()], os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any(announced in line for line in process.stderr)
    return process


@pytest.fixture
def address() -> str:
    """An address at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def processes(address: str) -> Iterator[list[Process]]:
    """A scheduler and two workers."""
    port = address.rpartition(":")[2]
    processes = [start(f"dask scheduler --host 127.0.0.1 --port {port} --no-dashboard", "Scheduler at:")]
    # without the guard, which would start a killed worker again
    processes += [start(f"studies.worker {address} --nworkers=1 --no-nanny", "Registered to:") for _ in range(2)]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_a_cluster_gives_the_same_results_outlives_a_worker_and_is_missed(
    processes: list[Process], address: str
) -> None:
    version = runs.version(runs.DATA)
    trainings = {str(seed): Run("custom", train_params(**FAST, init_seed=seed), runs.DATA) for seed in range(8)}
    scheduler, worker, _ = processes
    found = {}
    for key, outcome in cluster.on_cluster([(key, run, version) for key, run in trainings.items()], address):
        worker.kill()  # with the first outcome
        found[key] = outcome
    assert found == {key: runs.train(run) for key, run in trainings.items()}

    long = Run("custom", train_params(**FAST | {"epochs": 1000}), runs.DATA)
    outcomes = cluster.on_cluster([("short", trainings["0"], version), ("long", long, version)], address)
    assert next(outcomes) == ("short", found["0"])
    scheduler.kill()
    with pytest.raises(InputError, match=f"scheduler {address} was lost; finished runs are kept"):
        next(outcomes)


def test_a_missing_scheduler_is_reported(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    run = Run("custom", train_params(**FAST), runs.DATA)
    with pytest.raises(InputError, match=rf"runs\.scheduler: expected a Dask scheduler at {address}.* start one"):
        kept_runs.try_runs([run], RunsParams(backend="dask", scheduler=address))
