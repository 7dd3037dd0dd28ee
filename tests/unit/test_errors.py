"""How a stage ends on an error that the user can mend."""

import errno
import subprocess
import sys

import pytest

from mnist_mlp.harness.errors import LONGEST, InputError, NoSourceError, one_line, shown
from mnist_mlp.harness.run import explain_at_import, run_stage

MORE_MEMORY = "train a smaller network, close other programs, or raise the limit (ulimit -v)"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("lr must be > 0, got -1"), 1, "error: lr must be > 0, got -1\n"),
        (NoSourceError("Could not get MNIST"), 69, "error: Could not get MNIST\n"),
        (OSError(errno.ENOSPC, "No space left", "a.npy"), 1, "error: a.npy: No space left\n"),
        (PermissionError(errno.EACCES, "Permission denied", "plots"), 1, "error: plots: Permission denied\n"),
        (OSError("the pipe is gone"), 1, "error: input/output: the pipe is gone\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (MemoryError(), 1, f"error: not enough memory (no details); {MORE_MEMORY}\n"),
        (MemoryError("no 9 GiB"), 1, f"error: not enough memory (no 9 GiB); {MORE_MEMORY}\n"),
        (
            RuntimeError("alloc_cpu.cpp: can't allocate memory\nmore"), 1,
            f"error: not enough memory (alloc_cpu.cpp: can't allocate memory more); {MORE_MEMORY}\n",
        ),
        (
            OSError(errno.ENOMEM, "Cannot allocate memory"), 1,
            f"error: not enough memory ([Errno 12] Cannot allocate memory); {MORE_MEMORY}\n",
        ),
    ],
)  # fmt: skip
def test_a_stage_ends_with_a_message_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    message: str,
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)  # to be as before after the test
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as caught:
        run_stage(fail)
    assert caught.value.code == code
    written = capsys.readouterr()
    assert written.err == message  # and so no traceback
    assert written.out == ""


def test_a_second_ctrl_c_does_not_interrupt_the_end() -> None:
    code = """
import atexit, os, signal
from mnist_mlp.harness.run import run_stage

def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # where pytest runs in the background, it is ignored
atexit.register(ctrl_c)
run_stage(ctrl_c)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


@pytest.mark.parametrize("error", [KeyError("layers.0.weight"), RuntimeError("no such operator")])
def test_a_mistake_in_the_program_keeps_its_traceback(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        run_stage(fail)
    assert caught.value is error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyboardInterrupt(), "error: interrupted\n"),
        (
            ImportError("libtorch.so: failed to map segment from shared object"),
            f"error: not enough memory (libtorch.so: failed to map segment from shared object); {MORE_MEMORY}\n",
        ),
        (
            OSError(errno.ENOMEM, "Cannot allocate memory"),
            f"error: not enough memory ([Errno 12] Cannot allocate memory); {MORE_MEMORY}\n",
        ),
    ],
)
def test_failure_during_imports_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, message: str
) -> None:
    explain_at_import(type(error), error, None)
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("error", [ImportError("no module named numpy"), FileNotFoundError("numpy.so")])
def test_an_import_that_fails_keeps_its_traceback(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    explain_at_import(type(error), error, None)
    written = capsys.readouterr().err
    assert written.endswith(f"{type(error).__name__}: {error}\n")
    assert not written.startswith("error: ")


def test_a_stage_that_succeeds_returns(capsys: pytest.CaptureFixture[str]) -> None:
    run_stage(lambda: print("done"))
    assert capsys.readouterr() == ("done\n", "")


def test_no_source_error_is_an_input_error() -> None:
    assert issubclass(NoSourceError, InputError)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        ("word", "'word'"),
        (None, "None"),
        ([1, [2]], "[1, [2]]"),
        ("a\n\x1b[2J", r"'a\n\x1b[2J'"),
        ([[[[1]]]], "[[[[...]]]]"),
        (list(range(10)), "[0, 1, 2, 3, 4, 5, ...]"),
        (10**80, "100000000000000000...0000000000000000000"),
    ],
)
def test_a_value_is_shown_on_one_short_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_shown_values_are_always_short() -> None:
    assert len(shown({f"{i}" * 1000: ["a" * 1000] * 1000 for i in range(1000)})) <= LONGEST + 3


def test_text_is_put_on_one_line_without_control_characters() -> None:
    assert one_line(" a\n  b\t\x1b[2J\u202ec ") == "a b \ufffd[2J\ufffdc"


def test_long_text_is_cut() -> None:
    assert one_line("a" * LONGEST) == "a" * LONGEST
    assert one_line("a" * (LONGEST + 1)) == "a" * LONGEST + "..."
