"""How a stage begins and ends: inputs checked around it, an error turned into one message and an exit code."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from subprocess import CalledProcessError
from types import TracebackType

from mnist_mlp.harness.dvc_records import StageInputs
from mnist_mlp.harness.errors import INTERRUPTED, InputError, one_line


def run_stage(main: Callable[[], None], own_arguments: bool = False) -> None:
    """Run a stage with its inputs checked before and after it; errors end as in ``run_program``.

    Words on the command line are refused, unless ``main`` has ``own_arguments``.
    """
    if main.__module__ == "__main__" and not own_arguments:
        refuse_arguments()

    def checked() -> None:
        if not (stage := os.environ.get("DVC_STAGE", "")):  # DVC did not start it, and records nothing
            return main()
        inputs = StageInputs(stage)
        inputs.check_undamaged()
        main()
        return inputs.check_unchanged()

    run_program(checked)


def run_program(main: Callable[[], None]) -> None:
    """Run a program; an error that the user can fix ends it with one message on stderr and no traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a character that the terminal lacks becomes a question mark
    try:
        main()
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would interrupt the end, in a traceback
        message = explain(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        if _out_of_memory(error):  # then libraries fail at exit as well, and would print tracebacks
            sys.unraisablehook = lambda _: None
        sys.exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1)


def refuse_arguments() -> None:
    """Answer ``--help``, and end the process with exit code 2 if the command line has words."""
    script = sys.modules["__main__"]
    name = script.__spec__.name if script.__spec__ else sys.argv[0]
    argparse.ArgumentParser(prog=f"python -m {name}", description=script.__doc__).parse_args()


def explain(error: BaseException) -> str | None:
    """Return a message for an error that the user can fix; None for a bug in the program."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if _out_of_memory(error):
        return (
            f"not enough memory ({one_line(str(error)) or 'no details'}); "
            "train a smaller network, close other programs, or raise the limit (ulimit -v)"
        )
    if isinstance(error, CalledProcessError):
        return f"`{shlex.join(error.cmd)}` failed ({error.returncode}): {one_line(error.stderr or 'see above')}"
    if isinstance(error, OSError):  # such as a full disk, or a folder without write permission
        return f"{error.filename or 'input/output'}: {error.strerror or error}"
    return None


def explain_at_import(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Stand in for ``sys.excepthook`` until ``run_program`` is reached: imports take the first seconds."""
    if isinstance(error, KeyboardInterrupt) or _out_of_memory(error):
        print(f"error: {explain(error)}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


def _out_of_memory(error: BaseException) -> bool:
    # PyTorch and the dynamic linker report it in errors other than MemoryError
    return isinstance(error, MemoryError) or "allocate memory" in str(error).lower()
