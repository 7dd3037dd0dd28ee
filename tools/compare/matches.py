"""What is compared with what, and the trainings of both sides with the same seeds."""

from dataclasses import dataclass

import pandas as pd

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams, load_params
from mnist_mlp.models import BY_NAME, NAMES
from studies.running.kept_runs import try_runs
from studies.running.runs import DATA as SPLITS
from studies.running.runs import Diverged, Result, Run
from studies.study_params import RunsParams
from tools.compare.sides import Side
from tools.compare.split_runs import SplitRun, raw_version

DATA = ("fetch_mnist", "split")
"""The sections that decide on which images both sides train."""


@dataclass(frozen=True)
class Match:
    """A model of A against a model of B; in most, it is the same model with other parameters."""

    a: Side
    b: Side
    models: tuple[str, str]

    @property
    def title(self) -> str:
        """The model, or both if they differ."""
        first, second = self.models
        return first if first == second else f"{first} against {second}"

    def run(self, side: int, seed: int, split: bool) -> Run:
        """Return the training of side 0 or 1 with a seed for initial weights, order and maybe the split."""
        model, params = self.models[side], (self.a, self.b)[side].params
        train = with_seed(section(params, model), seed)
        engine = BY_NAME[model].engine
        if not split:
            return Run(engine, train, SPLITS)
        return SplitRun(engine, train, SPLITS, params.split.model_copy(update={"seed": seed}), raw_version())

    def differs(self) -> bool:
        """Return whether the sides differ in more than their seeds."""
        first, second = (self.run(side, 0, False) for side in (0, 1))
        return first != second


def section(params: Params, model: str) -> TrainParams:
    """Return the parameters of a model's training."""
    found: TrainParams = getattr(params, f"train_{model}")
    return found


def with_seed(params: TrainParams, seed: int) -> TrainParams:
    """Return the parameters with the same seed for the initial weights and for the order of the rows."""
    return params.model_copy(update={"init_seed": seed, "shuffle_seed": seed})


def find_matches(a: Side, others: list[Side], model: str, split: bool) -> list[Match]:
    """Return what to compare: for each B, the models asked for; if none is, those whose parameters differ.

    Args:
        a: the side A.
        others: one or more B's.
        model: the name of a model, ``both``, or empty.
        split: whether the split varies, so that its seed may differ.

    Raises:
        InputError: A equals a B, or they use other images than the workspace.
    """
    for letter, side in [("A", a), *(("B", b) for b in others)]:
        check_data(letter, side, split)
    return [match for b in others for match in matches_with(a, b, model)]


def matches_with(a: Side, b: Side, model: str) -> list[Match]:
    """Return what to compare for one B.

    Raises:
        InputError: A equals B, or a model is named twice.
    """
    named = a.model or b.model
    if named and model:
        raise InputError(f"MODEL: expected it to be left out, since A or B names a model ({named}), got {model}")
    if named:
        possible = [(a.model or named, b.model or named)]
    else:
        possible = [(name, name) for name in NAMES if model in {"", "both", name}]
    found = [match for models in possible if (match := Match(a, b, models)).differs()]
    if not found:
        models = " and ".join(dict.fromkeys(name for pair in possible for name in pair))
        raise InputError(
            f"A and B: expected two that differ, got the same parameters of {models}, seeds aside (compare sets "
            f"the seeds itself): A is {a.name}, B is {b.name}; nothing was trained"
        )
    return found


def check_data(letter: str, side: Side, split: bool) -> None:
    """Refuse a side that is about other images: both are trained on the workspace's.

    Raises:
        InputError: a key of ``DATA`` differs, but for the seed of the split if the split varies.
    """
    here = load_params()
    for name in DATA:
        mine, theirs = getattr(here, name).model_dump(), getattr(side.params, name).model_dump()
        differ = [key for key in mine if mine[key] != theirs[key] and not (split and key == "seed")]
        for key in differ:
            raise InputError(
                f"{letter}: expected {name}.{key}: {mine[key]}, as in the workspace, whose images both sides use, "
                f"got {theirs[key]} ({side.name}); check out that revision, run `dvc repro`, and compare there"
            )


def train_pairs(matches: list[Match], seeds: range, split: bool, measure: str, where: RunsParams) -> pd.DataFrame:
    """Train all sides with all seeds; return one row for each pair.

    The columns are ``match`` (its number), ``seed``, the accuracies ``a`` and ``b`` in points, and
    ``difference``, b - a. Where a side diverged, its accuracy and the difference are missing.

    Raises:
        InputError: the data are missing, or the trainings cannot be done. Finished ones are kept.
    """
    cases = [(number, match, seed) for number, match in enumerate(matches) for seed in seeds]
    runs = [match.run(side, seed, split) for _, match, seed in cases for side in (0, 1)]
    scores = [score(result, measure) for result in try_runs(runs, where)]
    rows = zip(cases, scores[::2], scores[1::2], strict=True)
    table = pd.DataFrame([{"match": number, "seed": seed, "a": a, "b": b} for (number, _, seed), a, b in rows])
    return table.assign(difference=(table["b"] - table["a"]).round(4))


def score(result: Result | Diverged, measure: str) -> float:
    """Return an accuracy in points, rounded to the digits that it was kept with; NaN if the training diverged."""
    return float("nan") if isinstance(result, Diverged) else round(100 * getattr(result, measure), 4)
