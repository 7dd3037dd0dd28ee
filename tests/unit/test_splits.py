"""Splits: the rows that the notebook's calls give, and what is said where they cannot be given."""

import numpy as np
import pytest
from numpy.random import RandomState
from sklearn.model_selection import train_test_split

from mnist_mlp.core.arrays import Labels
from mnist_mlp.harness.params import SplitParams
from mnist_mlp.splits import held_out, split_dataset, split_rows
from tests.support.factory import random_dataset
from tests.support.refusals import refusal

MNIST_CLASS_COUNTS = (6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958)
MNIST_SIZES = SplitParams(test_size=10_000, val_size=5_000, seed=10)


def labels_with(*counts: int) -> Labels:
    """Return labels with ``counts[0]`` zeros, ``counts[1]`` ones, ..., in random order."""
    return RandomState(0).permutation(np.repeat(np.arange(len(counts), dtype=np.uint8), counts))


def test_the_rows_are_those_of_the_notebook_and_all_of_them() -> None:
    images, labels = np.arange(70_000), labels_with(*MNIST_CLASS_COUNTS)
    rest, test, rest_labels, _ = train_test_split(
        images, labels, test_size=10000, random_state=10, stratify=labels
    )
    train, val, _, _ = train_test_split(rest, rest_labels, test_size=5000, random_state=10, stratify=rest_labels)
    rows = split_rows(labels, MNIST_SIZES)
    shares = split_rows(labels, SplitParams(test_size=1 / 7, val_size=1 / 14, seed=10))
    for name, expected in (("train", train), ("val", val), ("test", test)):
        np.testing.assert_array_equal(rows[name], expected)
        np.testing.assert_array_equal(shares[name], expected)
    assert {name: len(part) for name, part in rows.items()} == {"train": 55_000, "val": 5_000, "test": 10_000}
    np.testing.assert_array_equal(np.sort(np.concatenate(list(rows.values()))), images)


def test_different_seed_gives_different_rows() -> None:
    labels = labels_with(20, 20)
    first, second = (split_rows(labels, SplitParams(test_size=10, val_size=10, seed=seed)) for seed in (0, 1))
    assert set(first["test"]) != set(second["test"])


@pytest.mark.parametrize(
    ("test_size", "val_size", "rows", "counts"),
    [(10_000, 5_000, 70_000, (10_000, 5_000)), (0.2, 0.1, 1_797, (359, 180)), (1, 0.5, 10, (1, 5)),
     (0.999, 7, 10, (10, 7))],
)  # fmt: skip
def test_a_size_from_1_up_is_a_count_and_one_below_a_share_of_all_rows(
    test_size: float, val_size: float, rows: int, counts: tuple[int, int]
) -> None:
    assert held_out(rows, SplitParams(test_size=test_size, val_size=val_size, seed=0)) == counts


def test_images_go_with_their_labels() -> None:
    dataset = random_dataset(100)
    known = {image.tobytes(): label for image, label in zip(dataset.images, dataset.labels, strict=True)}
    assert len(known) == 100
    for part in split_dataset(dataset, SplitParams(test_size=30, val_size=0.2, seed=3)).values():
        assert [known[image.tobytes()] for image in part.images] == part.labels.tolist()


@pytest.mark.parametrize(
    ("counts", "test_size", "val_size"),
    [
        ((10,) * 10, 10_000, 5_000), ((10,) * 10, 80, 11), ((10,) * 10, 0.5, 0.5), ((10,) * 10, 9, 10),
        ((10,) * 10, 10, 9), ((10,) * 10, 0.05, 10), ((10,) * 10, 10, 0.001), ((1, 50, 47), 10, 10),
        # shares of 1.5 of 3 and 5.36 of 7 rows, rounded down, go to the test rows
        ((3, 50, 47), 51, 3), ((20, 3, 47), 36, 3), ((7, 40), 37, 3), ((3, 50, 47), 90, 3),
    ],
)  # fmt: skip
def test_sizes_and_classes_that_leave_too_few_rows_are_refused(
    counts: tuple[int, ...], test_size: float, val_size: float
) -> None:
    params = SplitParams(test_size=test_size, val_size=val_size, seed=10)
    message = refusal(split_rows, labels_with(*counts), params)
    assert message.startswith("params.yaml: split: expected sizes with which each class can be divided among ")
    assert f"got test_size {test_size:g} and val_size {val_size:g} of {sum(counts)} rows: " in message


@pytest.mark.parametrize(
    ("counts", "test_size", "val_size"),
    [((10,) * 10, 80, 10), ((10,) * 10, 10, 10), ((3, 50, 47), 50, 3), ((20, 3, 47), 35, 3), ((7, 40), 36, 3),
     ((3, 50, 47), 10, 10), ((5,), 1, 1)],
)  # fmt: skip
def test_the_largest_sizes_and_smallest_classes_that_fit_are_split(
    counts: tuple[int, ...], test_size: int, val_size: int
) -> None:
    labels = labels_with(*counts)
    rows = split_rows(labels, SplitParams(test_size=test_size, val_size=val_size, seed=10))
    sizes = {"train": sum(counts) - test_size - val_size, "val": val_size, "test": test_size}
    assert {name: len(part) for name, part in rows.items()} == sizes
    assert set(labels[rows["train"]]) == set(labels)
