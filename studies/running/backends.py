"""Who does the runs: the cores of this machine (loky) or the workers of a cluster (dask). joblib drives both."""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from mnist_mlp.harness.errors import InputError
from studies.running.runs import Result, Run, check_version, train
from studies.running.runs_progress import RunsProgress
from studies.study_params import RunsParams


def finished_runs(
    waiting: dict[str, Run], version: str, where: RunsParams, progress: RunsProgress
) -> Iterator[tuple[str, Result]]:
    """Yield the key and the result of each run as soon as it is finished.

    Raises:
        InputError: a training diverged, a process that trained was killed, or the cluster cannot be used.
    """
    tasks = (joblib.delayed(do_run)(key, run, version) for key, run in waiting.items())
    with processors(where) as slots, progress:
        progress.start(slots)
        # a cluster is told of all runs at once, for workers that join later
        ahead = "all" if where.backend == "dask" else "2 * n_jobs"
        # each run comes back by itself, to be kept as soon as it is finished
        parallel = joblib.Parallel(n_jobs=-1, batch_size=1, pre_dispatch=ahead, return_as="generator_unordered")
        for result in parallel(tasks):
            yield result
            progress.finished()


def do_run(key: str, run: Run, version: str) -> tuple[str, Result]:
    """Train where this is called, if data, code and arithmetic there are those of the study."""
    check_version(version)
    return key, train(run)


def processors(where: RunsParams) -> AbstractContextManager[int]:
    """Return the context in which joblib uses who is asked for; what it gives is how many runs go on at a time.

    Raises:
        InputError: Dask is asked for and not installed.
    """
    if where.backend == "loky":
        return this_machine()
    try:
        from studies.running.cluster import cluster  # noqa: PLC0415  # Dask is an optional extra
    except ImportError as error:
        raise InputError(
            f"runs.backend: dask needs one more package ({error}): pip install '.[cluster]'"
        ) from None
    return cluster(where.scheduler)


@contextmanager
def this_machine() -> Iterator[int]:
    """Let joblib use one process a core, with one BLAS thread each; say how many.

    Raises:
        InputError: one of them was killed.
    """
    # Ctrl-C reaches every process of a terminal, and is this one's to answer: without a traceback of the others,
    # or a warning that runs were cut off or that what they shared had to be cleaned up
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    warnings.filterwarnings("ignore", r"\d+ tasks which were still being processed", UserWarning)
    deaf = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    try:
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1, **deaf):
            yield joblib.effective_n_jobs(-1)
    except TerminatedWorkerError:
        raise InputError(
            "a process that trained was killed, perhaps for want of memory; finished runs are kept: "
            "start the study again, with fewer processes if need be: LOKY_MAX_CPU_COUNT=1"
        ) from None
