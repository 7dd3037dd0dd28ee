"""A folder in which a study has run, made once."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Once
from tests.support.study_folder import StudyFolder


@pytest.fixture
def folder(once: Once, tmp_path: Path) -> StudyFolder:
    """A copy of a folder in which the study ran once with loky, in two processes."""

    def make(root: Path) -> None:
        finished = StudyFolder(root)
        finished.prepare()
        finished.run(processes=2)

    shutil.copytree(once("study", make), tmp_path / "study")
    return StudyFolder(tmp_path / "study")
