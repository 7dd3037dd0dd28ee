"""MNIST from a folder, the order of its sources, and the bundled digits."""

import errno
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.factory import fetch_params, mirror_of
from tests.support.mnist_files import SmallMnist, assert_same, sha256, write_files
from tests.support.refusals import refusal, sources_refusal

PUBLIC = {name: [*original.mirrors, f"OpenML {original.openml} version 1"] for name, original in ORIGINALS.items()}


@pytest.fixture
def folder(tmp_path: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that mirrors the small MNIST; at the end, no temporary file may be left."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield write_files(tmp_path / "mirror", small)
    assert not list(temporary.iterdir())


def read(folder: object) -> Dataset:
    return mnist.from_mirror(ORIGINALS["mnist"], str(folder))


def failing(error: BaseException) -> Callable[[], Dataset]:
    """Return a source that fails."""

    def get() -> Dataset:
        raise error

    return get


NOT_ASKED: mnist.Source = ("another", failing(AssertionError("was asked")))


def fetched(*candidates: mnist.Source) -> Dataset:
    return mnist.fetch_original(ORIGINALS["mnist"], iter(candidates))


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_gives_train_rows_then_test_rows(folder: Path, small: SmallMnist, end: str) -> None:
    assert_same(read(f"{folder}{end}"), small.dataset)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == small.files


@pytest.mark.parametrize("name", ORIGINALS["mnist"].files)
def test_a_missing_file_and_one_with_a_wrong_hash_are_named(folder: Path, small: SmallMnist, name: str) -> None:
    (folder / name).write_bytes(b"other bytes")
    message = refusal(read, folder)
    assert all(word in message for word in (name, sha256(small.files[name]), sha256(b"other bytes")))
    (folder / name).unlink()
    assert re.search(rf"{folder / name}: expected the original file .*, got no such file$", refusal(read, folder))


@pytest.mark.parametrize(
    ("own", "common", "mnist_first", "fashion_first"),
    [
        ("", "", [], []),
        ("", "file://", [], []),
        ("", "FILE://{tmp}/of_mnist", ["MNIST_MIRROR={tmp}/of_mnist"], []),
        ("~/of_mnist", "of_mnist", ["MNIST_MIRROR={tmp}/of_mnist"], ["FASHION_MNIST_MIRROR={tmp}/of_mnist"]),
        ("HTTP://host/a", "", [], ["FASHION_MNIST_MIRROR=http://host/a", "FASHION_MNIST_MIRROR=http://host/a/fashion-mnist"]),
        ("http://[", "", [], ["FASHION_MNIST_MIRROR=http://[", "FASHION_MNIST_MIRROR=http://[/fashion-mnist"]),
        ("", "{tmp}/of_mnist", ["MNIST_MIRROR={tmp}/of_mnist"], []),
        ("", "https://host/a", ["MNIST_MIRROR=https://host/a", "MNIST_MIRROR=https://host/a/mnist"],
         ["MNIST_MIRROR=https://host/a/fashion-mnist"]),
        ("", "Https://host/a/", ["MNIST_MIRROR=https://host/a/", "MNIST_MIRROR=https://host/a/mnist"],
         ["MNIST_MIRROR=https://host/a/fashion-mnist"]),
        ("{tmp}/of_mnist", "{tmp}", ["MNIST_MIRROR={tmp}/mnist"],
         ["FASHION_MNIST_MIRROR={tmp}/of_mnist", "MNIST_MIRROR={tmp}/fashion-mnist"]),
    ],
)  # fmt: skip
def test_mirrors_of_the_environment_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, common: str, mnist_first: list[str],
    fashion_first: list[str],
) -> None:  # fmt: skip
    for name in ("mnist", "fashion-mnist", "of_mnist"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FASHION_MNIST_MIRROR", own.format(tmp=tmp_path))
    monkeypatch.setenv("MNIST_MIRROR", common.format(tmp=tmp_path))
    for dataset, first in (("mnist", mnist_first), ("fashion", fashion_first)):
        names = [name for name, _ in mnist.sources(ORIGINALS[dataset])]
        assert names == [name.format(tmp=tmp_path) for name in first] + PUBLIC[dataset]


@pytest.mark.parametrize("text", ["data/own", "~nobody-of-this-name", "a\0b"])
def test_a_folder_that_was_named_and_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = rf": expected a folder, got .*: there is none at {re.escape(str(tmp_path))}/.*--temp"
    with pytest.raises(InputError, match=f"^params.yaml: fetch_mnist.path{said}"):
        mnist.fetch(fetch_params("folder", path=text))
    if "\0" not in text:
        monkeypatch.setenv("MNIST_MIRROR", text)
        with pytest.raises(InputError, match=f"^MNIST_MIRROR{said}"):
            mnist.fetch(fetch_params("mnist"))


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_fetch_takes_the_mirror_of_the_environment(
    folder: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    for name, last in (("mnist", "9"), ("fashion", "Ankle boot")):
        monkeypatch.setenv(ORIGINALS[name].variable, f"{scheme}{folder}")
        found = mnist.fetch(fetch_params(name))
        assert_same(found, small.dataset)
        assert (found.classes[-1], len(found.classes)) == (last, 10)


@pytest.mark.parametrize(
    "error", [ValueError("wrong hash"), ConnectionError("down"), PermissionError(13, "denied")]
)
def test_the_next_source_follows_a_failure_and_a_warning(
    small: SmallMnist, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    assert_same(fetched(("first", failing(error)), ("second", lambda: small.dataset), NOT_ASKED), small.dataset)
    assert capsys.readouterr().err == f"fetch_mnist: no data from first: {error}\n"


@pytest.mark.parametrize("name", ["images", "labels"])
def test_one_other_byte_of_an_array_is_refused(small: SmallMnist, name: str) -> None:
    array = getattr(small.dataset, name)
    changed = array.copy()
    changed.flat[-1] ^= 1
    message = refusal(mnist.check_arrays, ORIGINALS["mnist"], small.dataset._replace(**{name: changed}))
    hashes = f"expected SHA-256 {sha256(array.tobytes())}, got {sha256(changed.tobytes())}"
    assert message == f"{name} {array.shape}: {hashes}"


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_without_a_source_each_is_listed_with_its_reason(name: str) -> None:
    error = sources_refusal(
        ("first", failing(FileNotFoundError(2, "No such file or directory", "/nowhere/a.gz"))),
        ("second", failing(ValueError("hash:\n  expected a\n  got b"))),
        ("third", failing(TimeoutError())),
        name=name,
    )
    original = ORIGINALS[name]
    lines = str(error).splitlines()
    assert lines[:4] == [
        f"Could not get {original.title}. Tried, in this order:",
        "  first: [Errno 2] No such file or directory: '/nowhere/a.gz'",
        "  second: hash: expected a got b",
        "  third: TimeoutError",
    ]
    assert f"    {original.variable}=/path/to/folder dvc repro" in lines
    assert f"(and are not {original.title})" in str(error)
    assert "dvc exp run --temp -n digits" in str(error)


def test_bundled_digits_need_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "sources", lambda: pytest.fail("asked for a source"))
    found = mnist.fetch(fetch_params("digits"))
    assert (found.images.shape, found.images.dtype.name) == ((1797, 8, 8), "uint8")
    assert (found.labels.shape, found.labels.dtype.name) == ((1797,), "uint8")
    assert set(found.labels) == set(range(10))
    levels = [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    assert np.unique(found.images).tolist() == levels


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_the_original_files_hold_the_pinned_arrays(name: str) -> None:
    original = ORIGINALS[name]
    dataset = mnist.from_mirror(original, mirror_of(original.variable))
    mnist.check_arrays(original, dataset)
    assert len(dataset.classes) == dataset.labels.max() + 1
    assert (dataset.images.shape, dataset.labels.shape) == ((70_000, 28, 28), (70_000,))


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space"), OSError(errno.EROFS, "Read-only"), MemoryError(), KeyboardInterrupt()],
)
def test_no_room_here_and_an_interruption_end_all(
    capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        fetched(("a mirror", failing(error)), NOT_ASKED)
    assert caught.value is error
    assert capsys.readouterr().out == "fetch_mnist: trying a mirror\n"


def test_no_room_for_temporary_files_is_reported_before_any_source_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", failing(FileNotFoundError(errno.ENOENT, "No usable directory")))
    with pytest.raises(FileNotFoundError, match="No usable directory"):
        fetched(NOT_ASKED)
