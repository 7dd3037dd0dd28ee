"""Errors that a user can mend, and how a stage ends on one."""

import os
import sys
from collections.abc import Callable

UNAVAILABLE = getattr(os, "EX_UNAVAILABLE", 69)
"""Exit code of a stage whose data could not be had from any source (sysexits.h)."""


class InputError(Exception):
    """Something the user gave cannot be used. The message says what was expected, what was got, how to mend it."""

    exit_code = 1


class NoSourceError(InputError):
    """No source of the data could be used."""

    exit_code = UNAVAILABLE


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage; end the process with a message on stderr, and no traceback, where the user can mend it."""
    try:
        main()
    except InputError as error:
        _stop(str(error), error.exit_code)
    except OSError as error:  # a full disk, a folder that may not be written
        _stop(f"{error.filename or 'input/output'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        _stop("interrupted", 130)


def _stop(message: str, code: int) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)
