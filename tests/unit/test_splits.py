"""Splits: the rows that the notebook's calls give, and what is said where they cannot be given."""

import re

import numpy as np
import pytest
from numpy.random import RandomState
from sklearn.model_selection import train_test_split

from mnist_mlp.core.arrays import Labels
from mnist_mlp.harness.params import SplitParams
from mnist_mlp.splits import split_dataset, split_rows
from tests.support.factory import random_dataset
from tests.support.refusals import refusal

MNIST_CLASS_COUNTS = (6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958)
MNIST_SIZES = SplitParams(test_size=10_000, val_size=5_000, seed=10)


def labels_with(*counts: int) -> Labels:
    """Return labels with ``counts[0]`` zeros, ``counts[1]`` ones, ..., in random order."""
    return RandomState(0).permutation(np.repeat(np.arange(len(counts), dtype=np.uint8), counts))


def why_refused(labels: Labels, test_size: float, val_size: float) -> str:
    return refusal(split_rows, labels, SplitParams(test_size=test_size, val_size=val_size, seed=10))


@pytest.fixture(scope="module")
def mnist_labels() -> Labels:
    return labels_with(*MNIST_CLASS_COUNTS)


def test_the_rows_are_those_of_the_notebook(mnist_labels: Labels) -> None:
    images, labels = np.arange(70_000), mnist_labels
    rest, test, rest_labels, _ = train_test_split(
        images, labels, test_size=10000, random_state=10, stratify=labels
    )
    train, val, _, _ = train_test_split(rest, rest_labels, test_size=5000, random_state=10, stratify=rest_labels)
    rows = split_rows(labels, MNIST_SIZES)
    np.testing.assert_array_equal(rows["train"], train)
    np.testing.assert_array_equal(rows["val"], val)
    np.testing.assert_array_equal(rows["test"], test)


def test_the_splits_share_out_all_rows(mnist_labels: Labels) -> None:
    rows = split_rows(mnist_labels, MNIST_SIZES)
    assert {name: len(part) for name, part in rows.items()} == {"train": 55_000, "val": 5_000, "test": 10_000}
    np.testing.assert_array_equal(np.sort(np.concatenate(list(rows.values()))), np.arange(70_000))


def test_every_split_has_the_same_share_of_each_digit(mnist_labels: Labels) -> None:
    for part in split_rows(mnist_labels, MNIST_SIZES).values():
        expected = np.array(MNIST_CLASS_COUNTS) * len(part) / 70_000
        # the rounding of the first split carries over into the second
        assert np.abs(np.bincount(mnist_labels[part]) - expected).max() < 2


def test_shares_stand_for_counts(mnist_labels: Labels) -> None:
    shares = split_rows(mnist_labels, SplitParams(test_size=1 / 7, val_size=1 / 14, seed=10))
    counts = split_rows(mnist_labels, MNIST_SIZES)
    for name in ("train", "val", "test"):
        np.testing.assert_array_equal(shares[name], counts[name])


def test_different_seed_gives_different_rows() -> None:
    labels = labels_with(20, 20)
    first, second = (split_rows(labels, SplitParams(test_size=10, val_size=10, seed=seed)) for seed in (0, 1))
    assert set(first["test"]) != set(second["test"])


def test_images_go_with_their_labels() -> None:
    dataset = random_dataset(100)
    known = {image.tobytes(): label for image, label in zip(dataset.images, dataset.labels, strict=True)}
    assert len(known) == 100
    for part in split_dataset(dataset, SplitParams(test_size=30, val_size=0.2, seed=3)).values():
        assert [known[image.tobytes()] for image in part.images] == part.labels.tolist()


@pytest.mark.parametrize(
    ("test_size", "val_size", "found"),
    [(10_000, 5_000, "10000 + 5000 = 15000"), (80, 11, "80 + 11 = 91"), (0.5, 0.5, "50 + 50 = 100")],
)
def test_sizes_beyond_the_data_are_refused(test_size: float, val_size: float, found: str) -> None:
    assert why_refused(labels_with(*[10] * 10), test_size, val_size) == (
        "params.yaml: split.test_size + split.val_size must be at most 90 of the 100 rows "
        f"(10 are left to train on, one per class), got {found}; "
        "sizes below 1 are shares of all rows"
    )


def test_the_largest_sizes_that_the_message_allows_work() -> None:
    rows = split_rows(labels_with(*[10] * 10), SplitParams(test_size=80, val_size=10, seed=10))
    assert len(rows["train"]) == 10


@pytest.mark.parametrize(
    ("test_size", "val_size", "name", "found"),
    [(9, 10, "test_size", 9), (10, 9, "val_size", 9), (0.05, 10, "test_size", 5), (10, 0.001, "val_size", 0)],
)
def test_fewer_rows_than_classes_are_refused(test_size: float, val_size: float, name: str, found: int) -> None:
    assert why_refused(labels_with(*[10] * 10), test_size, val_size) == (
        f"params.yaml: split.{name} must be at least 10 rows, one per class, got {found} of 100"
    )


@pytest.mark.parametrize(
    ("counts", "test_size", "left", "of", "largest"),
    [
        # shares of 1.5 of 3, 1.5 of 3 and 5.36 of 7 rows, rounded down, go to the test rows
        ((3, 50, 47), 60, 1, "3 rows of class 0", 50),
        ((20, 3, 47), 40, 1, "3 rows of class 1", 35),
        ((7, 40), 40, 1, "7 rows of class 0", 36),
    ],
)
def test_a_class_that_is_too_small_is_refused_with_a_size_that_fits(
    counts: tuple[int, ...], test_size: int, left: int, of: str, largest: int
) -> None:
    labels = labels_with(*counts)
    assert why_refused(labels, test_size, 3) == (
        f"params.yaml: split.test_size leaves {left} of {of}, 2 are needed to divide them between train and val; "
        f"the largest that fits is {largest}, got {test_size}"
    )
    assert len(split_rows(labels, SplitParams(test_size=largest, val_size=3, seed=10))["test"]) == largest


def test_named_size_fits_if_several_classes_are_small() -> None:
    labels = labels_with(5, 3, 60)
    named = re.search(r"largest that fits is (\d+)", why_refused(labels, 60, 3))
    assert named is not None
    split_rows(labels, SplitParams(test_size=int(named[1]), val_size=3, seed=10))


def test_named_size_is_the_largest_that_fits() -> None:
    labels = labels_with(3, 50, 47)
    named = re.search(r"largest that fits is (\d+)", why_refused(labels, 60, 3))
    assert named is not None
    assert "2 are needed" in why_refused(labels, int(named[1]) + 1, 3)


@pytest.mark.parametrize("count", [1, 2])
def test_a_class_of_fewer_rows_than_splits_is_refused(count: int) -> None:
    assert why_refused(labels_with(count, 50, 47), 10, 10) == (
        f"data/raw: class 0 has {count} of {97 + count} rows, "
        "at least 3 are needed to divide them among train, val and test"
    )


def test_a_class_of_as_many_rows_as_splits_can_be_split() -> None:
    rows = split_rows(labels_with(3, 50, 47), SplitParams(test_size=10, val_size=10, seed=10))
    assert sum(len(part) for part in rows.values()) == 100


def test_data_of_one_class_can_be_split() -> None:
    rows = split_rows(labels_with(5), SplitParams(test_size=1, val_size=1, seed=10))
    assert {name: len(part) for name, part in rows.items()} == {"train": 3, "val": 1, "test": 1}
