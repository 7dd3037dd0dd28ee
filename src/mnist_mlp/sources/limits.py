"""How long a source may take and how large its files may be, whichever library talks to it."""

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

if sys.platform != "win32":
    import resource

from mnist_mlp.harness.errors import InputError

AGAIN = 10.0
"""Seconds between alarms after the deadline."""


class _TimeIsUpError(BaseException):
    """Not an Exception: after one of those, libraries try again."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Stop the block after ``seconds``, wherever it waits. On Windows, which lacks such a timer, it goes on.

    Main thread only, as for all signals.

    Raises:
        InputError: the time is up.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    except _TimeIsUpError:
        raise InputError(f"not finished within {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file that the block writes grow beyond ``size`` bytes. Windows lacks such a limit.

    Raises:
        InputError: one would.
    """
    if sys.platform == "win32":
        yield
        return
    before, highest = resource.getrlimit(resource.RLIMIT_FSIZE)
    stricter_already = before not in {resource.RLIM_INFINITY, size} and before < size
    resource.setrlimit(resource.RLIMIT_FSIZE, (before if stricter_already else size, highest))
    try:
        yield
    except OSError as error:
        if error.errno == errno.EFBIG and not stricter_already:
            raise InputError(f"expected files of at most {size} bytes, got a larger one") from None
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, highest))


def _stop(_: int, __: FrameType | None) -> None:
    raise _TimeIsUpError
