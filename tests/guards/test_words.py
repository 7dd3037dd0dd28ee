"""``--help`` and unknown words start no work in any program of tools/ and benchmarks/."""

import runpy
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT

FOUND = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for folder in ("tools", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
}
PASSES_WORDS_ON = {"tools.experiments"}
"""To ``dvc exp show``, which refuses those that it does not know."""


def test_programs_are_found() -> None:
    assert sorted(FOUND) == sorted(
        {
            *(
                f"tools.{name}"
                for name in ("bits", "compare", "documents", "experiments", "hashes", "install", "notebook")
            ),
            *(f"tools.{name}" for name in ("page", "predict", "preflight", "report", "repro", "schema")),
            *(f"tools.{name}" for name in ("sum_order", "tune", "verify")),
            *("benchmarks", "benchmarks.one", "benchmarks.page_frames", "benchmarks.parallel_runs"),
        }
    )


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the program is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(program: str, word: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a program within this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", [program, word])
    for name in (program, f"{program}.__main__"):  # else runpy warns
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(SystemExit) as caught:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    return caught.value.code


@pytest.mark.parametrize("program", sorted(FOUND))
def test_help_is_printed_and_nothing_started(
    program: str, empty: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ended(program, "--help", monkeypatch) in (0, None)
    name = "install.py" if program == "tools.install" else f"python -m {program}"
    assert capfd.readouterr().out.startswith(f"usage: {name} ")
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("program", sorted(FOUND))
def test_unknown_words_are_refused(
    program: str, empty: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ended(program, "--no-such-option", monkeypatch) in ({255, 254} if program in PASSES_WORDS_ON else {2})
    printed = capfd.readouterr().err
    assert "no-such-option" in printed or "required" in printed
    assert list(empty.iterdir()) == []
