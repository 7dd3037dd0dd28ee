"""Train A and B with the same seeds and say whether B is better: the terminal, and the folder compare/."""

import argparse
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mnist_mlp.core.files import save_csv, save_json, write_atomically
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import NAMES
from studies.study_params import load_study_params
from tools.compare.answers import answers
from tools.compare.comparison_report import markdown, numbers, page, setting, terminal, titles
from tools.compare.matches import find_matches, train_pairs
from tools.compare.pairs_figure import draw
from tools.compare.sides import WORKSPACE, read_side
from tools.preflight import preflight

MOST_SEEDS = 10_000
MEASURES = {"val": "val_accuracy", "test": "test_accuracy"}
VARIED = {"": False, "seeds": False, "split": True}
DPI = 110


@dataclass(frozen=True)
class Options:
    """What the user asks, checked."""

    seeds: range
    model: str
    split: bool
    measured: str
    effect: float


def main() -> None:
    """Compare, print the answer, and write it to the folder.

    Raises:
        InputError: an argument cannot be used, or trainings cannot be done.
    """
    asked = arguments().parse_args()
    options = check(asked)
    preflight()
    a = read_side("A", asked.a)
    others = [read_side("B", text, a) for text in asked.b.split(" ; ")]
    matches = find_matches(a, others, options.model, options.split)
    where = load_study_params().runs
    try:
        table = train_pairs(matches, options.seeds, options.split, MEASURES[options.measured], where)
    except KeyboardInterrupt:
        print("note: finished trainings are kept; the same command goes on with the others", file=sys.stderr)
        raise
    found, names = answers(table, options.effect), titles(matches)
    lines = setting(matches, options.seeds, options.split, options.measured)
    text = markdown(matches, found, lines, options.measured)
    save_csv(asked.out / "pairs.csv", table.assign(match=[names[number] for number in table["match"]]))
    save_json(asked.out / "answers.json", numbers(matches, found))
    figure = draw(table, names, found)
    write_atomically(asked.out / "pairs.png", lambda path: figure.savefig(path, dpi=DPI, facecolor="white"))
    write_text(asked.out / "report.md", text)
    write_text(asked.out / "index.html", page(text, table, names, found))
    print(terminal(matches, found, lines))
    print(f"\nMore, with a picture: {asked.out / 'index.html'}")


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line, whose options are make's variables."""
    parser = argparse.ArgumentParser(prog="python -m tools.compare", description=__doc__, allow_abbrev=False)
    for option, default, text in (
        ("--a", None, "branch, tag, commit or experiment, with :custom or :torch for one of its models"),
        ("--b", WORKSPACE, "the same, or changes on top of A: 'train_torch.lr=1.0 train_torch.momentum=0.9'; "
         "several with ' ; ' between them (default: %(default)s)"),
        ("--seeds", "20", "number of seed pairs, 2 or more; a verdict needs 6 (default: %(default)s)"),
        ("--model", "", "custom, torch or both (default: those whose parameters differ)"),
        ("--vary", "", "seeds, or split to draw the split as well (default: seeds)"),
        ("--on", "val", "images that decide: val or test (default: %(default)s)"),
        ("--effect", "0.1", "the difference in points that matters to you (default: %(default)s)"),
    ):  # fmt: skip
        parser.add_argument(option, default=default, help=text, required=default is None)
    parser.add_argument("--out", type=Path, default=Path("compare"), help="folder (default: %(default)s)")
    return parser


def check(asked: argparse.Namespace) -> Options:
    """Check all that does not depend on the repository.

    Raises:
        InputError: an argument is not one of those allowed.
    """
    if not asked.a.strip():
        raise InputError("A: expected a revision, an experiment or workspace, got nothing: make compare A=main")
    if not (asked.seeds.isascii() and asked.seeds.isdigit() and 2 <= int(asked.seeds) <= MOST_SEEDS):
        raise InputError(
            f"SEEDS: expected a whole number from 2 to {MOST_SEEDS:,}, got {asked.seeds!r}; one shows nothing of "
            "how much seeds matter, and a verdict needs 6"
        )
    choose("MODEL", asked.model, ("", "both", *NAMES))
    choose("VARY", asked.vary, VARIED)
    choose("ON", asked.on, MEASURES)
    return Options(range(int(asked.seeds)), asked.model, VARIED[asked.vary], asked.on, effect(asked.effect))


def choose(name: str, got: str, allowed: Collection[str]) -> None:
    """Refuse a word that is not one of those allowed.

    Raises:
        InputError: it is not.
    """
    if got not in allowed:
        raise InputError(f"{name}: expected {' or '.join(filter(None, allowed))}, got {got!r}")


def effect(text: str) -> float:
    """Return the difference that the user names.

    Raises:
        InputError: it is not a number of points.
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.001 <= found <= 100:
        raise InputError(f"EFFECT: expected a difference in points, from 0.001 to 100, got {text!r}")
    return found


def write_text(path: Path, text: str) -> None:
    """Write a text file completely or not at all."""
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8"))


if __name__ == "__main__":
    run_stage(main, own_arguments=True)
