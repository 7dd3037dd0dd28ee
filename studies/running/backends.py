"""Where runs are done: on this machine's cores (loky) or a cluster's workers (dask), both through joblib."""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from mnist_mlp.harness.errors import InputError
from studies.running.runs import Diverged, DivergedError, Result, Run, check_version, train
from studies.running.runs_progress import RunsProgress
from studies.study_params import RunsParams


def finished_runs(
    waiting: dict[str, Run],
    versions: dict[str, str],
    where: RunsParams,
    progress: RunsProgress,
    attempt: bool = False,
) -> Iterator[tuple[str, Result | Diverged]]:
    """Yield the key and the result of each run as soon as it is finished.

    Args:
        waiting: the runs, by their keys.
        versions: for each folder of splits, the data, code and libraries that each process must have.
        where: the processes or the cluster that train.
        progress: shown meanwhile.
        attempt: whether a training that diverged is a result like others.

    Raises:
        InputError: a training diverged (but for ``attempt``), a worker process was killed, or the cluster cannot
            be used.
    """
    tasks = (joblib.delayed(do_run)(key, run, versions[run.data], attempt) for key, run in waiting.items())
    with processors(where) as slots, progress:
        progress.start(slots)
        # a cluster gets all runs at once, for workers that join later
        ahead = "all" if where.backend == "dask" else "2 * n_jobs"
        # batches of one: each result returns as soon as its run is finished, and is kept
        parallel = joblib.Parallel(n_jobs=-1, batch_size=1, pre_dispatch=ahead, return_as="generator_unordered")
        for result in parallel(tasks):
            yield result
            progress.finished()


def do_run(key: str, run: Run, version: str, attempt: bool = False) -> tuple[str, Result | Diverged]:
    """Train in the calling process; refuse if its data, code or libraries differ from the study's."""
    check_version(run.data, version)
    try:
        return key, train(run)
    except DivergedError as error:
        if not attempt:
            raise
        return key, Diverged(str(error))


def processors(where: RunsParams) -> AbstractContextManager[int]:
    """Return a context manager that selects the joblib backend; it yields the number of parallel runs.

    Raises:
        InputError: the backend is Dask, which is not installed.
    """
    if where.backend == "loky":
        return this_machine()
    try:
        from studies.running.cluster import cluster  # noqa: PLC0415  # Dask is an optional extra
    except ImportError as error:
        raise InputError(
            f"runs.backend: expected Dask to be installed, got: {error}; "
            "run pip install '.[cluster]', or set runs.backend: loky"
        ) from None
    return cluster(where.scheduler)


@contextmanager
def this_machine() -> Iterator[int]:
    """Let joblib use one process per core, with one BLAS thread each; yield how many.

    Raises:
        InputError: one of the processes was killed.
    """
    # Ctrl-C goes to every process; only the parent should report it, so workers ignore it, and the warnings of
    # joblib and loky about unfinished tasks and leftover resources are silenced
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    warnings.filterwarnings("ignore", r"\d+ tasks which were still being processed", UserWarning)
    deaf = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    try:
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1, **deaf):
            yield joblib.effective_n_jobs(-1)
    except TerminatedWorkerError:
        raise InputError(
            "a worker process was killed, perhaps because memory ran out; finished runs are kept; "
            "start the study again, if necessary with fewer processes: LOKY_MAX_CPU_COUNT=1"
        ) from None
