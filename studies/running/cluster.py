"""Runs on several machines: the workers of a Dask cluster, with one message for each way in which it can fail."""

import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError

from distributed import Client, KilledWorker, as_completed

from mnist_mlp.harness.errors import InputError
from studies.running.runs import Outcome, Run, do_run

PATIENCE = 10  # seconds to wait for a scheduler to answer and for its first worker
KEPT = "finished runs are kept; start the study again when the cluster works"


def on_cluster(tasks: list[tuple[str, Run, str]], scheduler: str) -> Iterator[tuple[str, Outcome]]:
    """Call ``do_run`` on the workers of the Dask scheduler at tcp://host:port; yield each result as it arrives.

    Raises:
        InputError: scheduler or workers do not answer, are other than the study's, or were lost before the end.
    """
    with _connect(scheduler) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            futures = [client.submit(do_run, *task, pure=False) for task in tasks]
            for future in as_completed(futures):  # type: ignore[no-untyped-call]
                yield future.result()
        except TimeoutError:
            remedy = f"start some in copies of this repository: python -m studies.worker {scheduler}"
            raise InputError(f"no worker at the Dask scheduler {scheduler} in {PATIENCE} s; {remedy}") from None
        except CancelledError:
            raise InputError(f"the Dask scheduler {scheduler} was lost; {KEPT}") from None
        except KilledWorker:
            raise InputError(f"every worker that tried one of the runs was killed; {KEPT}") from None
        except RuntimeError as error:
            if "deserialization" not in str(error):
                raise
            raise InputError(f"the Dask scheduler {scheduler} lacks this code; start it in a clone") from None


def _connect(scheduler: str) -> Client:
    for name in ("distributed", "distributed.client"):  # its tracebacks would hide the one message
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except Exception as error:  # any: a server that is not a scheduler can answer anything
        raise InputError(
            f"studies/params.yaml: runs.scheduler: expected a Dask scheduler at {scheduler}, got {error}; "
            "start one (python -m dask scheduler), or set runs.backend: loky"
        ) from None
