"""Files: written whole or not at all, and checked when read."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import RandomState
from numpy.typing import NDArray

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats
from mnist_mlp.core.files import (
    load_array,
    load_csv,
    load_dataset,
    load_outputs,
    save_array,
    save_csv,
    save_dataset,
    save_json,
    save_splits,
    write_atomically,
)
from mnist_mlp.harness.errors import REPAIR, InputError
from tests.support.factory import dataset, random_dataset


def fail_halfway(partial: Path) -> None:
    """Write something, then fail as a full disk does."""
    partial.write_text("half")
    raise OSError(28, "No space left on device")


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_failing_writer_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "file.txt", fail_halfway)
    assert listing(tmp_path) == []


def test_a_writer_that_fails_leaves_an_existing_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, fail_halfway)
    assert path.read_text() == "before"


def test_a_writer_that_fails_names_the_file_and_not_its_partial_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(tmp_path / "file.txt", fail_halfway)
    assert caught.value.filename == str(tmp_path / "file.txt")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_array_on_a_full_disk_names_the_file(tmp_path: Path) -> None:
    (tmp_path / ".array.partial.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device") as caught:
        save_array(tmp_path / "array.npy", np.zeros(100_000))
    assert caught.value.errno == errno.ENOSPC
    assert listing(tmp_path) == []


def test_path_stays_empty_until_everything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    seen: list[bool] = []

    def write(partial: Path) -> None:
        partial.write_text("whole")
        seen.append(path.exists())

    write_atomically(path, write)
    assert seen == [False]
    assert path.read_text() == "whole"


def test_file_is_replaced_without_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    write_atomically(path, lambda partial: partial.write_text("after"))
    assert path.read_text() == "after"
    assert listing(tmp_path) == ["file.txt"]


def test_missing_folders_are_created(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "file.txt", lambda partial: partial.write_text("x"))
    assert listing(tmp_path) == ["a/b/file.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        save_array(tmp_path / "array.npy", np.zeros(3))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "array.npy").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.uint8).reshape(2, 3),
        np.array([0.1, np.inf, np.nan], np.float32),
        np.zeros((0, 4)),
    ],
)
def test_an_array_comes_back_as_it_was(tmp_path: Path, array: NDArray[Any]) -> None:
    save_array(tmp_path / "array.npy", array)
    loaded = load_array(tmp_path / "array.npy")
    assert loaded.dtype == array.dtype
    np.testing.assert_array_equal(loaded, array)


def test_an_array_is_read_from_disk_when_it_is_used(tmp_path: Path) -> None:
    save_array(tmp_path / "array.npy", np.zeros(3))
    assert isinstance(load_array(tmp_path / "array.npy").base, np.memmap)


def test_a_missing_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    with pytest.raises(InputError) as caught:
        load_array(path)
    assert str(caught.value) == f"{path}: no such file; `dvc repro` makes it"


def test_an_array_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    save_array(path, np.zeros(100))
    path.write_bytes(path.read_bytes()[:500])
    assert_refused_as_damaged(path)


@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY"])
def test_file_that_is_not_an_array_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "array.npy"
    path.write_bytes(content)
    assert_refused_as_damaged(path)


def test_a_file_that_begins_like_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    path.write_bytes(b"PK\x03\x04")
    assert_refused_as_damaged(path)


def test_an_archive_of_arrays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.savez(tmp_path / "arrays.npz", images=np.zeros(3))
    (tmp_path / "arrays.npz").rename(path)
    assert_refused_as_damaged(path)


def test_an_array_of_pickled_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.array([{"code": "runs on loading"}], object), allow_pickle=True)
    assert_refused_as_damaged(path)


def assert_refused_as_damaged(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_array(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected a .npy file, got: ")
    assert message.endswith(f"; {REPAIR}")


def test_a_dataset_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = random_dataset(12)._replace(classes=("T-shirt/top", *DIGITS[1:8], "ß", 'a "b", c'))
    save_dataset(tmp_path, saved)
    loaded = load_dataset(tmp_path)
    np.testing.assert_array_equal(loaded.images, saved.images)
    np.testing.assert_array_equal(loaded.labels, saved.labels)
    assert loaded.classes == saved.classes


def test_splits_are_written_to_folders_of_their_names(tmp_path: Path) -> None:
    save_splits(tmp_path, {"train": random_dataset(12), "val": random_dataset(3)})
    assert listing(tmp_path) == [
        f"{part}/{name}" for part in ("train", "val") for name in ("classes.txt", "images.npy", "labels.npy")
    ]
    assert load_dataset(tmp_path / "val").images.shape == (3, 2, 2)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (np.zeros((3, 2, 2), np.float32), "float32 (3, 2, 2)"),
        (np.zeros((3, 4), np.uint8), "uint8 (3, 4)"),
        (np.zeros(3, np.uint8), "uint8 (3,)"),
    ],
)
def test_images_of_another_type_or_shape_are_refused(tmp_path: Path, images: NDArray[Any], found: str) -> None:
    save_dataset(tmp_path, Dataset(images, np.zeros(3, np.uint8), DIGITS))
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    assert (
        str(caught.value) == f"{tmp_path / 'images.npy'}: expected uint8 (n, height, width), got {found}; {REPAIR}"
    )


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (np.zeros(3, np.int64), "int64 (3,)"),
        (np.zeros(2, np.uint8), "uint8 (2,)"),
        (np.zeros((3, 1), np.uint8), "uint8 (3, 1)"),
    ],
)
def test_labels_of_another_type_or_number_are_refused(tmp_path: Path, labels: NDArray[Any], found: str) -> None:
    save_dataset(tmp_path, dataset(np.zeros((3, 4), np.uint8), labels))
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'labels.npy'}: expected uint8 (3,), got {found}; {REPAIR}"


@pytest.mark.parametrize("label", [10, 255])
def test_labels_without_a_name_are_refused(tmp_path: Path, label: int) -> None:
    save_dataset(tmp_path, dataset(np.zeros((3, 4), np.uint8), np.array([0, label, 9], np.uint8)))
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'labels.npy'}: expected labels from 0 to 9, got {label}; {REPAIR}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected 2 to 256 names of classes, got 1"),
        (b"cat\n", "expected 2 to 256 names of classes, got 1"),
        (b"a\n" * 300, "expected 2 to 256 names of classes, got 300"),
        (b"cat\ncat\n", "expected different names, got 'cat' 2 times"),
        (
            b"cat\n\ndog\n",
            "expected names of 1 to 40 characters on one line, without blanks around them, got ''",
        ),
        (b"cat\n\xff\n", "expected names in UTF-8, got: "),
    ],
)
def test_names_of_classes_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    save_dataset(tmp_path, random_dataset(3))
    (tmp_path / "classes.txt").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'classes.txt'}: {said}")
    assert str(caught.value).endswith(f"; {REPAIR}")


def test_missing_names_of_classes_are_named(tmp_path: Path) -> None:
    save_dataset(tmp_path, random_dataset(3))
    (tmp_path / "classes.txt").unlink()
    with pytest.raises(InputError, match=r"classes\.txt: no such file; `dvc repro` makes it"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outputs_come_back_as_they_were(tmp_path: Path, dtype: type) -> None:
    outputs: Floats = RandomState(0).rand(3, 10).astype(dtype)
    save_array(tmp_path / "o.npy", outputs)
    np.testing.assert_array_equal(load_outputs(tmp_path / "o.npy", 3, 10), outputs)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (np.zeros((2, 10)), "expected float32 or float64 (3, 10), got float64 (2, 10)"),
        (np.zeros((3, 9)), "expected float32 or float64 (3, 10), got float64 (3, 9)"),
        (np.zeros((3, 10), np.int32), "expected float32 or float64 (3, 10), got int32 (3, 10)"),
        (np.full((3, 10), np.nan), "expected finite numbers, got NaN or infinity"),
        (np.full((3, 10), -np.inf), "expected finite numbers, got NaN or infinity"),
    ],
)
def test_outputs_that_no_network_gives_are_refused(tmp_path: Path, outputs: NDArray[Any], message: str) -> None:
    save_array(tmp_path / "o.npy", outputs)
    with pytest.raises(InputError) as caught:
        load_outputs(tmp_path / "o.npy", 3, 10)
    assert str(caught.value) == f"{tmp_path / 'o.npy'}: {message}; {REPAIR}"


def test_a_header_with_any_one_bit_flipped_is_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    save_array(path, np.arange(6, dtype=np.uint8).reshape(2, 3))
    whole = path.read_bytes()
    refused = 0
    for bit in range(8 * 128):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            load_array(path)
        except InputError:
            refused += 1
    assert 500 < refused < 8 * 128  # the header is padded with spaces; one of them more or less is no damage


def test_labels_that_are_missing_are_named(tmp_path: Path) -> None:
    save_dataset(tmp_path, random_dataset(3))
    (tmp_path / "labels.npy").unlink()
    with pytest.raises(InputError, match=r"labels\.npy: no such file"):
        load_dataset(tmp_path)


def test_json_has_these_bytes(tmp_path: Path) -> None:
    save_json(tmp_path / "m.json", {"custom": {"accuracy": 0.9488, "right": 3}})
    expected = b'{\n  "custom": {\n    "accuracy": 0.9488,\n    "right": 3\n  }\n}\n'
    assert (tmp_path / "m.json").read_bytes() == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_without_a_number_is_not_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_json(tmp_path / "m.json", {"custom": {"accuracy": value}})
    assert listing(tmp_path) == []


def test_csv_has_these_bytes(tmp_path: Path) -> None:
    save_csv(tmp_path / "t.csv", pd.DataFrame({"epoch": [1, 2], "loss": [0.25, 1e-6]}))
    assert (tmp_path / "t.csv").read_bytes() == b"epoch,loss\n1,0.25\n2,1e-06\n"


def test_csv_comes_back_as_it_was(tmp_path: Path) -> None:
    table = pd.DataFrame({"epoch": [1, 2], "loss": [0.1 + 0.2, 1e-6]})
    save_csv(tmp_path / "t.csv", table)
    pd.testing.assert_frame_equal(load_csv(tmp_path / "t.csv", ("epoch", "loss")), table, check_exact=True)


def test_names_in_a_table_stay_text(tmp_path: Path) -> None:
    save_csv(tmp_path / "t.csv", [{"name": name, "count": 1} for name in ("0", "NA", "a, b", '"')])
    names = load_csv(tmp_path / "t.csv", ("name", "count"), ("name",))["name"]
    assert names.tolist() == ["0", "NA", "a, b", '"']


def test_a_missing_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with pytest.raises(InputError) as caught:
        load_csv(path, ("a", "b"))
    assert str(caught.value) == f"{path}: no such file; `dvc repro` makes it"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("epoch,loss\n1,0.5\n2,\n", "expected finite numbers only, got something else"),
        ("epoch,loss\n1,inf\n2,0.5\n", "expected finite numbers only, got something else"),
        ("epoch,loss\n1,0.5\n2,x\n", "expected finite numbers only, got something else"),
        ("epoch,loss\n", "expected rows of epoch, loss, got 0 of ['epoch', 'loss']"),
        ("epoch,lo\n1,0.5\n2,0.5\n", "expected rows of epoch, loss, got 2 of ['epoch', 'lo']"),
    ],
)
def test_a_table_without_its_numbers_is_refused(tmp_path: Path, content: str, found: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_csv(path, ("epoch", "loss"))
    assert str(caught.value) == f"{path}: {found}; run `dvc repro`"


@pytest.mark.parametrize("content", [b"", b"a,b\n1\n1,2,3,4\n", b"\xff\xfe\xff"])
def test_file_that_is_not_a_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_csv(path, ("a", "b"))
    assert str(caught.value).startswith(f"{path}: expected a CSV table, got: ")


def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_its_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    rename = Path.replace

    def note_sync(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    def note_rename(path: Path, target: Path) -> Path:
        done.append(f"rename {path.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_rename)
    write_atomically(tmp_path / "folder" / "a.txt", lambda path: path.write_text("a", encoding="utf-8"))
    assert done == ["sync .a.partial.txt", "rename .a.partial.txt", "sync folder"]


def test_a_file_that_cannot_be_synced_does_not_get_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"Input/output error: '.*/a\.txt'"):
        write_atomically(tmp_path / "a.txt", lambda path: path.write_text("a", encoding="utf-8"))
    assert list(tmp_path.iterdir()) == []
