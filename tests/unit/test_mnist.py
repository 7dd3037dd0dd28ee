"""MNIST from a folder, the order of its sources, and the bundled digits."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError, NoSourceError
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.mirror import mirror_of
from tests.support.mnist_files import SIDE, TEST, TRAIN, SmallMnist, assert_same, idx_gz, pin, sha256, write_files
from tests.support.refusals import sources_refusal

PUBLIC = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "OpenML mnist_784 version 1",
]
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"


@pytest.fixture
def folder(tmp_path: Path, small: SmallMnist) -> Path:
    """Return a folder that mirrors the small MNIST."""
    return write_files(tmp_path / "mirror", small)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which all temporary folders of the test are made."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return temporary


def failing(error: BaseException) -> Callable[[], Dataset]:
    """Return a source that fails."""

    def get() -> Dataset:
        raise error

    return get


class TestFolder:
    @pytest.mark.parametrize("end", ["", "/"])
    def test_gives_train_rows_then_test_rows(self, folder: Path, small: SmallMnist, end: str) -> None:
        assert_same(mnist.from_mirror(ORIGINALS["mnist"], f"{folder}{end}"), small.dataset)

    def test_gives_the_bytes_of_each_image(self, folder: Path) -> None:
        images = mnist.from_mirror(ORIGINALS["mnist"], str(folder)).images
        assert (images.shape, images.dtype.name) == ((TRAIN + TEST, SIDE, SIDE), "uint8")

    def test_gives_one_byte_a_label(self, folder: Path) -> None:
        labels = mnist.from_mirror(ORIGINALS["mnist"], str(folder)).labels
        assert (labels.shape, labels.dtype.name) == ((TRAIN + TEST,), "uint8")

    def test_keeps_no_copy(self, folder: Path, temporary: Path) -> None:
        mnist.from_mirror(ORIGINALS["mnist"], str(folder))
        assert not list(temporary.iterdir())

    @pytest.mark.parametrize("name", ORIGINALS["mnist"].files)
    def test_names_the_missing_file(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        message = str(sources_refusal(("the folder", partial(mnist.from_mirror, ORIGINALS["mnist"], str(folder)))))
        assert f"  the folder: [Errno 2] No such file or directory: '{folder / name}'\n" in message

    @pytest.mark.parametrize("name", ORIGINALS["mnist"].files)
    def test_names_the_file_with_a_wrong_hash(self, folder: Path, small: SmallMnist, name: str) -> None:
        (folder / name).write_bytes(b"other bytes")
        with pytest.raises(InputError, match=name) as caught:
            mnist.from_mirror(ORIGINALS["mnist"], str(folder), retries=0)
        assert sha256(small.files[name]) in str(caught.value), "the hash expected"
        assert sha256(b"other bytes") in str(caught.value), "the hash got"

    def test_keeps_no_file_with_a_wrong_hash(self, folder: Path, temporary: Path) -> None:
        (folder / TRAIN_LABELS).write_bytes(b"other bytes")
        with pytest.raises(InputError, match=TRAIN_LABELS):
            mnist.from_mirror(ORIGINALS["mnist"], str(folder), retries=0)
        assert not list(temporary.iterdir())

    def test_leaves_the_mirrors_files_as_they_are(self, folder: Path, small: SmallMnist) -> None:
        mnist.from_mirror(ORIGINALS["mnist"], str(folder))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == small.files

    def test_reads_labels_as_labels(
        self, tmp_path: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = {**small.files, TRAIN_LABELS: idx_gz(small.dataset.images[:TRAIN])}
        swapped = SmallMnist(files, small.dataset)
        pin(monkeypatch, swapped)
        with pytest.raises(InputError, match=f"{TRAIN_LABELS}: expected the magic number 0x00000801"):
            mnist.from_mirror(ORIGINALS["mnist"], str(write_files(tmp_path / "swapped", swapped)))


FASHION = [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "OpenML Fashion-MNIST version 1",
]


class TestMirrors:
    """Which mirrors the environment names for which data set."""

    @pytest.fixture(autouse=True)
    def none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MNIST_MIRROR", raising=False)
        monkeypatch.delenv("FASHION_MNIST_MIRROR", raising=False)

    def names(self, dataset: str) -> list[str]:
        return [name for name, _ in mnist.sources(ORIGINALS[dataset])]

    def test_fashion_has_its_own_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FASHION_MNIST_MIRROR", "/some/folder")
        assert self.names("fashion") == ["FASHION_MNIST_MIRROR=/some/folder", *FASHION]
        assert self.names("mnist") == PUBLIC

    def test_a_folder_of_mnist_is_no_mirror_of_fashion(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MNIST_MIRROR", str(tmp_path))
        assert self.names("fashion") == FASHION

    @pytest.mark.parametrize("end", ["", "/"])
    def test_a_server_may_have_a_folder_for_each(self, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
        monkeypatch.setenv("MNIST_MIRROR", f"https://host/data{end}")
        assert self.names("mnist") == [
            f"MNIST_MIRROR=https://host/data{end}", "MNIST_MIRROR=https://host/data/mnist", *PUBLIC,
        ]  # fmt: skip
        assert self.names("fashion") == ["MNIST_MIRROR=https://host/data/fashion-mnist", *FASHION]

    def test_a_folder_may_have_a_folder_for_each(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("mnist", "fashion-mnist"):
            (tmp_path / name).mkdir()
        monkeypatch.setenv("MNIST_MIRROR", str(tmp_path))
        assert self.names("mnist") == [f"MNIST_MIRROR={tmp_path}/mnist", *PUBLIC]
        assert self.names("fashion") == [f"MNIST_MIRROR={tmp_path}/fashion-mnist", *FASHION]

    def test_its_own_variable_comes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "fashion-mnist").mkdir()
        monkeypatch.setenv("MNIST_MIRROR", str(tmp_path))
        monkeypatch.setenv("FASHION_MNIST_MIRROR", "/some/folder")
        assert self.names("fashion")[:2] == [
            "FASHION_MNIST_MIRROR=/some/folder", f"MNIST_MIRROR={tmp_path}/fashion-mnist",
        ]  # fmt: skip

    def test_fetch_takes_the_mirror_of_fashion_with_its_classes(
        self, folder: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FASHION_MNIST_MIRROR", str(folder))
        found = mnist.fetch("fashion")
        assert_same(found, small.dataset)
        assert (found.classes[0], found.classes[9], len(found.classes)) == ("T-shirt/top", "Ankle boot", 10)

    def test_without_a_source_fashion_is_named(self) -> None:
        fashion = ORIGINALS["fashion"]
        with pytest.raises(NoSourceError) as caught:
            mnist.fetch_original(fashion, iter([("only", failing(OSError("down")))]))
        lines = str(caught.value).splitlines()
        assert lines[0] == "Could not get Fashion-MNIST. Tried, in this order:"
        assert "    FASHION_MNIST_MIRROR=/path/to/folder dvc repro" in lines
        assert "(and are not Fashion-MNIST)" in str(caught.value)


class TestOrder:
    def test_the_mirror_of_the_environment_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MNIST_MIRROR", "/some/folder")
        assert [name for name, _ in mnist.sources(ORIGINALS["mnist"])] == ["MNIST_MIRROR=/some/folder", *PUBLIC]

    def test_an_unset_mirror_is_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MNIST_MIRROR", raising=False)
        assert [name for name, _ in mnist.sources(ORIGINALS["mnist"])] == PUBLIC

    @pytest.mark.parametrize(
        ("mirror", "read"),
        [
            ("HTTP://host/mnist", "http://host/mnist"),
            ("Https://host/mnist", "https://host/mnist"),
            ("FILE:///some/folder", "/some/folder"),
            ("~/mnist", "/home/somebody/mnist"),
            ("some/folder", "some/folder"),
            ("http://[", "http://["),
        ],
    )
    def test_a_mirror_is_read_as_what_it_is(self, monkeypatch: pytest.MonkeyPatch, mirror: str, read: str) -> None:
        monkeypatch.setenv("HOME", "/home/somebody")
        monkeypatch.setenv("MNIST_MIRROR", mirror)
        assert next(mnist.sources(ORIGINALS["mnist"]))[0] == f"MNIST_MIRROR={read}"

    @pytest.mark.parametrize("empty", ["", "file://"])
    def test_an_empty_mirror_is_skipped(self, monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
        monkeypatch.setenv("MNIST_MIRROR", empty)
        assert [name for name, _ in mnist.sources(ORIGINALS["mnist"])] == PUBLIC

    @pytest.mark.parametrize("scheme", ["", "file://"])
    def test_the_mirror_of_the_environment_may_be_a_folder(
        self, folder: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch, scheme: str
    ) -> None:
        monkeypatch.setenv("MNIST_MIRROR", f"{scheme}{folder}")
        _, get = next(mnist.sources(ORIGINALS["mnist"]))
        assert_same(get(), small.dataset)

    def test_fetch_takes_the_mirror_of_the_environment(
        self, folder: Path, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MNIST_MIRROR", str(folder))
        assert_same(mnist.fetch("mnist"), small.dataset)


class TestNextSource:
    @pytest.mark.parametrize(
        "error", [InputError("damaged"), ValueError("wrong hash"), ConnectionError("down"), TimeoutError("late")]
    )
    def test_comes_after_a_failure(self, small: SmallMnist, error: Exception) -> None:
        candidates: list[mnist.Source] = [("first", failing(error)), ("second", lambda: small.dataset)]
        assert_same(mnist.fetch_original(ORIGINALS["mnist"], iter(candidates)), small.dataset)

    def test_comes_after_arrays_with_a_wrong_hash(self, small: SmallMnist) -> None:
        backwards = small.dataset.take(slice(None, None, -1))
        candidates: list[mnist.Source] = [("first", lambda: backwards), ("second", lambda: small.dataset)]
        assert_same(mnist.fetch_original(ORIGINALS["mnist"], iter(candidates)), small.dataset)

    def test_is_not_asked_after_a_success(self, small: SmallMnist) -> None:
        def candidates() -> Iterator[mnist.Source]:
            yield "first", lambda: small.dataset
            pytest.fail("asked for another source")

        assert_same(mnist.fetch_original(ORIGINALS["mnist"], candidates()), small.dataset)

    def test_does_not_hide_an_interruption(self, small: SmallMnist) -> None:
        candidates: list[mnist.Source] = [
            ("first", failing(KeyboardInterrupt())),
            ("second", lambda: small.dataset),
        ]
        with pytest.raises(KeyboardInterrupt):
            mnist.fetch_original(ORIGINALS["mnist"], iter(candidates))

    def test_comes_with_a_warning_about_the_failure(
        self, small: SmallMnist, capsys: pytest.CaptureFixture[str]
    ) -> None:
        candidates: list[mnist.Source] = [
            ("first", failing(OSError("down"))),
            ("second", lambda: small.dataset),
        ]
        mnist.fetch_original(ORIGINALS["mnist"], iter(candidates))
        assert capsys.readouterr().err == "fetch_mnist: no data from first: down\n"

    def test_is_announced_before_it_is_asked(self, capsys: pytest.CaptureFixture[str]) -> None:
        def interrupted() -> Dataset:
            assert "trying the source" in capsys.readouterr().out
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            mnist.fetch_original(ORIGINALS["mnist"], iter([("the source", interrupted)]))


class TestArrays:
    @pytest.mark.parametrize("name", ["images", "labels"])
    def test_one_other_byte_is_refused(self, small: SmallMnist, name: str) -> None:
        array = getattr(small.dataset, name)
        changed = array.copy()
        changed.flat[-1] ^= 1
        with pytest.raises(InputError) as caught:
            mnist.check_arrays(ORIGINALS["mnist"], small.dataset._replace(**{name: changed}))
        hashes = f"expected SHA-256 {sha256(array.tobytes())}, got {sha256(changed.tobytes())}"
        assert str(caught.value) == f"{name} {array.shape}: {hashes}"

    def test_rows_in_another_order_are_refused(self, small: SmallMnist) -> None:
        test_first = np.roll(small.dataset.images, TEST, axis=0)
        with pytest.raises(InputError, match="images"):
            mnist.check_arrays(ORIGINALS["mnist"], small.dataset._replace(images=test_first))


class TestNoSource:
    def test_lists_each_source_with_its_reason_in_order(self) -> None:
        error = sources_refusal(
            ("MNIST_MIRROR=/nowhere", failing(FileNotFoundError(2, "No such file or directory", "/nowhere/a.gz"))),
            ("https://one.example/", failing(ValueError("hash mismatch"))),
            ("OpenML", failing(InputError("images: other bytes"))),
        )
        assert str(error).splitlines()[:4] == [
            "Could not get MNIST. Tried, in this order:",
            "  MNIST_MIRROR=/nowhere: [Errno 2] No such file or directory: '/nowhere/a.gz'",
            "  https://one.example/: hash mismatch",
            "  OpenML: images: other bytes",
        ]

    @pytest.mark.parametrize("way", ["MNIST_MIRROR=/path/to/folder dvc repro", "dvc exp run --temp -n digits"])
    def test_shows_a_way_on(self, way: str) -> None:
        assert way in str(sources_refusal(("only", failing(OSError("down")))))

    def test_ends_the_stage_as_unavailable(self) -> None:
        assert sources_refusal(("only", failing(OSError("down")))).exit_code == 69

    def test_gives_a_reason_of_many_lines_in_one(self) -> None:
        message = str(sources_refusal(("only", failing(ValueError("hash:\n  expected a\n  got b")))))
        assert "  only: hash: expected a got b\n" in message

    def test_gives_the_type_of_an_error_without_message(self) -> None:
        assert "  only: TimeoutError\n" in str(sources_refusal(("only", failing(TimeoutError()))))

    def test_gives_the_reason_behind_a_wrapped_error(self) -> None:
        def get() -> Dataset:
            try:
                raise ConnectionRefusedError("connection refused")
            except ConnectionRefusedError as error:
                raise OSError("request failed") from error

        assert "  only: connection refused\n" in str(sources_refusal(("only", get)))

    def test_gives_the_message_of_an_error_that_replaced_another(self) -> None:
        def get() -> Dataset:
            try:
                raise EOFError("unexpected end")
            except EOFError:
                raise InputError("a.gz: expected a whole gzip file, got: unexpected end") from None

        assert "  only: a.gz: expected a whole gzip file, got: unexpected end\n" in str(
            sources_refusal(("only", get))
        )


class TestDigits:
    def test_are_8_by_8_pixels_an_image(self) -> None:
        images = mnist.bundled_digits().images
        assert (images.shape, images.dtype.name) == ((1797, 8, 8), "uint8")

    def test_have_a_label_an_image(self) -> None:
        labels = mnist.bundled_digits().labels
        assert (labels.shape, labels.dtype.name) == ((1797,), "uint8")

    def test_hold_all_ten_digits(self) -> None:
        assert set(mnist.bundled_digits().labels) == set(range(10))

    def test_stretch_17_grey_levels_over_the_range_of_a_byte(self) -> None:
        levels = np.unique(mnist.bundled_digits().images).tolist()
        assert levels == [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]

    def test_need_no_source(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mnist, "sources", lambda: pytest.fail("asked for a source"))
        assert_same(mnist.fetch("digits"), mnist.bundled_digits())


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_the_original_files_hold_the_pinned_arrays(name: str) -> None:
    original = ORIGINALS[name]
    dataset = mnist.from_mirror(original, mirror_of(original.variable))
    mnist.check_arrays(original, dataset)
    assert len(dataset.classes) == dataset.labels.max() + 1
    assert (dataset.images.shape, dataset.labels.shape) == ((70_000, 28, 28), (70_000,))


class TestNoRoom:
    @pytest.mark.parametrize(
        "error",
        [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EROFS, "Read-only"), MemoryError()],
    )
    def test_here_is_not_blamed_on_the_sources(self, error: Exception) -> None:
        later: list[str] = []

        def candidates() -> Iterator[mnist.Source]:
            yield "a mirror", failing(error)
            later.append("asked")

        with pytest.raises(type(error)) as caught:
            mnist.fetch_original(ORIGINALS["mnist"], candidates())
        assert caught.value is error
        assert later == []

    def test_a_mirror_that_may_not_be_read_is_one_that_fails(self, small: SmallMnist) -> None:
        good = ("good", lambda: small.dataset)
        denied = ("denied", failing(PermissionError(errno.EACCES, "Permission denied")))
        assert_same(mnist.fetch_original(ORIGINALS["mnist"], iter([denied, good])), small.dataset)

    def test_for_temporary_files_is_reported_before_any_source_is_tried(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def none() -> str:
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

        monkeypatch.setattr(tempfile, "gettempdir", none)
        with pytest.raises(FileNotFoundError, match="No usable temporary directory"):
            mnist.fetch_original(ORIGINALS["mnist"], iter([("a source", failing(AssertionError("was asked")))]))
