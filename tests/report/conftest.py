"""A changed branch with its report: made once."""

from pathlib import Path

import pytest

from tests.conftest import Once
from tests.support.repository import COPY, Repository


@pytest.fixture(scope="session")
def changed(once: Once, experiment: Repository) -> Repository:
    """A branch with one parameter changed, its results committed, and its report written. Not to be changed."""

    def make(parent: Path) -> None:
        repository = experiment.copy(parent)
        repository.git("commit", "--quiet", "--all", "--message", "Learn faster")
        report(repository, "main")

    return Repository(once("changed", make) / COPY)


def report(repository: Repository, base: str) -> str:
    """Write the report; return what the command printed."""
    return repository.run("python", "-m", "tools.report", "--base", base).stdout
