"""Parameters, source or data that change while a stage runs, as by a ``git checkout`` in another terminal."""

import os
import signal

import pytest

from tests.support.laboratory import Fault, Laboratory, end, wait_until_stopped

CHANGES = {
    "params.yaml": ("lr: 0.1", "lr: 0.2", "params.yaml: train_custom: "),
    "src/mnist_mlp/network/layers.py": ("self.bias = bias", "self.bias = 2 * bias", "src/mnist_mlp/network: "),
}


@pytest.mark.parametrize("path", CHANGES)
def test_a_stage_keeps_nothing_that_dvc_would_record_under_the_change(laboratory: Laboratory, path: str) -> None:
    laboratory.mark("train_custom")
    lock = laboratory.repository.read("dvc.lock")
    fault = Fault("stages.train_custom", "call MLP.train_step", 20, "stop")
    repro = laboratory.start("dvc", "repro", fault=fault)
    stopped = wait_until_stopped(repro.pid)
    before, after, named = CHANGES[path]
    laboratory.repository.replace(path, {before: after})
    os.kill(stopped, signal.SIGCONT)
    ended = end(repro)
    assert ended.code == 255
    assert f"error: {named}expected no change while train_custom runs, got one; nothing is kept" in ended.text
    assert "Traceback" not in ended.text
    assert [name for name in laboratory.outputs("train_custom") if (laboratory.root / name).exists()] == []
    assert laboratory.repository.read("dvc.lock") == lock
    laboratory.repository.replace(path, {after: before})
    laboratory.assert_repro_repairs()
