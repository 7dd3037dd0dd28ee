"""Each test here breaks a copy of one finished repository."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.laboratory import Laboratory, finals
from tests.support.repository import Repository

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let programs hear of Ctrl-C, also where pytest itself was started in the background, which is deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def laboratory(reproduced: Repository, tmp_path: Path) -> Laboratory:
    """A copy that a test may break; without run-cache, so that a stage that has to run again does run."""
    repository = reproduced.copy(tmp_path)
    shutil.rmtree(repository.root / ".dvc" / "cache" / "runs")
    return Laboratory(repository, finals(reproduced))
