"""An experiment goes from one clone to another: commits through Git, models through the DVC remote.

The short tests have a pipeline that only copies its parameters.
"""

import json
from pathlib import Path

import pytest

from tests.support.pages import blocks, commands
from tests.support.repository import UP_TO_DATE, Repository, stages_run
from tests.support.shared_repository import Shared

RESULTS = ("metrics/evaluate.json", "params.yaml", "dvc.lock", "plots/curves.png", "models/custom.safetensors")


def test_an_experiment_run_in_one_clone_is_applied_in_another(in_folder: Shared, tmp_path: Path) -> None:
    here, there = in_folder.author.copy(tmp_path / "here"), in_folder.clone(tmp_path)
    committed = json.loads(there.read("metrics/evaluate.json"))
    output = here.dvc("exp", "run", "--name", "slow", "-S", "train_custom.lr=0.001")
    assert stages_run(output) == ["train_custom", "evaluate", "plot"]
    here.dvc("exp", "push", "origin", "slow")

    there.dvc("exp", "pull", "origin", "slow")
    there.dvc("exp", "apply", "slow")
    for path in RESULTS:
        assert (there.root / path).read_bytes() == (here.root / path).read_bytes(), path
    metrics = json.loads(there.read("metrics/evaluate.json"))
    assert metrics["custom"]["test_loss"] > committed["custom"]["test_loss"]
    assert metrics["torch"] == committed["torch"]
    assert UP_TO_DATE in there.dvc("repro")


PIPELINE = """\
stages:
  train:
    cmd: cp params.yaml model.txt
    params: [lr]
    outs: [model.txt]
"""


class Two:
    """A clone with a pipeline and without a DVC remote, and another clone to come, of one Git repository."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent
        self.store = parent / "store"
        here = Repository(parent / "here")
        here.root.mkdir()
        here.git("init", "--quiet", "--bare", "--initial-branch", "main", str(parent / "origin"))
        here.git("init", "--quiet", "--initial-branch", "main")
        here.git("remote", "add", "origin", str(parent / "origin"))
        here.dvc("init", "--quiet")
        (here.root / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
        (here.root / "params.yaml").write_text("lr: 1\n", encoding="utf-8")
        here.dvc("repro")
        here.git("add", "--all")
        here.git("commit", "--quiet", "--message", "Results")
        self.here = here

    def name_the_remote(self) -> None:
        """Do what docs/sharing.md says under "Set up a remote", and push the commit."""
        self.here.dvc("remote", "add", "-d", "store", str(self.store))
        self.here.git("commit", "--quiet", "--message", "Name the DVC remote", ".dvc/config")
        self.here.git("push", "--quiet", "origin", "main")

    def run(self, name: str) -> str:
        """Run the experiment and push it; return what DVC printed."""
        return self.here.dvc("exp", "run", "--temp", "-n", name, "-S", "lr=2")

    def stored(self) -> int:
        """Return the number of files that the remote has."""
        return len([path for path in self.store.rglob("*") if path.is_file()])

    def applied(self, name: str) -> str:
        """Pull and apply the experiment in the other clone; return its model."""
        self.here.git("clone", "--quiet", str(self.parent / "origin"), str(self.parent / "there"))
        there = Repository(self.parent / "there")
        assert name in there.dvc("exp", "list", "origin")
        there.dvc("exp", "pull", "origin", name)
        there.dvc("exp", "apply", name)
        return there.read("model.txt")


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


@pytest.mark.slow
def test_an_earlier_experiment_travels_when_it_has_run_again_at_the_commit_that_names_the_remote(
    two: Two,
) -> None:
    two.run("fast")
    two.name_the_remote()
    assert "Pushed experiment fast" in two.here.dvc("exp", "push", "origin", "fast")
    assert two.stored() == 0
    assert "is cached - skipping run" in two.run("fast")
    assert "1 file uploaded" in two.here.dvc("exp", "push", "origin", "fast")
    assert two.applied("fast") == "lr: 2\n"


def test_the_page_names_the_remote_before_it_runs_and_pushes() -> None:
    typed = [one.command.split("  ")[0] for code in blocks("docs/sharing.md", "sh") for one in commands(code)]
    order = [
        "dvc remote add -d store /path/to/store",
        'git commit -m "Name the DVC remote" .dvc/config',
        "git push origin main",
        "dvc exp run -n equal-reduction -S train_torch.loss_reduction=batch_mean",
        "dvc exp push origin equal-reduction",
        "dvc exp pull origin equal-reduction",
    ]
    assert [line for line in typed if line in order] == order
