"""``mnist-mlp experiments``: what each experiment changed and what came of it, in a table that fits a terminal.

The table of ``dvc exp show`` is too wide or cut off, and shows a failed experiment with the figures of the commit
that it started from. This table is made from its JSON.
"""

import json
import sys
from typing import Any, NamedTuple

from dvc.utils.flatten import flatten
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.models import NAMES
from tools.revisions import dvc, experiments, git

WIDTH, MARKDOWN_WIDTH = 120, 10_000  # of a table in a pipe, and of any row in Markdown, which is one line
GAP = "comparison.gap"
COLUMNS = {
    **{f"{name}\n{split}": f"{name}.{split}_accuracy" for split in ("val", "test") for name in NAMES},
    "\ngap": GAP,
}
"""Metrics by headers of two lines that are narrower than their names."""
State = dict[str, Any]  # a revision in the JSON of `dvc exp show`


class Row(NamedTuple):
    """A commit or an experiment, with parameters as ``-S`` names them."""

    name: str
    params: dict[str, str]
    metrics: dict[str, float]


def show(markdown: bool, sort_by: str, all_commits: bool) -> None:
    """Print the experiments of the current commit and of those before it, or of all commits."""
    if sort_by not in COLUMNS.values():
        raise InputError(f"--sort-by: expected one of {', '.join(COLUMNS.values())}, got {shown(sort_by)}")
    bases = {one.base for one in experiments()}
    # HEAD, and the commits before it that have experiments: a new commit must not hide them
    commits = ["HEAD", *(commit for commit in git("rev-list", "HEAD").splitlines()[1:] if commit in bases)]
    chosen = ["--all-commits"] if all_commits else [word for commit in commits for word in ("--rev", commit)]
    states = json.loads(dvc("exp", "show", "--json", "--hide-workspace", *chosen))
    width = MARKDOWN_WIDTH if markdown else None if sys.stdout.isatty() else WIDTH
    Console(width=width).print(table(states, sort_by, markdown))
    if not any(state["experiments"] for state in states):
        print("No experiments. To run one: dvc exp run --temp --name NAME --set-param train_torch.lr=1.0")


def table(states: list[State], sort_by: str, markdown: bool) -> Table:
    """Return each commit and below it its experiments, highest first, with the parameters that these changed."""
    made = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, header_style="", pad_edge=markdown)
    for header in ("\nexperiment", *COLUMNS, "\nparameters that differ"):
        text = " ".join(header.split()) if markdown else header
        number = header in COLUMNS
        made.add_column(text, justify="right" if number else "left", no_wrap=number, overflow="fold")
    between = ", " if markdown else "\n"
    for state in states:
        base = _row(state)
        ranges = state["experiments"] or []
        rows = [_row(one["revs"][0], (one["executor"] or {}).get("state")) for one in ranges]
        rows.sort(key=lambda row: row.metrics.get(sort_by, float("-inf")), reverse=True)
        changed = [dict(row.params.items() - base.params.items()) for row in rows]
        touched = {name: value for name, value in base.params.items() if any(name in one for one in changed)}
        for row, params in zip([base, *rows], [touched, *changed], strict=True):
            settings = between.join(f"{name}={value}" for name, value in sorted(params.items()))
            numbers = [_number(row, metric) for metric in COLUMNS.values()]
            made.add_row(*map(Text, (row.name, *numbers, settings)), style="bold" if row is base else "")
    return made


def _number(row: Row, metric: str) -> str:
    return format(row.metrics[metric], "+.4f" if metric == GAP else ".4f") if metric in row.metrics else "-"


def _row(state: State, progress: str | None = None) -> Row:
    """Read a revision. If it is unfinished or failed, its name says so; its metrics are those of its base."""
    name = state["name"] or state["rev"][:7]
    progress = progress or (state["error"] or {}).get("msg", "success")
    params, metrics = (_flat((state["data"] or {}).get(kind, {})) for kind in ("params", "metrics"))
    settings = {
        key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for key, value in params.items()
    }
    return Row(name, settings, metrics) if progress == "success" else Row(f"{name} ({progress})", settings, {})


def _flat(files: dict[str, Any]) -> dict[str, Any]:
    """Return dotted names and values of all files that DVC could read; those of studies begin with the file."""
    found: dict[str, Any] = {}
    for file, read in files.items():
        values = flatten(read.get("data") or {})
        found |= {f"{file}:{key}" if file.startswith("studies/") else key: value for key, value in values.items()}
    return found
