"""A worker of a Dask cluster, one process a core: ``python -m studies.worker tcp://HOST:8786``, from the root.

It needs a copy of the repository and its data; other arguments go to ``dask worker`` as they are.
"""

import sys

import joblib

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_stage
from studies.running.runs import version


def main() -> None:
    """Work until interrupted.

    Raises:
        InputError: Dask or the data are not there.
    """
    if len(sys.argv) < 2:
        raise InputError("expected the scheduler's address: python -m studies.worker tcp://HOST:8786")
    version()  # says at once, and not at the first run, that there are no data
    try:
        from distributed.cli.dask_worker import main as dask_worker  # noqa: PLC0415  # Dask is an optional extra
    except ImportError as error:
        raise InputError(f"a worker needs one more package ({error}): pip install '.[cluster]'") from None
    dask_worker(["--nthreads=1", f"--nworkers={joblib.cpu_count()}", "--no-dashboard", *sys.argv[1:]])


if __name__ == "__main__":
    run_stage(main)
