"""Weights after training steps with other kernels, and on emulated CPUs of other makes and ages."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping

import pytest

from stages import THREADS
from studies.settings import KERNELS, OLD_CPU
from tests.support.factory import ROOT

STEPS = 2


def weights_after_steps(
    engine: str, dtype: str, *emulator: str, environment: Mapping[str, str] | None = None
) -> str:
    """Train in a new process; return the hash of the weights."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*THREADS, *KERNELS)}
    command = [*emulator, sys.executable, "-m", "tests.support.steps", engine, dtype, str(STEPS)]
    done = subprocess.run(
        command, cwd=ROOT, env=inherited | dict(environment or {}), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("engine", ["custom", "torch"])
def test_kernels_of_an_old_cpu_give_both_engines_the_bits_of_this_one(engine: str) -> None:
    assert weights_after_steps(engine, "exact", environment=OLD_CPU) == weights_after_steps("custom", "exact")


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="the variables choose x86-64 kernels")
def test_in_float32_they_would_be_seen() -> None:
    old = weights_after_steps("custom", "float32", environment=OLD_CPU)
    assert old != weights_after_steps("custom", "float32")


@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="no qemu-x86_64: apt-get install qemu-user")
@pytest.mark.parametrize("cpu", ["EPYC", "Nehalem"])  # AMD, and Intel without AVX
def test_weights_on_another_cpu_are_the_same_bytes(cpu: str) -> None:
    emulated = weights_after_steps("custom", "exact", "qemu-x86_64", "-cpu", cpu)
    assert emulated == weights_after_steps("custom", "exact")
