"""IDX files of one's own in a folder: what is read, what is written down, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import FetchParams
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import NAMES
from mnist_mlp.sources.folder import from_folder
from tests.support.mnist_files import idx, idx_gz, sha256

CLASSES = "cat", "dog", "owl"
RECORD = Path("data/folder.sha256")
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


def read(folder: Path, classes: tuple[str, ...] = CLASSES) -> Dataset:
    return from_folder(folder, classes)


def refused(folder: Path, classes: tuple[str, ...] = CLASSES) -> str:
    """Return the message that reading the folder ends with, in one line."""
    with pytest.raises(InputError) as caught:
        read(folder, classes)
    (line,) = str(caught.value).splitlines()
    return line


def test_gives_train_rows_then_test_rows_in_their_shape(folder: Path) -> None:
    images, labels = arrays()
    found = read(folder)
    np.testing.assert_array_equal(found.images, images, strict=True)
    np.testing.assert_array_equal(found.labels, labels, strict=True)
    assert (found.classes, found.pixels) == (CLASSES, 15)


def test_is_what_params_yaml_chooses(folder: Path) -> None:
    params = FetchParams(dataset="folder", path=str(folder), classes=CLASSES)
    np.testing.assert_array_equal(mnist.fetch_chosen(params).images, arrays()[0])


def test_hashes_are_written_down_once_as_sha256sum_has_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(folder)
    lines = [f"{sha256(path.read_bytes())}  {path.name}\n" for path in sorted(folder.iterdir())]
    assert sorted(RECORD.read_text().splitlines(keepends=True)) == sorted(lines)
    said = f"fetch_mnist: wrote the hashes of the four files to {RECORD}; commit it with your parameters\n"
    assert capsys.readouterr().out == said
    read(folder)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TRAIN_LABELS[:-3], TEST_IMAGES[:-3], TEST_LABELS])
def test_a_file_that_has_changed_is_refused_ever_after(folder: Path, name: str) -> None:
    read(folder)
    before, written = sha256((folder / name).read_bytes()), RECORD.read_bytes()
    (folder / name).write_bytes(b"others")
    assert refused(folder) == (
        f"{folder / name}: expected SHA-256 '{before}', as in {RECORD}, got {sha256(b'others')}; "
        f"to accept other data, delete {RECORD} and run `dvc repro --force fetch_mnist`"
    )
    assert RECORD.read_bytes() == written


def test_a_file_that_was_packed_since_is_another_file(folder: Path) -> None:
    read(folder)
    (folder / TEST_IMAGES).write_bytes(idx_gz(arrays()[0][9:]))
    assert refused(folder).startswith(f"{RECORD}: expected hashes of ['{TRAIN_IMAGES}', ")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no hash at all\n", b"12  train-images-idx3-ubyte.gz\n"])
def test_a_damaged_record_is_refused(folder: Path, content: bytes) -> None:
    RECORD.parent.mkdir()
    RECORD.write_bytes(content)
    assert refused(folder).endswith(f"delete {RECORD} and run `dvc repro --force fetch_mnist`")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    for path in (folder / name, folder / name[:-3]):
        path.unlink(missing_ok=True)
    assert refused(folder) == (
        f"params.yaml: fetch_mnist.path: expected a folder with {name[:-3]}, packed (.gz) or not, "
        f"got no such file in {folder}"
    )


def test_a_device_is_no_file(folder: Path) -> None:
    (folder / TEST_LABELS).unlink()
    (folder / TEST_LABELS).symlink_to("/dev/zero")
    assert "got no such file in" in refused(folder)


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        (
            TRAIN_LABELS[:-3], np.array([0, 1, 3] * 3, np.uint8),
            "expected labels from 0 to 2, for the 3 classes of fetch_mnist.classes, got 3",
        ),
        (
            TRAIN_LABELS[:-3], np.zeros(8, np.uint8),
            "expected one label for each of 1 or more images, got 8 labels for 9 images of 3 x 5 pixels",
        ),
        (
            TEST_IMAGES[:-3], np.zeros((3, 5, 3), np.uint8),
            f"expected images of 3 x 5 pixels, as in {TRAIN_IMAGES}, got 5 x 3",
        ),
    ],
)  # fmt: skip
def test_files_that_do_not_go_together_are_refused(
    folder: Path, name: str, array: NDArray[np.uint8], said: str
) -> None:
    (folder / name).write_bytes(idx(array))
    assert refused(folder) == f"{folder / name}: {said}"
    assert not RECORD.exists(), "nothing is written down of data that cannot be used"


def test_files_without_images_are_refused(folder: Path) -> None:
    (folder / TEST_IMAGES[:-3]).write_bytes(idx(np.zeros((0, 3, 5), np.uint8)))
    (folder / TEST_LABELS).write_bytes(idx_gz(np.zeros(0, np.uint8)))
    assert "got 0 labels for 0 images of 3 x 5 pixels" in refused(folder)


def test_a_file_that_is_not_idx_is_refused(folder: Path) -> None:
    (folder / TEST_IMAGES[:-3]).write_bytes(b"\x89PNG\r\n\x1a\n")
    assert refused(folder).startswith(f"{TEST_IMAGES[:-3]}: expected the magic number 0x00000803")
