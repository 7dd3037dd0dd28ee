"""``python -m tests.random_kills [KILLS] [SEED]``: does the same command bring the results back after any kill?

DVC, its process group or the running stage is killed at random moments, in a small copy of the repository. It is
run by hand; docs/trust.md has the last result.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

import stages  # noqa: F401  # this copy's src first on the path
from tests.support.repository import Repository, make_repository

PATIENCE = 300
"""Seconds to wait for a program."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
TARGETS = ("DVC", "its process group", "the running stage")
FORCED = ("dvc", "repro", "--force", "--no-run-cache")
STAGES = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")
EDITS: list[dict[str, str]] = [{}, {"seed: 10": "seed: 11"}, {"dpi: 110": "dpi: 111"}, {"epochs: 1": "epochs: 2"}]
"""Changes of params.yaml: none, one that runs all but the first stage, the last one, or the trainings."""
REPAIRS = {"RWLock-file": "rm .dvc/tmp/rwlock", "'./dvc.lock'": "git checkout HEAD -- dvc.lock"}
"""What to do, by what DVC says of a file that it had half-written."""


class Kill(NamedTuple):
    """What is killed, how, and after which share of the duration of all stages."""

    command: tuple[str, ...]
    edit: dict[str, str]
    signal: signal.Signals
    target: str
    moment: float


def draw(stream: random.Random) -> Kill:
    """Choose a run, and when and how it is killed."""
    single = [((*FORCED, "--single-item", stage), EDITS[0], 0.2) for stage in STAGES]
    command, edit, share = stream.choice([*single, *((FORCED, edit, 1.0) for edit in EDITS)])
    return Kill(command, edit, stream.choice(SIGNALS), stream.choice(TARGETS), share * stream.random())


def start(repository: Repository, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start a program as the leader of a process group, its output left out."""
    return subprocess.Popen(
        command, cwd=repository.root, env=repository.variables(), process_group=0,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def members(group: int) -> list[psutil.Process]:
    """Return the processes of a process group that have not ended."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def strike(repository: Repository, kill: Kill, duration: float) -> str:
    """Start the run, kill the target, and return whether it still ran."""
    before = repository.read("params.yaml")
    repository.replace("params.yaml", kill.edit)
    process = start(repository, kill.command)
    time.sleep(duration * kill.moment)
    running = {one.pid: " ".join(one.cmdline()) for one in members(process.pid)}
    victims = {
        "DVC": [process.pid],
        "its process group": list(running),
        "the running stage": [pid for pid, command in running.items() if "stages." in command],
    }[kill.target]
    hit = process.poll() is None and bool(victims)
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, kill.signal)
    process.wait(PATIENCE)
    psutil.wait_procs(members(process.pid), timeout=PATIENCE)
    (repository.root / "params.yaml").write_text(before, encoding="utf-8")
    return "hit" if hit else "nothing to hit"


def recover(repository: Repository, right: dict[str, bytes]) -> str:
    """Run ``dvc repro`` until all is as committed, at most three times; return what it took."""
    took = []
    for _ in range(3):
        done = repository.run("dvc", "repro", check=False)
        took.append("dvc repro")
        if "Traceback" in done.stdout:
            break
        for repair in [repair for words, repair in REPAIRS.items() if done.returncode and words in done.stdout]:
            repository.run("sh", "-c", repair)
            took.append(repair)
        if done.returncode == 0 and repository.outputs() == right:
            return ", ".join(took)
    raise SystemExit(f"error: the results did not come back after {took}:\n{done.stdout}")


def main(kills: int = 200, seed: int = 1) -> None:
    """Kill and recover; print each kill and, at the end, how often each recovery was needed."""
    stream, counts = random.Random(seed), Counter[str]()  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        repository = make_repository(Path(folder))
        repository.replace("params.yaml", {"epochs: 3": "epochs: 1"})
        repository.dvc("repro")
        repository.git("commit", "--quiet", "--all", "--message", "Results")
        right, begun = repository.outputs(), time.monotonic()
        start(repository, FORCED).wait(PATIENCE)
        duration = time.monotonic() - begun
        for number in range(kills):
            kill = draw(stream)
            hit = strike(repository, kill, duration)
            took = recover(repository, right)
            counts.update([what := f"{kill.signal.name} of {kill.target}, {hit}", took])
            print(f"{number}. {what}: {took}", flush=True)
    print(*(f"{count:4} {what}" for what, count in sorted(counts.items())), sep="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
