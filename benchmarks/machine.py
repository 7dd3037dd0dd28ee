"""The machine on which the figures were measured, in one line."""

import platform
from importlib.metadata import version
from pathlib import Path

import joblib

PACKAGES = ("numpy", "torch")


def describe() -> str:
    """Return the processor, the number of usable cores, the system, and the versions of ``PACKAGES``."""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{processor()}, {joblib.cpu_count()} cores, {system}, {packages}"


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's name as Linux gives it; on other systems, as Python does."""
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
