"""The command line: ``mnist-mlp COMMAND`` or, at the root of the repository, ``python -m tools COMMAND``."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from mnist_mlp.harness.run import run_program
from mnist_mlp.models import NAMES

START = Path.cwd()  # where the user started the command; paths are relative to it
ROOT = Path(__file__).resolve().parents[1]
Argument = tuple[tuple[str, ...], dict[str, Any]]  # names and options of add_argument
NUMBERS = {int: "a whole number", float: "a number"}
REVISION = "branch, tag, commit or experiment"


def _path(text: str) -> Path:
    return START / text


def _number(least: float, most: float = 10_000, kind: type[int | float] = int) -> Callable[[str], int | float]:
    def read(text: str) -> int | float:
        with suppress(ValueError):
            if least <= (number := kind(text)) <= most:
                return number
        raise argparse.ArgumentTypeError(f"expected {NUMBERS[kind]} from {least:g} to {most:,}, got {text!r}")

    return read


def _argument(*names: str, **options: Any) -> Argument:  # noqa: ANN401
    if default := options.get("default"):
        options["help"] += f" (default: {' '.join(default) if isinstance(default, list) else default})"
    return names, options


class Command(NamedTuple):
    """A command: ``module:function`` that does it, given the arguments by their names, and what is said of it."""

    function: str
    what: str
    example: str
    arguments: tuple[Argument, ...] = ()


COMMANDS = {
    "compare": Command(
        "tools.compare.answer:compare", "Is B better than A? Train both with the same seeds and compare pairs.",
        "mnist-mlp compare HEAD 'train_torch.lr=1.0' --seeds 20",
        (
            _argument("a", metavar="A", help=f"{REVISION}; ending with :custom or :torch for one model"),
            _argument("others", metavar="B", nargs="*", default=["workspace"],
                      help="the same, or changes on top of A: 'train_torch.lr=1.0 train_torch.momentum=0.9'"),
            _argument("--seeds", type=_number(2), default=20, help="pairs of seeds; a verdict needs 6"),
            _argument("--on", choices=("val", "test"), default="val", help="images that decide"),
            _argument("--effect", type=_number(0.001, 100, float), default=0.1,
                      help="smallest difference of interest, in points; sets the suggested number of pairs"),
            _argument("--out", type=_path, default="compare", help="folder to write to"),
        ),
    ),
    "tune": Command(
        "tools.tune:tune", "Search for better parameters on validation images; the best becomes an experiment.",
        "mnist-mlp tune torch 'lr=log:0.003..3' 'momentum=0,0.9' --trials 40",
        (
            _argument("model", choices=NAMES),
            _argument("space", metavar="KEY=VALUES", nargs="+",
                      help="key=low..high, key=log:low..high or key=a,b,c"),
            _argument("--trials", type=_number(1), default=40, help="number of trials"),
        ),
    ),
    "report": Command(
        "tools.report:report", "Compare the workspace with a revision: report.md for pull requests, index.html.",
        "mnist-mlp report main --seeds 6",
        (
            _argument("base", nargs="?", default="main", help=REVISION),
            _argument("--seeds", type=_number(2), help="also train both sides with this many pairs of seeds"),
            _argument("--out", type=_path, default="report", help="folder to write to"),
        ),
    ),
    "predict": Command(
        "tools.predict:predict", "Read the digit in a picture, dark on light or light on dark, with both models.",
        "mnist-mlp predict photo.png",
        (_argument("path", metavar="IMAGE", type=_path, help="picture of one digit, such as PNG or JPEG"),),
    ),
    "page": Command(
        "tools.page:make_page",
        "Write page/index.html: draw a digit in the browser and watch all hidden units answer.", "mnist-mlp page",
    ),
    "experiments": Command(
        "tools.experiments:show", "Show what each experiment changed and what came of it.",
        "mnist-mlp experiments --sort-by torch.test_accuracy",
        (
            _argument("--md", dest="markdown", action="store_true", help="print GitHub's Markdown"),
            _argument("--sort-by", metavar="METRIC", default="comparison.gap", help="highest first"),
            _argument("--all-commits", action="store_true", help="also of commits that are not before this one"),
        ),
    ),
    "bits": Command(
        "tools.bits:print_comparison",
        "Are the outputs the committed ones, bit for bit? If not, why, and what to do?", "mnist-mlp bits",
    ),
    "verify": Command(
        "tools.verify:verify_cache",
        "Hash DVC's cache again and remove damaged files; `dvc repro` makes them again.", "mnist-mlp verify",
    ),
}  # fmt: skip


def command_line() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="mnist-mlp", allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, (_, what, example, arguments) in COMMANDS.items():
        one = commands.add_parser(
            name, help=what, description=what, epilog=f"Example: {example}", allow_abbrev=False
        )
        for names, options in arguments:
            one.add_argument(*names, **options)
    return parser


def main() -> None:
    """Run the command that the command line names; errors end as in stages."""
    # a picture's name may begin with a dash
    words = [f"./{word}" if word.startswith("-") and (START / word).is_file() else word for word in sys.argv[1:]]
    arguments = vars(command_line().parse_args(words))
    module, _, function = COMMANDS[arguments.pop("command")].function.partition(":")
    os.chdir(ROOT)
    # imported only now: most modules take seconds
    run_program(lambda: getattr(import_module(module), function)(**arguments))


if __name__ == "__main__":
    main()
