"""A small repository in which comparisons and searches run as a user would start them, in this process."""

import json
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
from tests.support.repository import IDENTITY
from tools.revisions import git


class Repository:
    """The repository in the working directory, and what commands print in it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def commit(self, message: str) -> str:
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", message)
        return git("rev-parse", "HEAD")

    def params(self, **changes: object) -> None:
        """Write params.yaml, with changes to the training of torch."""
        train = TRAIN | {"hidden_sizes": [6], "epochs": 1, "batch_size": 10, "lr": 0.02}
        sections = SECTIONS | {"train_custom": train, "train_torch": train | changes}
        Path("params.yaml").write_text(json.dumps(sections), encoding="utf-8")

    def experiment(self, name: str, **changes: object) -> str:
        """Make an experiment as DVC keeps it, with changes to torch's training; return the commit it began at."""
        start = self.commit("Start of an experiment")
        self.params(**changes)
        git("update-ref", f"refs/exps/{start[:2]}/{start[2:]}/{name}", self.commit("Experiment"))
        git("reset", "--quiet", "--hard", start)
        return start

    def printed(self, command: Callable[..., None], *arguments: object) -> str:
        command(*arguments)
        return self.capsys.readouterr().out

    def refused(self, command: Callable[..., None], *arguments: object) -> str:
        """Run a command that must refuse its arguments before it trains; return its one message."""
        with pytest.raises(InputError) as caught:
            command(*arguments)
        assert "\n" not in str(caught.value)
        assert (self.capsys.readouterr().out, Path("out").exists(), self.kept()) == ("", False, 0)
        return str(caught.value)

    def kept(self) -> int:
        """Return the number of trainings that are kept."""
        return len(list(Path("studies/.runs").glob("*.json")))


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
    for name, value in {"LOKY_MAX_CPU_COUNT": "1", **IDENTITY}.items():
        monkeypatch.setenv(name, value)
    repository = Repository(capsys)
    save_splits(Path("data/split"), {name: patterns(100, seed) for seed, name in enumerate(runs.SPLITS)})
    repository.params()
    Path("studies").mkdir()
    Path("studies/params.yaml").write_bytes((ROOT / "studies/params.yaml").read_bytes())
    Path("dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    Path(".gitignore").write_text("data\nstudies\nout\n", encoding="utf-8")
    git("init", "--quiet", "--initial-branch", "main")
    repository.commit("Start")
    forget_data()
    yield repository
    forget_data()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def forget_data() -> None:
    """Empty what is read once per process."""
    runs.load_splits.cache_clear()
    runs.check_version.cache_clear()
