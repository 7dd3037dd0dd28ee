"""A finished repository to break: what it holds, a fault put into it, and what must be true afterwards."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from mnist_mlp.harness import lock
from mnist_mlp.harness.dvc_records import locked_stages, md5
from tests.support import processes
from tests.support.processes import Process, wait_until
from tests.support.repository import NOTHING, Repository
from tests.support.warm import programs
from tools.verify import oid

INJECT = Path(__file__).parent / "inject"
BEFORE = b"earlier content\n"
IN_GIT = ("metrics/", "plots/")
STAGES = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")


@dataclass(frozen=True)
class Fault:
    """What is to happen to which program, and when; see inject/sitecustomize.py."""

    program: str
    at: str
    nth: int
    do: str

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(INJECT), "FAULT": json.dumps(asdict(self))}

    def can_be_in_a_fork(self) -> bool:
        """Return whether the program can be one that starts at once: no library is imported in it."""
        return not self.at.startswith("import")


@dataclass(frozen=True)
class Ended:
    """How a program ended: exit code, or minus the signal's number, and what it wrote."""

    code: int
    text: str


class Laboratory:
    """A copy of a finished repository, and that repository to compare it with."""

    def __init__(self, repository: Repository, right: Mapping[str, bytes]) -> None:
        self.repository = repository
        self.root = repository.root
        self.right = right
        self.before = dict(right)

    def outputs(self, stage: str) -> list[str]:
        """Return the files that a stage writes."""
        outs = [out["path"] for out in locked_stages(self.repository.read("dvc.lock"))[stage]["outs"]]
        return [path for path in self.right if any(path == out or path.startswith(f"{out}/") for out in outs)]

    def mark(self, stage: str) -> None:
        """Overwrite the outputs of a stage, to recognise what it writes, and drop the right ones of the cache."""
        self.forget_in_cache(stage)
        for path in self.outputs(stage):
            (self.root / path).write_bytes(BEFORE)
            self.before[path] = BEFORE

    def start(self, *command: str, fault: Fault, environment: Mapping[str, str] = NOTHING) -> Process:
        """Start a program, with a fault, whose both streams come as one."""
        variables = {**self.repository.variables(), **environment, **fault.environment()}
        if fault.can_be_in_a_fork():
            variables = programs.first_on_path(variables)
        return processes.start(command, self.root, variables, stderr=subprocess.STDOUT)

    def run(self, *command: str, fault: Fault | None = None, environment: Mapping[str, str] = NOTHING) -> Ended:
        """Run a program to its end, with a fault or without."""
        if fault:
            return end(self.start(*command, fault=fault, environment=environment))
        done = self.repository.run(*command, check=False, environment=environment)
        return Ended(done.returncode, done.stdout)

    def run_stage(self, stage: str, at: str, nth: int, do: str) -> Ended:
        """Run a stage as DVC does, without DVC, with a fault."""
        return self.run("python", "-m", f"stages.{stage}", fault=Fault(f"stages.{stage}", at, nth, do))

    def cached(self, path: str) -> Path:
        """Return where the cache has the right content of an output."""
        digest = hashlib.md5(self.right[path], usedforsecurity=False).hexdigest()
        return self.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]

    def forget_in_cache(self, stage: str) -> None:
        """Remove the outputs of a stage from the cache, so that DVC has to run it."""
        for path in self.outputs(stage):
            self.cached(path).unlink(missing_ok=True)

    def make_lock_stale(self, stage: str) -> None:
        """Record another hash of a stage's first output, so that DVC has to write dvc.lock when it ran."""
        text = self.repository.read("dvc.lock")
        first = locked_stages(text)[stage]["outs"][0]["md5"][:32]
        before, _, after = text.partition(f"{stage}:\n")
        (self.root / "dvc.lock").write_text(f"{before}{stage}:\n{after.replace(first, 32 * 'a', 1)}")

    def verify(self) -> str:
        """Run ``make verify``."""
        done = self.run("python", "-m", "tools.verify")
        assert done.code == 0, done.text
        return done.text

    def assert_cache_is_whole(self) -> None:
        """Make sure that the cache holds all outputs, each with the right bytes, and no damaged file."""
        objects = [path for path in (self.root / ".dvc/cache/files/md5").rglob("*") if path.is_file()]
        assert [path for path in objects if md5(path) != oid(path)] == []
        assert {self.cached(path) for path in self.right if not path.startswith(IN_GIT)} <= set(objects)

    def assert_nothing_is_half_written(self) -> None:
        """Make sure that each output is absent, as it was before, or right, and that no other file exists.

        A training rewrites its history after each epoch: one that ends early is right so far.
        """
        found = finals(self.repository)
        assert found.keys() <= self.right.keys()
        for path, content in found.items():
            whole = path.startswith("plots/history_") and content.endswith(b"\n") and content.count(b"\n") > 1
            so_far = whole and self.right[path].startswith(content)
            assert content in (self.before[path], self.right[path]) or so_far, f"{path} is neither old nor right"

    def assert_repro_repairs(self) -> str:
        """Run a plain ``dvc repro``; make sure that everything is as in the finished repository."""
        done = self.run("dvc", "repro")
        assert done.code == 0, done.text
        assert finals(self.repository) == self.right
        assert self.changed() == []
        assert partials(self.root) == []
        return done.text

    def changed(self) -> list[str]:
        """Return the files that differ from the commit.

        DVC runs the two trainings in any order, and adds them in that order to a dvc.lock that has lost them.
        """
        names = [line[3:] for line in self.repository.git("status", "--porcelain").splitlines()]
        committed = self.repository.git("show", "HEAD:dvc.lock")
        same = lock.content(self.repository.read("dvc.lock")) == lock.content(committed)
        return [name for name in names if not (name == "dvc.lock" and same)]


def end(process: Process) -> Ended:
    """Wait for a program and for all that it started."""
    text, _ = processes.communicate(process)
    return Ended(process.returncode, text)


def finals(repository: Repository) -> dict[str, bytes]:
    """Return the content of all files in all outputs, by their paths, but files that are being written."""
    stages = locked_stages(repository.git("show", "HEAD:dvc.lock"))
    outs = [repository.root / out["path"] for stage in stages.values() for out in stage["outs"]]
    files = [file for out in outs for file in (out.rglob("*") if out.is_dir() else [out])]
    return {
        file.relative_to(repository.root).as_posix(): file.read_bytes()
        for file in files
        if file.is_file() and ".partial" not in file.name
    }


def partials(root: Path) -> list[str]:
    """Return the files that were left while being written."""
    return [path.name for path in root.rglob(".*.partial*")]


def wait_until_stopped(group: int) -> int:
    """Return the process, of those in a process group, that waits for SIGCONT."""
    stopped: list[int] = []

    def find() -> bool:
        stopped.extend(one.pid for one in processes.members(group) if one.status() == psutil.STATUS_STOPPED)
        return bool(stopped)

    wait_until(find)
    return stopped[0]
