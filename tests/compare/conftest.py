"""A small repository in which comparisons and searches run as a user would start them, in this process."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.errors import InputError
from studies.running import runs
from tests.support.factory import ROOT, SECTIONS, TRAIN, dataset

FASTER = "train_torch.lr=2.0"
"""A change that is better with every seed."""
WILD = "train_torch.weight_init=normal train_torch.init_std=1e38 train_torch.hidden_sizes=[500]"
"""A change that diverges with every seed."""


class Repository:
    """The repository in ``root``, and what commands print in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys

    def git(self, *words: str) -> str:
        return subprocess.run(("git", *words), capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def params(self, **changes: object) -> None:
        """Write params.yaml, with changes to the training of torch."""
        train = TRAIN | {"hidden_sizes": [6], "epochs": 1, "batch_size": 10, "lr": 0.02}
        sections = SECTIONS | {"train_custom": train, "train_torch": train | changes}
        (self.root / "params.yaml").write_text(json.dumps(sections), encoding="utf-8")

    def experiment(self, name: str, **changes: object) -> str:
        """Make an experiment as DVC keeps it, with changes to torch's training; return the commit it began at."""
        start = self.commit("Start of an experiment")
        self.params(**changes)
        self.git("update-ref", f"refs/exps/{start[:2]}/{start[2:]}/{name}", self.commit("Experiment"))
        self.git("reset", "--quiet", "--hard", start)
        return start

    def printed(self, command: Callable[..., None], *arguments: object) -> str:
        command(*arguments)
        return self.capsys.readouterr().out

    def refused(self, command: Callable[..., None], *arguments: object) -> str:
        """Run a command that must refuse its arguments before it trains; return its one message."""
        with pytest.raises(InputError) as caught:
            command(*arguments)
        assert "\n" not in str(caught.value)
        assert self.capsys.readouterr().out == ""
        assert not (self.root / "out").exists()
        assert self.kept() == 0
        return str(caught.value)

    def kept(self) -> int:
        """Return the number of trainings that are kept."""
        return len(list((self.root / "studies/.runs").glob("*.json")))


def patterns(rows: int, seed: int) -> Dataset:
    """Return noisy images of ten patterns, and which pattern each one shows."""
    shapes = np.random.default_rng(0).integers(0, 2, (10, 36))
    labels = (np.arange(rows) % 10).astype(np.uint8)
    noise = np.random.default_rng(seed).integers(0, 120, (rows, 36))
    return dataset((shapes[labels] * 135 + noise).astype(np.uint8), labels)


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Repository]:
    """A repository with one commit and data that can be learnt; trainings are done in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tests")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tests@example.org")
    repository = Repository(tmp_path, capsys)
    save_splits(tmp_path / "data/split", {name: patterns(100, seed) for seed, name in enumerate(runs.SPLITS)})
    repository.params()
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/params.yaml").write_bytes((ROOT / "studies/params.yaml").read_bytes())
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("data\nstudies\nout\n", encoding="utf-8")
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.commit("Start")
    forget_data()
    yield repository
    forget_data()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def forget_data() -> None:
    """Empty what is read once per process."""
    runs.load_splits.cache_clear()
    runs.check_version.cache_clear()
