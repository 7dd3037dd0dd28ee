"""The table of experiments, from what ``dvc exp show --json`` says."""

import json
from typing import Any

import pytest
from rich.console import Console

from tests.support.factory import ROOT
from tools.experiments import COLUMNS, MARKDOWN_WIDTH, WIDTH, Column, make_table, read_groups

State = dict[str, Any]

PARAMS: State = {"train_custom": {"lr": 0.1, "hidden_sizes": [50], "nesterov": False}, "train_torch": {"lr": 0.1}}
HEADERS = ["experiment", "custom val", "torch val", "custom test", "torch test", "gap", "parameters that differ"]


def state(name: str | None, params: dict[str, Any] = PARAMS, custom: float = 0.9, torch: float = 0.8) -> State:
    """Return a revision as DVC shows it; the accuracies on the validation images are 0.01 higher."""
    metrics = {
        "metrics/train_custom.json": {"data": {"custom": {"val_accuracy": custom + 0.01}}},
        "metrics/train_torch.json": {"data": {"torch": {"val_accuracy": torch + 0.01}}},
        "metrics/evaluate.json": {
            "data": {
                "custom": {"test_accuracy": custom},
                "torch": {"test_accuracy": torch},
                "comparison": {"gap": custom - torch, "mcnemar_p": 0.5},
            }
        },
    }
    data = {"params": {"params.yaml": {"data": params}}, "metrics": metrics}
    return {"rev": "0123456789abcdef", "name": name, "data": data, "error": None, "experiments": None}


def changed(name: str, section: str, key: str, value: object, **accuracies: float) -> State:
    """Return an experiment with one parameter changed."""
    return state(name, PARAMS | {section: PARAMS[section] | {key: value}}, **accuracies)


def shown(*experiments: State, progress: str | None = None, base: State | None = None) -> list[State]:
    """Return what DVC shows of ``main``, or ``base``, and its experiments, all as far as ``progress`` says."""
    executor = {"state": progress, "name": "dvc-task", "local": None} if progress else None
    ranges = [{"revs": [one], "executor": executor, "name": None} for one in experiments]
    return [(base or state("main")) | {"experiments": ranges or None}]


def lines(shown: list[State], sort_by: str = "comparison.gap", markdown: bool = False) -> list[str]:
    """Return the lines of the table as it is printed."""
    console = Console(width=MARKDOWN_WIDTH if markdown else WIDTH)
    with console.capture() as capture:
        console.print(make_table(read_groups(shown), sort_by, markdown))
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]


def rows(shown: list[State], sort_by: str = "comparison.gap") -> list[list[str]]:
    """Return the cells of the rows in Markdown, below the header and its line."""
    return [cells(line) for line in lines(shown, sort_by, markdown=True)[2:]]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_a_row_has_four_accuracies_the_gap_and_what_differs() -> None:
    table = rows(shown(changed("quick", "train_torch", "lr", 1.0, torch=0.95)))
    assert table == [
        ["main", "0.9100", "0.8100", "0.9000", "0.8000", "+0.1000", "train_torch.lr=0.1"],
        ["quick", "0.9100", "0.9600", "0.9000", "0.9500", "-0.0500", "train_torch.lr=1.0"],
    ]


def test_the_commit_shows_its_own_value_of_everything_that_an_experiment_changed() -> None:
    deep = changed("deep", "train_custom", "hidden_sizes", [50, 30])
    ahead = changed("ahead", "train_custom", "nesterov", True)
    table = rows(shown(deep, ahead))
    assert table[0][-1] == "train_custom.hidden_sizes=[50], train_custom.nesterov=false"
    assert {row[-1] for row in table[1:]} == {"train_custom.hidden_sizes=[50,30]", "train_custom.nesterov=true"}


def test_parameters_of_another_file_are_named_with_it() -> None:
    one = state("more-seeds")
    one["data"]["params"]["studies/params.yaml"] = {"data": {"gap": {"seeds": 20}}}
    assert rows(shown(one))[1][-1] == "studies/params.yaml:gap.seeds=20"


THREE = (
    changed("middle", "train_torch", "lr", 0.2, custom=0.5, torch=0.3),
    changed("largest", "train_torch", "lr", 0.3, custom=0.7, torch=0.2),
    changed("smallest", "train_torch", "lr", 0.4, custom=0.6, torch=0.9),
)


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("comparison.gap", ["main", "largest", "middle", "smallest"]),
        ("custom.test_accuracy", ["main", "largest", "smallest", "middle"]),
        ("torch.val_accuracy", ["main", "smallest", "middle", "largest"]),
    ],
)
def test_experiments_follow_their_commit_with_the_highest_first(sort_by: str, order: list[str]) -> None:
    assert [row[0] for row in rows(shown(*THREE), sort_by)] == order


@pytest.mark.parametrize("progress", ["queued", "running", "failed"])
def test_failed_experiments_are_marked_and_have_no_figures(progress: str) -> None:
    one = changed("wild", "train_torch", "lr", 9.0)
    if progress == "failed":
        one["error"] = {"msg": "Experiment run failed", "type": ""}
    table = rows(shown(one, progress=progress))
    assert table[1] == [f"wild ({progress})", "-", "-", "-", "-", "-", "train_torch.lr=9.0"]


def test_successful_queued_experiments_have_figures() -> None:
    assert rows(shown(state("swept"), progress="success"))[1][:2] == ["swept", "0.9100"]


def test_experiments_without_figures_come_last() -> None:
    one, *others = shown(*THREE)[0]["experiments"]
    base = state("main") | {"experiments": [one | {"executor": {"state": "failed"}}, *others]}
    assert [row[0] for row in rows([base])] == ["main", "largest", "smallest", "middle (failed)"]


def test_an_experiment_without_a_name_has_its_revision() -> None:
    assert rows(shown(state(None)))[1][0] == "0123456"


def test_unreadable_revision_shows_the_reason() -> None:
    broken = state("broken") | {"data": None, "error": {"msg": "dvc.yaml is invalid", "type": "YAMLError"}}
    assert rows(shown(broken))[1] == ["broken (dvc.yaml is invalid)", "-", "-", "-", "-", "-", ""]


def test_a_metrics_file_that_is_missing_leaves_its_cells_empty() -> None:
    one = state("cut-off")
    one["data"]["metrics"]["metrics/evaluate.json"] = {"error": {"msg": "", "type": "FileNotFoundError"}}
    assert rows(shown(one))[1] == ["cut-off", "0.9100", "0.8100", "-", "-", "-", ""]


def test_several_commits_keep_their_experiments() -> None:
    other = shown(state("b"), base=changed("other", "train_torch", "lr", 0.5))
    table = rows(shown(changed("a", "train_torch", "lr", 0.2)) + other)
    assert [(row[0], row[-1]) for row in table] == [
        ("main", "train_torch.lr=0.1"), ("a", "train_torch.lr=0.2"),
        ("other", "train_torch.lr=0.5"), ("b", "train_torch.lr=0.1"),
    ]  # fmt: skip


def test_long_names_and_many_changes_fit_the_terminal_and_lose_nothing() -> None:
    name, value = "name-" * 20, "word-" * 20
    table = lines(shown(changed(name, "train_torch", "lr", value)))
    assert max(map(len, table)) <= WIDTH
    upper, lower = table[:2]
    names, params = slice(0, upper.index("custom")), slice(lower.index("parameters"), None)
    assert "".join(line[names].strip() for line in table[4:]) == name
    assert "".join(line[params].strip() for line in table[4:]) == f"train_torch.lr={value}"


def test_terminal_shows_one_change_per_line_and_short_headers() -> None:
    changes = {"train_custom": PARAMS["train_custom"] | {"lr": 0.2}, "train_torch": {"lr": 0.3}}
    upper, lower, _, *table = lines(shown(state("both", changes)))
    assert upper.split() == ["custom", "torch", "custom", "torch"]
    assert lower.split() == ["experiment", "val", "val", "test", "test", "gap", "parameters", "that", "differ"]
    assert [line.split() for line in table[2:]] == [
        ["both", "0.9100", "0.8100", "0.9000", "0.8000", "+0.1000", "train_custom.lr=0.2"],
        ["train_torch.lr=0.3"],
    ]


def test_markdown_is_a_table_of_github() -> None:
    header, rule, *_ = lines(shown(state("a")), markdown=True)
    assert cells(header) == HEADERS
    assert set(rule.strip()) == {"|", "-"}


def test_brackets_in_a_name_are_not_markup() -> None:
    assert rows(shown(state("[red]a")))[1][0] == "[red]a"


@pytest.mark.parametrize("column", COLUMNS)
def test_every_metric_is_in_the_file_that_the_pipeline_writes(column: Column) -> None:
    value = json.loads((ROOT / column.file).read_text(encoding="utf-8"))
    for part in column.metric.split("."):
        value = value[part]
    assert -1 < value <= 1
