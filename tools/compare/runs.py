"""Which models are compared, and the trainings of both sides with the same seeds."""

import math
import operator
import sys
from dataclasses import dataclass
from itertools import product

import pandas as pd

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams, load_params
from mnist_mlp.models import BY_NAME, NAMES
from studies.running.kept_runs import try_runs
from studies.running.runs import DATA, Run
from studies.study_params import load_study_params
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


def training(params: Params, model: str, seed: int) -> Run:
    """Return the training of a model with a seed, for the initial weights and for the order of the images."""
    section: TrainParams = getattr(params, f"train_{model}")
    seeded = section.model_copy(update={"init_seed": seed, "shuffle_seed": seed})
    return Run(BY_NAME[model].engine, seeded, DATA)


def accuracies(runs: list[Run], on: str) -> list[float]:
    """Do the trainings that are not kept yet; return the accuracy of each in points, NaN if it diverged.

    ``on`` is ``val`` or ``test``; what the trainings say of the other images stays unread.
    """
    try:
        results = try_runs(runs, load_study_params().runs)
    except KeyboardInterrupt:
        print("note: finished trainings are kept; run the same command to continue", file=sys.stderr)
        raise
    shares = [getattr(result, f"{on}_accuracy", math.nan) for result in results]  # Diverged has none
    return [round(100 * share, 4) for share in shares]  # to the digits that it was kept with


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


def train_pairs(matches: list[Match], seeds: range, on: str = "val") -> pd.DataFrame:
    """Train all sides with all seeds; return one row for each pair.

    The columns are ``match`` (its number), ``seed``, the accuracies ``a`` and ``b`` in points, and ``difference``,
    b - a. Where a side diverged, its accuracy and the difference are missing.
    """
    scores = accuracies([run for match in matches for seed in seeds for run in match.pair(seed)], on)
    table = pd.DataFrame(product(range(len(matches)), seeds), columns=["match", "seed"])
    table = table.assign(a=scores[::2], b=scores[1::2])
    return table.assign(difference=(table["b"] - table["a"]).round(4))
