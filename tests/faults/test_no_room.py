"""A full disk, files that may not grow, folders that may not be written, full temporary folders.

Where a stage fails alone, each output is absent, as it was before, or right: test_repair.py repairs these.
"""

import errno
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.laboratory import STAGES, Laboratory

MIB = 2**20
FILES = {"fetch_mnist": 2, "split": 6, "train_custom": 5, "train_torch": 5, "evaluate": 5, "plot": 3}
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
"""What takes from root the right to write where permissions forbid it."""


class Disk:
    """A small file system in memory, mounted at ``path``."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        path.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("only root may mount a file system here")

    def fill(self, left: int = 0) -> None:
        """Leave ``left`` bytes free."""
        free = shutil.disk_usage(self.path).free
        (self.path / "ballast").write_bytes(bytes(max(0, free - left)))

    def remount(self, mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A disk of 48 MiB."""
    disk = Disk(tmp_path_factory.mktemp("mounted") / "disk", 48 * MIB)
    yield disk
    disk.close()


@pytest.fixture
def on_disk(laboratory: Laboratory, disk: Disk) -> Laboratory:
    """The laboratory, its repository on the small disk."""
    return Laboratory(laboratory.repository.copy(disk.path), laboratory.right)


def assert_refused(text: str, path: str, number: int) -> None:
    assert text.splitlines()[-1] == f"error: {path}: {os.strerror(number)}"
    assert "Traceback" not in text


@pytest.mark.parametrize("stage", ["fetch_mnist", "train_custom", "plot"])
def test_full_disk_is_reported_with_the_file(on_disk: Laboratory, disk: Disk, stage: str) -> None:
    on_disk.mark(stage)
    needed = sum(len(on_disk.right[path]) for path in on_disk.outputs(stage))
    disk.fill(left=int(0.6 * needed))
    ended = on_disk.run("python", "-m", f"stages.{stage}", environment={"PYTHONDONTWRITEBYTECODE": "1"})
    assert ended.code == 1
    assert_refused(ended.text, ended.text.splitlines()[-1].split(": ")[1], errno.ENOSPC)
    assert ended.text.splitlines()[-1].split(": ")[1] in on_disk.outputs(stage)
    on_disk.assert_nothing_is_half_written()


def test_full_disk_is_reported_by_dvc(on_disk: Laboratory, disk: Disk) -> None:
    stage = "split"
    on_disk.forget_in_cache(stage)
    disk.fill()
    ended = on_disk.run("dvc", "repro", "--single-item", "--force", stage)
    assert ended.code == 255
    assert os.strerror(errno.ENOSPC) in ended.text or "disk is full" in ended.text
    assert "Traceback" not in ended.text
    on_disk.assert_nothing_is_half_written()
    (disk.path / "ballast").unlink()
    on_disk.assert_repro_repairs()


@pytest.mark.parametrize("stage", ["split", "evaluate"])
def test_file_size_limit_is_reported_with_the_file(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    ended = laboratory.run_stage(stage, "call write_atomically", max(1, FILES[stage] // 2), "refuse_long_files")
    assert ended.code == 1
    path = ended.text.splitlines()[-1].split(": ")[1]
    assert path in laboratory.outputs(stage)
    assert_refused(ended.text, path, errno.EFBIG)
    laboratory.assert_nothing_is_half_written()


@pytest.mark.parametrize("stage", ["fetch_mnist", "train_custom"])
def test_read_only_disk_is_reported(on_disk: Laboratory, disk: Disk, stage: str) -> None:
    disk.remount("ro")
    ended = on_disk.run("python", "-m", f"stages.{stage}")
    assert ended.code == 1
    path = ended.text.splitlines()[-1].split(": ")[1]
    assert path in on_disk.outputs(stage)
    assert_refused(ended.text, path, errno.EROFS)
    on_disk.assert_nothing_is_half_written()


@pytest.mark.parametrize("stage", ["split", "train_custom"])
def test_read_only_folder_is_reported(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    as_user = [] if os.geteuid() else NO_OVERRIDE
    if as_user and shutil.which(as_user[0]) is None:
        pytest.skip("root may write anywhere, and there is no setpriv to take that right")
    folders = {(laboratory.root / path).parent for path in laboratory.outputs(stage)}
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    ended = laboratory.run(*as_user, "python", "-m", f"stages.{stage}")
    for folder in folders:
        folder.chmod(stat.S_IRWXU)
    assert ended.code == 1
    path = ended.text.splitlines()[-1].split(": ")[1]
    assert path in laboratory.outputs(stage)
    assert_refused(ended.text, path, errno.EACCES)
    laboratory.assert_nothing_is_half_written()


@pytest.mark.parametrize(("stage", "fault"), [("fetch_mnist", "ro"), ("plot", "full")])
def test_stage_runs_without_a_usable_temporary_folder(
    laboratory: Laboratory, disk: Disk, stage: str, fault: str
) -> None:
    laboratory.mark(stage)
    if fault == "full":
        disk.fill()
    else:
        disk.remount("ro")
    with pytest.raises(OSError, match=r"No space left|Read-only"):
        (disk.path / "file").write_bytes(b"something")
    done = laboratory.run("dvc", "repro", environment={"TMPDIR": str(disk.path)})
    assert done.code == 0, done.text
    assert f"Running stage '{stage}'" in done.text
    laboratory.assert_repro_repairs()


def test_too_small_temporary_folder_is_reported(laboratory: Laboratory, disk: Disk) -> None:
    laboratory.mark("fetch_mnist")
    disk.fill(left=100_000)
    ended = laboratory.run("dvc", "repro", environment={"TMPDIR": str(disk.path)})
    assert "No space left on device" in ended.text
    assert "Could not get MNIST" not in ended.text  # or `make repro` would go on to the small digits
    assert "stages.fetch_mnist, exited with 1" in ended.text
    assert "Traceback" not in ended.text
    assert sorted(path.name for path in disk.path.iterdir()) == ["ballast"]
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


TOLD = "^error: not enough memory|^OpenBLAS error: Memory allocation still failed"
"""What is said of it. OpenBLAS ends the process by itself."""
# in training by NumPy after the first step: without room for its buffer at the first product, OpenBLAS may crash
MEMORY = {
    "fetch_mnist": "call read_idx",
    "split": "call split_dataset",
    "train_custom": "return MLP.train_step",
    "train_torch": "call fit",
    "evaluate": "call outputs",
    "plot": "call save_figure",
}


@pytest.mark.parametrize("stage", STAGES)
def test_exhausted_memory_is_reported(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    ended = laboratory.run_stage(stage, MEMORY[stage], 1, "refuse_memory")
    assert ended.code == 1
    assert re.search(TOLD, ended.text, re.MULTILINE)
    assert not re.search("^Traceback", ended.text, re.MULTILINE)  # PyTorch may log one, behind a time
    laboratory.assert_nothing_is_half_written()
