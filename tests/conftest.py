"""Fixes the arithmetic before anything imports NumPy or PyTorch, as every stage does; runs the pipeline once."""

import pytest

import stages  # noqa: F401  # it also puts the src/ of this checkout in front of any installed copy
from tests.pipeline.repository import Repository, make_repository


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose results are made and committed. Not to be changed."""
    repository = make_repository(tmp_path_factory.mktemp("reproduced"))
    repository.dvc("repro")
    repository.git("commit", "--quiet", "--all", "--message", "Results")
    return repository
