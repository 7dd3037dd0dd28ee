"""Studies on a real cluster: a scheduler and two workers, processes that talk over TCP."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.support.processes import Process, communicate, kill, stop, wait_for_line
from tests.support.study_folder import TOTAL, StudyFolder

pytest.importorskip("distributed", reason="the cluster extra is not installed")


class Cluster:
    """One scheduler, and workers of one process each."""

    def __init__(self, folder: StudyFolder, workers: int, **variables: str) -> None:
        self.folder = folder
        port = str(free_port())
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = folder.start(
            "dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", **variables
        )
        # without its guard, which would start a killed worker again
        self.workers = [
            folder.start("studies.worker", self.address, "--nworkers=1", "--no-nanny") for _ in range(workers)
        ]

    def __enter__(self) -> Self:
        wait_for_line(self.scheduler, "Scheduler at:")
        for worker in self.workers:
            wait_for_line(worker, "Registered to:")
        self.folder.forget()
        self.folder.use("dask", self.address)
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.use("loky")
        for process in (*self.workers, self.scheduler):
            stop(process)


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cluster(folder: StudyFolder) -> Iterator[Cluster]:
    """A cluster of this test alone, and no run finished."""
    with Cluster(folder, workers=2) as cluster:
        yield cluster


def failure(study: Process) -> str:
    """Wait for the study to fail with one message, and return that."""
    _, errors = communicate(study)
    return message_of(study.returncode, errors)


def refusal(folder: StudyFolder, module: str, *arguments: str) -> str:
    """Run what fails with one message, and return that."""
    done = folder.end_of(module, *arguments)
    return message_of(done.returncode, done.stderr)


def message_of(code: int, errors: str) -> str:
    assert code == 1, errors
    assert "Traceback" not in errors
    lines = [line for line in errors.splitlines() if "runs done" not in line]
    assert len(lines) == 1, errors
    return lines[0]


def test_killed_worker_loses_no_run_and_the_table_is_that_of_loky(folder: StudyFolder, cluster: Cluster) -> None:
    whole = folder.csv()
    study = folder.start_and_wait_for_runs()
    kill(cluster.workers[0])
    _, errors = communicate(study)
    assert study.returncode == 0, errors
    assert len(folder.kept()) == TOTAL
    assert folder.csv() == whole


@pytest.mark.slow
def test_lost_scheduler_is_reported_and_finished_runs_are_kept(folder: StudyFolder, cluster: Cluster) -> None:
    whole = folder.csv()
    study = folder.start_and_wait_for_runs()
    kill(cluster.scheduler)
    assert failure(study).startswith(
        f"error: the Dask scheduler {cluster.address} was lost; finished runs are kept"
    )
    finished = folder.kept()
    assert 2 <= len(finished) < TOTAL
    folder.use("loky")
    folder.run()
    assert folder.csv() == whole
    assert finished.items() <= folder.kept().items()


@pytest.mark.slow
def test_a_run_whose_workers_are_all_killed_ends_the_study(folder: StudyFolder) -> None:
    # the scheduler gives a run up with the first worker lost, not with the fourth
    with Cluster(folder, workers=1, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        study = folder.start_and_wait_for_runs()
        kill(cluster.workers[0])
        assert failure(study).startswith(
            "error: every worker that tried one of the runs was killed; finished runs"
        )
        assert len(folder.kept()) >= 2


@pytest.mark.slow
def test_scheduler_without_workers_is_reported(folder: StudyFolder) -> None:
    with Cluster(folder, workers=0) as cluster:
        message = refusal(folder, "tests.support.impatient")
    assert message.startswith(f"error: no worker at the Dask scheduler {cluster.address} within 3 s")


def test_scheduler_without_the_code_is_reported(folder: StudyFolder) -> None:
    with Cluster(folder, workers=1, PYTHONPATH="") as cluster:
        message = refusal(folder, "studies.seeds")
    assert message.startswith(f"error: the Dask scheduler {cluster.address} cannot read the runs")


@pytest.mark.slow
def test_missing_scheduler_is_reported_and_the_table_stays(folder: StudyFolder) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    folder.use("dask", address)
    folder.forget()
    before = folder.csv()
    message = refusal(folder, "tests.support.impatient")
    assert f"studies/params.yaml: runs.scheduler: expected a Dask scheduler at {address}" in message
    assert folder.csv() == before


def test_worker_without_data_reports_it(tmp_path: Path) -> None:
    message = refusal(StudyFolder(tmp_path), "studies.worker", "tcp://127.0.0.1:8786")
    assert message == "error: data/split/train/images.npy: no such file; `dvc repro` makes it"
