"""The same bits on whatever system, CPU and Python, of the small pipeline and of a few training steps."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mnist_mlp.harness.dvc_records import recorded_hashes
from stages import THREADS
from studies.settings import KERNELS, OLD_CPU
from tests.support.factory import ROOT
from tests.support.repository import Repository
from tools.bits import library_differences

HASHES = Path(__file__).parent / "hashes.json"
"""The MD5 of each output of the pipeline on synthetic data."""
NONE: Mapping[str, str] = {}


@pytest.mark.parametrize("figures", [False, True], ids=["numbers", "figures"])
def test_outputs_have_the_committed_hashes(
    reproduced: Repository, monkeypatch: pytest.MonkeyPatch, figures: bool
) -> None:
    monkeypatch.chdir(ROOT)
    if differences := library_differences():
        pytest.skip("; ".join(differences))
    hashes = recorded_hashes(reproduced.read("dvc.lock"))
    committed = json.loads(HASHES.read_text("utf-8"))
    assert set(committed) == set(hashes)
    right = {path: md5 for path, md5 in hashes.items() if path.endswith(".png") == figures}
    assert right
    assert {path: committed[path] for path in right} == right, (
        f"after a change on purpose, {HASHES.name} has to be:\n{json.dumps(hashes, indent=2, sort_keys=True)}"
    )


def weights_after_steps(engine: str, dtype: str, *emulator: str, environment: Mapping[str, str] = NONE) -> str:
    """Train for two steps in a new process; return the hash of the weights."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*THREADS, *KERNELS)}
    command = [*emulator, sys.executable, "-m", "tests.bits.steps", engine, dtype, "2"]
    return subprocess.check_output(command, cwd=ROOT, env={**inherited, **environment}, text=True).strip()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["custom", "torch"])
def test_kernels_of_an_old_cpu_give_both_engines_the_bits_of_this_one(engine: str) -> None:
    assert weights_after_steps(engine, "exact", environment=OLD_CPU) == weights_after_steps("custom", "exact")


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="the variables choose x86-64 kernels")
def test_in_float32_they_would_be_seen() -> None:
    old = weights_after_steps("custom", "float32", environment=OLD_CPU)
    assert old != weights_after_steps("custom", "float32")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="no qemu-x86_64: apt-get install qemu-user")
@pytest.mark.parametrize("cpu", ["EPYC", "Nehalem"])  # AMD, and Intel without AVX
def test_weights_on_another_cpu_are_the_same_bytes(cpu: str) -> None:
    emulated = weights_after_steps("custom", "exact", "qemu-x86_64", "-cpu", cpu)
    assert emulated == weights_after_steps("custom", "exact")
