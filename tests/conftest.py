"""One thread for NumPy and PyTorch; marks the audit slow; shares what is made once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

import stages  # noqa: F401  # it also puts the src/ of this checkout in front of any installed copy
from tests.support.mnist_files import SmallMnist, pin, small_mnist
from tests.support.repository import COPY, Repository, make_repository

for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # or a make that a test starts takes itself for a part of ours
    os.environ.pop(name, None)

HERE = Path(__file__).parent
AUDIT = (
    "bits/test_other_machines.py",
    "faults",
    "guards",
    "hostile",
    "studies/test_interruption.py",
    "template",
)
"""Folders and files whose tests are all slow: `make test SLOW=1` runs them."""

Make = Callable[[Path], object]
Once = Callable[[str, Make], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the audit."""
    for item in items:
        if any(item.path.is_relative_to(HERE / name) for name in AUDIT):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Return what makes a folder of a name once for all processes of pytest, and returns its path."""
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary if worker_id == "master" else temporary.parent

    def get(name: str, make: Make) -> Path:
        parent = shared / name
        with FileLock(f"{parent}.lock"):
            done = Path(f"{parent}.done")
            if not done.exists():
                make(parent)
                done.touch()
        return parent

    return get


@pytest.fixture(scope="session")
def reproduced(once: Once) -> Repository:
    """A repository whose results are made and committed. Not to be changed."""

    def make(parent: Path) -> None:
        repository = make_repository(parent)
        repository.dvc("repro")
        repository.git("commit", "--quiet", "--all", "--message", "Results")
        repository.git("gc", "--quiet")  # two files of objects, for the tests that copy it

    return Repository(once("reproduced", make) / COPY)


@pytest.fixture(scope="session")
def experiment(once: Once, reproduced: Repository) -> Repository:
    """The reproduced repository on a branch, after an experiment with train_torch.lr. Not to be changed.

    What the experiment printed is in the file ``printed`` beside the repository.
    """

    def make(parent: Path) -> None:
        repository = reproduced.copy(parent)
        repository.git("checkout", "--quiet", "-b", "faster")
        printed = repository.dvc("exp", "run", "--name", "lr", "--set-param", "train_torch.lr=0.5")
        (parent / "printed").write_text(printed, encoding="utf-8")

    return Repository(once("experiment", make) / COPY)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> SmallMnist:
    """A small MNIST whose hashes are the pinned ones for the length of the test."""
    small = small_mnist()
    pin(monkeypatch, small)
    return small
