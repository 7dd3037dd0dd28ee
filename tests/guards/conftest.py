"""Copies of a finished repository, and the environment that make takes as installed."""

import sys
from pathlib import Path

import pytest

from tests.support.repository import Repository


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of the reproduced repository that a test may change."""
    return reproduced.copy(tmp_path)


@pytest.fixture
def installed(repository: Repository) -> Repository:
    """That copy, with the environment that runs the tests as its own: make has nothing to install."""
    environment = repository.root / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".installed").touch()
    return repository
