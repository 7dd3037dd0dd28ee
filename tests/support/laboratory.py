"""A finished repository to break: a fault put into a stage or into DVC, and what must be true afterwards."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_mlp.harness.dvc_records import locked_stages
from tests.support import processes
from tests.support.repository import Repository

INJECT = Path(__file__).parent / "inject"


@dataclass(frozen=True)
class Fault:
    """What is to happen to which program, and when; see inject/sitecustomize.py."""

    program: str
    file: str
    nth: int
    do: str
    edit: tuple[str, ...] = ()


class Laboratory:
    """A copy of a finished repository, and the outputs that it must have in the end, by path."""

    def __init__(self, repository: Repository, right: Mapping[str, bytes]) -> None:
        self.repository = repository
        self.root = repository.root
        self.right = right

    def repro(self, stage: str, fault: Fault) -> tuple[int, str]:
        """Let DVC, in a process of its own, run a stage; return its exit code and what was printed."""
        shutil.rmtree(self.root / ".dvc/cache")  # or DVC would take from it what the stage has to make again
        variables = {**self.repository.variables(), "PYTHONPATH": str(INJECT), "FAULT": json.dumps(asdict(fault))}
        command = ["dvc", "repro", "--single-item", "--force", stage]
        process = processes.start(command, self.root, variables, stderr=subprocess.STDOUT)
        text, _ = processes.communicate(process)
        return process.returncode, text

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
        for path, content in finals(self.repository).items():
            so_far = path.startswith("plots/history_") and content.count(b"\n") > 1 and content.endswith(b"\n")
            assert content == self.right[path] or (so_far and self.right[path].startswith(content)), path

    def assert_repro_repairs(self) -> str:
        """Run a plain ``dvc repro``; make sure that everything is as in the finished repository."""
        printed = self.repository.dvc("repro")
        assert finals(self.repository) == self.right
        assert self.repository.git("status", "--porcelain") == ""
        assert partials(self.root) == []
        return printed


def finals(repository: Repository) -> dict[str, bytes]:
    """Return the content of all files in all outputs, by their paths, but files that are being written."""
    stages = locked_stages(repository.git("show", "HEAD:dvc.lock"))
    outs = [repository.root / out["path"] for stage in stages.values() for out in stage["outs"]]
    files = [file for out in outs for file in (out.rglob("*") if out.is_dir() else [out]) if file.is_file()]
    return {
        file.relative_to(repository.root).as_posix(): file.read_bytes()
        for file in files
        if ".partial" not in file.name
    }


def partials(root: Path) -> list[str]:
    """Return the files that were left while being written."""
    return [path.name for path in root.rglob(".*.partial*")]
