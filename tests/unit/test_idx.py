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


def test_reads_images_row_by_row(tmp_path: Path) -> None:
    images = read_idx(write(tmp_path, gzip.compress(IMAGES)), ndim=3)
    expected = np.array([[[0, 1, 2], [3, 4, 5]], [[250, 251, 252], [253, 254, 255]]], np.uint8)
    np.testing.assert_array_equal(images, expected, strict=True)


def test_reads_labels_in_file_order(tmp_path: Path) -> None:
    labels = read_idx(write(tmp_path, BODY), ndim=1)
    np.testing.assert_array_equal(labels, np.array([7, 0, 9, 5], np.uint8), strict=True)


def test_sizes_are_big_endian_numbers_of_four_bytes(tmp_path: Path) -> None:
    content = bytes.fromhex("00000801 00010203") + bytes(0x010203)
    assert read_idx(write(tmp_path, gzip.compress(content)), ndim=1).shape == (0x010203,)


def test_reads_a_file_without_items(tmp_path: Path) -> None:
    assert read_idx(write(tmp_path, gzip.compress(bytes.fromhex("00000801 00000000"))), ndim=1).shape == (0,)


@pytest.mark.parametrize(
    ("content", "ndim", "got"),
    [
        pytest.param(LABELS, 3, "0x00000801 and 12 bytes", id="labels where images belong"),
        pytest.param(IMAGES, 1, "0x00000803 and 8 bytes", id="images where labels belong"),
        pytest.param(b"\0\0\x0d\x01" + LABELS[4:], 1, "0x00000d01 and 8 bytes", id="floats"),
        pytest.param(LABELS[3::-1] + LABELS[4:], 1, "0x01080000 and 8 bytes", id="little-endian"),
        pytest.param(b"", 1, "0x and 0 bytes", id="empty"),
        pytest.param(LABELS[:2], 1, "0x0000 and 2 bytes", id="cut within the magic number"),
        pytest.param(LABELS[:7], 1, "0x00000801 and 7 bytes", id="cut within the size of labels"),
        pytest.param(IMAGES[:15], 3, "0x00000803 and 15 bytes", id="cut within the sizes of images"),
    ],
)
def test_refuses_a_wrong_header(tmp_path: Path, content: bytes, ndim: int, got: str) -> None:
    expected = f"the magic number 0x0000080{ndim} and a header of {4 + 4 * ndim} bytes"
    message = refusal(read_idx, write(tmp_path, gzip.compress(content)), ndim)
    assert message == f"some-idx.gz: expected {expected}, got {got}"


@pytest.mark.parametrize(
    ("content", "ndim", "expected"),
    [
        pytest.param(LABELS[:-1], 1, "4 bytes for the shape (4,) in its header, got 3", id="labels too short"),
        pytest.param(
            LABELS + b"\0", 1, "4 bytes for the shape (4,) in its header, got more than 4", id="labels too long"
        ),
        pytest.param(LABELS[:8], 1, "4 bytes for the shape (4,) in its header, got 0", id="only a header"),
        pytest.param(
            IMAGES[:-6], 3, "12 bytes for the shape (2, 2, 3) in its header, got 6", id="an image missing"
        ),
        pytest.param(
            IMAGES + b"\0", 3, "12 bytes for the shape (2, 2, 3) in its header, got more than 12", id="one more"
        ),
        pytest.param(
            # 2^31 * 2^31 * 4 = 2^64: as 64-bit integers the product would wrap around to the 0 bytes that follow
            bytes.fromhex("00000803 80000000 80000000 00000004"),
            3,
            "18446744073709551616 bytes for the shape (2147483648, 2147483648, 4) in its header, got 0",
            id="sizes whose product overflows",
        ),
    ],
)
def test_refuses_a_size_other_than_the_headers(tmp_path: Path, content: bytes, ndim: int, expected: str) -> None:
    assert refusal(read_idx, write(tmp_path, gzip.compress(content)), ndim) == f"some-idx.gz: expected {expected}"


@pytest.mark.parametrize(
    ("content", "got"),
    [
        pytest.param(b"<html>Service unavailable</html>", "Not a gzipped file (b'<h')", id="HTML"),
        pytest.param(LABELS, r"Not a gzipped file (b'\x00\x00')", id="not compressed"),
        pytest.param(BODY[:5], "ended before the end-of-stream marker", id="cut within gzip's header"),
        pytest.param(BODY[:14], "ended before the end-of-stream marker", id="cut within the data"),
        pytest.param(BODY[:-1], "ended before the end-of-stream marker", id="cut within gzip's trailer"),
        pytest.param(BODY[:10] + b"\xff" * 8 + BODY[18:], "Error -3 while decompressing", id="corrupted deflate"),
        pytest.param(BODY[:-8] + b"\0" * 4 + BODY[-4:], "CRC check failed", id="another checksum"),
        pytest.param(BODY + b"more", "Not a gzipped file (b'mo')", id="bytes after the end"),
    ],
)
def test_refuses_what_is_not_a_whole_gzip_file(tmp_path: Path, content: bytes, got: str) -> None:
    message = refusal(read_idx, write(tmp_path, content), ndim=1)
    assert message.startswith("some-idx.gz: expected a whole gzip file, got: ")
    assert got in message


def test_leaves_a_missing_file_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.gz"):
        read_idx(tmp_path / "absent.gz", ndim=1)
