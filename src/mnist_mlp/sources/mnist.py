"""Where the images come from: mirrors of the four original files, OpenML, or scikit-learn's bundled digits.

Whatever the source, MNIST ends as the same bytes: the hashes of all files and arrays are checked.
"""

import errno
import hashlib
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pooch
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml, load_digits

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError, NoSourceError, one_line
from mnist_mlp.sources.download import LARGEST_FILE, Downloader
from mnist_mlp.sources.idx import read_idx
from mnist_mlp.sources.limits import deadline, largest_file

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
FILE_HASHES = (
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
)
FILES = dict(zip(NAMES, FILE_HASHES, strict=True))
"""The original files and their SHA-256."""
ARRAYS = {
    "images": "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96",
    "labels": "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27",
}
"""SHA-256 of both arrays' bytes: train rows, then test rows, in file order, as on OpenML."""
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIMEOUT = 20.0
"""Seconds without an answer after which a try counts as failed."""
DEADLINE = 600.0
"""Seconds allowed per source for all of MNIST, 12 MB: 160 kbit/s is fast enough."""
LARGEST_OPENML_FILE = 2**26
"""Bytes, four times what OpenML sends."""
RETRIES = 2
PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s]*@")
LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENOMEM}
"""Failures of this machine while it writes temporary files: another source would not help."""

Source = tuple[str, Callable[[], Dataset]]
"""A name to show, and a function that gets the data or raises."""


def fetch(dataset: str) -> Dataset:
    """Get a dataset by its name in params.yaml, ``mnist`` or ``digits``.

    Raises:
        NoSourceError: no source of MNIST could be used.
    """
    pooch.get_logger().setLevel(logging.WARNING)  # it would name each temporary file
    return bundled_digits() if dataset == "digits" else fetch_mnist(sources())


def sources() -> Iterator[Source]:
    """Yield the sources of MNIST in the order in which to try them."""
    if mirror := mirror_asked_for():
        yield f"MNIST_MIRROR={without_password(mirror)}", partial(from_mirror, mirror)
    for url in MIRRORS:
        yield url, partial(from_mirror, url)
    yield "OpenML mnist_784 version 1", from_openml


def mirror_asked_for() -> str:
    """Return the folder or the base URL that ``MNIST_MIRROR`` names; empty if it names none."""
    text = os.environ.get("MNIST_MIRROR", "")
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "file":
        return url2pathname(urlsplit(f"file://{rest}").path)
    if scheme.lower() in {"http", "https"}:
        return f"{scheme.lower()}://{rest}"
    return str(Path(text).expanduser()) if text else ""


def without_password(text: str) -> str:
    """Return text with ``***`` for the password in each URL in it."""
    return PASSWORD.sub(r"\1***@", text)


def fetch_mnist(candidates: Iterator[Source]) -> Dataset:
    """Return MNIST from the first of ``candidates`` that works and holds the right bytes.

    Raises:
        NoSourceError: none works. The message has one line per source.
        OSError, MemoryError: this machine has no room for the data.
    """
    tempfile.gettempdir()  # raises if there is none
    failures = []
    for name, get in candidates:
        print(f"fetch_mnist: trying {name}", flush=True)
        try:
            with deadline(DEADLINE):
                dataset = get()
                check_arrays(dataset)
        # any: a malformed answer can raise any exception in the libraries that read it
        except Exception as error:
            if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in LOCAL):
                raise
            failures.append(f"{name}: {_reason(error)}")
            print(f"fetch_mnist: no data from {failures[-1]}", file=sys.stderr)
        else:
            return dataset
    raise NoSourceError(
        "Could not get MNIST. Tried, in this order:\n"
        + "".join(f"  {failure}\n" for failure in failures)
        + "Two ways to go on:\n"
        "  a mirror of the four files, a folder or a base URL:\n"
        "    MNIST_MIRROR=/path/to/folder dvc repro\n"
        "  scikit-learn's bundled digits, which need no network (and are not MNIST):\n"
        "    dvc exp run --temp -n digits \\\n"
        "      -S fetch_mnist.dataset=digits -S split.test_size=0.2 -S split.val_size=0.1"
    )


def from_mirror(mirror: str, timeout: float = TIMEOUT, retries: int = RETRIES) -> Dataset:
    """Get the four files into a temporary folder, check and read them.

    Args:
        mirror: a folder or a base URL that holds the files under their original names.
        timeout: seconds to wait for a connection, and for each further piece of an answer.
        retries: how often to ask again for a file after a failure or a wrong hash.
    """
    remote = mirror.startswith(("http://", "https://"))
    with tempfile.TemporaryDirectory() as folder:
        files = pooch.create(
            folder, base_url=mirror.rstrip("/") + "/", registry=FILES, retry_if_failed=retries if remote else 0
        )
        paths = [Path(files.fetch(name, downloader=Downloader(timeout) if remote else _copy)) for name in FILES]
        train_images, train_labels, test_images, test_labels = (
            read_idx(path, ndim) for path, ndim in zip(paths, (3, 1, 3, 1), strict=True)
        )
    images = np.concatenate([train_images, test_images])
    return Dataset(images.reshape(len(images), -1), np.concatenate([train_labels, test_labels]))


def from_openml(timeout: float = TIMEOUT, retries: int = RETRIES) -> Dataset:
    """Get MNIST from OpenML through scikit-learn."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _socket_timeout(timeout),
        largest_file(LARGEST_OPENML_FILE),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # one line per retry; the failure itself is reported
        bunch = fetch_openml(
            "mnist_784", version=1, as_frame=False, data_home=folder, n_retries=max(1, retries), delay=1.0,
            # scikit-learn 1.9 cannot read its own default, categories, with pandas 3 (scikit-learn#34892)
            read_csv_kwargs={"dtype": np.uint8},
        )  # fmt: skip
    # order: it comes column by column, and .npy files keep the order
    return Dataset(bunch.data.astype(np.uint8, order="C"), bunch.target.astype(np.uint8))


def bundled_digits() -> Dataset:
    """Return scikit-learn's 1,797 digits of 8 x 8 pixels, their 17 grey levels stretched to 0..255."""
    bunch: Any = load_digits()
    return Dataset(np.rint(bunch.data * (255 / 16)).astype(np.uint8), bunch.target.astype(np.uint8))


def check_arrays(dataset: Dataset) -> None:
    """Compare both arrays with the pinned hashes.

    Raises:
        InputError: the bytes of an array are not MNIST's.
    """
    for name, expected in ARRAYS.items():
        array: NDArray[np.uint8] = getattr(dataset, name)
        got = hashlib.sha256(array.tobytes()).hexdigest()
        if got != expected:
            raise InputError(f"{name} {array.shape}: expected SHA-256 {expected}, got {got}")


def _copy(source: str, target: str, _: pooch.Pooch) -> None:
    """Stand in for a pooch downloader if the mirror is a folder.

    Raises:
        InputError: it is not the original file. (pooch's own message is about downloads.)
    """
    if Path(source).stat().st_size > LARGEST_FILE or not Path(source).is_file():
        raise InputError(f"{source}: expected a file of at most {LARGEST_FILE} bytes, got something else")
    expected, got = FILES[Path(source).name], pooch.file_hash(source)
    if got != expected:
        raise InputError(f"{source}: expected the original file with SHA-256 {expected}, got {got}")
    shutil.copyfile(source, target)


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Bound each wait on the network for a library that takes no timeout: scikit-learn's OpenML client."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: BaseException) -> str:
    """Return the cause in one line: of network errors, wrapped up to four deep, the innermost."""
    if isinstance(error, OSError):
        while error.__context__ is not None:
            error = error.__context__
    text = without_password(one_line(str(error)))
    clear = text and isinstance(error, InputError | ValueError | OSError)
    return text if clear else f"{type(error).__name__} {text}".rstrip()
