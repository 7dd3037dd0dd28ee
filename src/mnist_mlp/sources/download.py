"""One file over HTTP, the bytes as sent, for pooch; and the time that a source may take."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch
import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from mnist_mlp.harness.errors import InputError

TIMEOUT = 20.0
"""Seconds to wait for a connection, and for each further piece of an answer."""
LARGEST_FILE = 2**25
"""Bytes. The largest of the original files, the training images of Fashion-MNIST, has 26,421,880."""
PIECE = 2**16
"""Bytes requested at a time."""


def download(url: str, target: str, _: pooch.Pooch) -> None:
    """Write the answer to the file ``target``.

    Raises:
        InputError: the answer is too large.
        requests.RequestException: the answer is incomplete or missing; pooch asks again.
    """
    # identity, raw and undecoded: some servers declare .gz as an encoding, and the answer would be unpacked
    headers = {"Accept-Encoding": "identity"}
    with (
        requests.get(url, stream=True, timeout=TIMEOUT, headers=headers) as answer,
        Path(target).open("wb") as file,
    ):
        answer.raise_for_status()
        with tqdm(
            total=answer.raw.length_remaining, unit="B", unit_scale=True, ncols=79, disable=None
        ) as progress:
            try:
                for piece in answer.raw.stream(PIECE, decode_content=False):
                    progress.update(file.write(piece))
                    if file.tell() > LARGEST_FILE:
                        raise InputError(f"{url}: expected at most {LARGEST_FILE} bytes, got more")
            except HTTPError as error:
                raise requests.ConnectionError(error) from error


class _TimeIsUpError(BaseException):
    """Not an Exception: libraries would catch that and try again."""


def _stop(*_: object) -> None:
    raise _TimeIsUpError


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the block with an InputError after ``seconds``, wherever it waits, in the main thread.

    Windows lacks such an alarm; there it is not ended.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TimeIsUpError:
        raise InputError(f"not finished within {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
