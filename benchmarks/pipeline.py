"""The pipeline as a whole: a first run, a run with nothing to do, and the start of its NumPy stage."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST_STEP = """
import os, time
from stages import train_custom
from mnist_mlp.network.mlp import MLP
def first(*_):
    print(time.process_time(), flush=True)
    os._exit(0)
MLP.train_step = first
train_custom.main()
"""


def measure_pipeline() -> dict[str, float]:
    """Return the seconds of ``dvc repro`` in a fresh clone, and of a second call, which has nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run("git", "clone", "--quiet", str(ROOT), str(clone), folder=ROOT)
        return {what: seconds_of("dvc", "repro", folder=clone) for what in ("cold", "nothing to do")}


def cpu_to_first_step() -> float:
    """Return the seconds of CPU time from the start of ``train_custom`` to its first training step."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("data", "stages", "src", "params.yaml"):
            (copy / name).symlink_to(ROOT / name)
        return float(run(sys.executable, "-c", FIRST_STEP, folder=copy))


def seconds_of(*command: str, folder: Path) -> float:
    """Run a command; return the seconds that it took."""
    start = time.perf_counter()
    run(*command, folder=folder)
    return round(time.perf_counter() - start, 2)


def run(*command: str, folder: Path) -> str:
    """Run a command without showing its output; return the output."""
    variables = os.environ | {"DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout
