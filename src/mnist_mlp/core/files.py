"""Files in and out: written whole or not at all, checked when read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset, Floats
from mnist_mlp.harness.errors import REPAIR, InputError, one_line, shown
from mnist_mlp.harness.params import wrong_classes

if TYPE_CHECKING:  # importing pandas takes as long as everything else, so it waits for the first table
    import pandas as pd


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a hidden file beside ``path``, then rename it: readers see all of it or nothing.

    File and folder are synced, so that this also holds after a power failure.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        write(partial)
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # the name that the user knows
        raise
    finally:
        with suppress(OSError):  # the folder may be read-only, or gone
            partial.unlink()


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk. Windows cannot open folders and is left out."""
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def save_text(path: Path, text: str) -> None:
    """Write text in UTF-8, with the line ends that it has."""
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8", newline=""))


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array in NumPy's .npy format."""

    def write(partial: Path) -> None:
        with partial.open("wb") as file:
            # only its ``write``: given a real file, NumPy writes to it directly and does not say why it failed
            writer: Any = SimpleNamespace(write=file.write)
            np.save(writer, array)

    write_atomically(path, write)


def load_array(path: Path | str) -> NDArray[Any]:
    """Open one array, memory-mapped: rows come into memory when they are used.

    Raises:
        InputError: the file is missing or not a whole .npy file.
    """
    try:
        with np.errstate(over="raise"):  # a shape may imply more bytes than fit in an integer
            return np.asarray(np.lib.format.open_memmap(path, mode="r"))  # it refuses objects, which are pickles
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` makes it") from None
    except (OSError, MemoryError):
        raise
    except Exception as error:  # any: malformed headers raise many exception types
        raise InputError(f"{path}: expected a .npy file, got: {one_line(str(error))}; {REPAIR}") from None


def save_dataset(folder: Path, dataset: Dataset) -> None:
    """Write images.npy, labels.npy and classes.txt, one name a line, into ``folder``."""
    save_array(folder / "images.npy", dataset.images)
    save_array(folder / "labels.npy", dataset.labels)
    save_text(folder / "classes.txt", "".join(f"{name}\n" for name in dataset.classes))


def load_dataset(folder: Path) -> Dataset:
    """Open what ``save_dataset`` wrote: uint8 images (n, height, width) and labels (n,), memory-mapped; classes.

    Raises:
        InputError: a file is missing, damaged, or of another type or shape, or a label has no name.
    """
    images, labels = load_array(folder / "images.npy"), load_array(folder / "labels.npy")
    classes = load_classes(folder / "classes.txt")
    if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
        raise InputError(
            f"{folder / 'images.npy'}: expected uint8 (n, height, width), "
            f"got {one_line(str(images.dtype))} {images.shape}; {REPAIR}"
        )
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise InputError(
            f"{folder / 'labels.npy'}: expected uint8 ({len(images)},), "
            f"got {one_line(str(labels.dtype))} {labels.shape}; {REPAIR}"
        )
    if labels.max() >= len(classes):
        raise InputError(
            f"{folder / 'labels.npy'}: expected labels from 0 to {len(classes) - 1}, got {labels.max()}; {REPAIR}"
        )
    return Dataset(images, labels, classes)


def load_classes(path: Path) -> tuple[str, ...]:
    """Read the names of the classes.

    Raises:
        InputError: the file is missing, or does not hold 2 to 256 different names, one a line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` makes it") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected names in UTF-8, got: {one_line(str(error))}; {REPAIR}") from None
    names = tuple(text.removesuffix("\n").split("\n"))
    if wrong := wrong_classes(names):
        raise InputError(f"{path}: expected {wrong}; {REPAIR}")
    return names


def load_outputs(path: Path, rows: int, classes: int) -> Floats:
    """Open the outputs of a network, (rows, classes), memory-mapped.

    Raises:
        InputError: the file is missing, damaged, of another type or shape, or a number in it is not finite.
    """
    outputs = load_array(path)
    if outputs.dtype not in (np.float32, np.float64) or outputs.shape != (rows, classes):
        raise InputError(
            f"{path}: expected float32 or float64 ({rows}, {classes}), "
            f"got {one_line(str(outputs.dtype))} {outputs.shape}; {REPAIR}"
        )
    if not np.isfinite(outputs).all():
        raise InputError(f"{path}: expected finite numbers, got NaN or infinity; {REPAIR}")
    return outputs


def save_arrays(folder: Path, arrays: dict[str, Floats]) -> None:
    """Write each array into ``folder`` as NAME.npy."""
    for name, array in arrays.items():
        save_array(folder / f"{name}.npy", array)


def save_splits(folder: Path, splits: dict[str, Dataset]) -> None:
    """Write each split into a folder of its name below ``folder``."""
    for name, dataset in splits.items():
        save_dataset(folder / name, dataset)


def save_json(path: Path, content: dict[str, Any] | list[Any]) -> None:
    """Write nested numbers, indented, with a newline at the end."""
    save_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def save_csv(path: Path, table: pd.DataFrame | list[dict[str, Any]]) -> None:
    """Write a table, or a list of its rows, without an index and with Unix line ends on every system."""
    import pandas as pd  # noqa: PLC0415

    rows = pd.DataFrame(table)
    write_atomically(path, lambda partial: rows.to_csv(partial, index=False, lineterminator="\n"))


def save_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write each table into ``folder`` as NAME.csv."""
    for name, table in tables.items():
        save_csv(folder / f"{name}.csv", table)


def load_csv(path: Path, columns: tuple[str, ...], names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a table that ``save_csv`` wrote.

    Args:
        path: the file.
        columns: the columns it must have, in this order, with a finite number in each row.
        names: those of the columns that hold text instead.

    Raises:
        InputError: the file is missing or not a table, has other columns, no row, or anything but finite numbers.
    """
    import pandas as pd  # noqa: PLC0415

    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(names, "str"), keep_default_na=not names)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` makes it") from None
    except (ValueError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: expected a CSV table, got: {one_line(str(error))}; run `dvc repro`") from None
    if tuple(table.columns) != columns or table.empty:
        raise InputError(
            f"{path}: expected rows of {', '.join(columns)}, got {len(table)} of {shown(list(table.columns))}; "
            "run `dvc repro`"
        )
    numbers = table.drop(columns=list(names))
    if not all(dtype.kind in "iuf" for dtype in numbers.dtypes) or not np.isfinite(numbers).all(axis=None):
        raise InputError(f"{path}: expected finite numbers only, got something else; run `dvc repro`")
    return table
