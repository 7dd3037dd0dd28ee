"""Files in and out: written whole or not at all, checked when read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.arrays import Dataset
from mnist_mlp.errors import InputError

if TYPE_CHECKING:  # the import of pandas takes as long as all others together: it waits for the first table
    import pandas as pd


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a hidden file beside ``path``, then rename it: readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array in NumPy's .npy format."""
    write_atomically(path, lambda partial: np.save(partial, array))


def load_array(path: Path) -> NDArray[Any]:
    """Open one array, memory-mapped: rows come into memory when they are used.

    Raises:
        InputError: the file is missing or not a whole .npy file.
    """
    try:
        return np.asarray(np.lib.format.open_memmap(path, mode="r"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` makes it") from None
    except (ValueError, EOFError) as error:
        raise InputError(f"{path}: expected a .npy file, got: {error}; delete it and run `dvc repro`") from None


def save_dataset(folder: Path, dataset: Dataset) -> None:
    """Write images.npy and labels.npy into ``folder``."""
    save_array(folder / "images.npy", dataset.images)
    save_array(folder / "labels.npy", dataset.labels)


def load_dataset(folder: Path) -> Dataset:
    """Open what ``save_dataset`` wrote: uint8 images (n, pixels) and labels (n,), memory-mapped.

    Raises:
        InputError: a file is missing, damaged, or of another type or shape.
    """
    images, labels = load_array(folder / "images.npy"), load_array(folder / "labels.npy")
    if images.ndim != 2 or images.dtype != np.uint8:
        raise InputError(f"{folder / 'images.npy'}: expected uint8 (n, pixels), got {images.dtype} {images.shape}")
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise InputError(
            f"{folder / 'labels.npy'}: expected uint8 ({len(images)},), got {labels.dtype} {labels.shape}"
        )
    return Dataset(images, labels)


def save_splits(folder: Path, splits: dict[str, Dataset]) -> None:
    """Write each split into a folder of its name below ``folder``."""
    for name, dataset in splits.items():
        save_dataset(folder / name, dataset)


def save_json(path: Path, content: dict[str, Any] | list[Any]) -> None:
    """Write nested numbers, readable and with a newline at the end."""
    text = json.dumps(content, indent=2, allow_nan=False) + "\n"
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def save_csv(path: Path, table: pd.DataFrame | list[dict[str, Any]]) -> None:
    """Write a table, or a list of its rows, without an index, with Unix line ends on every system."""
    import pandas as pd  # noqa: PLC0415

    rows = pd.DataFrame(table)
    write_atomically(path, lambda partial: rows.to_csv(partial, index=False, lineterminator="\n"))


def load_csv(path: Path) -> pd.DataFrame:
    """Read what ``save_csv`` wrote.

    Raises:
        InputError: the file is missing or not a table.
    """
    import pandas as pd  # noqa: PLC0415

    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` makes it") from None
    except (ValueError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: expected a CSV table, got: {error}; run `dvc repro`") from None
