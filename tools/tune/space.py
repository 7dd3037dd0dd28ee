"""The space that is searched: which values each parameter may take, as the user writes them in SPACE."""

import math
import re
from dataclasses import dataclass
from itertools import combinations, product

from optuna import Trial

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.harness.params import TrainParams
from tools.compare.sides import Side, changed, suggestion

FORMS = "key=low..high, key=log:low..high or key=a,b,c, with blanks between keys: 'lr=log:0.003..3 momentum=0,0.9'"
SEEDS = ("init_seed", "shuffle_seed")
KEYS = [name for name in TrainParams.model_fields if name not in SEEDS]
BETWEEN_CHOICES = re.compile(r",(?![^\[]*\])")
"""A comma that is not within a list such as [100,50]."""
DIGITS = 4
"""Significant digits of numbers that are drawn."""

Chosen = dict[str, str]
"""A value for each key of a space, as ``-S`` takes it."""


@dataclass(frozen=True)
class Choices:
    """Values to choose from, as ``-S`` takes them."""

    values: tuple[str, ...]

    def suggest(self, trial: Trial, key: str) -> str:
        """Let the trial choose one."""
        return str(trial.suggest_categorical(key, self.values))

    @property
    def extremes(self) -> tuple[str, ...]:
        """The values that have to be allowed for all to be."""
        return self.values


@dataclass(frozen=True)
class Interval:
    """Numbers from ``low`` to ``high``, both included."""

    low: float
    high: float
    logarithmic: bool
    whole: bool

    def suggest(self, trial: Trial, key: str) -> str:
        """Let the trial choose one."""
        if self.whole:
            return str(trial.suggest_int(key, int(self.low), int(self.high), log=self.logarithmic))
        drawn = trial.suggest_float(key, self.low, self.high, log=self.logarithmic)
        return repr(min(max(float(f"{drawn:.{DIGITS}g}"), self.low), self.high))

    @property
    def extremes(self) -> tuple[str, ...]:
        """The values that have to be allowed for all to be."""
        return tuple(str(int(end)) if self.whole else repr(end) for end in (self.low, self.high))


Space = dict[str, Choices | Interval]


def read_space(text: str, start: TrainParams) -> Space:
    """Read what the user wrote; return what each key may be, in the order of the keys' names.

    Raises:
        InputError: it is empty or not of this form, or a key is unknown.
    """
    words = [word.partition("=") for word in text.split()]
    if not words:
        raise InputError(f"SPACE: expected {FORMS}, got nothing")
    space: Space = {}
    for key, equals, values in words:
        if not (equals and values):
            raise InputError(f"SPACE: expected {FORMS}, got {shown(key + equals)}")
        check_key(key)
        if key in space:
            raise InputError(f"SPACE: expected each key once, got {key} twice")
        space[key] = dimension(key, values, getattr(start, key))
    return dict(sorted(space.items()))


def check_key(key: str) -> None:
    """Refuse a key that is not a parameter of the training, and a seed.

    Raises:
        InputError: it is one of these.
    """
    if key in SEEDS:
        raise InputError(f"SPACE: expected no seeds, got {key}; tune trains each trial with two seeds of its own")
    if key not in KEYS:
        likely = suggestion(key.rpartition(".")[2], KEYS)
        raise InputError(f"SPACE: expected a parameter of the training, such as lr, got {shown(key)}{likely}")


def dimension(key: str, text: str, value: object) -> Choices | Interval:
    """Return what a key may be; ``value`` is what it is now, whose type says whether it is a number.

    Raises:
        InputError: the text is not of one of the forms.
    """
    bounds, logarithmic = text.removeprefix("log:"), text.startswith("log:")
    low, dots, high = bounds.partition("..")
    if not dots and not logarithmic:
        return choices(key, text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(
            f"SPACE: expected choices such as {key}=a,b, got the range {shown(text)}; {key} is no number"
        )
    return interval(key, (low, high), logarithmic, isinstance(value, int))


def choices(key: str, text: str) -> Choices:
    """Return the choices.

    Raises:
        InputError: one is empty or comes twice.
    """
    values = tuple(BETWEEN_CHOICES.split(text))
    if "" in values or len(set(values)) < len(values):
        raise InputError(f"SPACE: expected different choices such as {key}=a,b, got {shown(text)}")
    return Choices(values)


def interval(key: str, ends: tuple[str, str], logarithmic: bool, whole: bool) -> Interval:
    """Return the interval between two ends.

    Raises:
        InputError: they are not two increasing numbers, above 0 if it is logarithmic.
    """
    try:
        low, high = (float(int(end)) if whole else float(end) for end in ends)
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(high - low) and low < high and (low > 0 or not logarithmic)):
        numbers = f"{'whole ' if whole else ''}numbers{' above 0' if logarithmic else ''}"
        raise InputError(f"SPACE: expected {key}=low..high of increasing {numbers}, got {shown('..'.join(ends))}")
    return Interval(low, high, logarithmic, whole)


def check_space(space: Space, start: Side, model: str) -> None:
    """Refuse values that no training takes: every pair of extremes is tried; no rule is about more than two keys.

    Raises:
        InputError: a value is out of bounds, or two do not go together.
    """
    first = {key: values.extremes[0] for key, values in space.items()}
    for keys in combinations(space, min(2, len(space))):
        for values in product(*(space[key].extremes for key in keys)):
            candidate(first | dict(zip(keys, values, strict=True)), start, model)


def candidate(chosen: Chosen, start: Side, model: str) -> Side:
    """Return the start with values of the space.

    Raises:
        InputError: a value is out of bounds, or two do not go together.
    """
    try:
        return changed(start, written(chosen, model), "SPACE")
    except InputError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{first} ({' '.join(f'{key}={value}' for key, value in chosen.items())})") from None


def written(chosen: Chosen, model: str) -> str:
    """Return the values as changes that ``make compare`` takes."""
    return " ".join(f"train_{model}.{key}={value}" for key, value in chosen.items())
