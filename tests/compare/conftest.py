"""A small repository in which `make compare` runs as a user would start it, in this process."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_mlp.core.arrays import DIGITS, Dataset
from mnist_mlp.core.files import save_dataset, save_splits
from mnist_mlp.harness.run import run_stage
from studies.running import runs
from tests.support.factory import SECTIONS, TRAIN, dataset
from tests.support.repository import IDENTITY
from tests.support.study_folder import StudyFolder
from tools.compare import split_runs
from tools.compare.__main__ import main

FAST = {"hidden_sizes": [6], "epochs": 1, "batch_size": 10, "lr": 0.02}
ROWS = {"train": 100, "val": 100, "test": 100}
FASTER = "train_torch.lr=2.0"
"""A change that is better with every seed."""


class CompareFolder(StudyFolder):
    """Runs ``python -m tools.compare`` and reads what it leaves."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root)
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def prepare(self) -> None:
        """Write data that can be learnt, and commit the parameters."""
        splits = {name: patterns(rows, seed) for seed, (name, rows) in enumerate(ROWS.items())}
        save_splits(self.root / "data/split", splits)
        images, labels = (
            np.concatenate(parts) for parts in zip(*(part[:2] for part in splits.values()), strict=True)
        )
        save_dataset(self.root / "data/raw", Dataset(images, labels, DIGITS))
        train = TRAIN | FAST
        self.write("params.yaml", SECTIONS | {"train_custom": train, "train_torch": train})
        self.use("loky")
        (self.root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
        (self.root / ".gitignore").write_text("data\nstudies\ncompare\n", encoding="utf-8")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("Start")

    def git(self, *words: str) -> str:
        """Run git; return what it printed."""
        done = subprocess.run(("git", *words), cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything; return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def run_dvc(self, *words: str) -> str:
        """Run DVC; return what it printed."""
        done = subprocess.run(("dvc", *words), cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def compare(self, *options: str) -> str:
        """Compare; return what was printed."""
        self.monkeypatch.setattr("sys.argv", ["compare", *options])
        main()
        return self.capsys.readouterr().out

    def refused(self, *options: str) -> str:
        """Compare what cannot be compared; return the one line that says why."""
        self.monkeypatch.setattr("sys.argv", ["compare", *options])
        with pytest.raises(SystemExit) as caught:
            run_stage(main)
        assert caught.value.code == 1
        printed = self.capsys.readouterr()
        (line,) = printed.err.splitlines()
        assert printed.out == ""
        assert not (self.root / "compare").exists()
        assert line.startswith("error: ")
        return line.removeprefix("error: ")


def patterns(rows: int, seed: int) -> Dataset:
    """Return noisy images of ten patterns, and which pattern each one shows."""
    shapes = np.random.default_rng(0).integers(0, 2, (10, 36))
    labels = (np.arange(rows) % 10).astype(np.uint8)
    noise = np.random.default_rng(seed + 1).integers(0, 120, (rows, 36))
    return dataset((shapes[labels] * 135 + noise).astype(np.uint8), labels)


@pytest.fixture
def folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[CompareFolder]:
    """A repository with one commit; trainings are done in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    folder = CompareFolder(tmp_path, capsys, monkeypatch)
    folder.prepare()
    forget_data()
    yield folder
    forget_data()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def forget_data() -> None:
    """Empty what is read once per process."""
    for known in (runs.load_splits, runs.check_version, split_runs.raw_version, split_runs.split_rows):
        known.cache_clear()
