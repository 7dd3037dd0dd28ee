"""A small copy of the repository to run whole pipelines in: a little synthetic data."""

import gc
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import numpy as np
from dvc import cli
from numpy.random import RandomState
from numpy.typing import NDArray

from mnist_mlp.harness.dvc_records import locked_stages
from mnist_mlp.sources.datasets import MNIST
from tests.support.factory import ROOT
from tests.support.mnist_files import idx_gz, sha256

ROWS = {"train": 1000, "t10k": 200}
IDENTITY = {
    "GIT_AUTHOR_NAME": "tests",
    "GIT_AUTHOR_EMAIL": "tests@example.org",
    "GIT_COMMITTER_NAME": "tests",
    "GIT_COMMITTER_EMAIL": "tests@example.org",
}
NOTHING: Mapping[str, str] = {}
LOGGERS = ("dvc", "dvc_objects", "dvc_data")
COPY = "a copy"
"""A name with a blank."""
LEFT_OUT = {"", "studies/dvc.yaml", "studies/dvc.lock"}
"""Most DVC commands read both: `dvc status` takes 1.0 s of CPU time without them, and 1.7 s with them."""
UP_TO_DATE = "Data and pipelines are up to date."
SMALLER = {
    "test_size: 10000": "test_size: 200",
    "val_size: 5000": "val_size: 100",
    "epochs: 50": "epochs: 3",
    "batch_size: 100": "batch_size: 20",
    "digits_shown: 20": "digits_shown: 4",
}


class Repository:
    """A copy of the repository in ``root``, with commands that run in it as a user would type them.

    Args:
        root: the folder that commands run in.
        environment: variables that they all see.
    """

    def __init__(self, root: Path, environment: Mapping[str, str] = NOTHING) -> None:
        self.root = root
        self.environment = environment
        self.mirror = root.parent / "mirror"

    def run(
        self, *command: str, check: bool = True, environment: Mapping[str, str] = NOTHING
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command; both streams of its output are in ``stdout``. DVC runs in this process."""
        variables = {**self.variables(), **environment}
        if command[0] == "dvc":
            done = _run_dvc(command, self.root, variables)
        else:
            done = subprocess.run(
                command, cwd=self.root, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False, timeout=300,
            )  # fmt: skip
        assert done.returncode == 0 or not check, done.stdout
        return done

    def variables(self) -> dict[str, str]:
        """Return the environment of the commands: DVC's notes beside the copy, and no settings of this machine."""
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MNIST_MIRROR": str(self.mirror),
            **IDENTITY,
            "GIT_OPTIONAL_LOCKS": "0",  # `git status` would lock a repository that another test is copying
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site cache"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.root.parent / "no global settings"),
            "DVC_SYSTEM_CONFIG_DIR": str(self.root.parent / "no system settings"),
            "DVC_TEST": "1",  # or colorama would put back the stream that it found when DVC was imported
            **self.environment,
        }

    def dvc(self, *words: str, check: bool = True, environment: Mapping[str, str] = NOTHING) -> str:
        """Run DVC and return what it printed."""
        return self.run("dvc", *words, check=check, environment=environment).stdout

    def git(self, *words: str) -> str:
        """Run git and return what it printed."""
        return self.run("git", *words).stdout

    def read(self, path: str) -> str:
        """Return a file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    def read_in(self, experiment: str, path: str) -> str:
        """Return a file's text in an experiment."""
        ref = self.git("for-each-ref", "--format=%(refname)", f"refs/exps/**/{experiment}").strip()
        return self.git("show", f"{ref}:{path}")

    def evaluation(self) -> dict[str, dict[str, float]]:
        """Return the metrics of the models, by their names."""
        metrics: dict[str, dict[str, float]] = json.loads(self.read("metrics/evaluate.json"))
        return metrics

    def plots(self) -> dict[str, list[dict[str, Any]]]:
        """Return what ``dvc plots diff HEAD`` draws, by plot."""
        plots: dict[str, list[dict[str, Any]]] = json.loads(self.dvc("plots", "diff", "HEAD", "--json"))["data"]
        return plots

    def replace(self, path: str, changes: dict[str, str]) -> None:
        """Replace texts in a file; each must occur."""
        text = self.read(path)
        for old, new in changes.items():
            assert old in text, f"{path} lacks {old!r}"
            text = text.replace(old, new)
        (self.root / path).write_text(text, encoding="utf-8")

    def outputs(self) -> dict[str, bytes]:
        """Return the content of all files in all outputs, by their paths, but of files that are being written."""
        stages = locked_stages(self.git("show", "HEAD:dvc.lock"))
        outs = [self.root / out["path"] for stage in stages.values() for out in stage["outs"]]
        files = [file for out in outs for file in (out.rglob("*") if out.is_dir() else [out]) if file.is_file()]
        whole = [file for file in files if ".partial" not in file.name]
        return {file.relative_to(self.root).as_posix(): file.read_bytes() for file in whole}

    def copy(self, parent: Path) -> "Repository":
        """Return a copy that can be changed freely; mirror and cache come along."""
        parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", f"{self.root.parent}/.", parent], check=True)  # in a third of shutil's time
        return Repository(parent / self.root.name, self.environment)


def _run_dvc(
    command: Sequence[str], root: Path, variables: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run DVC's own ``main`` in a folder, with exactly these environment variables; what stages print counts."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", buffering=1) as printed:
        with ExitStack() as stack:
            stack.enter_context(_streams_to(printed))
            stack.enter_context(patch.dict(os.environ, variables, clear=True))
            stack.enter_context(chdir(root))
            stack.enter_context(warnings.catch_warnings(action="ignore"))
            # DVC leaves files of Git open: they are closed before warnings are errors again
            stack.callback(gc.collect)
            code = cli.main(list(command[1:]))
        printed.seek(0)
        return subprocess.CompletedProcess(command, code, printed.read())


@contextmanager
def _streams_to(file: IO[str]) -> Iterator[None]:
    """Let all that this process, its loggers and its children print go to a file."""
    handlers = {handler for name in LOGGERS for handler in logging.getLogger(name).handlers}
    streams = [(handler, handler.stream) for handler in handlers if isinstance(handler, logging.StreamHandler)]
    saved = [os.dup(number) for number in (1, 2)]
    try:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        for handler, _ in streams:
            handler.setStream(file)
        with redirect_stdout(file), redirect_stderr(file):
            yield
    finally:
        for handler, stream in streams:
            handler.setStream(stream)
        for number, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def stages_run(output: str) -> list[str]:
    """Return the names of the stages that DVC says it has run."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def make_repository(parent: Path) -> Repository:
    """Copy all files that Git has or could have but ``LEFT_OUT``, point them to synthetic data, and commit."""
    repository = Repository(parent / COPY)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in sorted(set(listed.stdout.split("\0")) - LEFT_OUT):
        target = repository.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    repository.replace("src/mnist_mlp/sources/datasets.py", write_mirror(repository.mirror))
    repository.replace("params.yaml", SMALLER)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Copy")
    return repository


def write_mirror(folder: Path) -> dict[str, str]:
    """Write four synthetic IDX files; return which hash of real MNIST is to be replaced by which."""
    folder.mkdir(parents=True)
    arrays = {split: synthetic(rows, seed) for seed, (split, rows) in enumerate(ROWS.items())}
    for split, (images, labels) in arrays.items():
        (folder / f"{split}-images-idx3-ubyte.gz").write_bytes(idx_gz(images.reshape(-1, 28, 28)))
        (folder / f"{split}-labels-idx1-ubyte.gz").write_bytes(idx_gz(labels))
    both = [np.concatenate(parts).tobytes() for parts in zip(*arrays.values(), strict=True)]
    files = {MNIST.files[path.name]: sha256(path.read_bytes()) for path in folder.iterdir()}
    return files | {MNIST.arrays[name]: sha256(data) for name, data in zip(MNIST.arrays, both, strict=True)}


def synthetic(rows: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return noisy images (rows, 784) of ten patterns, and which pattern each one shows."""
    patterns = RandomState(0).randint(0, 2, (10, 784))
    stream = RandomState(seed)
    labels = stream.randint(0, 10, rows)
    noise = stream.randint(0, 120, (rows, 784))
    return (patterns[labels] * 135 + noise).astype(np.uint8), labels.astype(np.uint8)
