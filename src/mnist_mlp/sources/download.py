"""One file over HTTP: the bytes as sent, at most as many as an original file may have."""

from collections.abc import Callable
from pathlib import Path

import pooch
import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from mnist_mlp.harness.errors import InputError

LARGEST_FILE = 2**25
"""Bytes. The largest of the original files, the training images of Fashion-MNIST, has 26,421,880."""
PIECE = 2**16
"""Bytes requested at a time."""


class Downloader:
    """Gets one file for pooch.

    Args:
        timeout: seconds to wait for a connection, and for each further piece of the answer.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout

    def __call__(self, url: str, target: str, _: pooch.Pooch) -> None:
        """Write the answer to the file ``target``.

        Raises:
            InputError: the answer is too large.
            requests.RequestException: the answer is incomplete or missing; pooch asks again.
        """
        # identity: if a server declares .gz as an encoding, the answer would be unpacked
        headers = {"Accept-Encoding": "identity"}
        with requests.get(url, stream=True, timeout=self.timeout, headers=headers) as answer:
            answer.raise_for_status()
            with Path(target).open("wb") as file:
                try:
                    _copy(answer, file.write)
                except HTTPError as error:
                    raise requests.ConnectionError(error) from error


def _copy(answer: requests.Response, write: Callable[[bytes], object]) -> None:
    with tqdm(total=answer.raw.length_remaining, unit="B", unit_scale=True, ncols=79, disable=None) as progress:
        size = 0
        # raw and undecoded: a small compressed answer could unpack to any size
        while piece := answer.raw.read1(PIECE, decode_content=False):
            size += len(piece)
            if size > LARGEST_FILE:
                raise InputError(f"{answer.url}: expected at most {LARGEST_FILE} bytes, got more")
            write(piece)
            progress.update(len(piece))
