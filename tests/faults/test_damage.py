"""A flipped bit in an output of each kind of stage, which DVC does not see: refused, found and repaired."""

import os
from pathlib import Path

import pytest

from mnist_mlp.harness.dvc_records import md5
from tests.faults.conftest import Laboratory
from tests.support.repository import UP_TO_DATE

DAMAGED = "expected the bytes that dvc.lock records, got different ones"
FILES = {
    "data/raw/images.npy": "split",
    "data/split/val/labels.npy": "train_torch",
    "models/custom.safetensors": "evaluate",
    "data/outputs/custom.npy": "plot",
}
"""What is damaged, and a stage that reads it."""


def flip(path: Path) -> None:
    """Flip one bit in the middle, of a pixel or a weight; type, shape, range, size and time stay as they were."""
    before, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def assert_refused(laboratory: Laboratory, stage: str, path: str) -> None:
    printed = laboratory.repository.dvc("repro", "--single-item", "--force", stage, check=False)
    assert DAMAGED in printed
    assert str(Path(path)) in printed or str(Path(path).parent) in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(("path", "stage"), FILES.items())
def test_damage_in_the_cache_is_refused_and_repaired(laboratory: Laboratory, path: str, stage: str) -> None:
    cached = laboratory.cached(path)
    flip(cached)
    (laboratory.root / path).unlink()
    laboratory.repository.dvc("checkout", "--force")
    assert (laboratory.root / path).read_bytes() == cached.read_bytes()  # DVC does not see it
    assert_refused(laboratory, stage, path)
    assert "1 damaged" in laboratory.repository.run("python", "-m", "tools", "verify").stdout
    assert not cached.exists()
    laboratory.assert_repro_repairs()
    assert md5(cached) == cached.parent.name + cached.name


def test_damage_in_the_workspace_is_refused_and_repaired(laboratory: Laboratory) -> None:
    path = "data/split/val/labels.npy"
    laboratory.repository.dvc("status")  # from here on DVC knows the file by its size and time
    flip(laboratory.root / path)
    assert UP_TO_DATE in laboratory.repository.dvc("repro")  # DVC does not see it
    assert_refused(laboratory, FILES[path], path)
    laboratory.repository.run("python", "-m", "tools", "verify")
    laboratory.assert_repro_repairs()
