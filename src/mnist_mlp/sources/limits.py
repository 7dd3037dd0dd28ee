"""Limits on the time of a source and the size of its files, for any library that downloads them."""

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
    """Not an Exception: libraries would catch that and try again."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Stop the block after ``seconds``, wherever it waits. Windows lacks such a timer; there it is not stopped.

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
        InputError: a file would grow larger.
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
