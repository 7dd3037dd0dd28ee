"""A data set of one's own: four IDX files of MNIST's names in a folder, whose hashes are written down once."""

import hashlib
from pathlib import Path

import numpy as np

from mnist_mlp.core.arrays import Dataset, Labels, Pixels
from mnist_mlp.core.files import write_atomically
from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.sources.datasets import NAMES
from mnist_mlp.sources.idx import read_idx

RECORD = Path("data/folder.sha256")
"""The hashes, in the form of ``sha256sum``. It belongs into Git."""
LARGEST = 2**33
"""Bytes of an array that are unpacked at most."""


def from_folder(folder: Path, classes: tuple[str, ...], record: Path = RECORD) -> Dataset:
    """Read a folder's files, each packed (``.gz``) or not: train rows, then test rows.

    Args:
        folder: where they are.
        classes: names of the classes, in the order of the labels.
        record: the hashes that the files must have; it is written if it does not exist.

    Raises:
        InputError: a file is missing, is not IDX, is not the recorded one, or does not go with the others.
    """
    paths = [find(folder, name) for name in NAMES]
    hashes = {path.name: sha256(path) for path in paths}
    if record.exists():
        check(folder, hashes, record)
    train_images, train_labels, test_images, test_labels = (
        read_idx(path, ndim, LARGEST) for path, ndim in zip(paths, (3, 1, 3, 1), strict=True)
    )
    for path, images, labels in ((paths[1], train_images, train_labels), (paths[3], test_images, test_labels)):
        check_labels(path, images, labels, classes)
    if test_images.shape[1:] != train_images.shape[1:]:
        raise InputError(
            f"{paths[2]}: expected images of {size(train_images)} pixels, as in {paths[0].name}, "
            f"got {size(test_images)}"
        )
    if not record.exists():
        lines = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
        write_atomically(record, lambda partial: partial.write_bytes(lines.encode()))
        print(f"fetch_mnist: wrote the hashes of the four files to {record}; commit it with your parameters")
    images, labels = np.concatenate([train_images, test_images]), np.concatenate([train_labels, test_labels])
    return Dataset(images, labels, classes)


def find(folder: Path, name: str) -> Path:
    """Return the file of a name that ends in .gz, or, if there is none, the one without that ending."""
    packed, plain = folder / name, folder / name.removesuffix(".gz")
    for path in (packed, plain):
        if path.is_file():
            return path
    raise InputError(
        f"params.yaml: fetch_mnist.path: expected a folder with {plain.name}, packed (.gz) or not, "
        f"got no such file in {folder}"
    )


def check(folder: Path, hashes: dict[str, str], record: Path) -> None:
    """Compare the files with the recorded hashes.

    Raises:
        InputError: they differ.
    """
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


def check_labels(path: Path, images: Pixels, labels: Labels, classes: tuple[str, ...]) -> None:
    """Compare labels with images and names.

    Raises:
        InputError: there is not one label an image, no image at all, or a label without a name.
    """
    if not images.size or len(labels) != len(images):
        raise InputError(f"{path}: expected one label for each of 1 or more images, got {len(labels)} labels "
                         f"for {len(images)} images of {size(images)} pixels")  # fmt: skip
    if labels.max() >= len(classes):
        raise InputError(
            f"{path}: expected labels from 0 to {len(classes) - 1}, for the {len(classes)} classes of "
            f"fetch_mnist.classes, got {labels.max()}"
        )


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size(images: Pixels) -> str:
    """Return height and width in words."""
    return " x ".join(map(str, images.shape[1:]))
