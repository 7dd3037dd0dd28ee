"""Programs in process groups of their own, as a terminal starts them: started, signalled, waited for."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

PATIENCE = 300
"""Seconds after which a test gives up on a program."""

Process = subprocess.Popen[str]


def start(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], stderr: int = subprocess.PIPE
) -> Process:
    """Start a program as the leader of a process group, with exactly these environment variables."""
    # a shell's background jobs ignore Ctrl-C, and so would what they start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, process_group=0
    )


def communicate(process: Process) -> tuple[str, str]:
    """Wait for a program and for all that it started; return its stdout and stderr."""
    try:
        return process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        kill(process)
        raise


def kill(process: Process, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process and all that it started."""
    os.killpg(process.pid, number)


def stop(process: Process) -> None:
    """End a process, if it still runs, and close its pipes."""
    if process.poll() is None:
        kill(process)
    communicate(process)


def members(group: int) -> list[psutil.Process]:
    """Return the processes of a process group that have not ended, the youngest first."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(psutil.Process(pid))
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return sorted(found, key=lambda one: one.pid, reverse=True)


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def wait_for_line(process: Process, text: str) -> None:
    """Wait until a process prints a text on stderr."""
    assert process.stderr is not None
    assert any(text in line for line in process.stderr), f"{process.args!r} ended without {text!r}"
