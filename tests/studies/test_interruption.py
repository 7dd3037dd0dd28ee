"""An interrupted study continues where it stopped.

Each study has its own interpreter, and so its own process group: signals reach its workers as well.
"""

import signal

import psutil
import pytest

from tests.support.processes import communicate, kill, stop
from tests.support.study_folder import TOTAL, StudyFolder
from tests.support.warm import programs

PYTHON = programs.in_own_interpreter("python")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_study_continues_and_ends_with_the_same_table(
    folder: StudyFolder, number: signal.Signals
) -> None:
    whole = folder.csv()
    folder.forget()
    study = folder.start_and_wait_for_runs(PYTHON)
    kill(study, number)
    _, errors = communicate(study)
    finished = folder.kept()
    if number == signal.SIGINT:
        assert study.returncode == 130
        assert errors.splitlines()[-1] == "error: interrupted"
        assert "Traceback" not in errors
    assert 2 <= len(finished) < TOTAL
    folder.run()
    assert folder.csv() == whole
    assert len(folder.kept()) == TOTAL
    assert finished.items() <= folder.kept().items()  # none was run or written again


def test_killed_worker_process_is_reported_in_one_message(folder: StudyFolder) -> None:
    folder.forget()
    study = folder.start_and_wait_for_runs(PYTHON)
    try:
        training = [
            child for child in psutil.Process(study.pid).children() if "LokyProcess" in str(child.cmdline())
        ]
        training[0].kill()
        _, errors = communicate(study)
    finally:
        stop(study)
    assert study.returncode == 1
    assert errors.splitlines()[-1].startswith("error: a worker process was killed")
    assert "Traceback" not in errors
    assert len(folder.kept()) >= 2
