"""A small stand-in for MNIST, as the four files that mirrors have."""

import gzip
import hashlib
import struct
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_mlp.core.arrays import DIGITS, Dataset
from mnist_mlp.sources.datasets import NAMES, ORIGINALS

TRAIN, TEST, SIDE = 20, 10, 28
"""Images in the training files, in the test files, and the pixels along a side of each."""


class SmallMnist(NamedTuple):
    """The bytes of the four files by name, and the arrays that are in them."""

    files: dict[str, bytes]
    dataset: Dataset


def small_mnist() -> SmallMnist:
    """Make four IDX files of random pixels, with no two images alike."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (TRAIN + TEST, SIDE, SIDE), dtype=np.uint8)
    labels = random.integers(0, 10, TRAIN + TEST, dtype=np.uint8)
    arrays = images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]
    files = {name: idx_gz(array) for name, array in zip(NAMES, arrays, strict=True)}
    return SmallMnist(files, Dataset(images, labels, DIGITS))


def idx_gz(array: NDArray[np.uint8]) -> bytes:
    """Return an array as a compressed IDX file."""
    return gzip.compress(idx(array), mtime=0)


def idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array as an IDX file."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def pin(monkeypatch: pytest.MonkeyPatch, small: SmallMnist) -> None:
    """Make the originals expect the hashes of the small files and arrays instead of their own."""
    files = {name: sha256(content) for name, content in small.files.items()}
    arrays = {name: sha256(getattr(small.dataset, name).tobytes()) for name in ("images", "labels")}
    for name, original in ORIGINALS.items():
        pinned = replace(original, files=files, arrays=arrays)
        monkeypatch.setitem(ORIGINALS, name, pinned)


def sha256(content: bytes) -> str:
    """Return the hash in the form in which the originals pin it."""
    return hashlib.sha256(content).hexdigest()


def write_files(folder: Path, small: SmallMnist) -> Path:
    """Make a folder mirror."""
    folder.mkdir()
    for name, content in small.files.items():
        (folder / name).write_bytes(content)
    return folder


def assert_same(got: Dataset, expected: Dataset) -> None:
    """Compare two datasets in values, shapes and types."""
    np.testing.assert_array_equal(got.images, expected.images, strict=True)
    np.testing.assert_array_equal(got.labels, expected.labels, strict=True)
