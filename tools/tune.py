"""Search for better parameters of a model, on images of its own; the best becomes an experiment of DVC.

Optuna proposes eight trials at a time, whatever the number of cores, and is told their scores in order. Its
sampler is seeded and trainings are kept, so the same command proposes the same trials and finds them done.
"""

import hashlib
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.model_selection import train_test_split

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import load_dataset, save_splits
from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.harness.params import TrainParams
from studies.running.runs import DATA
from tools.compare.runs import accuracies, training
from tools.compare.sides import WORKSPACE, Side, did_you_mean, read_side, revision_params, with_changes
from tools.preflight import preflight
from tools.revisions import experiments, git

BATCH = 8
"""Trials proposed at a time. Not the number of cores: the proposals would depend on the machine."""
SEEDS = (10_000, 10_001)
"""Of each trial. Comparisons use smaller ones, so they confirm with seeds that chose nothing."""
IMAGES = Path("data/tune")
"""Training images, a tenth of them held out for searches, so that no search chooses by the validation images."""
SHARE = 0.1
KEYS = [name for name in TrainParams.model_fields if name not in {"init_seed", "shuffle_seed"}]
BETWEEN_CHOICES = re.compile(r",(?![^\[]*\])")  # a comma that is not within a list such as [100,50]
BEST = 5  # trials are printed

Space = dict[str, BaseDistribution]


def tune(model: str, space: list[str], trials: int) -> None:
    """Search, print the best trials, record the best as an experiment, and print how to confirm it."""
    preflight()
    start = read_side("start", WORKSPACE)
    dimensions = read_space(space, start, model)
    hold_out(load_dataset(Path(DATA, "train")))
    (before,) = _scores([start], model)
    scores: dict[str, float] = {}
    for number, (changes, score) in enumerate(search(dimensions, start, model, trials), start=1):
        print(f"trial {number}: {score:.2f} %, {changes}", file=sys.stderr)
        if not math.isnan(score):
            scores[changes] = score
    if not scores:
        raise InputError(f"expected a training that ends, but all {trials} trials diverged: try smaller values")
    best = sorted(scores, key=lambda changes: -scores[changes])
    about = "a tenth of the training images, held out for searches, mean of two seeds"
    print(f"Accuracy on {about}; the workspace reaches {before:.2f} %:")
    print("\n".join(f"  {scores[changes]:.2f} %  {changes}" for changes in best[:BEST]))
    if scores[best[0]] <= before:
        print("No trial is better than the workspace. Another space may hold something better.")
        return
    name = _record(model, with_changes(start, best[0], "best"), best[0])
    base = "HEAD" if revision_params("HEAD", "HEAD") == start.params else WORKSPACE
    print(f"The best is experiment {name} (see mnist-mlp experiments).")
    print("The best of many trials is partly luck. Confirm it with seeds and images that chose nothing:")
    print(f"mnist-mlp compare {base} {name}")


def hold_out(train: Dataset) -> None:
    """Write the images that searches train on, and those that decide, the same in each search.

    Raises:
        InputError: a class has too few images to be divided.
    """
    rows = np.arange(len(train.labels))
    try:
        kept, deciding = train_test_split(rows, test_size=SHARE, random_state=0, stratify=train.labels)
    except ValueError as error:
        raise InputError(f"{DATA}/train: expected images of which a tenth can be held out, got {error}") from None
    held_out = train.take(np.sort(deciding))
    # a run names the images of a test, too; searches do not read what it says of them
    save_splits(IMAGES, {"train": train.take(np.sort(kept)), "val": held_out, "test": held_out})


def search(space: Space, start: Side, model: str, trials: int) -> Iterator[tuple[str, float]]:
    """Yield the changes of each trial and its mean accuracy on the images held out, NaN if one diverged."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=0, constant_liar=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for first in range(0, trials, BATCH):
        batch = [study.ask(space) for _ in range(first, min(first + BATCH, trials))]
        changes = [_changes(model, space, trial.params) for trial in batch]
        scores = _scores([with_changes(start, one, "space") for one in changes], model)
        for trial, score in zip(batch, scores, strict=True):
            study.tell(trial, 0.0 if math.isnan(score) else score)
        yield from zip(changes, scores, strict=True)


def _scores(sides: list[Side], model: str) -> list[float]:
    runs = [training(side.params, model, seed, str(IMAGES)) for side in sides for seed in SEEDS]
    points = accuracies(runs, "val")
    return [sum(points[first : first + len(SEEDS)]) / len(SEEDS) for first in range(0, len(points), len(SEEDS))]


def read_space(words: list[str], start: Side, model: str) -> Space:
    """Return what each key may be."""
    space: Space = {}
    for word in words:
        key, equals, values = word.partition("=")
        if not (equals and values):
            raise InputError(f"expected key=low..high, key=log:low..high or key=a,b,c, got {shown(word)}")
        if key not in KEYS:
            likely = did_you_mean(key.rpartition(".")[2], KEYS)
            raise InputError(f"expected a parameter of the training, seeds aside, got {shown(key)}{likely}")
        if key in space:
            raise InputError(f"expected each key once, got {key} twice")
        space[key] = _dimension(key, values, type(getattr(start.params, f"train_{model}").model_dump()[key]))
    # every pair of extremes is tried, since no rule is about more than two keys
    extremes = {key: _extremes(dimension) for key, dimension in space.items()}
    first = {key: values[0] for key, values in extremes.items()}
    for keys in combinations(extremes, min(2, len(extremes))):
        for pair in product(*(extremes[key] for key in keys)):
            with_changes(start, _changes(model, space, first | dict(zip(keys, pair, strict=True))), "space")
    return space


def _dimension(key: str, text: str, kind: type) -> BaseDistribution:
    log = text.startswith("log:")
    if ".." not in text and not log:
        choices = BETWEEN_CHOICES.split(text)
        if "" in choices or len(set(choices)) < len(choices):
            raise InputError(f"{key}: expected different choices a,b,c, got {shown(text)}")
        return CategoricalDistribution(choices)
    ranges = {int: (IntDistribution, "of whole numbers"), float: (FloatDistribution, "of numbers")}
    if kind not in ranges:
        raise InputError(f"{key}: expected choices a,b,c, not a range, got {shown(text)}")
    make, numbers = ranges[kind]
    try:
        low, high = map(kind, text.removeprefix("log:").split(".."))
        return make(low, high, log=log)
    except ValueError:  # of Optuna as well: high is below low, or a logarithm is asked of 0
        expected = f"low..high {numbers}{' above 0' * log}, the lower first"
        raise InputError(f"{key}: expected {expected}, got {shown(text)}") from None


def _extremes(dimension: BaseDistribution) -> list[object]:
    if isinstance(dimension, IntDistribution | FloatDistribution):
        return [dimension.low, dimension.high]
    return list(vars(dimension)["choices"])


def _changes(model: str, space: Space, values: dict[str, Any]) -> str:
    """Return values as changes that ``mnist-mlp compare`` takes: numbers with four digits, within their bounds."""
    words = []
    for key, value in values.items():
        if isinstance(dimension := space[key], FloatDistribution):
            value = min(max(float(f"{value:.4g}"), dimension.low), dimension.high)
        words.append(f"train_{model}.{key}={value}")
    return " ".join(words)


def _record(model: str, best: Side, changes: str) -> str:
    """Run the pipeline with these changes as an experiment, unless it was; return its name."""
    digest = hashlib.sha256(f"{git('rev-parse', 'HEAD')} {best.params.model_dump_json()}".encode())
    name = f"tune-{model}-{digest.hexdigest()[:7]}"
    if name not in {one.name for one in experiments()}:
        print(f"Running the pipeline with the best as experiment {name}:", file=sys.stderr)
        options = [word for change in changes.split() for word in ("--set-param", change)]
        # in a copy of the workspace
        command = [sys.executable, "-m", "dvc", "exp", "run", "--temp", "--name", name, *options]
        if subprocess.run(command, stdout=2, check=False).returncode:  # what it prints goes to stderr
            raise InputError(f"{name}: expected DVC to record this experiment, but it failed; trainings are kept")
    return name
