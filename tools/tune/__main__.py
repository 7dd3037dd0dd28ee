"""Search for better parameters of a model, on the validation images; the best becomes an experiment of DVC."""

import argparse
import sys
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.harness.run import run_program
from mnist_mlp.models import NAMES
from studies.study_params import load_study_params
from tools.compare.asked import choose
from tools.compare.matches import section
from tools.compare.sides import read_side
from tools.preflight import preflight
from tools.tune.experiment import record, start_name
from tools.tune.space import FORMS, candidate, check_space, read_space, written
from tools.tune.trials import SEEDS, WHY, Tuning, chosen, ended, go_on, open_study, value

MOST_TRIALS = 10_000
SHOWN = 5
"""The best trials are printed."""


def main() -> None:
    """Search, print the best trials, record the best, and print how to test it.

    Raises:
        InputError: an argument cannot be used, trainings cannot be done, or no trial ended.
    """
    asked = arguments().parse_args()
    choose("MODEL", asked.model, NAMES)
    total = trials(asked.trials)
    preflight()
    start = read_side("start", "")
    space = read_space(asked.space, section(start.params, asked.model))
    check_space(space, start, asked.model)
    tuning = Tuning(asked.model, start, asked.space, space, load_study_params().runs)
    try:
        search(tuning, asked.out / f"{asked.model}.db", total)
    except KeyboardInterrupt:
        print(
            "note: trials and finished trainings are kept; the same command goes on with the others",
            file=sys.stderr,
        )
        raise


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line, whose options are make's variables."""
    parser = argparse.ArgumentParser(prog="python -m tools.tune", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", required=True, help=" or ".join(NAMES))
    parser.add_argument("--space", required=True, help=FORMS)
    parser.add_argument(
        "--trials", default="40", help="number of trials, earlier ones included (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("tune"), help="folder (default: %(default)s)")
    return parser


def trials(text: str) -> int:
    """Return the number of trials.

    Raises:
        InputError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_TRIALS):
        raise InputError(f"TRIALS: expected a whole number from 1 to {MOST_TRIALS:,}, got {shown(text)}")
    return int(text)


def search(tuning: Tuning, path: Path, total: int) -> None:
    """Do the trials that are missing, and say what was found.

    Raises:
        InputError: trainings cannot be done, or no trial ended.
    """
    with open_study(path, tuning) as study:
        before = tuning.validation(tuning.runs(tuning.start, SEEDS))
        for batch in go_on(study, tuning, total):
            for trial in batch:
                print(line(trial), file=sys.stderr)
        best, states = ended(study), [trial.state for trial in study.trials]
    if not best:
        raise InputError(
            f"SPACE: expected a trial that ends, but all {len(states)} diverged; choose smaller values"
        )
    pruned, failed = states.count(TrialState.PRUNED), states.count(TrialState.FAIL)
    print(f"{len(states)} trials, {pruned} pruned after the first seed, {failed} failed (diverged).")
    print("The best on the validation images, mean of two seeds:")
    print("\n".join(line(trial) for trial in best[:SHOWN]))
    print(outcome(tuning, best[0], before))


def line(trial: FrozenTrial) -> str:
    """Return what came of a trial and what its values are."""
    came = {TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}.get(trial.state) or f"{value(trial):.2f} %"
    why = f" ({trial.user_attrs[WHY]})" if WHY in trial.user_attrs else ""
    return f"  trial {trial.number + 1}: {came}, {' '.join(f'{k}={v}' for k, v in chosen(trial).items())}{why}"


def outcome(tuning: Tuning, best: FrozenTrial, before: list[float | str]) -> str:
    """Record the best trial if it is better than the start; return what to do next."""
    scores = [score for score in before if isinstance(score, float)]
    ends = len(scores) == len(SEEDS)
    now = f"The start reaches {sum(scores) / len(scores):.2f} %" if ends else "The start diverges"
    if ends and value(best) <= sum(scores) / len(scores):
        return f"{now}: no trial is better, so there is nothing to test. Another SPACE may hold something better."
    side = candidate(chosen(best), tuning.start, tuning.model)
    name = record(tuning.model, side, written(chosen(best), tuning.model))
    return (
        f"{now}. The best is experiment {name} (`make experiments`).\n"
        "The best of many trials was lucky as well. Other seeds tell whether it is better:\n"
        f"make compare A={start_name(tuning.start)} B={name} MODEL={tuning.model}"
    )


if __name__ == "__main__":
    run_program(main)
