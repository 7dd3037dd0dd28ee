"""The IDX reader against bytes written by hand."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.sources.idx import read_idx
from tests.support.refusals import refusal

IMAGES = bytes.fromhex(
    "00000803"  # unsigned bytes, three dimensions
    "00000002 00000002 00000003"  # two images of two rows and three columns
    "000102 030405"
    "fafbfc fdfeff"
)
LABELS = bytes.fromhex("00000801 00000004 07000905")
BODY = gzip.compress(LABELS, mtime=0)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "some-idx.gz"
    path.write_bytes(content)
    return path


def test_reads_images_row_by_row_and_labels_in_file_order(tmp_path: Path) -> None:
    images = read_idx(write(tmp_path, gzip.compress(IMAGES)), ndim=3)
    expected = np.array([[[0, 1, 2], [3, 4, 5]], [[250, 251, 252], [253, 254, 255]]], np.uint8)
    np.testing.assert_array_equal(images, expected, strict=True)
    labels = read_idx(write(tmp_path, BODY), ndim=1)
    np.testing.assert_array_equal(labels, np.array([7, 0, 9, 5], np.uint8), strict=True)


def test_sizes_are_big_endian_numbers_of_four_bytes(tmp_path: Path) -> None:
    for size in (0x010203, 0):
        content = bytes.fromhex("00000801") + size.to_bytes(4, "big") + bytes(size)
        assert read_idx(write(tmp_path, gzip.compress(content)), ndim=1).shape == (size,)


MAGIC_1, MAGIC_3 = "0x00000801 and a header of 8 bytes", "0x00000803 and a header of 16 bytes"
OF_LABELS, OF_IMAGES = "4 bytes for the shape (4,) in its header", "12 bytes for the shape (2, 2, 3) in its header"


@pytest.mark.parametrize(
    ("content", "ndim", "expected", "got"),
    [
        pytest.param(LABELS, 3, MAGIC_3, "0x00000801 and 12 bytes", id="labels where images belong"),
        pytest.param(IMAGES, 1, MAGIC_1, "0x00000803 and 8 bytes", id="images where labels belong"),
        pytest.param(b"\0\0\x0d\x01" + LABELS[4:], 1, MAGIC_1, "0x00000d01 and 8 bytes", id="floats"),
        pytest.param(LABELS[3::-1] + LABELS[4:], 1, MAGIC_1, "0x01080000 and 8 bytes", id="little-endian"),
        pytest.param(b"", 1, MAGIC_1, "0x and 0 bytes", id="empty"),
        pytest.param(LABELS[:2], 1, MAGIC_1, "0x0000 and 2 bytes", id="cut within the magic number"),
        pytest.param(IMAGES[:15], 3, MAGIC_3, "0x00000803 and 15 bytes", id="cut within the sizes"),
        pytest.param(LABELS[:-1], 1, OF_LABELS, "3", id="too short"),
        pytest.param(LABELS + b"\0", 1, OF_LABELS, "more than 4", id="too long"),
        pytest.param(LABELS[:8], 1, OF_LABELS, "0", id="only a header"),
        pytest.param(IMAGES[:-6], 3, OF_IMAGES, "6", id="an image missing"),
        # 2^31 * 2^31 * 4 = 2^64: as 64-bit integers the product would wrap around to the 0 bytes that follow
        pytest.param(bytes.fromhex("00000803 80000000 80000000 00000004"), 3, f"{2**64} bytes", "0", id="wraps"),
    ],
)
def test_header_and_size_must_be_right(tmp_path: Path, content: bytes, ndim: int, expected: str, got: str) -> None:
    message = refusal(read_idx, write(tmp_path, gzip.compress(content)), ndim)
    assert message.startswith("some-idx.gz: expected ")
    assert expected in message
    assert message.endswith(f", got {got}")


@pytest.mark.parametrize(
    ("content", "got"),
    [
        pytest.param(b"<html>Service unavailable</html>", "Not a gzipped file (b'<h')", id="HTML"),
        pytest.param(BODY[:-1], "ended before the end-of-stream marker", id="cut short"),
        pytest.param(BODY[:10] + b"\xff" * 8 + BODY[18:], "Error -3 while decompressing", id="corrupted deflate"),
        pytest.param(BODY[:-8] + b"\0" * 4 + BODY[-4:], "CRC check failed", id="another checksum"),
        pytest.param(BODY + b"more", "Not a gzipped file (b'mo')", id="bytes after the end"),
    ],
)
def test_what_is_not_a_whole_gzip_file_is_refused(tmp_path: Path, content: bytes, got: str) -> None:
    message = refusal(read_idx, write(tmp_path, content), ndim=1)
    assert message.startswith("some-idx.gz: expected a whole gzip file, got: ")
    assert got in message
