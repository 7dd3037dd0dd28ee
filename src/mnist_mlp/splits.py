"""Stratified train, validation and test rows: each split has the same share of each class."""

import numpy as np
from sklearn.model_selection import train_test_split

from mnist_mlp.core.arrays import Dataset, Labels, Rows
from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.params import SplitParams


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
    rest, test_rows = _hold_out(np.arange(len(labels)), labels, test, params)
    train_rows, val_rows = _hold_out(rest, labels, val, params)
    return {"train": train_rows, "val": val_rows, "test": test_rows}


def held_out(rows: int, params: SplitParams) -> tuple[int, int]:
    """Return the number of test and of validation rows out of ``rows``, shares rounded to whole rows."""
    test, val = (round(size * rows) if size < 1 else int(size) for size in (params.test_size, params.val_size))
    return test, val


def _hold_out(rows: Rows, labels: Labels, count: int, params: SplitParams) -> tuple[Rows, Rows]:
    try:
        kept, held_out = train_test_split(rows, test_size=count, random_state=params.seed, stratify=labels[rows])
        if len(np.unique(labels[kept])) < len(np.unique(labels)):
            raise ValueError("a class has no rows left to train on")
    except ValueError as error:  # scikit-learn says which size or class is too small
        raise InputError(
            "params.yaml: split: expected sizes with which each class can be divided among train, val and test, "
            f"got test_size {params.test_size:g} and val_size {params.val_size:g} of {len(labels)} rows: "
            f"{one_line(str(error))}"
        ) from None
    return kept, held_out
