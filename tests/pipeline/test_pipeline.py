"""Whole pipelines in a copy of the repository, with the commands that a user types."""

import json
from pathlib import Path

import pytest
import yaml

from tests.support.repository import UP_TO_DATE, Repository, stages_run


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of the reproduced repository that a test may change."""
    return reproduced.copy(tmp_path)


@pytest.fixture
def experimented(experiment: Repository, tmp_path: Path) -> Repository:
    """A copy of the repository after the experiment: DVC locks it even to read it."""
    return experiment.copy(tmp_path)


def test_repro_makes_every_output_leaves_git_clean_and_has_nothing_to_do_again(repository: Repository) -> None:
    stages = yaml.safe_load(repository.read("dvc.lock"))["stages"]
    outs = [out["path"] for stage in stages.values() for out in stage["outs"]]
    assert len(outs) == 17
    assert all((repository.root / out).exists() for out in outs)
    assert repository.git("status", "--porcelain") == ""
    assert UP_TO_DATE in repository.dvc("repro")


def test_models_learn_the_patterns(reproduced: Repository) -> None:
    assert all(0.9 < reproduced.evaluation()[model]["test_accuracy"] <= 1 for model in ("custom", "torch"))


def test_clone_without_data_has_a_current_lock_file(reproduced: Repository, tmp_path: Path) -> None:
    reproduced.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    assert UP_TO_DATE in Repository(tmp_path / "clone").dvc("repro", "--allow-missing", "--dry")


def test_experiment_reruns_only_what_depends_on_the_parameter(
    reproduced: Repository, experimented: Repository
) -> None:
    before, after = reproduced.evaluation(), experimented.evaluation()
    printed = (experimented.root.parent / "printed").read_text(encoding="utf-8")
    assert stages_run(printed) == ["train_torch", "evaluate", "plot"]
    assert after["custom"] == before["custom"]
    assert after["torch"]["test_loss"] < before["torch"]["test_loss"]
    assert "train_torch.lr" in experimented.dvc("params", "diff")
    assert experimented.git("diff", "--numstat", "params.yaml").split()[:2] == ["1", "1"]  # comments are kept
    assert "torch.test_loss" in experimented.dvc("metrics", "diff")


def test_temporary_experiment_runs_the_edited_source_and_leaves_the_workspace(repository: Repository) -> None:
    before = repository.evaluation()
    repository.replace("src/mnist_mlp/network/layers.py", {"outputs += self.bias": "outputs += self.bias + 100"})
    output = repository.dvc("exp", "run", "--temp", "--name", "edited")
    assert stages_run(output) == ["train_custom", "evaluate", "plot"]
    assert repository.evaluation() == before
    recorded = json.loads(repository.read_in("edited", "metrics/evaluate.json"))
    assert recorded["custom"]["test_accuracy"] < 0.2 < before["custom"]["test_accuracy"]
    assert recorded["torch"] == before["torch"]


def test_plots_diff_overlays_both_models_and_revisions(experimented: Repository) -> None:
    plots = experimented.plots()
    ids = {
        "validation accuracy", "training accuracy", "validation loss", "training loss",
        "plots/history_custom.csv", "plots/history_torch.csv",
        "plots/confusion_custom.csv", "plots/confusion_torch.csv",
        "plots/curves.png", "plots/confusion.png", "plots/disagreements.png",
    }  # fmt: skip
    assert set(plots) == ids
    assert set(plots["validation accuracy"][0]["revisions"]) == {"HEAD", "workspace"}
    matrix = plots["plots/confusion_torch.csv"][0]["content"]
    assert len(matrix["data"]["values"]) == 2 * 100


@pytest.mark.slow
def test_experiment_with_the_bundled_digits_needs_no_mnist_and_no_figures_of_it(
    reproduced: Repository, tmp_path: Path
) -> None:
    reproduced.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone", {"MNIST_MIRROR": ""})
    digits = ["-S", "fetch_mnist.dataset=digits", "-S", "split.test_size=0.2", "-S", "split.val_size=0.1"]
    clone.dvc("exp", "run", "--temp", "-n", "digits", *digits)
    assert "published" not in json.loads(clone.read_in("digits", "metrics/evaluate.json"))
    assert clone.git("status", "--porcelain") == ""


def test_bad_parameter_stops_before_any_work_with_one_message(repository: Repository) -> None:
    output = repository.dvc("exp", "run", "-S", "train_custom.lr=-1", check=False)
    assert "error: params.yaml: train_custom.lr must be greater than 0, got -1" in output
    assert "Traceback" not in output


def test_diverging_training_leaves_no_weights(repository: Repository) -> None:
    changes = ["-S", "train_custom.init_std=1e38", "-S", "train_custom.dtype=float32"]
    output = repository.dvc("exp", "run", *changes, check=False)
    assert "error: training diverged in epoch 1: expected a finite loss, got nan" in output
    assert "Traceback" not in output
    assert not (repository.root / "models/custom.safetensors").exists()
    assert (repository.root / "models/torch.safetensors").exists()


@pytest.fixture(scope="module")
def explored(experiment: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with two experiments, one of which waits. Not to be changed."""
    explored = experiment.copy(tmp_path_factory.mktemp("explored"))
    explored.dvc("exp", "run", "--queue", "--name", "waits", "-S", "train_torch.lr=0.7")
    return explored


def table(repository: Repository, *options: str) -> dict[str, list[str]]:
    """Return the words of each line of ``mnist-mlp experiments``, by the first of them."""
    lines = repository.run("python", "-m", "tools", "experiments", *options).stdout.splitlines()
    assert max(map(len, lines)) <= 120
    return {words[0]: words[1:] for line in lines if (words := line.split())}


def test_experiments_stand_below_their_commit_with_results_and_changes(explored: Repository) -> None:
    metrics, rows = explored.evaluation(), table(explored)
    assert [name for name in rows if name in {"faster", "lr", "waits"}] == ["faster", "lr", "waits"]
    assert rows["lr"][2:4] == [f"{metrics[model]['test_accuracy']:.4f}" for model in ("custom", "torch")]
    assert rows["lr"][4:] == [f"{metrics['comparison']['gap']:+.4f}", "train_torch.lr=0.5"]
    assert rows["waits"] == ["(queued)", "-", "-", "-", "-", "-", "train_torch.lr=0.7"]


def test_experiments_of_earlier_commits_are_shown_on_request(explored: Repository, tmp_path: Path) -> None:
    later = explored.copy(tmp_path)
    later.git("commit", "--quiet", "--allow-empty", "--message", "Later")
    assert "lr" in table(later, "--all-commits")
