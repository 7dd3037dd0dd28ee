"""A bit flipped, or a file cut short: in the workspace, in the cache, with its time and size as they were."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.laboratory import IN_GIT, STAGES, Laboratory
from tests.support.repository import Repository

DAMAGED = "expected the bytes that dvc.lock records, got different ones"
FILES = {
    "data/raw/images.npy": "split",
    "data/split/val/labels.npy": "train_torch",
    "models/custom.safetensors": "evaluate",
    "data/outputs/custom.npy": "plot",
    "plots/history_torch.csv": "plot",
}
"""What is damaged, and a stage that reads it."""


def flip(path: Path) -> None:
    """Flip one bit in the middle, of a pixel or a weight: no type, shape or range gives it away."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    overwrite(path, content)


def cut(path: Path) -> None:
    overwrite(path, path.read_bytes()[: path.stat().st_size // 2])


def overwrite(path: Path, content: bytes | bytearray) -> None:
    """Change a file, which may be read-only, but not its permissions: of its cache, DVC asks no more."""
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(mode)


DAMAGES = [(path, flip if i % 2 else cut) for i, path in enumerate(FILES)]
IN_CACHE = [(path, flip if damage is cut else cut) for path, damage in DAMAGES if not path.startswith(IN_GIT)]


@pytest.mark.parametrize(("path", "damage"), DAMAGES)
def test_repro_sees_damage_in_the_workspace(
    laboratory: Laboratory, path: str, damage: Callable[[Path], None]
) -> None:
    damage(laboratory.root / path)
    text = laboratory.assert_repro_repairs()
    assert text.count("didn't change, skipping") < len(STAGES)


@pytest.mark.parametrize(("path", "stage"), list(FILES.items())[1::2])
def test_damage_that_dvc_cannot_see_is_refused_and_repaired(laboratory: Laboratory, path: str, stage: str) -> None:
    laboratory.run("dvc", "status")  # from here on DVC knows the file by its size and time
    file = laboratory.root / path
    before = file.stat()
    flip(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "Data and pipelines are up to date." in laboratory.run("dvc", "repro").text  # DVC does not see it
    refused = laboratory.run("dvc", "repro", "--single-item", "--force", stage)
    assert refused.code == 255
    assert DAMAGED in refused.text
    assert "Traceback" not in refused.text
    laboratory.verify()
    laboratory.assert_repro_repairs()


@pytest.mark.parametrize(("path", "damage"), IN_CACHE)
def test_damage_in_the_cache_is_refused_and_repaired(
    laboratory: Laboratory, path: str, damage: Callable[[Path], None]
) -> None:
    stage = FILES[path]
    cached = laboratory.cached(path)
    damage(cached)
    (laboratory.root / path).unlink()
    laboratory.run("dvc", "checkout", "--force")
    assert (laboratory.root / path).read_bytes() == cached.read_bytes()  # DVC does not see it
    refused = laboratory.run("dvc", "repro", "--single-item", "--force", stage)
    assert refused.code == 255
    assert DAMAGED in refused.text
    assert "Traceback" not in refused.text
    assert "1 damaged" in laboratory.verify()
    assert not cached.exists()
    laboratory.assert_repro_repairs()
    laboratory.assert_cache_is_whole()


@pytest.mark.parametrize("content", [b"", b"no yaml: [at all"])
def test_a_damaged_entry_of_the_run_cache_is_not_used(
    laboratory: Laboratory, reproduced: Repository, content: bytes
) -> None:
    runs = laboratory.root / ".dvc/cache/runs"
    shutil.copytree(reproduced.root / ".dvc/cache/runs", runs)
    entries = [path for path in runs.rglob("*") if path.is_file()]
    assert len(entries) == 6
    for entry in entries:
        entry.write_bytes(content)
    laboratory.mark("train_custom")
    assert "Running stage 'train_custom'" in laboratory.assert_repro_repairs()


@pytest.mark.parametrize("path", ["params.yaml", "dvc.yaml", "src/mnist_mlp/network/layers.py"])
def test_truncated_source_file_is_reported_and_git_restores_it(laboratory: Laboratory, path: str) -> None:
    cut(laboratory.root / path)
    refused = laboratory.run("dvc", "repro")
    assert refused.code == 255
    laboratory.assert_nothing_is_half_written()
    laboratory.repository.git("checkout", path)
    laboratory.assert_repro_repairs()
