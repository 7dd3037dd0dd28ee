"""The command line: ``mnist-mlp COMMAND`` or, at the root of the repository, ``python -m tools COMMAND``."""

import stages  # noqa: F401  # isort: skip  # one thread, and this copy's src first on the path
import argparse
import os
from collections.abc import Callable
from pathlib import Path

from mnist_mlp.harness.run import run_program
from mnist_mlp.models import NAMES

START = Path.cwd()
"""The folder in which the user started the command; paths are relative to it."""
ROOT = Path(__file__).resolve().parents[1]
REVISION = "branch, tag, commit or experiment"


Run = Callable[[argparse.Namespace], None]
"""Does what a command is asked for. Modules are imported only there: most of them take seconds."""


def compare(command: argparse.ArgumentParser) -> Run:
    """Is B better than A? Train both with the same seeds and compare the pairs.

    Example: mnist-mlp compare HEAD 'train_torch.lr=1.0' --seeds 20
    """
    command.add_argument("a", metavar="A", help=f"{REVISION}; ending with :custom or :torch for one model")
    command.add_argument(
        "b", metavar="B", nargs="*", default=["workspace"],
        help="the same, or changes on top of A: 'train_torch.lr=1.0 train_torch.momentum=0.9' (workspace)",
    )  # fmt: skip
    command.add_argument(
        "--seeds", type=whole(2, 10_000), default=20, help="pairs of seeds (20); a verdict needs 6"
    )
    command.add_argument("--on", choices=("val", "test"), default="val", help="images that decide (val)")
    command.add_argument(
        "--effect",
        type=points,
        default=0.1,
        help="smallest difference of interest, in points (0.1); sets the suggested number of pairs",
    )
    command.add_argument("--out", type=Path, default=Path("compare"), help="folder to write to")

    def run(asked: argparse.Namespace) -> None:
        from tools.compare import compare

        compare(asked.a, asked.b, asked.seeds, asked.on, asked.effect, START / asked.out)

    return run


def tune(command: argparse.ArgumentParser) -> Run:
    """Search for better parameters of a model, on the validation images; the best becomes an experiment of DVC.

    Example: mnist-mlp tune torch 'lr=log:0.003..3' 'momentum=0,0.9' --trials 40
    """
    command.add_argument("model", choices=NAMES)
    command.add_argument(
        "space", metavar="KEY=VALUES", nargs="+", help="key=low..high, key=log:low..high or key=a,b,c"
    )
    command.add_argument("--trials", type=whole(1, 10_000), default=40, help="number of trials")

    def run(asked: argparse.Namespace) -> None:
        from tools.tune import tune

        tune(asked.model, asked.space, asked.trials)

    return run


def report(command: argparse.ArgumentParser) -> Run:
    """Write report/report.md, for a pull request, and report/index.html: the workspace compared with a revision.

    Example: mnist-mlp report main --seeds 6
    """
    command.add_argument("base", nargs="?", default="main", help=f"{REVISION} (default: main)")
    command.add_argument(
        "--seeds", type=whole(2, 10_000), help="also train both sides with this many pairs of seeds"
    )
    command.add_argument("--out", type=Path, default=Path("report"), help="folder to write to")

    def run(asked: argparse.Namespace) -> None:
        from tools.report import report

        report(asked.base, asked.seeds, START / asked.out)

    return run


def predict(command: argparse.ArgumentParser) -> Run:
    """Read the digit in a picture with both models.

    Example: mnist-mlp predict photo.png
    """
    command.add_argument("image", type=Path, help="picture of one digit, such as PNG or JPEG")

    def run(asked: argparse.Namespace) -> None:
        from tools.predict import predict

        predict(START / asked.image)

    return run


def page(_: argparse.ArgumentParser) -> Run:
    """Write page/index.html: draw a digit in the browser and watch all hidden units answer.

    Example: mnist-mlp page
    """

    def run(_: argparse.Namespace) -> None:
        from tools.page import make_page

        make_page()

    return run


def experiments(command: argparse.ArgumentParser) -> Run:
    """Show what each experiment changed and what came of it, in a table that fits a terminal.

    Example: mnist-mlp experiments --all-commits --sort-by torch.test_accuracy
    """
    command.add_argument("--md", action="store_true", help="print GitHub's Markdown")
    command.add_argument("--sort-by", metavar="METRIC", default="comparison.gap", help="highest first")
    command.add_argument("--all-commits", action="store_true", help="also of commits that are not before this one")

    def run(asked: argparse.Namespace) -> None:
        from tools.experiments import show

        show(asked.md, asked.sort_by, asked.all_commits)

    return run


def bits(_: argparse.ArgumentParser) -> Run:
    """Are the outputs the committed ones, bit for bit? If not, why, and what to do?

    Example: mnist-mlp bits
    """

    def run(_: argparse.Namespace) -> None:
        from tools.bits import print_comparison

        print_comparison()

    return run


def verify(_: argparse.ArgumentParser) -> Run:
    """Hash DVC's cache again and remove damaged files; `dvc repro` then makes them again.

    Example: mnist-mlp verify
    """

    def run(_: argparse.Namespace) -> None:
        from tools.verify import verify_cache

        verify_cache()

    return run


COMMANDS = (compare, tune, report, predict, page, experiments, bits, verify)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range, for argparse."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, got {text!r}")
        return int(text)

    return read


def points(text: str) -> float:
    """Return a difference in points of accuracy, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.001 <= number <= 100:
        raise argparse.ArgumentTypeError(f"expected points of accuracy, from 0.001 to 100, got {text!r}")
    return number


def main() -> None:
    """Run the command that the command line names; errors end as in stages."""
    parser = argparse.ArgumentParser(
        prog="mnist-mlp", description="Compare, tune, explain and check the models of this repository.",
        allow_abbrev=False,
    )  # fmt: skip
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for define in COMMANDS:
        what, _, example = (define.__doc__ or "").strip().partition("\n\n")
        command = commands.add_parser(
            define.__name__,
            help=what.splitlines()[0],
            description=what,
            epilog=example.strip(),
            allow_abbrev=False,
        )
        command.set_defaults(run=define(command))
    asked = parser.parse_args()
    os.chdir(ROOT)
    run_program(lambda: asked.run(asked))


if __name__ == "__main__":
    main()
