"""Both training stages, in a copy of the working tree and in one of an earlier commit."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import Measured, measure
from mnist_mlp.harness.errors import InputError

EPOCHS = 10
PARTS = ("params.yaml", "src", "stages")
"""What a training stage needs besides the images."""


def last_measured() -> str:
    """Return the commit that last changed benchmarks/results.json: what was measured last."""
    return _git("log", "-1", "--format=%h", "--", "benchmarks/results.json").strip()


def copy_of_working_tree(folder: Path) -> None:
    """Copy what the training stages need."""
    for part in map(Path, PARTS):
        if part.is_dir():
            shutil.copytree(part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True)
            shutil.copy(part, folder)
    _prepare(folder)


def copy_of_commit(commit: str, folder: Path) -> None:
    """Write the same from a commit.

    Raises:
        InputError: there is no such commit here.
    """
    archive = folder.with_suffix(".tar")
    _git("archive", f"--output={archive}", commit, "--", *PARTS)
    shutil.unpack_archive(archive, folder, filter="data")
    _prepare(folder)


def measure_stages(folder: Path) -> Measured:
    """Run both training stages in a copy; return their seconds together, and the larger memory."""
    stages = [
        measure([sys.executable, "-m", f"stages.train_{engine}"], folder)[1] for engine in ("custom", "torch")
    ]
    return Measured(sum(stage.seconds for stage in stages), max(stage.peak_mib for stage in stages))


def _prepare(folder: Path) -> None:
    """Let the stages of a copy read this repository's images and train for ``EPOCHS`` epochs."""
    params = folder / "params.yaml"
    text = re.sub(r"(?m)^  epochs: \d+", f"  epochs: {EPOCHS}", params.read_text(encoding="utf-8"))
    params.write_text(text, encoding="utf-8")
    (folder / "data").symlink_to(Path("data").absolute())


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise InputError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout
