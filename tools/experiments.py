"""``make experiments``: what each experiment changed and what came of it, in a table that fits a terminal.

The table of ``dvc exp show`` is too wide or cut off, and shows a failed experiment with the figures of the commit
that it started from. This table is made from its JSON; options not listed below are passed on to it.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnist_mlp.models import NAMES
from tools.revisions import experiments, git

WIDTH = 120
MARKDOWN_WIDTH = 10_000
"""Enough for any row: a Markdown row is one line."""
UNKNOWN = object()
"""Equal to no value of a parameter."""
COMMITS = ("-A", "-T", "-a", "-n", "--all-", "--num", "--rev")
"""How options of `dvc exp show` begin that choose the commits."""
HINT = "No experiments of {}. To run one: dvc exp run --temp --name NAME --set-param train_torch.lr=1.0"


class Column(NamedTuple):
    """A metric, with a header of two lines that is narrower than its name."""

    header: str
    metric: str
    file: str
    format: str = ".4f"


COLUMNS = (
    *(Column(f"{name}\nval", f"{name}.val_accuracy", f"metrics/train_{name}.json") for name in NAMES),
    *(Column(f"{name}\ntest", f"{name}.test_accuracy", "metrics/evaluate.json") for name in NAMES),
    Column("\ngap", "comparison.gap", "metrics/evaluate.json", "+.4f"),
)


@dataclass(frozen=True)
class Row:
    """A commit or an experiment: parameters as ``-S`` names them, and the metrics of ``COLUMNS`` that exist."""

    name: str
    params: dict[str, Any]
    metrics: dict[str, float]

    def changes(self, base: "Row") -> list[str]:
        """Return the names of the parameters that differ from ``base``."""
        return [name for name in self.params if self.params[name] != base.params.get(name, UNKNOWN)]


@dataclass(frozen=True)
class Group:
    """A commit and the experiments that started from it."""

    base: Row
    experiments: list[Row]

    def sorted(self, metric: str) -> list[Row]:
        """Return the experiments, highest value first, those without a value last."""
        return sorted(self.experiments, key=lambda row: row.metrics.get(metric, float("-inf")), reverse=True)


def main() -> int:
    """Print the table; return an exit code, DVC's own if DVC failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.experiments", allow_abbrev=False,
        description="Show experiments of this commit and of those before it: accuracies, the gap, and the "
        "parameters that differ from their commit's.",
        epilog="Other options are those of `dvc exp show`, such as --all-commits, --rev HEAD (this commit alone) "
        "and --hide-failed.",
    )  # fmt: skip
    parser.add_argument("--md", action="store_true", help="print GitHub's Markdown")
    parser.add_argument(
        "--sort-by", choices=[column.metric for column in COLUMNS], default="comparison.gap", metavar="METRIC",
        help="highest first: %(choices)s (default: %(default)s)",
    )  # fmt: skip
    options, others = parser.parse_known_args()
    chosen = others if any(word.startswith(COMMITS) for word in others) else [*others, *earlier_commits()]
    command = ["dvc", "exp", "show", "--json", "--hide-workspace", *chosen]
    shown = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if shown.returncode:
        return shown.returncode
    groups = read_groups(json.loads(shown.stdout))
    console = Console(width=terminal_width(options.md))
    console.print(make_table(groups, options.sort_by, options.md))
    if not any(group.experiments for group in groups):
        print(HINT.format(", ".join(group.base.name for group in groups)))
    return 0


def earlier_commits() -> list[str]:
    """Return options for the current commit and those before it that have experiments, newest first.

    DVC alone shows the experiments of the current commit, so that a new commit would hide all of them. An earlier
    commit of which all experiments are queued or failed is left out.
    """
    try:
        began = {one.base for one in experiments()}
        before = git("rev-list", "HEAD").splitlines() if began else []
    except subprocess.CalledProcessError:  # no repository, or no commit: DVC says so
        return []
    found = [commit for commit in before[1:] if commit in began]
    return [word for commit in ["HEAD", *found] for word in ("--rev", commit)] if found else []


def terminal_width(markdown: bool) -> int | None:
    """Return the width in columns; None to let rich ask the terminal."""
    if markdown:
        return MARKDOWN_WIDTH
    return None if sys.stdout.isatty() else WIDTH


def read_groups(shown: list[dict[str, Any]]) -> list[Group]:
    """Read the JSON of ``dvc exp show``, without the workspace."""
    groups = []
    for base in shown:
        ranges = base["experiments"] or []
        experiments = [read_row(one["revs"][0], (one["executor"] or {}).get("state")) for one in ranges]
        groups.append(Group(read_row(base), experiments))
    return groups


def read_row(state: dict[str, Any], progress: str | None = None) -> Row:
    """Read one revision. If it is unfinished or failed, its name ends with its state, and it has no metrics.

    DVC itself reports the metrics of the base commit for a failed experiment.
    """
    name = state["name"] or state["rev"][:7]
    if state["error"] and not progress:
        progress = state["error"]["msg"]
    finished = progress in {None, "success"}
    data = state["data"] or {"params": {}, "metrics": {}}
    metrics = flat(data["metrics"])
    values = {column.metric: metrics.get(f"{column.file}:{column.metric}") for column in COLUMNS}
    return Row(
        name=name if finished else f"{name} ({progress})",
        params={key.removeprefix("params.yaml:"): value for key, value in flat(data["params"]).items()},
        metrics={key: value for key, value in values.items() if value is not None and finished},
    )


def flat(files: dict[str, Any]) -> dict[str, Any]:
    """Return ``file:section.key`` and its value for all files of a revision that DVC could read."""
    trees = {file: read.get("data") or {} for file, read in files.items()}
    return {f"{file}:{key}": value for file, tree in trees.items() for key, value in leaves(tree)}


def leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted names and values of nested sections."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def make_table(groups: list[Group], sort_by: str, markdown: bool = False) -> Table:
    """Return the table: each commit and below it its experiments, with the parameters that these changed."""
    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, header_style="", pad_edge=markdown)
    headers = ["\nexperiment", *(column.header for column in COLUMNS), "\nparameters that differ"]
    first, *figures, last = [" ".join(header.split()) if markdown else header for header in headers]
    table.add_column(first, overflow="fold")
    for header in figures:
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column(last, overflow="fold")
    between = ", " if markdown else "\n"
    for group in groups:
        rows = [(row, row.changes(group.base)) for row in group.sorted(sort_by)]
        changed = sorted({name for _, names in rows for name in names} & group.base.params.keys())
        table.add_row(*cells(group.base, changed, between), style="bold")
        for row, names in rows:
            table.add_row(*cells(row, names, between))
    return table


def cells(row: Row, names: list[str], between: str) -> list[Text]:
    """Return the cells of a row, with the values of the parameters in ``names``."""
    numbers = [
        format(row.metrics[column.metric], column.format) if column.metric in row.metrics else "-"
        for column in COLUMNS
    ]
    params = between.join(f"{name}={written(row.params[name])}" for name in names)
    return [Text(cell) for cell in (row.name, *numbers, params)]


def written(value: object) -> str:
    """Return a value as ``-S`` takes it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
