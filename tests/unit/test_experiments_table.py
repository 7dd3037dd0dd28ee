"""The table of experiments, from what ``dvc exp show --json`` says."""

import json
from typing import Any

import pytest
from rich.console import Console

from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT
from tools.experiments import COLUMNS, MARKDOWN_WIDTH, WIDTH, show, table

State = dict[str, Any]
PARAMS: State = {"train_custom": {"lr": 0.1, "hidden_sizes": [50], "nesterov": False}, "train_torch": {"lr": 0.1}}


def state(name: str | None, gap: float = 0.1, **custom: object) -> State:
    """Return a revision as DVC shows it, with some parameters of the custom model changed."""
    metrics = {
        "metrics/train_custom.json": {"data": {"custom": {"val_accuracy": 0.91}}},
        "metrics/train_torch.json": {"error": {"msg": "", "type": "FileNotFoundError"}},
        "metrics/evaluate.json": {"data": {"custom": {"test_accuracy": 0.9}, "comparison": {"gap": gap}}},
    }
    params = {"params.yaml": {"data": PARAMS | {"train_custom": PARAMS["train_custom"] | custom}}}
    data = {"params": params, "metrics": metrics}
    return {"rev": "0123456789abcdef", "name": name, "data": data, "error": None, "experiments": None}


def with_experiments(*experiments: State, progress: str | None = None) -> list[State]:
    """Return what DVC shows of ``main`` and its experiments, all as far as ``progress`` says."""
    executor = {"state": progress} if progress else None
    return [state("main") | {"experiments": [{"revs": [one], "executor": executor} for one in experiments]}]


def lines(states: list[State], markdown: bool = False) -> list[str]:
    console = Console(width=MARKDOWN_WIDTH if markdown else WIDTH)
    with console.capture() as capture:
        console.print(table(states, "comparison.gap", markdown))
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]


def rows(states: list[State]) -> list[list[str]]:
    """Return the cells of the rows in Markdown, below the header and its line."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines(states, True)[2:]]


def test_experiments_follow_their_commit_highest_first_with_what_they_changed() -> None:
    small = state("[red]small", -0.05, lr=1.0)
    small["data"]["params"]["studies/params.yaml"] = {"data": {"gap": {"seeds": 20}}}
    assert rows(with_experiments(small, state(None, 0.2, hidden_sizes=[50, 30]), state("b", nesterov=True))) == [
        ["main", "0.9100", "-", "0.9000", "-", "+0.1000",
         "train_custom.hidden_sizes=[50], train_custom.lr=0.1, train_custom.nesterov=false"],
        ["0123456", "0.9100", "-", "0.9000", "-", "+0.2000", "train_custom.hidden_sizes=[50,30]"],
        ["b", "0.9100", "-", "0.9000", "-", "+0.1000", "train_custom.nesterov=true"],
        ["[red]small", "0.9100", "-", "0.9000", "-", "-0.0500",
         "studies/params.yaml:gap.seeds=20, train_custom.lr=1.0"],
    ]  # fmt: skip


@pytest.mark.parametrize("progress", ["queued", "running", "failed"])
def test_unfinished_and_unreadable_experiments_are_marked_and_have_no_figures(progress: str) -> None:
    found = rows(with_experiments(state("wild", lr=9.0), progress=progress))[1]
    assert found == [f"wild ({progress})", *"-----", "train_custom.lr=9.0"]
    assert rows(with_experiments(state("swept"), progress="success"))[1][:2] == ["swept", "0.9100"]
    broken = state("broken") | {"data": None, "error": {"msg": "dvc.yaml is invalid", "type": "YAMLError"}}
    assert rows(with_experiments(broken))[1] == ["broken (dvc.yaml is invalid)", *"-----", ""]


def test_long_names_and_many_changes_fit_the_terminal_and_lose_nothing() -> None:
    name = "name-" * 20
    upper, lower, _, _, *printed = lines(with_experiments(state(name, weight_init="word-" * 20, lr=0.2)))
    assert max(map(len, [upper, lower, *printed])) <= WIDTH
    assert "".join(line[: upper.index("custom")].strip() for line in printed if "main" not in line) == name
    changes = "".join(line[lower.index("parameters") :].strip() for line in printed)
    assert f"train_custom.lr=0.2train_custom.weight_init={'word-' * 20}" in changes


def test_every_metric_is_in_a_file_that_the_pipeline_writes() -> None:
    written = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "metrics").glob("*.json")]
    for metric in COLUMNS.values():
        group, name = metric.split(".")
        assert any(name in content.get(group, {}) for content in written)


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"--sort-by: expected one of custom.val_accuracy, .*, got 'torch'"):
        show(markdown=False, sort_by="torch", all_commits=False)
