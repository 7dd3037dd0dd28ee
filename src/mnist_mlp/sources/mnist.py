"""MNIST and Fashion-MNIST, from mirrors of the four original files or from OpenML; and scikit-learn's digits.

Whatever the source, a data set ends as the same bytes: the hashes of all files and arrays are checked.
"""

import errno
import hashlib
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pooch
from numpy.typing import NDArray

from mnist_mlp.core.arrays import DIGITS, Dataset
from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.params import FetchParams
from mnist_mlp.sources.datasets import ORIGINALS, Original
from mnist_mlp.sources.download import deadline, download
from mnist_mlp.sources.folder import from_folder, named_folder
from mnist_mlp.sources.idx import read_four

DEADLINE = 600.0
"""Seconds allowed per source for a whole data set, 12 MB or 31 MB: 420 kbit/s is fast enough for both."""
RETRIES = 2
REMOTE = ("http://", "https://")
PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s]*@")
LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENOMEM}
"""Failures of this machine while it writes temporary files: another source would not help."""

Source = tuple[str, Callable[[], Dataset]]
"""A name to show, and a function that gets the data or raises."""


def fetch(params: FetchParams) -> Dataset:
    """Get the dataset that params.yaml chooses; InputError if no source has it, or not as it should be."""
    pooch.get_logger().setLevel(logging.WARNING)  # it would name each temporary file
    if params.dataset == "folder":
        return from_folder(named_folder("params.yaml: fetch_mnist.path", params.path), params.classes)
    if params.dataset == "digits":
        return bundled_digits()
    return fetch_original(ORIGINALS[params.dataset], sources(ORIGINALS[params.dataset]))


def sources(original: Original) -> Iterator[Source]:
    """Yield the sources of a data set in the order in which to try them: mirrors of the environment come first.

    The data set's own variable names a mirror of it. That one, or MNIST_MIRROR, may also name a folder or a base
    URL in which each data set has a folder.
    """
    for variable in dict.fromkeys((original.variable, "MNIST_MIRROR")):
        if mirror := _mirror_in(variable):
            inside = f"{mirror.rstrip('/')}/{original.folder}"
            has_folders = Path(inside).is_dir()
            places = [mirror] if variable == original.variable and not has_folders else []
            places += [inside] if has_folders or mirror.startswith(REMOTE) else []  # a server has to be asked
            for place in places:
                yield f"{variable}={without_password(place)}", partial(from_mirror, original, place)
    for url in original.mirrors:
        yield url, partial(from_mirror, original, url)
    yield f"OpenML {original.openml} version 1", partial(from_openml, original)


def _mirror_in(variable: str) -> str:
    """Return the folder or base URL that a variable names, or nothing; InputError if there is no such folder."""
    text = os.environ.get(variable, "")
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "file":
        text = url2pathname(urlsplit(f"file://{rest}").path)
    if scheme.lower() in {"http", "https"}:
        return f"{scheme.lower()}://{rest}"
    return str(named_folder(variable, text)) if text else ""


def without_password(text: str) -> str:
    """Return text with ``***`` for the password in each URL in it."""
    return PASSWORD.sub(r"\1***@", text)


def fetch_original(original: Original, candidates: Iterator[Source]) -> Dataset:
    """Return a data set from the first of ``candidates`` that works and holds the right bytes.

    Raises:
        InputError: none works. The message has one line per source.
        OSError, MemoryError: this machine has no room for the data.
    """
    tempfile.gettempdir()  # raises if there is none
    failures = []
    for name, get in candidates:
        print(f"fetch_mnist: trying {name}", flush=True)
        try:
            with deadline(DEADLINE):
                dataset = get()
                check_arrays(original, dataset)
        # any: a malformed answer can raise any exception in the libraries that read it
        except Exception as error:
            if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in LOCAL):
                raise
            failures.append(f"{name}: {_reason(error)}")
            print(f"fetch_mnist: no data from {failures[-1]}", file=sys.stderr)
        else:
            return dataset
    raise InputError(
        f"Could not get {original.title}. Tried, in this order:\n"
        + "".join(f"  {failure}\n" for failure in failures)
        + "Two ways to go on:\n"
        "  a mirror of the four files, a folder or a base URL:\n"
        f"    {original.variable}=/path/to/folder dvc repro\n"
        f"  scikit-learn's bundled digits, which need no network (and are not {original.title}):\n"
        "    dvc exp run --temp -n digits \\\n"
        "      -S fetch_mnist.dataset=digits -S split.test_size=0.2 -S split.val_size=0.1"
    )


def from_mirror(original: Original, mirror: str) -> Dataset:
    """Read the four original files from ``mirror``, a folder or a base URL; refuse others by their hashes."""
    with tempfile.TemporaryDirectory() as folder:
        if mirror.startswith(REMOTE):
            base = mirror.rstrip("/") + "/"
            files = pooch.create(folder, base, registry=dict(original.files), retry_if_failed=RETRIES)
            paths = [Path(files.fetch(name, downloader=download)) for name in original.files]
        else:
            paths = [_checked(Path(mirror, name), digest) for name, digest in original.files.items()]
        images, labels, test_images, test_labels = read_four(paths)
    return Dataset(np.concatenate([images, test_images]), np.concatenate([labels, test_labels]), original.classes)


def from_openml(original: Original) -> Dataset:
    """Get a data set from OpenML through scikit-learn."""
    from sklearn.datasets import fetch_openml  # noqa: PLC0415  # importing it takes longer than reading a mirror

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one line per retry; the failure itself is reported
        # scikit-learn 1.9 cannot read its own default, categories, with pandas 3 (scikit-learn#34892)
        numbers = {"dtype": np.uint8}
        bunch = fetch_openml(original.openml, as_frame=False, data_home=folder, version=1, read_csv_kwargs=numbers)
    # order: it comes column by column, and .npy files keep the order
    images = bunch.data.astype(np.uint8, order="C").reshape(-1, 28, 28)
    return Dataset(images, bunch.target.astype(np.uint8), original.classes)


def bundled_digits() -> Dataset:
    """Return scikit-learn's 1,797 digits of 8 x 8 pixels, their 17 grey levels stretched to 0..255."""
    from sklearn.datasets import load_digits  # noqa: PLC0415

    bunch: Any = load_digits()
    return Dataset(np.rint(bunch.images * (255 / 16)).astype(np.uint8), bunch.target.astype(np.uint8), DIGITS)


def check_arrays(original: Original, dataset: Dataset) -> None:
    """Refuse arrays whose bytes are not the original ones, with an InputError."""
    for name, expected in original.arrays.items():
        array: NDArray[np.uint8] = getattr(dataset, name)
        got = hashlib.sha256(array.tobytes()).hexdigest()
        if got != expected:
            raise InputError(f"{name} {array.shape}: expected SHA-256 {expected}, got {got}")


def _checked(path: Path, digest: str) -> Path:
    got = pooch.file_hash(str(path)) if path.is_file() else "no such file"
    if got != digest:
        raise InputError(f"{path}: expected the original file with SHA-256 {digest}, got {got}")
    return path


def _reason(error: BaseException) -> str:
    # of network errors, which are wrapped up to four deep, the innermost
    if isinstance(error, OSError):
        while error.__context__ is not None:
            error = error.__context__
    text = without_password(one_line(str(error)))
    clear = text and isinstance(error, InputError | ValueError | OSError)
    return text if clear else f"{type(error).__name__} {text}".rstrip()
