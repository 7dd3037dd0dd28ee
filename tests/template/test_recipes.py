"""The recipes of docs/template.md and docs/engines.md, applied to a copy of the repository and run."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState

from tests.support.factory import ROOT
from tests.support.pages import blocks
from tests.support.repository import UP_TO_DATE, Repository, stages_run

(THIRD_MODEL,) = blocks("docs/template.md", "diff")
_, OWN_DATA = blocks("docs/template.md", "sh")
(WRITE_IDX,) = blocks("docs/template.md", "python")
(OPTIMIZER,) = blocks("docs/engines.md", "diff")
MOST_FILES = 6
STAGES = ["fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot"]
TRAIN_BOTH = """
import stages
import numpy as np
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import load_params
from mnist_mlp.training.initialization import initial_weights

params = load_params().train_torch.model_copy(update={"optimizer": "rmsprop", "lr": 0.01, "batch_size": 20})
images = np.random.RandomState(0).randint(-(2**14), 2**14, (20, 12)) / 2**14
engines = [make(initial_weights(params, 12, 10), params) for make in ENGINES.values()]
losses = [[engine.train_step(images, np.arange(20, dtype=np.uint8) % 10) for _ in range(20)] for engine in engines]
custom, torch = (engine.weights() for engine in engines)
print(sum((custom[name] != torch[name]).sum() for name in custom), np.ptp(losses, axis=1).min())
"""
NAMES = "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy with the results of the small pipeline; the hashes of MNIST are back, for a recipe to replace."""
    copy = reproduced.copy(tmp_path)
    for name in ("src/mnist_mlp/sources/datasets.py", "params.yaml"):
        (copy.root / name).write_bytes((ROOT / name).read_bytes())
    copy.git("commit", "--quiet", "--all", "--message", "As published")
    return copy


def apply(repository: Repository, diff: str) -> list[str]:
    """Apply a diff; return the names of the files it touches."""
    (repository.root / "recipe.diff").write_text(diff, encoding="utf-8")
    if repository.run("git", "apply", "--reverse", "--check", "recipe.diff", check=False).returncode == 0:
        pytest.skip("this repository has applied the recipe")
    repository.git("apply", "recipe.diff")
    return re.findall(r"^\+\+\+ b/(.+)$", diff, flags=re.MULTILINE)


def fewer_epochs(repository: Repository) -> None:
    repository.replace("params.yaml", {"epochs: 50": "epochs: 3", "batch_size: 100": "batch_size: 20"})


def test_a_third_model_joins_in_six_files(repository: Repository) -> None:
    files = apply(repository, THIRD_MODEL)
    assert {"dvc.yaml", "params.yaml", "stages/train_sklearn.py"} < set(files)
    assert len(files) == len(set(files)) <= MOST_FILES
    fewer_epochs(repository)
    repository.replace(
        "params.yaml", {"dataset: mnist": "dataset: digits", "size: 10000": "size: 0.2", "size: 5000": "size: 0.1"}
    )
    repository.git("add", "stages", "src")
    output = repository.dvc("repro")
    assert sorted(stages_run(output)) == sorted([*STAGES, "train_sklearn"])
    metrics = repository.evaluation()
    assert 0.5 < metrics["sklearn"]["test_accuracy"] < 1
    assert set(metrics) == {"custom", "torch", "sklearn", "comparison"}
    plots = repository.plots()
    assert {"plots/history_sklearn.csv", "plots/confusion_sklearn.csv"} <= set(plots)
    drawn = plots["validation accuracy"][0]["content"]["data"]["values"]
    assert {value["filename"] for value in drawn if value["rev"] == "workspace"} == {
        "history_custom.csv", "history_torch.csv", "history_sklearn.csv",
    }  # fmt: skip
    assert "sklearn" in repository.run("python", "-m", "tools", "experiments").stdout


def test_data_of_ones_own_go_through_all_stages(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    write_animals(folder)
    fewer_epochs(repository)
    repository.git("commit", "--quiet", "--all", "--message", "Fewer epochs")
    done = repository.run("bash", "-c", OWN_DATA.replace("/path/to/folder", str(folder)))
    assert sorted(stages_run(done.stdout)) == sorted(STAGES)
    images = np.load(repository.root / "data/split/train/images.npy")
    assert images.shape == (210, 6, 20)
    assert set(repository.evaluation()) == {"custom", "torch", "comparison"}
    assert repository.read("plots/confusion_torch.csv").splitlines()[1].startswith("cat,cat,")
    assert "plots/confusion_torch.csv" in repository.plots()
    assert repository.git("status", "--porcelain", "data") == "A  data/folder.sha256\n"
    assert UP_TO_DATE in repository.dvc("status", "dvc.yaml")
    names = ["fetch_mnist", "split"]
    assert stages_run(repository.dvc("repro", "--force", *names)) == names
    assert "data/folder.sha256" not in repository.git("diff", "--name-only")
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"other")
    refused = repository.dvc("repro", "--force", "fetch_mnist", check=False)
    assert f"error: {folder / 't10k-labels-idx1-ubyte.gz'}: expected SHA-256 " in refused


def write_animals(folder: Path) -> None:
    """Write wide images of three classes, in two parts."""
    names: dict[str, Any] = {}
    exec(WRITE_IDX, names)  # noqa: S102  # the page's own program
    folder.mkdir()
    stream = RandomState(0)
    shapes = stream.randint(0, 2, (3, 6, 20))
    labels = (np.arange(300) % 3).astype(np.uint8)
    images = (shapes[labels] * 135 + stream.randint(0, 120, (300, 6, 20))).astype(np.uint8)
    for name, array in zip(NAMES, (images[:200], labels[:200], images[200:], labels[200:]), strict=True):
        names["write_idx"](folder / f"{name}-ubyte.gz", array)


def test_both_engines_end_in_the_same_bits_with_the_added_optimiser(repository: Repository) -> None:
    apply(repository, OPTIMIZER)
    different, learned = map(float, repository.run("python", "-c", TRAIN_BOTH).stdout.split())
    assert different == 0
    assert learned > 1e-3
