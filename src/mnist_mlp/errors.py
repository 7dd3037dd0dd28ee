"""Errors that a user can mend, and how a stage ends on one."""

import errno
import os
import reprlib
import sys
from collections.abc import Callable
from types import TracebackType

from mnist_mlp.recorded import damaged_inputs

UNAVAILABLE = getattr(os, "EX_UNAVAILABLE", 69)
"""Exit code of a stage whose data could not be had from any source (sysexits.h)."""
INTERRUPTED = 130
"""Exit code of a stage that was stopped with Ctrl-C, as shells have it."""
MEND = "`python -m tools.verify` clears DVC's cache of damaged files, then `dvc repro` makes them again"
NO_MEMORY = "can't allocate memory", "failed to map segment", "cannot allocate memory"
"""What PyTorch and the dynamic linker say where memory runs out, in errors that are no MemoryError."""
LONGEST = 500
"""Characters that a message gives to what others wrote: a file's content, a library's complaint about it."""


class InputError(Exception):
    """Something the user gave cannot be used. The message says what was expected, what was got, how to mend it."""

    exit_code = 1


class NoSourceError(InputError):
    """No source of the data could be used."""

    exit_code = UNAVAILABLE


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage; end the process with a message on stderr, and no traceback, where the user can mend it."""
    try:
        check_inputs(os.environ.get("DVC_STAGE", ""))
        main()
    except (Exception, KeyboardInterrupt) as error:
        message = explain(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        if _out_of_memory(error):  # then what libraries do at exit fails too, and would be told with tracebacks
            sys.unraisablehook = lambda _: None
        sys.exit(exit_code(error))


def check_inputs(stage: str) -> None:
    """Refuse data that are not as DVC recorded them. ``stage`` is empty where DVC does not run it.

    Raises:
        InputError: some are not.
    """
    damaged = damaged_inputs(stage) if stage else []
    if damaged:
        raise InputError(
            f"{', '.join(damaged)}: expected the bytes that dvc.lock records, got others "
            f"(damaged, or changed by hand); {MEND}"
        )


def explain(error: BaseException) -> str | None:
    """Say what the user can mend; None where it is a mistake in the program."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if _out_of_memory(error):
        return (
            f"not enough memory ({one_line(str(error)) or 'no details'}); "
            "train a smaller network, close other programs, or raise the limit (ulimit -v)"
        )
    if isinstance(error, OSError):  # a full disk, a folder that may not be written
        return f"{error.filename or 'input/output'}: {error.strerror or error}"
    return None


def exit_code(error: BaseException) -> int:
    """Return the exit code of a stage that ends on ``error``."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return error.exit_code if isinstance(error, InputError) else 1


def explain_at_import(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Stand in for ``sys.excepthook`` until ``run_stage`` is reached: imports take the first seconds."""
    if isinstance(error, KeyboardInterrupt) or _out_of_memory(error):
        print(f"error: {explain(error)}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    told = isinstance(error, ImportError | RuntimeError) and any(text in str(error).lower() for text in NO_MEMORY)
    return told or isinstance(error, MemoryError)


def shown(value: object) -> str:
    """Return a value as a message can hold it: on one line, cut where it is long, wide or deep."""
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother, short.maxlong = 3, 100, 100, 40
    return one_line(short.repr(value))


def one_line(text: str) -> str:
    """Return text without line ends and control characters, cut where it is long."""
    words = " ".join(text[: 2 * LONGEST].split())
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}..."
