"""Parameters or source that change while a stage runs, as by a ``git checkout`` in another terminal."""

import pytest

from mnist_mlp.harness.dvc_records import locked_stages
from tests.support.laboratory import Fault, Laboratory
from tests.support.repository import stages_run

MOMENT = ("stages.train_custom", ".history_custom.partial.csv", 2, "edit")
"""In the second epoch."""
EDITS = {
    "params.yaml: train_custom": ("params.yaml", "lr: 0.1", "lr: 0.2"),
    "src/mnist_mlp/network": ("src/mnist_mlp/network/layers.py", "self.bias = bias", "self.bias = 2 * bias"),
}
"""What the message names, and what is edited."""


@pytest.mark.parametrize("changed", EDITS)
def test_a_stage_keeps_nothing_that_dvc_would_record_under_the_change(
    laboratory: Laboratory, changed: str
) -> None:
    lock = laboratory.repository.read("dvc.lock")
    path, before, after = EDITS[changed]
    code, printed = laboratory.repro("train_custom", Fault(*MOMENT, (path, before, after)))
    assert code == 255
    assert f"error: {changed}: expected no change while train_custom runs" in printed
    assert "run `dvc repro` again" in printed
    assert "Traceback" not in printed
    assert [out for out in laboratory.outputs("train_custom") if out.exists()] == []
    assert laboratory.repository.read("dvc.lock") == lock
    laboratory.repository.replace(path, {after: before})
    laboratory.assert_repro_repairs()


def test_the_next_repro_trains_with_the_changed_parameter(laboratory: Laboratory) -> None:
    laboratory.repro("train_custom", Fault(*MOMENT, EDITS["params.yaml: train_custom"]))
    printed = laboratory.repository.dvc("repro")
    assert "train_custom" in stages_run(printed)
    recorded = locked_stages(laboratory.repository.read("dvc.lock"))["train_custom"]["params"]["params.yaml"]
    assert recorded["train_custom"]["lr"] == 0.2
    model = "models/custom.safetensors"
    assert (laboratory.root / model).read_bytes() != laboratory.right[model]
