"""Each test here breaks a copy of one finished repository."""

import shutil
from pathlib import Path

import pytest

from tests.support.laboratory import Laboratory, finals
from tests.support.repository import Repository


@pytest.fixture
def laboratory(reproduced: Repository, tmp_path: Path) -> Laboratory:
    """A copy that a test may break; without run-cache, so that a stage that has to run again does run."""
    repository = reproduced.copy(tmp_path)
    shutil.rmtree(repository.root / ".dvc" / "cache" / "runs")
    return Laboratory(repository, finals(reproduced))
