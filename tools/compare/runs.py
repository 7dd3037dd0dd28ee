"""Which models are compared, and the trainings of both sides with the same seeds."""

import math
import operator
import sys
from dataclasses import dataclass

import numpy as np

from mnist_mlp.core.arrays import Labels
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams, load_params
from mnist_mlp.models import BY_NAME, NAMES
from studies.running.kept_runs import try_runs
from studies.running.runs import DATA, Outcome, Result, Run, load_splits, unpacked
from studies.study_params import load_study_params
from tools.compare.pairs import SideRuns
from tools.compare.sides import Side


@dataclass(frozen=True)
class Match:
    """A model of A against a model of B; in most, it is the same model with other parameters."""

    a: Side
    b: Side
    models: tuple[str, str]

    @property
    def title(self) -> str:
        """The model, or both if they differ."""
        return " against ".join(dict.fromkeys(self.models))

    @property
    def name(self) -> str:
        """The title, after the label of B if there are several."""
        return self.title if self.b.label == "B" else f"{self.b.label}, {self.title}"

    def pair(self, seed: int) -> list[Run]:
        """Return the trainings of A and B with a seed."""
        sides = zip((self.a, self.b), self.models, strict=True)
        return [training(side.params, model, seed) for side, model in sides]


def training(params: Params, model: str, seed: int, data: str = DATA) -> Run:
    """Return the training of a model with a seed, for the initial weights and for the order of the images."""
    section: TrainParams = getattr(params, f"train_{model}")
    seeded = section.model_copy(update={"init_seed": seed, "shuffle_seed": seed})
    return Run(BY_NAME[model].engine, seeded, data)


def accuracies(runs: list[Run], on: str) -> list[float]:
    """Return the accuracy of each training in points, NaN if it diverged.

    ``on`` is ``val`` or ``test``; what the trainings say of the other images stays unread.
    """
    shares = [getattr(outcome, f"{on}_accuracy", math.nan) for outcome in outcomes(runs)]  # Diverged has none
    return [round(100 * share, 4) for share in shares]  # to the digits that it was kept with


def outcomes(runs: list[Run]) -> list[Outcome]:
    """Return the outcome of each training; do those that are not kept yet."""
    try:
        return try_runs(runs, load_study_params().runs)
    except KeyboardInterrupt:
        print("note: finished trainings are kept; run the same command to continue", file=sys.stderr)
        raise


def differing(a: Side, b: Side) -> list[Match]:
    """Return a match for each model whose parameters differ, seeds aside; nothing if none does."""
    models = [(a.model or b.model or name, b.model or a.model or name) for name in NAMES]
    matches = [Match(a, b, pair) for pair in dict.fromkeys(models)]
    return [match for match in matches if operator.ne(*match.pair(0))]


def find_matches(a: Side, others: list[Side]) -> list[Match]:
    """Return what to compare: with each B, the model that a side names or else those whose parameters differ."""
    check_data(a)
    matches = []
    for b in others:
        check_data(b)
        if not (models := differing(a, b)):
            raise InputError(
                f"A and {b.label}: expected two that differ, got the same training parameters, seeds aside "
                f"(compare sets the seeds): A is {a.name}, {b.label} is {b.name}; nothing was trained"
            )
        matches += models
    return matches


def check_data(side: Side) -> None:
    """Refuse a side that is about other images: both are trained on the workspace's."""
    here = load_params()
    for section in ("fetch_mnist", "split"):
        for key, mine in getattr(here, section):
            if (theirs := getattr(getattr(side.params, section), key)) != mine:
                raise InputError(
                    f"{side.label}: expected {section}.{key}: {mine}, as in the workspace, whose images both "
                    f"sides use, got {theirs} ({side.name}); check out that revision, `dvc repro`, compare there"
                )


def train_pairs(
    matches: list[Match], seeds: range, on: str = "val"
) -> tuple[list[tuple[SideRuns, SideRuns]], Labels]:
    """Train both sides of each match with all seeds; return them, and the labels of the images ``on`` names."""
    found = outcomes([run for match in matches for seed in seeds for run in match.pair(seed)])
    labels, both = load_splits(DATA)[on].labels, 2 * len(seeds)
    of_matches = [found[first : first + both] for first in range(0, len(found), both)]
    return [(side_runs(one[::2], on, labels), side_runs(one[1::2], on, labels)) for one in of_matches], labels


def side_runs(found: list[Outcome], on: str, labels: Labels) -> SideRuns:
    """Return what the trainings of a side got right, nothing where they diverged."""
    results = [outcome if isinstance(outcome, Result) else None for outcome in found]
    none = np.zeros(len(labels), dtype=np.bool_)
    return SideRuns(
        ended=np.array([result is not None for result in results]),
        right=np.array([unpacked(getattr(one, f"{on}_right"), len(labels)) if one else none for one in results]),
        seconds=np.array([one.seconds if one else np.nan for one in results]),
    )
