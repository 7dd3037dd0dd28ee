"""A folder with small data and parameters in which whole studies run as a user would start them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from mnist_mlp.core.files import save_splits
from tests.support.factory import ROOT, SECTIONS, TRAIN, random_dataset

ROWS = {"train": 2000, "val": 100, "test": 200}
FAST = {"hidden_sizes": [8], "epochs": 8, "batch_size": 10}
SEEDS = 6
"""Of each engine in the study ``seeds``, which is the one that runs here."""
TOTAL = 2 * SEEDS
PATIENCE = 120

Process = subprocess.Popen[str]


class StudyFolder:
    """Runs ``python -m studies.seeds`` and reads what it leaves."""

    def __init__(self, root: Path) -> None:
        self.root = root
        save_splits(root / "data/split", {name: random_dataset(rows, pixels=64) for name, rows in ROWS.items()})
        train = TRAIN | FAST
        self.write("params.yaml", SECTIONS | {"train_custom": train, "train_torch": train})
        self.use("loky")

    def use(self, backend: str, scheduler: str = "tcp://127.0.0.1:8786") -> None:
        """Choose who does the runs."""
        studies: dict[str, Any] = yaml.safe_load((ROOT / "studies/params.yaml").read_text(encoding="utf-8"))
        studies |= {
            "runs": {"backend": backend, "scheduler": scheduler},
            "seeds": {"custom": SEEDS, "torch": SEEDS},
        }
        self.write("studies/params.yaml", studies)

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Write parameters as JSON, which is YAML too. A YAML writer would write equal lists as aliases."""
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(json.dumps(content), encoding="utf-8")

    def start(self, module: str, *arguments: str, **variables: str) -> Process:
        """Start a module as a process group of its own, with these environment variables."""
        # a shell's background jobs ignore Ctrl-C, and so would what they start
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root, env=os.environ | {"PYTHONPATH": str(ROOT)} | variables, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, processes: int = 1) -> None:
        """Run the study to its end. One process starts soonest."""
        study = self.start("studies.seeds", LOKY_MAX_CPU_COUNT=str(processes))
        _, errors = study.communicate(timeout=PATIENCE)
        assert study.returncode == 0, errors

    def kept(self) -> dict[str, int]:
        """Return the finished runs: names and times of their files."""
        files = (self.root / "studies/.runs").glob("[!.]*.json")
        return {path.name: path.stat().st_mtime_ns for path in files}

    def forget(self) -> None:
        """Remove all finished runs."""
        for name in self.kept():
            (self.root / "studies/.runs" / name).unlink()

    def csv(self) -> bytes:
        """Return the study's table as it lies there."""
        return (self.root / "studies/results/seeds.csv").read_bytes()

    def start_and_wait_for_runs(self, count: int = 2) -> Process:
        """Start the study and return when some runs are finished, and others are not."""
        study = self.start("studies.seeds", LOKY_MAX_CPU_COUNT="2")
        wait_until(lambda: len(self.kept()) >= count or study.poll() is not None)
        assert study.poll() is None, study.communicate()
        assert len(self.kept()) < TOTAL
        return study


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    for _ in range(PATIENCE * 50):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def wait_for_line(process: Process, text: str) -> None:
    """Wait until a process says something on stderr."""
    assert process.stderr is not None
    assert any(text in line for line in process.stderr), f"{process.args!r} ended without {text!r}"


def kill(process: Process, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process and all that it started."""
    os.killpg(process.pid, number)


def stop(process: Process) -> None:
    """End a process, if it has not, and close its pipes."""
    if process.poll() is None:
        kill(process)
    process.communicate(timeout=PATIENCE)
