"""Runs on several machines: joblib's Dask backend, with one message for each way in which a cluster can fail."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Any

import joblib
from distributed import Client, KilledWorker
from joblib._dask import DaskDistributedBackend

from mnist_mlp.harness.errors import InputError

PATIENCE = 10
"""Seconds to wait for a scheduler to answer and for its first worker."""
KEPT = "finished runs are kept; start the study again when the cluster works"


@contextmanager
def cluster(scheduler: str) -> Iterator[int]:
    """Let joblib use the workers of the Dask scheduler at this address, tcp://host:port; yield how many.

    Raises:
        InputError: scheduler or workers do not answer, lack the code, or were lost before the last run.
    """
    with connect(scheduler) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            with joblib.parallel_config(backend=ClusterBackend(client=client)):
                yield sum(client.nthreads().values())
        except TimeoutError:
            raise InputError(
                f"no worker at the Dask scheduler {scheduler} within {PATIENCE} s; start some in copies of this "
                f"repository: python -m studies.worker {scheduler}"
            ) from None
        except RuntimeError as error:
            if "deserialization" not in str(error):
                raise
            raise InputError(
                f"the Dask scheduler {scheduler} cannot read the runs: it needs this code as well; "
                "start it at the root of a clone: python -m dask scheduler"
            ) from None
        except CancelledError:
            raise InputError(f"the Dask scheduler {scheduler} was lost; {KEPT}") from None
        except KilledWorker:
            raise InputError(f"every worker that tried one of the runs was killed; {KEPT}") from None


def connect(scheduler: str) -> Client:
    """Return a connection to a Dask scheduler.

    Raises:
        InputError: no scheduler answers at this address.
    """
    for name in ("distributed", "distributed.client"):  # its tracebacks would hide the one message
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except Exception as error:  # any: a server that is not a scheduler can answer anything
        raise InputError(
            f"studies/params.yaml: runs.scheduler: expected a Dask scheduler at {scheduler}, got {error}; "
            "start one (python -m dask scheduler), or set runs.backend: loky"
        ) from None


class ClusterBackend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """joblib's backend for Dask, with workarounds for two problems of joblib 1.6.0.

    joblib waits for ever if Dask gives up a run because every worker that tried it was killed. And if a cluster
    has a single worker, joblib ignores it and does all runs in this process.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return the number of parallel runs for joblib: at least two, so that it uses even a single worker."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(
        self, func: Callable[[], Any], callback: Callable[[object], None] | None = None
    ) -> "Future[object]":
        """Send a run to the cluster; call back with its result or its exception."""
        future: Future[object] = super().submit(func, callback)

        def report_failure(ended: "Future[object]") -> None:
            if callback is not None and (error := ended.exception()) is not None:
                callback(error)

        future.add_done_callback(report_failure)
        return future

    def retrieve_result_callback(self, out: object) -> object:
        """Return the result that joblib was called back with; raise it if it is an exception."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)
