"""The outputs of both revisions for the same test images: which predictions changed, and could it be chance?"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from mnist_mlp.core.arrays import Dataset, Floats, Labels
from mnist_mlp.evaluation import mcnemar, only_right
from mnist_mlp.models import NAMES

OUTPUTS = "data/outputs/{}.npy"
TEST = "data/split/test/{}"
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Predictions:
    """The outputs of a revision's models for its test images."""

    outputs: dict[str, Floats]
    """(n, classes) by model."""
    test: Dataset


@dataclass(frozen=True)
class Paired:
    """One model before and after, on the same images."""

    old_accuracy: float
    new_accuracy: float
    newly_right: dict[str, int]
    """How many images of each class only the new model gets right."""
    newly_wrong: dict[str, int]
    p: float
    """p-value of the exact McNemar test."""

    @property
    def changed(self) -> bool:
        """Whether any image changed sides."""
        return any((*self.newly_right.values(), *self.newly_wrong.values()))

    @property
    def verdict(self) -> str:
        """What these test images show of these two trainings. It says nothing of other seeds."""
        if self.p >= SIGNIFICANCE:
            return "these test images show no difference"
        return "the two trainings differ by more than chance on these test images"


def read_predictions(revision: str | None) -> Predictions | None:
    """Return the predictions of a revision, or of the workspace for None; None if they cannot be found.

    The workspace, the cache and the DVC remote are searched.
    """
    files = DVCFileSystem(rev=revision)

    def content(path: str) -> bytes:
        found: bytes = files.read_bytes(path) if revision else Path(path).read_bytes()
        return found

    def read(path: str) -> Floats:
        array: Floats = np.load(io.BytesIO(content(path)), allow_pickle=False)
        return array

    try:
        outputs = {name: read(OUTPUTS.format(name)) for name in NAMES}
        images, labels = read(TEST.format("images.npy")), read(TEST.format("labels.npy"))
        classes = tuple(content(TEST.format("classes.txt")).decode("utf-8").splitlines())
    except (OSError, ValueError, DvcException, DataIndexDirError):
        return None
    return Predictions(outputs, Dataset(images.astype(np.uint8), labels.astype(np.uint8), classes))


def comparable(old: Predictions | None, new: Predictions | None) -> bool:
    """Return whether both exist and are for the same images."""
    if old is None or new is None:
        return False
    mine, theirs = old.test, new.test
    same = np.array_equal(mine.images, theirs.images) and np.array_equal(mine.labels, theirs.labels)
    return same and mine.classes == theirs.classes


def pair(model: str, old: Predictions, new: Predictions) -> Paired:
    """Compare a model before and after the change."""
    labels = new.test.labels
    before, after = (one.outputs[model].argmax(axis=1) == labels for one in (old, new))
    return Paired(
        old_accuracy=float(before.mean()),
        new_accuracy=float(after.mean()),
        newly_right=by_class(labels[after & ~before], new.test.classes),
        newly_wrong=by_class(labels[before & ~after], new.test.classes),
        p=mcnemar(*only_right(new.outputs[model], old.outputs[model], labels)),
    )


def by_class(labels: Labels, classes: tuple[str, ...]) -> dict[str, int]:
    """Return the number of labels of each class, by its name."""
    counts = np.bincount(labels, minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True)}
