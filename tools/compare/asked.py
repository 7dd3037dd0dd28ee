"""What the user asks of `make compare`, read from the command line and checked."""

import argparse
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.models import NAMES
from tools.compare.sides import WORKSPACE

MOST_SEEDS = 10_000
MEASURES = {"val": "val_accuracy", "test": "test_accuracy"}
VARIED = {"": False, "seeds": False, "split": True}


@dataclass(frozen=True)
class Options:
    """What the user asks, checked."""

    seeds: range
    model: str
    split: bool
    measured: str
    effect: float


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
    choose("MODEL", asked.model, ("", "both", *NAMES))
    choose("VARY", asked.vary, VARIED)
    choose("ON", asked.on, MEASURES)
    return Options(seed_range(asked.seeds), asked.model, VARIED[asked.vary], asked.on, effect(asked.effect))


def seed_range(text: str) -> range:
    """Return the seeds, from 0 on.

    Raises:
        InputError: it is not a number of seeds, or one seed only.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 2 <= int(text) <= MOST_SEEDS):
        raise InputError(
            f"SEEDS: expected a whole number from 2 to {MOST_SEEDS:,}, got {shown(text)}; one seed shows nothing "
            "of how much seeds matter, and a verdict needs 6"
        )
    return range(int(text))


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
