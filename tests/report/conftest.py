"""Repositories to report on: made once for the folder."""

import pytest

from tests.support.repository import Repository, make_repository


@pytest.fixture(scope="package")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with committed results. Not to be changed."""
    repository = make_repository(tmp_path_factory.mktemp("report"))
    repository.dvc("repro")
    repository.git("commit", "--quiet", "--all", "--message", "Results")
    return repository


@pytest.fixture(scope="package")
def changed(committed: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A branch with one parameter changed, its results made, and its report written. Not to be changed."""
    repository = committed.copy(tmp_path_factory.mktemp("changed"))
    repository.git("checkout", "--quiet", "-b", "faster")
    repository.dvc("exp", "run", "--name", "lr", "--set-param", "train_torch.lr=0.5")
    repository.git("commit", "--quiet", "--all", "--message", "Learn faster")
    report(repository, "main")
    return repository


def report(repository: Repository, base: str, check: bool = True) -> str:
    """Write the report; return what the command printed."""
    return repository.run("python", "-m", "tools.report", "--base", base, check=check).stdout
