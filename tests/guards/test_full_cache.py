"""DVC logs that it could not store an output, and succeeds; `make repro` does not."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import Repository

MIB = 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=40M", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def last_line(repository: Repository, check: bool = True) -> str:
    """Run ``make repro`` as it is after the installation; return its last line."""
    done = repository.run("python", "-m", "tools.repro", check=False)
    assert (done.returncode == 0) == check, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout.splitlines()[-1]


def test_outputs_that_do_not_fit_into_the_cache_fail_the_run(repository: Repository, disk: Path) -> None:
    cache = disk / "cache"
    shutil.move(repository.root / ".dvc/cache", cache)
    repository.dvc("cache", "dir", "--local", str(cache))
    for path in sorted(cache.rglob("*"), key=lambda path: path.stat().st_size)[-1:]:
        path.unlink()  # the images of data/raw
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - MIB // 4))
    alone = repository.dvc("repro")
    assert "No space left on device" in alone  # and yet its exit code is 0
    assert last_line(repository, check=False) == (
        f"error: {cache}/files/md5: expected all outputs in DVC's cache, got nothing for data/raw; "
        "make room on that disk, then run `make repro` again"
    )
    ballast.unlink()
    assert last_line(repository).startswith("The same bits: all 17 outputs")
    assert repository.git("status", "--porcelain") == ""


CHECK = "from mnist_mlp.harness.run import run_stage; from tools.repro import check_cache; run_stage(check_cache)"


@pytest.mark.parametrize("suffix", ["", ".dir"])
def test_each_output_must_be_in_the_cache(repository: Repository, suffix: str) -> None:
    assert repository.run("python", "-c", CHECK).stdout == ""
    name = "data/raw" if suffix else "models/torch.safetensors"
    after = repository.read("dvc.lock").split(f"- path: {name}\n")[1]  # as a dependency or as an output
    md5 = after.split("md5: ")[1].split()[0]
    assert md5.endswith(suffix)
    (repository.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    done = repository.run("python", "-c", CHECK, check=False)
    assert done.returncode == 1
    assert f"got nothing for {name};" in done.stdout
    assert len(done.stdout.splitlines()) == 1
