"""Copies of a finished repository, and the environment that make takes as installed."""

from pathlib import Path

import pytest

from tests.support.repository import Repository
from tests.support.workflow import lend_environment


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of the reproduced repository that a test may change."""
    return reproduced.copy(tmp_path)


@pytest.fixture
def installed(repository: Repository) -> Repository:
    """That copy, with the environment that runs the tests as its own: make has nothing to install."""
    lend_environment(repository.root)
    return repository
