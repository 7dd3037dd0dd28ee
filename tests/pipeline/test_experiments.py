"""``make experiments`` on real experiments, of a pipeline that computes nothing."""

from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository

STAGE = '''"""Take the learning rates for accuracies."""
import json, pathlib, yaml

lr = {name: section["lr"] for name, section in yaml.safe_load(open("params.yaml")).items()}
custom, torch = lr["train_custom"], lr["train_torch"]
metrics = {
    "train_custom": {"custom": {"val_accuracy": custom / 2}},
    "train_torch": {"torch": {"val_accuracy": torch / 2}},
    "evaluate": {
        "custom": {"test_accuracy": custom},
        "torch": {"test_accuracy": torch},
        "comparison": {"gap": custom - torch},
    },
}
for name, content in metrics.items():
    pathlib.Path(f"metrics/{name}.json").write_text(json.dumps(content))
'''
PIPELINE = """\
stages:
  train:
    cmd: python stage.py
    params: [train_custom, train_torch]
    metrics:
    - metrics/train_custom.json: {cache: false}
    - metrics/train_torch.json: {cache: false}
    - metrics/evaluate.json: {cache: false}
"""
PARAMS = "train_custom:\n  lr: 0.8\ntrain_torch:\n  lr: 0.6\n"
RESULTS = ["0.4000", "0.3000", "0.8000", "0.6000", "+0.2000"]
"""Of the commit."""
TOOLS = {"PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository without experiments. Not to be changed."""
    repository = Repository(tmp_path_factory.mktemp("experiments") / "main")
    (repository.root / "metrics").mkdir(parents=True)
    (repository.root / "stage.py").write_text(STAGE, encoding="utf-8")
    (repository.root / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (repository.root / "params.yaml").write_text(PARAMS, encoding="utf-8")
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.dvc("init", "--quiet")
    repository.run("python", "stage.py")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Results")
    return repository


@pytest.fixture(scope="module")
def explored(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with two experiments, one of which waits."""
    explored = repository.copy(tmp_path_factory.mktemp("explored"))
    explored.dvc("exp", "run", "--temp", "--name", "ahead", "-S", "train_torch.lr=1.0")
    explored.dvc("exp", "run", "--queue", "--name", "waits", "-S", "train_torch.lr=0.7")
    return explored


def printed(repository: Repository, *options: str) -> list[list[str]]:
    """Return the words of each line that is printed but empty ones."""
    output = repository.run("python", "-m", "tools.experiments", *options, environment=TOOLS).stdout
    assert max(map(len, output.splitlines())) <= 120
    return [line.split() for line in output.splitlines() if line.strip()]


def test_experiments_stand_below_their_commit_with_results_and_changes(explored: Repository) -> None:
    assert printed(explored)[3:] == [
        ["main", *RESULTS, "train_torch.lr=0.6"],
        ["ahead", "0.4000", "0.5000", "0.8000", "1.0000", "-0.2000", "train_torch.lr=1.0"],
        ["waits", "(queued)", "-", "-", "-", "-", "-", "train_torch.lr=0.7"],
    ]


def test_options_are_passed_to_dvc_exp_show(explored: Repository) -> None:
    rows = printed(explored, "--md", "--hide-queued")[2:]
    assert [row[1] for row in rows] == ["main", "ahead"]


def test_experiments_of_earlier_commits_stay_in_sight(explored: Repository, tmp_path: Path) -> None:
    later = explored.copy(tmp_path)
    first = later.git("rev-parse", "--short=7", "HEAD").strip()
    for message in ("Second", "Third"):
        later.git("commit", "--quiet", "--allow-empty", "--message", message)
    assert [row[0] for row in printed(later)[3:]] == ["main", first, "ahead", "waits"]
    assert [row[0] for row in printed(later, "--rev", "HEAD")[3:]] == ["main", "No"]


def test_without_experiments_a_hint_shows_how_to_make_one(repository: Repository) -> None:
    *_, base, hint = printed(repository)
    assert base == ["main", *RESULTS]
    assert " ".join(hint).startswith("No experiments of main. To run one: dvc exp run ")


def test_error_of_dvc_is_printed_as_it_is(tmp_path: Path) -> None:
    failed = Repository(tmp_path).run("python", "-m", "tools.experiments", check=False, environment=TOOLS)
    assert failed.returncode == 253
    assert "ERROR: you are not inside of a DVC repository" in failed.stdout
    assert "Traceback" not in failed.stdout
