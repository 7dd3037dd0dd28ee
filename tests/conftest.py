"""Fixes the arithmetic before anything imports NumPy or PyTorch, as every stage does; runs the pipeline once."""

import pytest
from filelock import FileLock

import stages  # noqa: F401  # it also puts the src/ of this checkout in front of any installed copy
from tests.support.repository import COPY, Repository, make_repository


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Repository:
    """A repository whose results are made and committed, one for all processes of pytest. Not to be changed."""
    temporary = tmp_path_factory.getbasetemp()
    parent = (temporary if worker_id == "master" else temporary.parent) / "reproduced"
    with FileLock(f"{parent}.lock"):
        if not (parent / "done").exists():
            repository = make_repository(parent)
            repository.dvc("repro")
            repository.git("commit", "--quiet", "--all", "--message", "Results")
            (parent / "done").touch()
    return Repository(parent / COPY)
