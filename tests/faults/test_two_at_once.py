"""Two ``dvc repro`` at once in one repository."""

import os
import signal

import pytest

from tests.support.laboratory import Fault, Laboratory, end, wait_until_stopped

MOMENTS = {"train_custom": "call MLP.train_step", "plot": "call confusion"}


@pytest.mark.parametrize("stage", MOMENTS)
def test_second_is_refused_and_first_finishes(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    first = laboratory.start("dvc", "repro", fault=Fault(f"stages.{stage}", MOMENTS[stage], 1, "stop"))
    stopped = wait_until_stopped(first.pid)
    second = laboratory.run("dvc", "repro")
    os.kill(stopped, signal.SIGCONT)
    assert second.code == 255
    assert "is busy, it is being blocked by" in second.text
    assert "Traceback" not in second.text
    assert end(first).code == 0
    assert laboratory.assert_repro_repairs().count("Running stage") == 0
