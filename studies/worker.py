"""A Dask worker, one process per core: ``python -m studies.worker tcp://HOST:8786``, from the root.

It needs a copy of the repository and its data; further arguments are passed on to ``dask worker``.
"""

import argparse
from importlib.util import find_spec

import joblib

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_stage
from studies.running.runs import DATA, version


def main() -> None:
    """Train runs for the scheduler until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m studies.worker", description=__doc__, allow_abbrev=False)
    parser.add_argument("scheduler", help="its address, such as tcp://HOST:8786")
    own, others = parser.parse_known_args()
    version(DATA)  # reports missing data now, and not at the first run
    if find_spec("distributed") is None:
        raise InputError("expected Dask to be installed; run pip install '.[cluster]'")
    from distributed.cli.dask_worker import main as work  # noqa: PLC0415  # Dask is an optional extra

    work(["--nthreads=1", f"--nworkers={joblib.cpu_count()}", "--no-dashboard", own.scheduler, *others])


if __name__ == "__main__":
    run_stage(main, own_arguments=True)
