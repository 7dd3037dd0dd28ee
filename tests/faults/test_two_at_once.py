"""Two ``dvc repro`` at once in one repository."""

import os
import signal
import time

import psutil
import pytest

from tests.support.laboratory import PATIENCE, Fault, Laboratory, end

MOMENTS = {"train_custom": "call MLP.train_step", "plot": "call confusion"}


@pytest.mark.parametrize("stage", MOMENTS)
def test_the_second_is_refused_and_the_first_ends_well(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    first = laboratory.start(
        "dvc", "repro", environment=Fault(f"stages.{stage}", MOMENTS[stage], 1, "stop").environment()
    )
    stopped = wait_until_stopped(first.pid)
    second = laboratory.run("dvc", "repro")
    os.kill(stopped, signal.SIGCONT)
    assert second.code == 255
    assert "is busy, it is being blocked by" in second.text
    assert "Traceback" not in second.text
    assert end(first).code == 0
    assert laboratory.assert_repro_mends_it().count("Running stage") == 0


def wait_until_stopped(group: int) -> int:
    """Return the process, of those that ``group`` started, that waits for SIGCONT."""
    for _ in range(10 * PATIENCE):
        for process in psutil.Process(group).children(recursive=True):
            if process.status() == psutil.STATUS_STOPPED:
                return process.pid
        time.sleep(0.1)
    raise TimeoutError
