"""A study that is interrupted continues where it stopped."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.studies.conftest import SEEDS, kept, write_params
from tests.support.factory import ROOT

pytestmark = pytest.mark.usefixtures("folder")

Process = subprocess.Popen[str]


def start() -> Process:
    """Start the study of seeds with two processes, as a terminal would."""
    # a background job of a shell ignores Ctrl-C, and so would what it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)
    variables = os.environ | {"PYTHONPATH": str(ROOT), "LOKY_MAX_CPU_COUNT": "2"}
    command = [sys.executable, "-m", "studies.seeds"]
    return subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True, process_group=0)


def start_and_wait_for_runs() -> Process:
    """Return when some runs are finished, but not all."""
    write_params(epochs=200)
    study = start()
    while len(kept()) < 2:
        assert study.poll() is None
        time.sleep(0.02)
    return study


def ended(study: Process) -> tuple[int, str]:
    """Return the exit code and the last line of the errors, none of which is a traceback."""
    _, errors = study.communicate(timeout=300)
    assert "Traceback" not in errors
    return study.returncode, errors.splitlines()[-1]


def test_an_interrupted_study_continues() -> None:
    study = start_and_wait_for_runs()
    os.killpg(study.pid, signal.SIGINT)
    assert ended(study) == (130, "error: interrupted")
    finished = kept()
    assert 2 <= len(finished) < 2 * SEEDS
    assert ended(start())[0] == 0
    assert len(kept()) == 2 * SEEDS
    assert finished.items() <= kept().items()  # none was run or written again


def test_a_killed_process_is_reported() -> None:
    study = start_and_wait_for_runs()
    training = [one for one in psutil.Process(study.pid).children() if "LokyProcess" in str(one.cmdline())]
    training[0].kill()
    code, message = ended(study)
    assert code == 1
    assert message.startswith("error: a worker process was killed")
    assert len(kept()) >= 2
