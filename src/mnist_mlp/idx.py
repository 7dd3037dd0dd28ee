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

from mnist_mlp.errors import InputError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """Read a gzip-compressed IDX file of unsigned bytes.

    Args:
        path: the .gz file.
        ndim: number of dimensions to expect: 3 for images, 1 for labels.

    Raises:
        InputError: the file is not gzip, is cut short, has another magic number, or its size does not
            follow from its header.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: expected a whole gzip file, got: {error}") from None
    magic = UNSIGNED_BYTE << 8 | ndim
    header = 4 + 4 * ndim
    if len(content) < header or int.from_bytes(content[:4], "big") != magic:
        raise InputError(
            f"{path.name}: expected the magic number 0x{magic:08x} and a header of {header} bytes, "
            f"got 0x{content[:4].hex()} and {len(content)} bytes"
        )
    shape = struct.unpack(f">{ndim}I", content[4:header])
    if len(content) - header != math.prod(shape):
        raise InputError(
            f"{path.name}: expected {math.prod(shape)} bytes for the shape {shape} in its header, "
            f"got {len(content) - header}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
