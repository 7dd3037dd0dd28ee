"""The two recipes of docs/template.md, applied to a copy of the repository and run on the small digits."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.support.factory import ROOT
from tests.support.mnist_files import sha256
from tests.support.repository import Repository, stages_run

PAGE = (ROOT / "docs/template.md").read_text(encoding="utf-8")
THIRD_MODEL, OWN_DATA = re.findall(r"^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
(WRITE_IDX,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
MOST_FILES = 6
STAGES = ["fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot"]
NAMES = "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"
PLACES = ("TRAIN-IMAGES-GZ", "TRAIN-LABELS-GZ", "TEST-IMAGES-GZ", "TEST-LABELS-GZ")


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy with the results of the small pipeline; the hashes of MNIST are back, for a recipe to replace."""
    copy = reproduced.copy(tmp_path)
    for name in ("src/mnist_mlp/sources/mnist.py", "params.yaml"):
        (copy.root / name).write_bytes((ROOT / name).read_bytes())
    copy.git("commit", "--quiet", "--all", "--message", "As published")
    return copy


def apply(repository: Repository, diff: str) -> list[str]:
    """Apply a diff; return the names of the files it touches."""
    (repository.root / "recipe.diff").write_text(diff, encoding="utf-8")
    repository.git("apply", "recipe.diff")
    return re.findall(r"^\+\+\+ b/(.+)$", diff, flags=re.MULTILINE)


def fewer_epochs(repository: Repository) -> None:
    repository.replace("params.yaml", {"epochs: 50": "epochs: 3", "batch_size: 100": "batch_size: 20"})


def plots_of(repository: Repository) -> dict[str, list[dict[str, Any]]]:
    """Return what ``dvc plots diff HEAD`` draws, by plot."""
    plots: dict[str, list[dict[str, Any]]] = json.loads(repository.dvc("plots", "diff", "HEAD", "--json"))["data"]
    return plots


def evaluation(repository: Repository) -> dict[str, dict[str, float]]:
    metrics: dict[str, dict[str, float]] = json.loads(repository.read("metrics/evaluate.json"))
    return metrics


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
    metrics = evaluation(repository)
    assert 0.5 < metrics["sklearn"]["test_accuracy"] < 1
    assert set(metrics) == {"custom", "torch", "sklearn", "comparison"}
    plots = plots_of(repository)
    assert {"plots/history_sklearn.csv", "plots/confusion_sklearn.csv"} <= set(plots)
    drawn = plots["validation accuracy"][0]["content"]["data"]["values"]
    assert {value["filename"] for value in drawn if value["rev"] == "workspace"} == {
        "history_custom.csv", "history_torch.csv", "history_sklearn.csv",
    }  # fmt: skip
    assert "sklearn" in repository.run("python", "-m", "tools.experiments").stdout


def test_other_data_in_idx_files_take_the_place_of_mnist(repository: Repository) -> None:
    hashes = write_digits(repository.mirror)
    diff = OWN_DATA
    for place, value in hashes.items():
        assert diff.count(f'"{place}"') == 1
        diff = diff.replace(f'"{place}"', f'"{value}"')
    apply(repository, diff)
    fewer_epochs(repository)
    assert stages_run(repository.dvc("repro")) == STAGES
    assert np.load(repository.root / "data/raw/images.npy").shape == (1797, 64)
    assert set(evaluation(repository)) == {"custom", "torch", "comparison"}
    assert "plots/confusion_torch.csv" in plots_of(repository)


def test_the_hashes_of_the_arrays_are_named_by_the_first_run(repository: Repository) -> None:
    hashes = write_digits(repository.mirror)
    diff = OWN_DATA
    for place in PLACES:
        diff = diff.replace(f'"{place}"', f'"{hashes[place]}"')
    apply(repository, diff)
    output = repository.dvc("repro", "fetch_mnist", check=False)
    assert f"images (1797, 64): expected SHA-256 IMAGES, got {hashes['IMAGES']}" in output


def write_digits(folder: Path) -> dict[str, str]:
    """Write the small digits as four IDX files; return what each place of the diff has to hold."""
    names: dict[str, Any] = {}
    exec(WRITE_IDX, names)  # noqa: S102  # the page's own program
    digits: Any = load_digits()
    images, labels = (digits.images * 15).astype(np.uint8), digits.target.astype(np.uint8)
    parts = (images[:1500], labels[:1500], images[1500:], labels[1500:])
    hashes = {"IMAGES": sha256(images.tobytes()), "LABELS": sha256(labels.tobytes())}
    for name, place, array in zip(NAMES, PLACES, parts, strict=True):
        path = folder / f"{name}-ubyte.gz"
        names["write_idx"](path, array)
        hashes[place] = sha256(path.read_bytes())
    return hashes
