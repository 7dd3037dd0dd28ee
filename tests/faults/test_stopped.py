"""A stage that is killed, interrupted or out of disk space while it writes: one stage of each kind."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.laboratory import Fault, Laboratory

MOMENTS = {
    "fetch_mnist": (".labels.partial.npy", 1),
    "split": (".images.partial.npy", 2),
    "train_custom": (".history_custom.partial.csv", 2),
    "evaluate": (".torch.partial.npy", 1),
}
"""A file that the stage writes, and which of the times: after it has written others."""
SAID = {
    "kill_in_write": rf"exited with -{int(signal.SIGXFSZ)}",
    "interrupt": r"^error: interrupted$",
    "refuse_long_files": r"^error: \S+: File too large$",
}


@pytest.mark.parametrize("do", SAID)
@pytest.mark.parametrize("stage", MOMENTS)
def test_stage_that_is_stopped_leaves_no_partial_file_and_repro_repairs(
    laboratory: Laboratory, stage: str, do: str
) -> None:
    code, printed = laboratory.repro(stage, Fault(f"stages.{stage}", *MOMENTS[stage], do))
    assert code == 255
    assert re.search(SAID[do], printed, re.MULTILINE), printed
    assert "Traceback" not in printed
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


@pytest.mark.parametrize("stage", ["split", "train_custom"])
def test_dvc_killed_with_its_stage_continues(laboratory: Laboratory, stage: str) -> None:
    code, _ = laboratory.repro(stage, Fault(f"stages.{stage}", *MOMENTS[stage], "kill_all"))
    assert code == -signal.SIGKILL
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


def test_dvc_killed_while_writing_dvc_lock_continues(laboratory: Laboratory) -> None:
    lock = laboratory.root / "dvc.lock"
    before = lock.read_text(encoding="utf-8")
    size = f"size: {len(laboratory.right['models/custom.safetensors'])}"
    lock.write_text(before.replace(size, "size: 1", 1), encoding="utf-8")  # DVC has to write it
    code, _ = laboratory.repro("train_custom", Fault("dvc", "dvc.lock", 1, "kill_in_write"))
    assert code == -signal.SIGXFSZ
    assert len(lock.read_text(encoding="utf-8")) < 100
    laboratory.assert_repro_repairs()


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 48 MiB in memory."""
    path = tmp_path_factory.mktemp("mounted")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48M", "tmpfs", path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a file system here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def test_full_disk_is_reported_and_repro_continues_when_there_is_room(
    laboratory: Laboratory, disk: Path, tmp_path: Path
) -> None:
    full = Laboratory(laboratory.repository.copy(disk / "work"), laboratory.right)
    for path in full.outputs("split"):
        shutil.rmtree(path)
    (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 300_000))
    notes = {"DVC_SITE_CACHE_DIR": str(tmp_path / "notes of DVC")}  # so that it is the stage that has no room
    command = ["dvc", "repro", "--single-item", "--force", "split"]
    done = full.repository.run(*command, check=False, environment=notes)
    assert done.returncode == 255
    assert re.search(r"^error: data/split/\S+: No space left on device$", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stdout
    full.assert_nothing_is_half_written()
    (disk / "ballast").unlink()
    full.assert_repro_repairs()
