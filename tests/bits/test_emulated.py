"""Weights after training steps on emulated CPUs of other makes and ages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

import pytest

from mnist_mlp.core.arithmetic import CHOICE, FREE, INSTRUCTIONS, THREADS, has_avx2
from tests.support.factory import ROOT

EMULATOR = "qemu-x86_64"
STEPS = 2

pytestmark = pytest.mark.skipif(not has_avx2(), reason="a CPU without AVX2 has other bits to begin with")


def weights_after_steps(*emulator: str, environment: Mapping[str, str] | None = None) -> str:
    """Train the NumPy network; return the hash of its weights."""
    inherited = {name: value for name, value in os.environ.items() if name not in THREADS | INSTRUCTIONS}
    command = [*emulator, sys.executable, "-m", "tests.support.steps", "custom", str(STEPS)]
    done = subprocess.run(
        command, cwd=ROOT, env=inherited | dict(environment or {}), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_kernels_for_another_cpu_would_be_seen() -> None:
    assert weights_after_steps(environment={CHOICE: FREE, "OPENBLAS_CORETYPE": "Nehalem"}) != weights_after_steps()


@pytest.mark.skipif(shutil.which(EMULATOR) is None, reason="no qemu-x86_64: apt-get install qemu-user")
@pytest.mark.parametrize("cpu", ["EPYC", "Haswell"])  # AMD, and Intel's oldest with AVX2
def test_weights_on_another_cpu_with_avx2_are_the_same_bytes(cpu: str) -> None:
    assert weights_after_steps(EMULATOR, "-cpu", cpu) == weights_after_steps()
