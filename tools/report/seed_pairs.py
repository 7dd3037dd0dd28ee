"""The base against the workspace over seeds, for the models whose parameters differ: what `make compare` says."""

from mnist_mlp.harness.params import load_params
from mnist_mlp.models import NAMES
from studies.study_params import load_study_params
from tools.compare.answers import Answer, answers
from tools.compare.matches import Match, check_data, train_pairs
from tools.compare.sides import WORKSPACE, Side, read_side
from tools.revisions import Base

EFFECT = 0.1
"""In points: what the number of pairs that are needed is told for."""


def differing(base: Base) -> list[Match]:
    """Return the models whose training parameters differ, seeds aside.

    Raises:
        InputError: the base has other code, other images, or wrong parameters.
    """
    old, new = read_side("BASE", base.commit), Side(WORKSPACE, load_params())
    found = [match for name in NAMES if (match := Match(old, new, (name, name))).differs()]
    if found:
        check_data("BASE", old, split=False)
    return found


def vary_seeds(base: Base, seeds: range) -> dict[str, Answer]:
    """Train both sides of each such model with all seeds; return the answers by model.

    Raises:
        InputError: as ``differing``, or the trainings cannot be done.
    """
    matches = differing(base)
    if not matches:
        return {}
    table = train_pairs(matches, seeds, split=False, measure="val_accuracy", where=load_study_params().runs)
    models = [match.title for match in matches]
    return dict(zip(models, answers(table, EFFECT, models), strict=True))
