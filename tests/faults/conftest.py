"""A finished repository to break: a fault put into a stage or into DVC, and what must be true afterwards."""

import hashlib
import json
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from mnist_mlp.harness.dvc_records import locked_stages
from tests.support.repository import Repository

INJECT = Path(__file__).parent / "inject"


class Laboratory:
    """A copy of a finished repository, and the outputs that it must have in the end, by path."""

    def __init__(self, repository: Repository, right: Mapping[str, bytes]) -> None:
        self.repository = repository
        self.root = repository.root
        self.right = right

    def repro(self, stage: str, **fault: object) -> tuple[int, str]:
        """Let DVC, in a process of its own, run a stage with a fault as in inject/sitecustomize.py.

        Returns:
            DVC's exit code and what was printed.
        """
        shutil.rmtree(self.root / ".dvc/cache")  # or DVC would take from it what the stage has to make again
        fault = {"program": f"stages.{stage}", "edit": (), **fault}
        # started as by a terminal: Ctrl-C meets a process group, and is not ignored as in a shell's background job
        signal.signal(signal.SIGINT, signal.default_int_handler)
        done = subprocess.run(
            ["dvc", "repro", "--single-item", "--force", stage], cwd=self.root, process_group=0, timeout=300,
            env={**self.repository.variables(), "PYTHONPATH": str(INJECT), "FAULT": json.dumps(fault)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def outputs(self, stage: str) -> list[Path]:
        """Return the files and folders that a stage writes."""
        stages = locked_stages(self.repository.git("show", "HEAD:dvc.lock"))
        return [self.root / out["path"] for out in stages[stage]["outs"]]

    def cached(self, path: str) -> Path:
        """Return where the cache has the right content of an output."""
        digest = hashlib.md5(self.right[path], usedforsecurity=False).hexdigest()
        return self.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]

    def assert_nothing_is_half_written(self) -> None:
        """Make sure that each output is absent or right; of a training's history, epochs may be missing."""
        for path, content in self.repository.outputs().items():
            so_far = path.startswith("plots/history_") and content.count(b"\n") > 1 and content.endswith(b"\n")
            assert content == self.right[path] or (so_far and self.right[path].startswith(content)), path

    def assert_repro_repairs(self) -> None:
        """Run a plain ``dvc repro``; make sure that everything is as in the finished repository."""
        self.repository.dvc("repro")
        assert self.repository.outputs() == self.right
        assert self.repository.git("status", "--porcelain") == ""
        assert list(self.root.rglob(".*.partial*")) == []


@pytest.fixture
def laboratory(reproduced: Repository, tmp_path: Path) -> Laboratory:
    """A copy that a test may break; without run-cache, so that a stage that has to run again does run."""
    repository = reproduced.copy(tmp_path)
    shutil.rmtree(repository.root / ".dvc/cache/runs")
    return Laboratory(repository, reproduced.outputs())
