"""Runs on several machines: joblib's Dask backend, and one message for each way in which a cluster fails."""

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
"""Seconds until a scheduler that does not answer, or has no worker, is given up."""
KEPT = "finished runs are kept: start the study again when the cluster is well"


@contextmanager
def cluster(scheduler: str) -> Iterator[int]:
    """Let joblib use the workers of the Dask scheduler at this address, tcp://host:port; say how many there are.

    Raises:
        InputError: no scheduler or no worker is there, they lack the code, or they were lost on the way.
    """
    with connect(scheduler) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            with joblib.parallel_config(backend=ClusterBackend(client=client)):
                yield sum(client.nthreads().values())
        except TimeoutError:
            raise InputError(
                f"no worker at the Dask scheduler {scheduler} within {PATIENCE} s; start some, in copies of this "
                f"repository: python -m studies.worker {scheduler}"
            ) from None
        except RuntimeError as error:
            if "deserialization" not in str(error):
                raise
            raise InputError(
                f"the Dask scheduler {scheduler} cannot read the runs: it needs this code too; "
                "start it at the root of a clone: python -m dask scheduler"
            ) from None
        except CancelledError:
            raise InputError(f"the Dask scheduler {scheduler} was lost; {KEPT}") from None
        except KilledWorker:
            raise InputError(f"every worker that tried one of the runs was killed; {KEPT}") from None


def connect(scheduler: str) -> Client:
    """Return a connection to a Dask scheduler.

    Raises:
        InputError: there is no scheduler at this address.
    """
    for name in ("distributed", "distributed.client"):  # its tracebacks would bury the one message
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except Exception as error:  # what is no scheduler can answer anything
        raise InputError(
            f"studies/params.yaml: runs.scheduler: expected a Dask scheduler at {scheduler}, got {error}; "
            "start one (python -m dask scheduler), or set runs.backend: loky"
        ) from None


class ClusterBackend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """joblib's backend for Dask without two surprises of joblib 1.6.0.

    It waits for ever where Dask gives a run up because every worker that tried it was killed, and with one worker
    in the cluster it leaves that alone and does everything in this process.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return how many runs joblib should think go on at a time: never one."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(
        self, func: Callable[[], Any], callback: Callable[[object], None] | None = None
    ) -> "Future[object]":
        """Hand a run out; call back with what comes of it, be it an exception."""
        future: Future[object] = super().submit(func, callback)

        def tell_of_failure(ended: "Future[object]") -> None:
            if callback is not None and (error := ended.exception()) is not None:
                callback(error)

        future.add_done_callback(tell_of_failure)
        return future

    def retrieve_result_callback(self, out: object) -> object:
        """Return what joblib was called back with, or raise it."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)
