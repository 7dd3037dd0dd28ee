"""``mnist-mlp experiments`` on a real experiment and one that waits."""

import json
from pathlib import Path

import pytest

from tests.support.repository import Repository


@pytest.fixture(scope="module")
def explored(experiment: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with two experiments, one of which waits. Not to be changed."""
    explored = experiment.copy(tmp_path_factory.mktemp("explored"))
    explored.dvc("exp", "run", "--queue", "--name", "waits", "-S", "train_torch.lr=0.7")
    return explored


def printed(repository: Repository, *options: str) -> dict[str, list[str]]:
    """Return the words of each line, by the first of them."""
    lines = repository.run("python", "-m", "tools", "experiments", *options).stdout.splitlines()
    assert max(map(len, lines)) <= 120
    return {words[0]: words[1:] for line in lines if (words := line.split())}


def test_experiments_stand_below_their_commit_with_results_and_changes(explored: Repository) -> None:
    metrics = json.loads(explored.read("metrics/evaluate.json"))
    rows = printed(explored)
    assert [name for name in rows if name in {"faster", "lr", "waits"}] == ["faster", "lr", "waits"]
    assert rows["lr"][2:4] == [f"{metrics[model]['test_accuracy']:.4f}" for model in ("custom", "torch")]
    assert rows["lr"][4:] == [f"{metrics['comparison']['gap']:+.4f}", "train_torch.lr=0.5"]
    assert rows["waits"] == ["(queued)", "-", "-", "-", "-", "-", "train_torch.lr=0.7"]


def test_experiments_of_earlier_commits_are_shown_on_request(explored: Repository, tmp_path: Path) -> None:
    later = explored.copy(tmp_path)
    later.git("commit", "--quiet", "--allow-empty", "--message", "Later")
    assert "lr" in printed(later, "--all-commits")
