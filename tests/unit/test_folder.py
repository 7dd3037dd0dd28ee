"""IDX files of one's own in a folder: what is read, what is written down, and what is refused."""

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
from tests.support.mnist_files import idx, idx_gz, sha256
from tests.support.refusals import refusal

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
    for found in (read(folder), mnist.fetch_chosen(params)):
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
        (
            TEST_IMAGES[:-3],
            arrays()[0][9:].mT,
            f"{TEST_IMAGES[:-3]}: expected images of 3 x 5 pixels, as in {TRAIN_IMAGES}, got 5 x 3",
        ),
    ],
)
def test_files_that_do_not_go_together_are_refused(
    folder: Path, name: str, array: NDArray[np.uint8], message: str
) -> None:
    (folder / name).write_bytes(idx(array))
    assert re.search(f"{message}$", refusal(read, folder))
    assert not RECORD.exists(), "nothing is written down of data that cannot be used"


def test_a_file_that_is_not_idx_is_refused(folder: Path) -> None:
    (folder / TEST_IMAGES[:-3]).write_bytes(b"\x89PNG\r\n\x1a\n")
    assert refusal(read, folder).startswith(f"{TEST_IMAGES[:-3]}: expected the magic number 0x00000803")
