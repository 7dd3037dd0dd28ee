"""Each contestant in a separate process, with given threads; its time and memory."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.contestants import Sizes
from mnist_mlp.core.threads import THREADS

WATCH_EVERY = 0.02
"""Seconds between two readings of a process's memory."""
MIB = 2**20


@dataclass(frozen=True)
class Measured:
    """Time and memory of one process. Seconds are medians over its epochs without the first, which warms up."""

    train: float
    evaluate: float
    """0 if the contestant does not evaluate."""
    total: float
    """Seconds from the start of the process to its end."""
    peak_mib: float
    """Peak of resident memory, mapped files included."""
    anonymous_mib: float
    """Peak of resident memory without mapped files."""

    @property
    def epoch(self) -> float:
        """Return the seconds per epoch, evaluation included."""
        return self.train + self.evaluate


def measure(name: str, threads: int, folder: Path, epochs: int, sizes: Sizes) -> Measured:
    """Run a contestant on one core per thread; return its time and memory."""
    command = [sys.executable, "-m", "benchmarks.one", name, str(folder), *map(str, (epochs, *sizes))]
    start = time.perf_counter()
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    peaks = watch(psutil.Process(process.pid), threads)
    total = time.perf_counter() - start
    output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = json.loads(output.splitlines()[-1])
    train, evaluate = (median(seconds[what][1:] or seconds[what] or [0.0]) for what in ("train", "evaluate"))
    return Measured(train, evaluate, total, *peaks)


def watch(process: psutil.Process, threads: int) -> tuple[float, float]:
    """Wait for the end of a process; return its largest resident memory with and without mapped files, in MiB."""
    process.cpu_affinity(sorted(os.sched_getaffinity(0))[-threads:])
    resident = anonymous = 0
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            memory = process.memory_info()
        except psutil.NoSuchProcess:
            break
        resident = max(resident, memory.rss)
        anonymous = max(anonymous, memory.rss - memory.shared)
        time.sleep(WATCH_EVERY)
    return resident / MIB, anonymous / MIB
