"""How a stage ends on an error that the user can mend."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from subprocess import CalledProcessError

import pytest

from mnist_mlp.harness.errors import LONGEST, InputError, one_line, shown
from mnist_mlp.harness.run import explain_at_import, run_stage


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("lr must be > 0, got -1"), 1, "lr must be > 0, got -1"),
        (OSError(errno.ENOSPC, "No space left", "a.npy"), 1, "a.npy: No space left"),
        (OSError("the pipe is gone"), 1, "input/output: the pipe is gone"),
        (
            CalledProcessError(128, ("git", "log", "a b"), "", "fatal: no\n"),
            1,
            "`git log 'a b'` failed .128.: fatal: no",
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "not enough memory .no details.; train a smaller network, .*ulimit.*"),
        (RuntimeError("alloc_cpu.cpp: can't allocate memory\nmore"), 1, "not enough memory .alloc_cpu.*ulimit.*"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), 1, "not enough memory .*ulimit.*"),
    ],
)
def test_a_stage_ends_with_a_message_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int,
    message: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)  # to be as before after the test
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as caught:
        run_stage(failing(error))
    assert caught.value.code == code
    printed = capsys.readouterr()
    assert re.fullmatch(f"error: {message}\n", printed.err)  # and so no traceback
    assert printed.out == ""


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


def test_a_terminal_that_lacks_a_character_gets_another() -> None:
    code = "from mnist_mlp.harness.run import run_program; run_program(lambda: print('a \u2588 b'))"
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "a ? b\n", "")


@pytest.mark.parametrize("error", [KeyError("layers.0.weight"), RuntimeError("no such operator")])
def test_a_mistake_in_the_program_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        run_stage(failing(error))
    assert caught.value is error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyboardInterrupt(), "error: interrupted"),
        (ImportError("libtorch.so: cannot allocate memory in static TLS block"), "error: not enough memory"),
        (ImportError("no module named numpy"), "ImportError: no module named numpy"),
    ],
)
def test_failure_during_imports_is_explained_or_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], error: BaseException, message: str
) -> None:
    explain_at_import(type(error), error, None)
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("value", ["a\n\x1b[2J", [[[[1]]]], list(range(1000)), 10**80, {"a" * 1000: ["b" * 1000]}])
def test_a_value_is_shown_on_one_short_line(value: object) -> None:
    assert shown(value).isprintable()
    assert len(shown(value)) <= LONGEST + 3


def test_text_is_put_on_one_line_without_control_characters_and_cut() -> None:
    assert one_line(" a\n  b\t\x1b[2J\u202ec ") == "a b \ufffd[2J\ufffdc"
    assert one_line("a" * LONGEST) == "a" * LONGEST
    assert one_line("a" * (LONGEST + 1)) == "a" * LONGEST + "..."
