"""The IDX format of the original MNIST files: a big-endian header, then the bytes of one array.

Source: http://yann.lecun.com/exdb/mnist/ ("The IDX file format"), kept by the Internet Archive.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.harness.errors import InputError

UNSIGNED_BYTE = 0x08
LARGEST = 60_000 * 28 * 28
"""Bytes of the originals' largest array. No more are unpacked: gzip can expand to a thousand times its size."""


def read_idx(path: Path, ndim: int, largest: int = LARGEST) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes.

    Args:
        path: the file, compressed by gzip if its name ends in .gz.
        ndim: number of dimensions to expect: 3 for images, 1 for labels.
        largest: bytes of the array that are read at most.

    Raises:
        InputError: the file is not gzip though its name ends in .gz, is cut short, has another magic number, or
            its size does not follow from its header.
    """
    magic, length = UNSIGNED_BYTE << 8 | ndim, 4 + 4 * ndim
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(length)
            if len(header) < length or int.from_bytes(header[:4], "big") != magic:
                raise InputError(
                    f"{path.name}: expected the magic number 0x{magic:08x} and a header of {length} bytes, "
                    f"got 0x{header[:4].hex()} and {len(header)} bytes"
                )
            shape = struct.unpack(f">{ndim}I", header[4:])
            size = math.prod(shape)
            content = file.read(min(size, largest) + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: expected a whole gzip file, got: {error}") from None
    if len(content) != size:
        got = f"more than {len(content) - 1}" if len(content) > min(size, largest) else f"{len(content)}"
        raise InputError(f"{path.name}: expected {size} bytes for the shape {shape} in its header, got {got}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_four(paths: list[Path], largest: int = LARGEST) -> list[NDArray[np.uint8]]:
    """Read training images and labels, then test images and labels, as ``read_idx`` does."""
    return [read_idx(path, ndim, largest) for path, ndim in zip(paths, (3, 1, 3, 1), strict=True)]
