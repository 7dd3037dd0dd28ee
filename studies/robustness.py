"""Do the published digits depend on rounding? ``python -m studies.robustness`` writes results/robustness.csv.

Both configurations run in both precisions, with one and two threads, and with the instruction sets of older and
newer CPUs. Not a stage of the pipeline, because a CPU may lack some of these.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from mnist_mlp.core.arithmetic import CHOICE, FREE, THREADS
from mnist_mlp.core.files import save_csv
from mnist_mlp.harness.params import load_params
from studies.running.runs import Run
from studies.running.runs import train as train_run

SETTINGS = {
    "custom": [f"OPENBLAS_CORETYPE={core}" for core in ("Haswell", "Zen", "SkylakeX", "Sandybridge", "Nehalem")],
    "torch": [f"MKL_CBWR={mode}" for mode in ("COMPATIBLE", "AVX2", "AUTO")],
}
"""Environment variables that choose the kernels of each engine's matrix products."""
DTYPES = ("float32", "float64")


class Variant(NamedTuple):
    """One run in a separate process: threads and kernels are fixed once NumPy and PyTorch are loaded."""

    model: str
    dtype: str
    threads: int
    setting: str

    def test_accuracy(self) -> float:
        """Train in a new process; return the accuracy that it prints."""
        name, value = self.setting.split("=")
        environment = os.environ | {CHOICE: FREE, name: value} | dict.fromkeys(THREADS, str(self.threads))
        command = [sys.executable, "-m", "studies.robustness", self.model, self.dtype]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
        print(*self, done.stdout.strip(), flush=True)
        return float(done.stdout)


def main() -> None:
    """Do all variants, one per core at a time, or the one that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m studies.robustness", description=__doc__, allow_abbrev=False)
    parser.add_argument("model", nargs="?", choices=list(SETTINGS), help="do one variant only, in this process")
    parser.add_argument("dtype", nargs="?", choices=DTYPES, default=DTYPES[0], help="its precision")
    asked = parser.parse_args()
    if asked.model:
        print(train(asked.model, asked.dtype))
        return
    variants = [
        Variant(model, dtype, threads, setting)
        for model, settings in SETTINGS.items()
        for setting, dtype, threads in product(settings, DTYPES, (1, 2))
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        table = pd.DataFrame(variants).assign(test_accuracy=list(pool.map(Variant.test_accuracy, variants)))
    save_csv(Path("studies/results/robustness.csv"), table)


def train(model: str, dtype: str) -> float:
    """Train with the parameters of params.yaml in another precision; return the accuracy on the test images."""
    params = load_params().train_custom if model == "custom" else load_params().train_torch
    return train_run(Run(model, params.model_copy(update={"dtype": dtype}))).test_accuracy


if __name__ == "__main__":
    main()
