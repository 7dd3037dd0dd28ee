"""A folder with small data and parameters in which whole studies run as a user would start them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from mnist_mlp.core.files import save_splits
from tests.support import processes
from tests.support.factory import ROOT, SECTIONS, TRAIN, random_dataset
from tests.support.processes import Process, wait_until
from tests.support.warm import programs

ROWS = {"train": 1000, "val": 100, "test": 200}
FAST = {"hidden_sizes": [8], "epochs": 4, "batch_size": 10}
SEEDS = 6
"""Of each engine in the study ``seeds``, which is the one that runs here."""
TOTAL = 2 * SEEDS


class StudyFolder:
    """Runs ``python -m studies.seeds`` and reads what it leaves."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Write small data and parameters."""
        save_splits(
            self.root / "data/split", {name: random_dataset(rows, pixels=64) for name, rows in ROWS.items()}
        )
        train = TRAIN | FAST
        self.write("params.yaml", SECTIONS | {"train_custom": train, "train_torch": train})
        self.use("loky")

    def use(self, backend: str, scheduler: str = "tcp://127.0.0.1:8786") -> None:
        """Choose the backend that does the runs."""
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
        """Start a module with these environment variables."""
        environment = programs.environment(PYTHONPATH=str(ROOT)) | variables
        return processes.start(["python", "-m", module, *arguments], self.root, environment)

    def run(self, processes: int = 1) -> None:
        """Run the study to its end. One process starts soonest."""
        done = self.end_of("studies.seeds", LOKY_MAX_CPU_COUNT=str(processes))
        assert done.returncode == 0, done.stderr

    def end_of(self, module: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a module to its end."""
        return programs.run(self.root, "python", "-m", module, *arguments, PYTHONPATH=str(ROOT), **variables)

    def kept(self) -> dict[str, int]:
        """Return the finished runs: names and times of their files."""
        files = (self.root / "studies/.runs").glob("[!.]*.json")
        return {path.name: path.stat().st_mtime_ns for path in files}

    def forget(self) -> None:
        """Remove all finished runs."""
        for name in self.kept():
            (self.root / "studies/.runs" / name).unlink()

    def csv(self) -> bytes:
        """Return the bytes of the study's table."""
        return (self.root / "studies/results/seeds.csv").read_bytes()

    def start_and_wait_for_runs(self, count: int = 2) -> Process:
        """Start the study and return when some of its runs are finished, but not all."""
        study = self.start("studies.seeds", LOKY_MAX_CPU_COUNT="2")
        wait_until(lambda: len(self.kept()) >= count or study.poll() is not None)
        assert study.poll() is None, study.communicate()
        assert len(self.kept()) < TOTAL
        return study
