"""Stratified train, validation and test rows: each split has the same share of each class."""

import numpy as np
from sklearn.model_selection import train_test_split

from mnist_mlp.core.arrays import Dataset, Labels, Rows
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import SplitParams

NEEDED = 2
"""Rows that scikit-learn needs in each class to stratify."""


def split_dataset(dataset: Dataset, params: SplitParams) -> dict[str, Dataset]:
    """Return the datasets ``train``, ``val`` and ``test``: every row of ``dataset`` is in one of them."""
    rows = split_rows(dataset.labels, params)
    return {name: dataset.take(part) for name, part in rows.items()}


def split_rows(labels: Labels, params: SplitParams) -> dict[str, Rows]:
    """Return the row numbers of ``train``, ``val`` and ``test``: a partition of all rows.

    First the test rows are held out, then the validation rows from what is left, both with the same seed.

    Raises:
        InputError: the sizes leave too few rows, or a class has too few rows to divide.
    """
    test, val = held_out(len(labels), params)
    _check_sizes(labels, test, val)
    rest, test_rows = _hold_out(np.arange(len(labels)), labels, test, params.seed)
    _check_rest(labels, rest, test)
    train_rows, val_rows = _hold_out(rest, labels, val, params.seed)
    return {"train": train_rows, "val": val_rows, "test": test_rows}


def held_out(rows: int, params: SplitParams) -> tuple[int, int]:
    """Return the number of test and of validation rows out of ``rows``, shares rounded to whole rows."""
    test, val = (round(size * rows) if size < 1 else int(size) for size in (params.test_size, params.val_size))
    return test, val


def _hold_out(rows: Rows, labels: Labels, count: int, seed: int) -> tuple[Rows, Rows]:
    kept, held_out = train_test_split(rows, test_size=count, random_state=seed, stratify=labels[rows])
    return kept, held_out


def _check_sizes(labels: Labels, test: int, val: int) -> None:
    (present, counts), rows = np.unique(labels, return_counts=True), len(labels)
    classes = len(present)
    if counts.min() <= NEEDED:
        raise InputError(
            f"data/raw: class {present[counts.argmin()]} has {counts.min()} of {rows} rows, "
            f"at least {NEEDED + 1} are needed to divide them among train, val and test"
        )
    for name, count in (("test_size", test), ("val_size", val)):
        if count < classes:
            raise InputError(
                f"params.yaml: split.{name} must be at least {classes} rows, one per class, got {count} of {rows}"
            )
    if test + val > rows - classes:
        raise InputError(
            f"params.yaml: split.test_size + split.val_size must be at most {rows - classes} of the {rows} rows "
            f"({classes} are left to train on, one per class), got {test} + {val} = {test + val}; "
            "sizes below 1 are shares of all rows"
        )


def _check_rest(labels: Labels, rest: Rows, test: int) -> None:
    """Check that each class can still be divided between train and val after the test rows are held out."""
    present = np.unique(labels)
    left = np.bincount(labels[rest], minlength=labels.max() + 1)[present]
    if left.min() < NEEDED:
        raise InputError(
            f"params.yaml: split.test_size leaves {left.min()} rows of class {present[left.argmin()]}, "
            f"{NEEDED} are needed to divide them between train and val; hold out fewer than {test} rows"
        )
