"""Processes that are measured: their seconds and their memory. Also: the machine on which they run."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from stages import THREADS

PER_MIB = 2**20 if sys.platform == "darwin" else 2**10
"""The system counts a process's memory in bytes on macOS, in KiB on Linux."""
CPUINFO = Path("/proc/cpuinfo")


class Measured(NamedTuple):
    """What one process or several, one after the other, took."""

    seconds: float
    """Of an epoch of training for a contestant, from start to end for stages."""
    peak_mib: float
    """Peak of resident memory, mapped files included."""


def measure_contestant(name: str, splits: Path, epochs: int) -> Measured:
    """Return the median of its epochs without the first, which compiles and warms up."""
    output, measured = measure([sys.executable, "-m", "benchmarks.one", name, str(splits), str(epochs)], Path())
    seconds = json.loads(output.splitlines()[-1])
    return Measured(median(seconds[1:] or seconds), measured.peak_mib)


def measure(command: list[str], folder: Path) -> tuple[str, Measured]:
    """Run a command with one thread; return its output, seconds and memory."""
    start = time.perf_counter()
    environment = os.environ | dict.fromkeys(THREADS, "1")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        return output.read(), Measured(seconds, usage.ru_maxrss / PER_MIB)


def describe() -> str:
    """Return the processor, whether it has AVX-512, the cores, the system, and the versions that matter."""
    names = _cpuinfo("model name")
    wide = "with" if has_avx512() else "without"
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch"))
    processor = names[0] if names else platform.processor()
    return f"{processor} {wide} AVX-512, {os.cpu_count()} cores, {system}, {packages}"


def has_avx512() -> bool:
    """Return whether the processor has vectors of eight float64 numbers; False where the system does not tell."""
    return any("avx512f" in flags.split() for flags in _cpuinfo("flags"))


def _cpuinfo(name: str) -> list[str]:
    """Return the values of a name in Linux's description of the processor, one per core."""
    lines = CPUINFO.read_text(encoding="utf-8").splitlines() if CPUINFO.exists() else []
    return [line.partition(":")[2].strip() for line in lines if line.split("\t")[0] == name]
