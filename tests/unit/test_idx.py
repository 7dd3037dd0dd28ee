"""IDX files: the reader against bytes written by hand, and four files of one's own in a folder."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.params import FetchParams
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import NAMES
from mnist_mlp.sources.folder import from_folder
from mnist_mlp.sources.idx import read_idx
from tests.support.mnist_files import idx, idx_gz, sha256
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
    for size in (0x010203, 0):  # big-endian numbers of four bytes
        content = bytes.fromhex("00000801") + size.to_bytes(4, "big") + bytes(size)
        assert read_idx(write(tmp_path, gzip.compress(content)), ndim=1).shape == (size,)


@pytest.mark.parametrize(
    ("content", "ndim", "expected", "got"),
    [
        # labels where images belong and the other way round, floats, little-endian, empty, cut within the header
        (LABELS, 3, "0x00000803 and a header of 16 bytes", "0x00000801 and 12 bytes"),
        (IMAGES, 1, "0x00000801 and a header of 8 bytes", "0x00000803 and 8 bytes"),
        (b"\0\0\x0d\x01" + LABELS[4:], 1, "0x00000801", "0x00000d01 and 8 bytes"),
        (LABELS[3::-1] + LABELS[4:], 1, "0x00000801", "0x01080000 and 8 bytes"),
        (b"", 1, "0x00000801", "0x and 0 bytes"),
        (LABELS[:2], 1, "0x00000801", "0x0000 and 2 bytes"),
        (IMAGES[:15], 3, "0x00000803 and a header of 16 bytes", "0x00000803 and 15 bytes"),
        # too short, too long, only a header, an image missing
        (LABELS[:-1], 1, "4 bytes for the shape (4,) in its header", "3"),
        (LABELS + b"\0", 1, "4 bytes for the shape (4,) in its header", "more than 4"),
        (LABELS[:8], 1, "4 bytes for the shape (4,) in its header", "0"),
        (IMAGES[:-6], 3, "12 bytes for the shape (2, 2, 3) in its header", "6"),
        # 2^31 * 2^31 * 4 = 2^64: as 64-bit integers the product would wrap around to the 0 bytes that follow
        (bytes.fromhex("00000803 80000000 80000000 00000004"), 3, f"{2**64} bytes", "0"),
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


CLASSES = "cat", "dog", "owl"
RECORD = Path("data/folder.sha256")
REMEDY = f"delete {RECORD} and run `dvc repro --force fetch_mnist`"
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with wide images of three classes in ``own``: two files packed and two not."""
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    images, labels = arrays()
    (own / TRAIN_IMAGES).write_bytes(idx_gz(images[:9]))
    (own / TRAIN_LABELS[:-3]).write_bytes(idx(labels[:9]))
    (own / TEST_IMAGES[:-3]).write_bytes(idx(images[9:]))
    (own / TEST_LABELS).write_bytes(idx_gz(labels[9:]))
    return own


def arrays() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return 12 images of 3 x 5 pixels, and their labels."""
    images = np.random.default_rng(0).integers(0, 256, (12, 3, 5), dtype=np.uint8)
    return images, (np.arange(12) % 3).astype(np.uint8)


def read(folder: Path) -> Dataset:
    return from_folder(folder, CLASSES)


def test_gives_train_rows_then_test_rows_in_their_shape(folder: Path) -> None:
    params = FetchParams(dataset="folder", path=str(folder), classes=CLASSES)
    for found in (read(folder), mnist.fetch(params)):
        np.testing.assert_array_equal(found.images, arrays()[0], strict=True)
        np.testing.assert_array_equal(found.labels, arrays()[1], strict=True)
        assert (found.classes, found.pixels) == (CLASSES, 15)


def test_hashes_are_written_down_once_as_sha256sum_has_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(folder)
    lines = [f"{sha256(path.read_bytes())}  {path.name}\n" for path in sorted(folder.iterdir())]
    assert sorted(RECORD.read_text().splitlines(keepends=True)) == sorted(lines)
    assert f"wrote the hashes of the four files to {RECORD}; commit it" in capsys.readouterr().out
    read(folder)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TRAIN_LABELS[:-3], TEST_IMAGES[:-3], TEST_LABELS])
def test_a_file_that_has_changed_is_refused_ever_after(folder: Path, name: str) -> None:
    read(folder)
    before, written = sha256((folder / name).read_bytes()), RECORD.read_bytes()
    (folder / name).write_bytes(b"others")
    message = refusal(read, folder)
    expected = f"{folder / name}: expected SHA-256 '{before}', as in {RECORD}, got {sha256(b'others')}"
    assert message.startswith(expected)
    assert message.endswith(REMEDY)
    assert RECORD.read_bytes() == written


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no hash at all\n", b"12  train-images-idx3-ubyte.gz\n"])
def test_a_damaged_record_is_refused(folder: Path, content: bytes) -> None:
    RECORD.parent.mkdir()
    RECORD.write_bytes(content)
    assert refusal(read, folder).endswith(REMEDY)
    RECORD.unlink()
    read(folder)
    (folder / TEST_IMAGES).write_bytes(idx_gz(arrays()[0][9:]))  # packed since, so another file
    assert refusal(read, folder).startswith(f"{RECORD}: expected hashes of ['{TRAIN_IMAGES}', ")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named_and_a_device_is_no_file(folder: Path, name: str) -> None:
    for path in (folder / name, folder / name[:-3]):
        path.unlink(missing_ok=True)
    (folder / name).symlink_to("/dev/zero")
    assert re.search(rf"with {name[:-3]}, packed .* no such file in {folder}", refusal(read, folder))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (TRAIN_LABELS[:-3], arrays()[1][:9] + 1, "expected labels from 0 to 2, for the 3 classes .*, got 3"),
        (TRAIN_LABELS[:-3], arrays()[1][:8], "one label for each .*, got 8 labels for 9 images of 3 x 5 pixels"),
        (TEST_IMAGES[:-3], arrays()[0][9:, :0], "got 3 labels for 3 images of 0 x 5 pixels"),
        (TEST_IMAGES[:-3], arrays()[0][9:].mT, f"{TEST_IMAGES[:-3]}: .*, as in {TRAIN_IMAGES}, got 5 x 3"),
        (TEST_IMAGES[:-3], arrays()[1], f"{TEST_IMAGES[:-3]}: expected the magic number 0x00000803 .*"),
        (TRAIN_LABELS[:-3], arrays()[0], f"{TRAIN_LABELS[:-3]}: expected the magic number 0x00000801 .*"),
    ],
)
def test_files_that_do_not_go_together_are_refused(
    folder: Path, name: str, array: NDArray[np.uint8], message: str
) -> None:
    (folder / name).write_bytes(idx(array))
    assert re.search(f"{message}$", refusal(read, folder))
    assert not RECORD.exists(), "nothing is written down of data that cannot be used"
