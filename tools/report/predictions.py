"""The outputs of both revisions for the same test images: which predictions changed, and could it be chance?"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from mnist_mlp.core.arrays import CLASSES, Dataset, Floats, Labels
from mnist_mlp.evaluation import mcnemar, only_right
from mnist_mlp.models import NAMES

OUTPUTS = "data/outputs/{}.npy"
TEST = "data/split/test/{}.npy"
SEEDS = Path("studies/results/seeds.json")
SIGNIFICANCE = 0.05
NORMAL_95 = 1.96
"""95 % of a normal distribution lie within this many standard deviations of its mean."""


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
    newly_right: list[int]
    """How many images of each digit only the new model gets right."""
    newly_wrong: list[int]
    p: float
    """p-value of the exact McNemar test."""
    seeds: float | None
    """In accuracy: what 95 % of the differences between two seeds stay below. None if unknown."""

    @property
    def verdict(self) -> str:
        """Whether the difference is larger than chance, and larger than a change of seed alone gives."""
        if self.p >= SIGNIFICANCE:
            return "these test images show no difference"
        if self.seeds is None:
            return "more than chance on these images; the effect of the seed is unknown"
        if abs(self.new_accuracy - self.old_accuracy) <= self.seeds:
            return "more than chance on these images, but no more than a change of seed alone gives"
        return "**larger than a change of seed alone gives**"


def read_predictions(revision: str | None) -> Predictions | None:
    """Return the predictions of a revision, or of the workspace for None; None if they cannot be found.

    The workspace, the cache and the DVC remote are searched.
    """
    files = DVCFileSystem(rev=revision)

    def read(path: str) -> Floats:
        content = files.read_bytes(path) if revision else Path(path).read_bytes()
        array: Floats = np.load(io.BytesIO(content), allow_pickle=False)
        return array

    try:
        outputs = {name: read(OUTPUTS.format(name)) for name in NAMES}
        images, labels = read(TEST.format("images")), read(TEST.format("labels"))
    except (OSError, ValueError, DvcException, DataIndexDirError):
        return None
    return Predictions(outputs, Dataset(images.astype(np.uint8), labels.astype(np.uint8)))


def comparable(old: Predictions | None, new: Predictions | None) -> bool:
    """Return whether both exist and are for the same images."""
    if old is None or new is None:
        return False
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(old.test, new.test, strict=True))


def pair(model: str, old: Predictions, new: Predictions) -> Paired:
    """Compare a model before and after the change."""
    labels = new.test.labels
    before, after = (one.outputs[model].argmax(axis=1) == labels for one in (old, new))
    return Paired(
        old_accuracy=float(before.mean()),
        new_accuracy=float(after.mean()),
        newly_right=by_digit(labels[after & ~before]),
        newly_wrong=by_digit(labels[before & ~after]),
        p=mcnemar(*only_right(new.outputs[model], old.outputs[model], labels)),
        seeds=seeds_alone(model),
    )


def by_digit(labels: Labels) -> list[int]:
    """Return the number of labels of each digit."""
    return [int(count) for count in np.bincount(labels, minlength=CLASSES)]


def seeds_alone(model: str, file: Path = SEEDS) -> float | None:
    """Return what 95 % of the differences between two trainings stay below if only their seeds differ.

    The difference of two independent draws has sqrt(2) times the standard deviation of one; the study of seeds
    measured that.
    """
    if not file.exists():
        return None
    std = json.loads(file.read_text(encoding="utf-8"))["seeds"][model]["std"]
    return float(NORMAL_95 * np.sqrt(2) * std)
