"""DVC and stages killed at random moments: does the same command, given again, bring the committed results back?

``KILLS=200 SEED=1 COLD=1 pytest -n 1 -m slow -s tests/guards/test_random_kills.py``: more kills, and the same ones
again, with a DVC and stages that import their libraries.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from mnist_mlp.harness.dvc_records import md5
from tests.conftest import Once
from tests.support.laboratory import STAGES, Laboratory, finals, partials
from tests.support.processes import PATIENCE, members, wait_until
from tests.support.repository import COPY, Repository
from tests.support.warm import programs
from tools.verify import oid

KILLS = int(os.environ.get("KILLS", "12"))
PARTS = 4
"""Tests among which they are shared out."""
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
TARGETS = ("DVC", "its process group", "the running stage")
EDITS = ({"seed: 10": "seed: 11"}, {"dpi: 110": "dpi: 111"}, {"epochs: 1": "epochs: 2"})
"""Changes of params.yaml: all but the first stage run, only the last, only the trainings and what follows."""
REPAIRS = (("python", "-m", "tools.repro"), ("dvc", "repro"))
RWLOCK = ".dvc/tmp/rwlock"
BROKEN = "RWLock-file"
"""What DVC's message about a half-written one has; docs/trust.md says to delete it."""
CUT_SHORT = ("'./dvc.lock' validation failed", "'./dvc.lock' is invalid", "error: dvc.lock")
"""What DVC and `make repro` say of a half-written dvc.lock; docs/trust.md says to take the committed one."""


@dataclass(frozen=True)
class Run:
    """A run of DVC that is to be killed: its command, and a change of params.yaml before it.

    ``share`` is about how long it takes, as a share of the time of all stages.
    """

    command: tuple[str, ...]
    edit: dict[str, str]
    share: float = 1.0


RUNS = [
    *(Run(("dvc", "repro", "--force", "--no-run-cache", "--single-item", stage), {}, 0.2) for stage in STAGES),
    Run(("dvc", "repro", "--force", "--no-run-cache"), {}),
    *(Run(("dvc", "repro", "--no-run-cache"), edit) for edit in EDITS),
]


class Kill(NamedTuple):
    """What is killed, how, after which share of the run's duration, and what repairs it."""

    run: Run
    signal: signal.Signals
    target: str
    moment: float
    repair: tuple[str, ...]
    wait: bool
    """Whether to wait, before the repair, for the processes that the signal left running."""


def draw(stream: random.Random) -> Kill:
    return Kill(
        stream.choice(RUNS), stream.choice(SIGNALS), stream.choice(TARGETS), stream.random(),
        stream.choice(REPAIRS), stream.random() < 0.5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shorter(once: Once, reproduced: Repository) -> Repository:
    """A copy whose trainings are as short as possible, its results committed. Not to be changed."""

    def make(parent: Path) -> None:
        repository = reproduced.copy(parent)
        repository.replace("params.yaml", {"epochs: 3": "epochs: 1"})
        repository.dvc("repro")
        repository.git("commit", "--quiet", "--all", "--message", "Shorter")
        (parent / "duration").write_text(str(duration(repository)), encoding="utf-8")

    return Repository(once("shorter", make) / COPY)


@pytest.mark.parametrize("part", range(PARTS))
def test_results_come_back_after_random_kills(shorter: Repository, tmp_path: Path, part: int) -> None:
    print(f"\nSEED={SEED} KILLS={KILLS}", flush=True)
    stream = random.Random(f"{SEED} {part}")  # noqa: S311
    repository = shorter.copy(tmp_path)
    right = finals(repository)
    whole = float((tmp_path / "duration").read_text(encoding="utf-8"))
    counts: Counter[str] = Counter()
    for number in range(part + 1, KILLS + 1, PARTS):
        drawn = draw(stream)
        hit, left = strike(repository, drawn, whole * drawn.run.share * drawn.moment)
        needed = recover(repository, drawn, left, right)
        assert damaged(repository) == []
        words = [
            f"{drawn.signal.name} of {drawn.target}",
            hit,
            *(["partial file left"] if partials(repository.root) else []),
        ]
        print(f"{number}. {words} {' '.join(drawn.run.command)} {drawn.run.edit}: {needed}", flush=True)
        counts.update([*words, *needed])
    print(*(f"{count:4} {what}" for what, count in sorted(counts.items())), sep="\n")


def duration(repository: Repository) -> float:
    """Return the seconds of all stages if nothing stops them."""
    begun = time.monotonic()
    assert start(repository, RUNS[len(STAGES)].command).wait(PATIENCE) == 0
    return time.monotonic() - begun


@contextmanager
def edited(repository: Repository, changes: dict[str, str]) -> Iterator[None]:
    """Change params.yaml, and at the end write its content back.

    `git checkout` would not always do: if the file is changed in the second in which Git last wrote it, without
    another length, and DVC then writes Git's index, Git takes it for unchanged.
    """
    before = repository.read("params.yaml")
    repository.replace("params.yaml", changes)
    yield
    (repository.root / "params.yaml").write_text(before, encoding="utf-8")


def start(repository: Repository, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start a run of DVC as the leader of a process group. It and its stages start at once, unless COLD is set."""
    root, variables = repository.root, programs.first_on_path(repository.variables())
    with (root.parent / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=root, env=variables, stdout=log, stderr=log, process_group=0)


def strike(repository: Repository, drawn: Kill, moment: float) -> tuple[str, list[psutil.Process]]:
    """Start the run and kill; return what was hit, and the processes that go on."""
    with edited(repository, drawn.run.edit):
        process = start(repository, drawn.run.command)
        time.sleep(moment)
        hit = send(process, drawn)
        process.wait(PATIENCE)
        left = members(process.pid)
        if drawn.wait:
            wait_until(lambda: not members(process.pid))
            left = []
    return f"{hit}, {'others went on' if left else 'nothing else ran'}", left


def send(process: "subprocess.Popen[bytes]", drawn: Kill) -> str:
    """Send the signal to the target, if that still runs."""
    if process.poll() is not None:
        return "had ended"
    if drawn.target == "its process group":
        os.killpg(process.pid, drawn.signal)
        return "hit"
    if drawn.target == "DVC":
        process.send_signal(drawn.signal)
        return "hit"
    while process.poll() is None:
        for one in members(process.pid):
            with suppress(psutil.NoSuchProcess):
                if "stages." in " ".join(one.cmdline()):
                    one.send_signal(drawn.signal)
                    return "hit"
        time.sleep(0.01)
    return "had ended"


def recover(
    repository: Repository, drawn: Kill, left: Sequence[psutil.Process], right: dict[str, bytes]
) -> list[str]:
    """Repair until all is as committed; return what it took. At most three commands may be needed."""
    name, took = " ".join(drawn.repair), []
    for _ in range(3):
        done = repository.run(*drawn.repair, check=False)
        took.append(name if done.returncode == 0 else f"{name} failed")
        assert "Traceback" not in done.stdout, done.stdout
        if "note: removed" in done.stdout:
            took[-1] += ", which removed a broken rwlock"
        if BROKEN in done.stdout and "JSON structure is corrupted" in done.stdout:
            (repository.root / RWLOCK).unlink()
            took.append(f"rm {RWLOCK}")
        if any(words in done.stdout for words in CUT_SHORT):
            repository.git("checkout", "HEAD", "--", "dvc.lock")
            took.append("git checkout HEAD -- dvc.lock")
        psutil.wait_procs(left, timeout=PATIENCE)
        clean = Laboratory(repository, right).changed() == []
        if done.returncode == 0 and clean and finals(repository) == right:
            return [" and then ".join(took)]
        print(done.stdout, flush=True)
    raise AssertionError(f"{drawn} took {took}:\n{done.stdout}\n{repository.git('status', '--short')}")


def damaged(repository: Repository) -> list[Path]:
    """Return the files in the cache whose bytes are not those of their name."""
    objects = (repository.root / ".dvc/cache/files/md5").rglob("*")
    return [path for path in objects if path.is_file() and path.suffix != ".tmp" and md5(path) != oid(path)]
