"""Files: written whole or not at all, and checked when read."""

import errno
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import RandomState
from numpy.typing import NDArray

from mnist_mlp.core import files
from mnist_mlp.core.arrays import DIGITS, Dataset
from mnist_mlp.harness.errors import REPAIR, InputError
from tests.support.factory import random_dataset
from tests.support.refusals import refusal

IMAGES, LABELS = np.zeros((3, 2, 2), np.uint8), np.zeros(3, np.uint8)


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("before", [[], ["before"]])
def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path, before: list[str]) -> None:
    path = tmp_path / "file.txt"
    for text in before:
        path.write_text(text)

    def fail_halfway(partial: Path) -> None:
        partial.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device", str(partial))

    with pytest.raises(OSError, match="No space left") as caught:
        files.write_atomically(path, fail_halfway)
    assert caught.value.filename == str(path), "the file that the user knows, not the partial one"
    assert [file.read_text() for file in tmp_path.iterdir()] == before


def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_its_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    rename, path = Path.replace, tmp_path / "new" / "folder" / "a.txt"

    def note_sync(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    def note_rename(partial: Path, target: Path) -> Path:
        done.append(f"rename {partial.name}")
        return rename(partial, target)

    def write(partial: Path) -> None:
        partial.write_text("after")
        assert not path.exists() or path.read_text() == "before"

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_rename)
    files.write_atomically(path, write)
    assert done == ["sync .a.partial.txt", "rename .a.partial.txt", "sync folder"]
    path.write_text("before")
    files.write_atomically(path, write)
    assert (path.read_text(), listing(tmp_path)) == ("after", ["new/folder/a.txt"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_arrays_on_a_full_disk_and_unsynced_files_are_named_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".array.partial.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: '.*/array\.npy'"):
        files.save_array(tmp_path / "array.npy", np.zeros(100_000))

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"Input/output error: '.*/a\.txt'"):
        files.save_text(tmp_path / "a.txt", "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "array",
    [np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([0.1, np.inf, np.nan], np.float32), np.zeros((0, 4))],
)
def test_an_array_comes_back_as_it_was(tmp_path: Path, array: NDArray[Any]) -> None:
    files.save_array(tmp_path / "array.npy", array)
    loaded = files.load_array(tmp_path / "array.npy")
    np.testing.assert_array_equal(loaded, array, strict=True)
    assert isinstance(loaded.base, np.memmap), "it is read when it is used"


def npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not an array", b"\x93NUMPY", b"PK\x03\x04", npy(np.zeros(100))[:500],
        npy(np.array([{"code": "runs on loading"}], object)),
    ],
)  # fmt: skip
def test_file_that_is_not_an_array_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "array.npy").write_bytes(content)
    with pytest.raises(InputError, match=rf"array\.npy: expected a \.npy file, got .*{re.escape(REPAIR)}"):
        files.load_array(tmp_path / "array.npy")


def test_datasets_come_back_as_they_were_from_folders_of_their_names(tmp_path: Path) -> None:
    saved = random_dataset(12)._replace(classes=("T-shirt/top", *DIGITS[1:8], "ß", 'a "b", c'))
    files.save_splits(tmp_path, {"train": saved, "val": random_dataset(3)})
    kinds = ("classes.txt", "images.npy", "labels.npy")
    assert listing(tmp_path) == [f"{part}/{name}" for part in ("train", "val") for name in kinds]
    loaded = files.load_dataset(tmp_path / "train")
    np.testing.assert_array_equal(loaded.images, saved.images)
    np.testing.assert_array_equal(loaded.labels, saved.labels)
    assert loaded.classes == saved.classes


@pytest.mark.parametrize(
    ("images", "labels", "name", "got"),
    [
        (IMAGES.astype(np.float32), LABELS, "images.npy", "float32 (3, 2, 2)"),
        (IMAGES[:, 0], LABELS, "images.npy", "uint8 (3, 2)"),
        (LABELS, LABELS, "images.npy", "uint8 (3,)"),
        (IMAGES[:0], LABELS[:0], "images.npy", "uint8 (0, 2, 2)"),
        (IMAGES, LABELS.astype(np.int64), "labels.npy", "int64 (3,)"),
        (IMAGES, LABELS[:2], "labels.npy", "uint8 (2,)"),
        (IMAGES, LABELS[:, None], "labels.npy", "uint8 (3, 1)"),
        (IMAGES, LABELS + 10, "labels.npy", "10"),
        (IMAGES, LABELS + 255, "labels.npy", "255"),
    ],
)
def test_arrays_that_are_no_dataset_are_refused(
    tmp_path: Path, images: NDArray[Any], labels: NDArray[Any], name: str, got: str
) -> None:
    files.save_dataset(tmp_path, Dataset(images, labels, DIGITS))
    message = refusal(files.load_dataset, tmp_path)
    assert message.startswith(f"{tmp_path / name}: expected ")
    assert message.endswith(f", got {got}; {REPAIR}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cat\n", "2 to 256 names of classes, got 1"),
        (b"cat\n\ndog\n", "names of 1 to 40 characters on one line.*, got ''"),
        (b"cat\n\xff\n", "names in UTF-8, got "),
    ],
)
def test_names_of_classes_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "classes.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"classes\.txt: expected {message}.*{re.escape(REPAIR)}"):
        files.load_classes(tmp_path / "classes.txt")


@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "classes.txt"])
def test_a_missing_file_of_a_dataset_is_named(tmp_path: Path, name: str) -> None:
    files.save_dataset(tmp_path, random_dataset(3))
    (tmp_path / name).unlink()
    assert refusal(files.load_dataset, tmp_path) == f"{tmp_path / name}: no such file; `dvc repro` makes it"


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (np.zeros((2, 10)), r"float32 or float64 \(3, 10\), got float64 \(2, 10\)"),
        (np.zeros((3, 9)), r"float32 or float64 \(3, 10\), got float64 \(3, 9\)"),
        (np.zeros((3, 10), np.int32), r"float32 or float64 \(3, 10\), got int32 \(3, 10\)"),
        (np.full((3, 10), np.nan), "finite numbers, got NaN or infinity"),
        (np.full((3, 10), -np.inf), "finite numbers, got NaN or infinity"),
    ],
)
def test_outputs_come_back_unless_no_network_gives_them(
    tmp_path: Path, outputs: NDArray[Any], message: str
) -> None:
    for dtype in (np.float32, np.float64):
        found = RandomState(0).rand(3, 10).astype(dtype)
        files.save_array(tmp_path / "o.npy", found)
        np.testing.assert_array_equal(files.load_outputs(tmp_path / "o.npy", 3, 10), found, strict=True)
    files.save_array(tmp_path / "o.npy", outputs)
    with pytest.raises(InputError, match=rf"o\.npy: expected {message}; {re.escape(REPAIR)}"):
        files.load_outputs(tmp_path / "o.npy", 3, 10)


def test_text_json_and_tables_have_these_bytes(tmp_path: Path) -> None:
    files.save_text(tmp_path / "t.txt", "ß\r\n\n")
    assert (tmp_path / "t.txt").read_bytes() == b"\xc3\x9f\r\n\n"
    files.save_json(tmp_path / "m.json", {"custom": {"accuracy": 0.9488}})
    assert (tmp_path / "m.json").read_bytes() == b'{\n  "custom": {\n    "accuracy": 0.9488\n  }\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.save_json(tmp_path / "bad.json", {"accuracy": float("nan")})
    files.save_csv(tmp_path / "t.csv", pd.DataFrame({"epoch": [1, 2], "loss": [0.25, 1e-6]}))
    assert (tmp_path / "t.csv").read_bytes() == b"epoch,loss\n1,0.25\n2,1e-06\n"
    assert listing(tmp_path) == ["m.json", "t.csv", "t.txt"]


def test_tables_come_back_as_they_were_and_names_stay_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"epoch": [1, 2], "loss": [0.1 + 0.2, 1e-6]})
    files.save_csv(tmp_path / "t.csv", table)
    pd.testing.assert_frame_equal(files.load_csv(tmp_path / "t.csv", ("epoch", "loss")), table, check_exact=True)
    for names in (["0", "NA", "a, b", '"'], ["0", "1"]):
        files.save_csv(tmp_path / "t.csv", [{"name": name, "count": 1} for name in names])
        assert files.load_csv(tmp_path / "t.csv", ("name", "count"), ("name",))["name"].tolist() == names


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; `dvc repro` makes it"),
        (b"", "expected a CSV table, got "),
        (b"epoch,loss\n1,0.5\n2,\n", "expected finite numbers only, got .*`dvc repro`"),
        (b"epoch,loss\n1,inf\n2,0.5\n", "expected finite numbers only, got .*`dvc repro`"),
        (b"epoch,loss\n1,0.5\n2,x\n", "expected finite numbers only, got .*`dvc repro`"),
        (b"epoch,loss\n", r"expected rows of epoch, loss, got 0 of \['epoch', 'loss'\]"),
        (b"epoch,lo\n1,0.5\n2,0.5\n", r"expected rows of epoch, loss, got 2 of \['epoch', 'lo'\]"),
    ],
)
def test_file_that_is_not_the_table_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"t\.csv: {message}"):
        files.load_csv(path, ("epoch", "loss"))
