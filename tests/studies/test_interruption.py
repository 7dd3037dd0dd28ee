"""An interrupted study continues where it stopped."""

import signal

import pytest

from tests.support.processes import communicate, kill, members, stop
from tests.support.study_folder import TOTAL, StudyFolder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_study_continues_and_ends_with_the_same_table(
    folder: StudyFolder, number: signal.Signals
) -> None:
    whole = folder.csv()
    folder.forget()
    study = folder.start_and_wait_for_runs()
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
    study = folder.start_and_wait_for_runs()
    try:
        training = [one for one in members(study.pid) if "LokyProcess" in str(one.cmdline())]
        training[0].kill()
        _, errors = communicate(study)
    finally:
        stop(study)
    assert study.returncode == 1
    assert errors.splitlines()[-1].startswith("error: a worker process was killed")
    assert "Traceback" not in errors
    assert len(folder.kept()) >= 2
