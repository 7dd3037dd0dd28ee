"""Both revisions' outputs on the same test images: which predictions changed, and whether that is chance."""

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
"""Standard deviations of a normal distribution that 95 % of it lie within, to either side."""


@dataclass(frozen=True)
class Predictions:
    """What a revision's models say to its test images."""

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
    """The exact McNemar test's."""
    seeds: float | None
    """How much a difference between two seeds stays below in 95 % of cases, in accuracy; if it is known."""

    @property
    def verdict(self) -> str:
        """Say whether the difference is larger than chance and than what seeds alone do."""
        if self.p >= SIGNIFICANCE:
            return "no difference that these test images show"
        if self.seeds is None:
            return "more than chance on these images; what seeds do is not known"
        if abs(self.new_accuracy - self.old_accuracy) <= self.seeds:
            return "more than chance on these images, but seeds alone do as much"
        return "**larger than what seeds alone do**"


def read_predictions(revision: str | None) -> Predictions | None:
    """Return the predictions of a revision, of the workspace for None; None where they cannot be had.

    They are looked for in the workspace, the cache and the DVC remote.
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
    """Tell whether both are there, and about the same images."""
    if old is None or new is None:
        return False
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(old.test, new.test, strict=True))


def pair(model: str, old: Predictions, new: Predictions) -> Paired:
    """Compare a model with itself before the change."""
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
    """Return how many there are of each digit."""
    return [int(count) for count in np.bincount(labels, minlength=CLASSES)]


def seeds_alone(model: str, file: Path = SEEDS) -> float | None:
    """Return what the difference of two trainings that differ in their seed stays below in 95 % of cases.

    Two independent draws differ with sqrt(2) times the standard deviation of one, which the study of seeds found.
    """
    if not file.exists():
        return None
    std = json.loads(file.read_text(encoding="utf-8"))["seeds"][model]["std"]
    return float(NORMAL_95 * np.sqrt(2) * std)
