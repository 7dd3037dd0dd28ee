"""The best trial as an experiment of DVC: its parameters, and the results of the whole pipeline with them."""

import hashlib
import subprocess
import sys

from mnist_mlp.harness.errors import InputError
from tools.compare.sides import Side, find_commit, read_params
from tools.revisions import experiments, git

RECORD = ("dvc", "exp", "run", "--temp", "--name")
"""In a copy: the workspace stays as it is."""
STDERR = 2


def start_name(start: Side) -> str:
    """Return what `make compare` calls the start: HEAD, or the workspace if its parameters are others."""
    committed = find_commit("HEAD") and read_params("HEAD", "HEAD") == start.params
    return "HEAD" if committed else start.name


def record(model: str, best: Side, changes: str) -> str:
    """Run the pipeline with these changes as an experiment, unless it was; return its name.

    Raises:
        InputError: DVC failed; it has said why.
    """
    digest = hashlib.sha256(f"{git('rev-parse', 'HEAD')} {best.params.model_dump_json()}".encode())
    name = f"tune-{model}-{digest.hexdigest()[:7]}"
    if name in {one.name for one in experiments()}:
        return name
    print(f"Running the pipeline with the best as experiment {name}:", file=sys.stderr)
    options = [word for change in changes.split() for word in ("--set-param", change)]
    done = subprocess.run([*RECORD, name, *options], stdout=STDERR, check=False)
    if done.returncode:
        raise InputError(f"{name}: expected DVC to record this experiment, but it failed; the trials are kept")
    return name
