"""The trials of a search: Optuna proposes, the studies' runs train, and everything is kept in one SQLite file.

A trial is two trainings with two seeds; its value is their mean accuracy on the validation images. Eight trials
are proposed at a time, whatever the number of cores, and told in order; each is drawn by a sampler seeded with
its number. So the same search gives the same trials on every machine, and after any interruption.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from alembic.util import CommandError
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.models import BY_NAME
from studies.running.kept_runs import try_runs
from studies.running.runs import DATA, Diverged, Run, version
from studies.study_params import RunsParams
from tools.compare.asked import MOST_SEEDS
from tools.compare.matches import section, with_seed
from tools.compare.sides import Side
from tools.tune.space import Chosen, Space, candidate

BATCH = 8
"""Trials proposed at a time. Not the number of cores: the proposals would depend on the machine."""
SEEDS = (MOST_SEEDS, MOST_SEEDS + 1)
"""Of each trial. `make compare` counts from 0 to ``MOST_SEEDS - 1``, so it tests with seeds that chose nothing."""
SPACE, START = "space", "start"
"""Attributes of a search: what its trials depend on."""
SECOND = "second seed"
"""Attribute of a trial: it was not pruned after its first seed."""
CHOSEN = "chosen"
"""Attribute of a trial: its values as they were trained."""
WHY = "diverged"
"""Attribute of a trial that failed: the message of its training."""


@dataclass(frozen=True)
class Tuning:
    """A search: what is searched, from which start, and where it trains."""

    model: str
    start: Side
    asked: str
    """The space as the user wrote it."""
    space: Space
    where: RunsParams

    def runs(self, side: Side, seeds: tuple[int, ...]) -> list[Run]:
        """Return the trainings of a side with these seeds."""
        params = section(side.params, self.model)
        return [Run(BY_NAME[self.model].engine, with_seed(params, seed), DATA) for seed in seeds]

    def validation(self, runs: list[Run]) -> list[float | str]:
        """Do the trainings; return the accuracy of each on the validation images in points, or why it diverged.

        This is the one place where results are read: what the trainings say of the test images stays unread.
        """
        results = try_runs(runs, self.where)
        return [
            result.diverged if isinstance(result, Diverged) else round(100 * result.val_accuracy, 4)
            for result in results
        ]


@contextmanager
def open_study(path: Path, tuning: Tuning) -> Iterator[optuna.Study]:
    """Open the file of a search, which may have trials, and close it again.

    Raises:
        InputError: there are no images, or the file is none, or holds a search of another space or start.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    depends = dependencies(tuning)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    except (SQLAlchemyError, CommandError, RuntimeError) as error:
        raise InputError(
            f"{path}: expected the trials of a search, got: {one_line(str(error))}; to start anew: rm {path}"
        ) from None
    try:
        study = optuna.create_study(
            storage=storage, study_name=tuning.model, direction="maximize", load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        )  # fmt: skip
        check_same(study, depends, path)
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def dependencies(tuning: Tuning) -> dict[str, str]:
    """Return what the trials of a search depend on.

    Raises:
        InputError: there are no images yet.
    """
    start = with_seed(section(tuning.start.params, tuning.model), 0)
    return {SPACE: " ".join(sorted(tuning.asked.split())), START: f"{start.model_dump_json()} {version(DATA)}"}


def check_same(study: optuna.Study, depends: dict[str, str], path: Path) -> None:
    """Note what the trials depend on, or compare it with what was noted before the first one.

    Raises:
        InputError: it has changed.
    """
    known = depends | (study.user_attrs if study.trials else {})
    kept, anew = f"as in the trials that {path} keeps", f"to start anew, remove that file: rm {path}"
    if known[SPACE] != depends[SPACE]:
        raise InputError(f"SPACE: expected {known[SPACE]!r}, {kept}, got {depends[SPACE]!r}; {anew}")
    if known[START] != depends[START]:
        raise InputError(
            f"the start: expected the parameters, images, code and libraries {kept}, got others; {anew}"
        )
    for name, value in depends.items():
        study.set_user_attr(name, value)


def go_on(study: optuna.Study, tuning: Tuning, total: int) -> Iterator[list[FrozenTrial]]:
    """Do trials until there are ``total``; yield those of each batch that had to be done.

    Raises:
        InputError: trainings cannot be done. Finished ones, and trials, are kept.
    """
    for first in range(0, total, BATCH):
        numbers = range(first, min(first + BATCH, total))
        trials = [ask(study, tuning, number) for number in numbers if not is_finished(study, number)]
        if trials:
            finish(study, tuning, prune(study, tuning, trials))
            yield [study.trials[trial.number] for trial in trials]


def is_finished(study: optuna.Study, number: int) -> bool:
    """Return whether a trial has ended."""
    known = study.get_trials(deepcopy=False)
    return number < len(known) and known[number].state.is_finished()


def ask(study: optuna.Study, tuning: Tuning, number: int) -> Trial:
    """Return a trial with its values: a new one, or one whose trainings were interrupted."""
    # its random numbers depend on nothing but its number, so that an interruption changes none
    study.sampler = optuna.samplers.TPESampler(seed=number, constant_liar=True)
    known = study.get_trials(deepcopy=False)
    trial = Trial(study, known[number]._trial_id) if number < len(known) else study.ask()
    chosen = {key: values.suggest(trial, key) for key, values in tuning.space.items()}
    trial.set_user_attr(CHOSEN, chosen)
    return trial


def prune(study: optuna.Study, tuning: Tuning, trials: list[Trial]) -> list[Trial]:
    """Train with the first seed; return the trials that go on: neither diverged nor below the median.

    The median is that of the trials that ended, with the same seed. It is of whole trainings, not of epochs, so
    that one that starts slowly is not judged too early, and that every training done is a run to keep.
    """
    left = []
    for trial, score in scored(study, tuning, trials, SEEDS[0]):
        if 0 not in trial.storage.get_trial(trial._trial_id).intermediate_values:
            trial.report(score, 0)
        if SECOND not in trial.user_attrs and trial.should_prune():
            study.tell(trial, state=TrialState.PRUNED)
        else:
            trial.set_user_attr(SECOND, True)
            left.append(trial)
    return left


def finish(study: optuna.Study, tuning: Tuning, trials: list[Trial]) -> None:
    """Train with the second seed, and tell the mean of both."""
    for trial, score in scored(study, tuning, trials, SEEDS[1]):
        first = trial.storage.get_trial(trial._trial_id).intermediate_values[0]
        study.tell(trial, (first + score) / 2)


def scored(study: optuna.Study, tuning: Tuning, trials: list[Trial], seed: int) -> Iterator[tuple[Trial, float]]:
    """Train with a seed; yield each trial and its accuracy. A training that diverges fails its trial."""
    sides = [candidate(chosen(trial), tuning.start, tuning.model) for trial in trials]
    scores = tuning.validation([run for side in sides for run in tuning.runs(side, (seed,))])
    for trial, score in zip(trials, scores, strict=True):
        if isinstance(score, str):
            trial.set_user_attr(WHY, score)
            study.tell(trial, state=TrialState.FAIL)
        else:
            yield trial, score


def chosen(trial: Trial | FrozenTrial) -> Chosen:
    """Return the values of a trial, as they were trained."""
    found: Chosen = trial.user_attrs[CHOSEN]
    return found


def ended(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials with a value, best first; of several with the same parameters the first."""
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    different = {str(chosen(trial)): trial for trial in reversed(complete)}
    return sorted(different.values(), key=lambda trial: (-value(trial), trial.number))


def value(trial: FrozenTrial) -> float:
    """Return the mean accuracy of a trial that ended, in points."""
    assert trial.value is not None  # noqa: S101  # for the types
    return trial.value
