"""A stage that is killed, interrupted, out of disk space, or whose inputs change, while it writes."""

import re
import signal

import pytest

from mnist_mlp.harness.dvc_records import locked_stages
from tests.faults.conftest import Laboratory
from tests.support.repository import stages_run

MOMENTS: dict[str, dict[str, object]] = {
    "fetch_mnist": {"file": ".labels.partial.npy", "nth": 1},
    "split": {"file": ".images.partial.npy", "nth": 2},
    "train_custom": {"file": ".history_custom.partial.csv", "nth": 2},  # in the second epoch
    "evaluate": {"file": ".torch.partial.npy", "nth": 1},
}
"""By stage, one of each kind: a file that it writes, and which of the times, after it has written others."""
SAID = {
    # DVC runs a stage by the user's shell: bash becomes the stage, dash waits for it
    "kill_in_write": rf"exited with (-{int(signal.SIGXFSZ)}|{128 + signal.SIGXFSZ})$",
    "interrupt": r"^error: interrupted$",
    "refuse_long_files": r"^error: \S+: File too large$",
}
EDITS = {
    "params.yaml: train_custom": ("params.yaml", "lr: 0.1", "lr: 0.2"),
    "src/mnist_mlp/network": ("src/mnist_mlp/network/layers.py", "self.bias = bias", "self.bias = 2 * bias"),
}
"""What the message names, and what is edited, as by a ``git checkout`` in another terminal."""


@pytest.mark.parametrize("do", SAID)
@pytest.mark.parametrize("stage", MOMENTS)
def test_stage_that_is_stopped_leaves_no_partial_file_and_repro_repairs(
    laboratory: Laboratory, stage: str, do: str
) -> None:
    code, printed = laboratory.repro(stage, do=do, **MOMENTS[stage])
    assert code == 255
    assert re.search(SAID[do], printed, re.MULTILINE), printed
    assert "Traceback" not in printed
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


@pytest.mark.parametrize("stage", ["split", "train_custom"])
def test_dvc_killed_with_its_stage_continues(laboratory: Laboratory, stage: str) -> None:
    code, _ = laboratory.repro(stage, do="kill_all", **MOMENTS[stage])
    assert code == -signal.SIGKILL
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


def test_dvc_killed_while_writing_dvc_lock_continues(laboratory: Laboratory) -> None:
    lock = laboratory.root / "dvc.lock"
    before = lock.read_text(encoding="utf-8")
    size = f"size: {len(laboratory.right['models/custom.safetensors'])}"
    lock.write_text(before.replace(size, "size: 1", 1), encoding="utf-8")  # DVC has to write it
    code, _ = laboratory.repro("train_custom", program="dvc", file="dvc.lock", nth=1, do="kill_in_write")
    assert code == -signal.SIGXFSZ
    assert len(lock.read_text(encoding="utf-8")) < 100
    laboratory.assert_repro_repairs()


@pytest.mark.parametrize("changed", EDITS)
def test_nothing_is_kept_that_dvc_would_record_under_a_change(laboratory: Laboratory, changed: str) -> None:
    lock = laboratory.repository.read("dvc.lock")
    path, before, after = EDITS[changed]
    code, printed = laboratory.repro("train_custom", do="edit", edit=EDITS[changed], **MOMENTS["train_custom"])
    assert code == 255
    assert f"error: {changed}: expected no change while train_custom runs" in printed
    assert "run `dvc repro` again" in printed
    assert "Traceback" not in printed
    assert [out for out in laboratory.outputs("train_custom") if out.exists()] == []
    assert laboratory.repository.read("dvc.lock") == lock
    laboratory.repository.replace(path, {after: before})
    laboratory.assert_repro_repairs()


def test_the_next_repro_trains_with_the_changed_parameter(laboratory: Laboratory) -> None:
    edit = EDITS["params.yaml: train_custom"]
    laboratory.repro("train_custom", do="edit", edit=edit, **MOMENTS["train_custom"])
    assert "train_custom" in stages_run(laboratory.repository.dvc("repro"))
    recorded = locked_stages(laboratory.repository.read("dvc.lock"))["train_custom"]["params"]["params.yaml"]
    assert recorded["train_custom"]["lr"] == 0.2
    model = "models/custom.safetensors"
    assert (laboratory.root / model).read_bytes() != laboratory.right[model]
