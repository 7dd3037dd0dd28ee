"""Threads and instruction sets are those that the committed results come from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_mlp.core import arithmetic
from tests.support.factory import ROOT

EVERYTHING = arithmetic.THREADS | arithmetic.UNSET | arithmetic.INSTRUCTIONS


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (arithmetic.CHOICE, *EVERYTHING):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(arithmetic, "loaded_libraries", list)  # the tests have imported NumPy


def machine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("platform.machine", lambda: name)


def set_here() -> dict[str, str]:
    return {name: os.environ[name] for name in EVERYTHING if name in os.environ}


def test_everything_is_set_on_a_cpu_with_avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "has_avx2", lambda: True)
    arithmetic.pin()
    assert set_here() == EVERYTHING


def test_cpus_without_avx2_get_no_instruction_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "has_avx2", lambda: False)
    arithmetic.pin()
    assert set_here() == arithmetic.THREADS | arithmetic.UNSET


@pytest.mark.parametrize(
    ("name", "asked", "instead"),
    [
        ("OMP_NUM_THREADS", "2", "1"),
        ("OPENBLAS_CORETYPE", "Nehalem", "Haswell"),
        ("NPY_DISABLE_CPU_FEATURES", "X86_V3", "unset"),
    ],
)
def test_requests_of_the_environment_are_ignored_with_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, asked: str, instead: str
) -> None:
    monkeypatch.setattr(arithmetic, "has_avx2", lambda: True)
    monkeypatch.setenv(name, asked)
    arithmetic.pin()
    assert set_here() == EVERYTHING
    assert capsys.readouterr().err == (
        f"note: ignored, for the same bits everywhere: {name}={asked} (pinned: {instead}); "
        "MNIST_MLP_ARITHMETIC=free uses it\n"
    )


def test_free_arithmetic_follows_the_environment_with_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(arithmetic.CHOICE, arithmetic.FREE)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    arithmetic.pin()
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert os.environ["MKL_NUM_THREADS"] == "1"
    assert capsys.readouterr().err == (
        "note: the bits may differ from the committed ones because of OMP_NUM_THREADS=2 (pinned: 1)\n"
    )


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [
        ("x86_64", "flags : fpu avx avx2 fma", True),
        ("x86_64", "flags : fpu avx", False),
        ("AMD64", None, True),
        ("arm64", None, False),
        ("aarch64", "Features : fp asimd", False),
    ],
)
def test_avx2_is_looked_up_in_the_flags_of_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, flags: str | None, expected: bool
) -> None:
    machine(monkeypatch, name)
    cpuinfo = tmp_path / "cpuinfo"
    if flags is not None:
        cpuinfo.write_text(flags)
    assert arithmetic.has_avx2(cpuinfo) is expected


@pytest.mark.skipif(not arithmetic.has_avx2(), reason="a CPU without AVX2")
def test_a_stage_computes_with_one_thread_and_avx2_kernels() -> None:
    code = (
        "import stages, numpy, threadpoolctl;"
        "print(*{(lib['num_threads'], lib['architecture']) for lib in threadpoolctl.threadpool_info()})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 'Haswell')"


def test_a_library_that_was_imported_too_early_is_noted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(arithmetic, "has_avx2", lambda: True)
    monkeypatch.setattr(arithmetic, "loaded_libraries", lambda: ["numpy"])
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    arithmetic.pin()
    said = capsys.readouterr().err
    assert said.startswith("note: numpy was imported before OPENBLAS_NUM_THREADS, ")
    assert "OPENBLAS_CORETYPE" in said
    assert "ignored" not in said
    assert len(said.splitlines()) == 1
    arithmetic.pin()  # all is set now, as a process finds it that this one starts
    assert capsys.readouterr().err == ""
