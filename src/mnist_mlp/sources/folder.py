"""Your own IDX files, four of MNIST's names in a folder; their hashes are recorded on first use."""

import os
from pathlib import Path

import numpy as np
import pooch

from mnist_mlp.core.arrays import Dataset, Labels, Pixels
from mnist_mlp.core.files import save_text
from mnist_mlp.harness.errors import InputError, one_line, shown
from mnist_mlp.sources.datasets import NAMES
from mnist_mlp.sources.idx import read_four

RECORD = Path("data/folder.sha256")
"""The hashes, in the form of ``sha256sum``. It belongs into Git."""
LARGEST = 2**33
"""Bytes of an array that are unpacked at most."""


def named_folder(name: str, text: str) -> Path:
    """Return the absolute path of a folder that the user named in ``name``; InputError if there is none."""
    path = Path(os.path.expanduser(text)).absolute()  # noqa: PTH111  # Path's own fails for an unknown user
    if not path.is_dir():
        raise InputError(
            f"{name}: expected a folder, got {shown(text)}: there is none at {one_line(str(path))}; give an "
            "absolute path, since a relative one starts where the stage runs: with `dvc exp run --temp`, in a copy"
        )
    return path


def from_folder(folder: Path, classes: tuple[str, ...], record: Path = RECORD) -> Dataset:
    """Read a folder's files, each packed (``.gz``) or not: train rows, then test rows.

    Args:
        folder: where they are.
        classes: names of the classes, in the order of the labels.
        record: the hashes that the files must have; it is written if it does not exist.

    Raises:
        InputError: a file is missing, is not IDX, is not the recorded one, or does not go with the others.
    """
    paths = [_find(folder, name) for name in NAMES]
    hashes = {path.name: pooch.file_hash(str(path)) for path in paths}
    if record.exists():
        _check_hashes(folder, hashes, record)
    images, labels, test_images, test_labels = read_four(paths, LARGEST)
    _check_labels(paths[1], images, labels, classes)
    _check_labels(paths[3], test_images, test_labels, classes)
    if test_images.shape[1:] != images.shape[1:]:
        expected = f"images of {_size(images)} pixels, as in {paths[0].name}"
        raise InputError(f"{paths[2]}: expected {expected}, got {_size(test_images)}")
    if not record.exists():
        save_text(record, "".join(f"{digest}  {name}\n" for name, digest in hashes.items()))
        print(f"fetch_mnist: wrote the hashes of the four files to {record}; commit it with your parameters")
    return Dataset(np.concatenate([images, test_images]), np.concatenate([labels, test_labels]), classes)


def _find(folder: Path, name: str) -> Path:
    plain = folder / name.removesuffix(".gz")
    for path in (folder / name, plain):
        if path.is_file():
            return path
    raise InputError(
        f"params.yaml: fetch_mnist.path: expected a folder with {plain.name}, packed (.gz) or not, "
        f"got no such file in {folder}"
    )


def _check_hashes(folder: Path, hashes: dict[str, str], record: Path) -> None:
    again = f"to accept other data, delete {record} and run `dvc repro --force fetch_mnist`"
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    recorded = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if recorded.keys() != hashes.keys():
        raise InputError(
            f"{record}: expected hashes of {shown(list(hashes))}, got {shown(list(recorded))}; {again}"
        )
    for name, digest in hashes.items():
        if recorded[name] != digest:
            raise InputError(
                f"{folder / name}: expected SHA-256 {shown(recorded[name])}, as in {record}, got {digest}; {again}"
            )


def _check_labels(path: Path, images: Pixels, labels: Labels, classes: tuple[str, ...]) -> None:
    if not images.size or len(labels) != len(images):
        raise InputError(
            f"{path}: expected one label for each of 1 or more images, got {len(labels)} labels "
            f"for {len(images)} images of {_size(images)} pixels"
        )
    if labels.max() >= len(classes):
        raise InputError(
            f"{path}: expected labels from 0 to {len(classes) - 1}, for the {len(classes)} classes of "
            f"fetch_mnist.classes, got {labels.max()}"
        )


def _size(images: Pixels) -> str:
    return " x ".join(map(str, images.shape[1:]))
