"""The studies gap and next_steps on a data set of the command line."""

import json
from pathlib import Path

import pytest
import yaml

from mnist_mlp.core.files import save_splits
from studies.data_sets import DataSet
from tests.support.factory import ROOT, random_dataset
from tests.support.study_folder import StudyFolder

SMALL = {"train": 60, "val": 30, "test": 40}


@pytest.fixture
def small(tmp_path: Path) -> StudyFolder:
    """A folder with both data sets, few rows each, and two seeds."""
    folder = StudyFolder(tmp_path)
    folder.prepare()
    for place, seed in (("data/split", 0), ("data/fashion", 100)):
        parts = enumerate(SMALL.items(), seed)
        save_splits(tmp_path / place, {name: random_dataset(rows, 16, number) for number, (name, rows) in parts})
    studies = yaml.safe_load((tmp_path / "studies/params.yaml").read_text(encoding="utf-8"))
    folder.write("studies/params.yaml", studies | {"gap": {"seeds": 2}})
    params = yaml.safe_load((tmp_path / "params.yaml").read_text(encoding="utf-8"))
    params["train_custom"] |= {"epochs": 1, "hidden_sizes": [4]}
    folder.write("params.yaml", params)
    return folder


def study(folder: StudyFolder, *words: str) -> str:
    """Run ``python -m studies.gap``; return what it wrote to stderr."""
    return folder.end_of("studies.gap", *words, LOKY_MAX_CPU_COUNT="1").stderr


def test_runs_of_two_data_sets_are_kept_beside_each_other(small: StudyFolder) -> None:
    results = small.root / "studies/results"
    assert "error" not in study(small, "fashion")
    assert sorted(path.name for path in results.iterdir()) == [
        "gap_fashion.csv", "gap_fashion.json", "gap_fashion.png",
    ]  # fmt: skip
    fashion = small.kept()
    assert len(fashion) == 16
    assert "error" not in study(small)
    assert sorted(path.name for path in results.iterdir())[:3] == ["gap.csv", "gap.json", "gap.png"]
    assert len(small.kept()) == 32
    assert small.kept().items() >= fashion.items()
    assert (results / "gap.csv").read_bytes() != (results / "gap_fashion.csv").read_bytes()
    effects = json.loads((results / "gap_fashion.json").read_text(encoding="utf-8"))["gap"]["effects"]
    assert "loss_reduction" in effects


def test_a_data_set_that_is_not_there_or_not_known_is_refused(small: StudyFolder) -> None:
    (small.root / "data/fashion").rename(small.root / "data/away")
    assert study(small, "fashion") == (
        "error: data/fashion: expected the splits of fashion, got no such folder; "
        "run `dvc repro studies/dvc.yaml:split_fashion`\n"
    )
    assert study(small, "cifar") == (
        "error: expected one of the data sets in studies/params.yaml, mnist, fashion; got 'cifar'\n"
    )
    assert small.kept() == {}


def test_results_on_mnist_have_no_suffix() -> None:
    assert DataSet("mnist", "data/split").result("gap", "csv") == Path("studies/results/gap.csv")
    assert DataSet("fashion", "data/fashion").result("gap", "csv") == Path("studies/results/gap_fashion.csv")


def test_the_data_sets_are_those_of_params_yaml() -> None:
    studies = yaml.safe_load((ROOT / "studies/params.yaml").read_text(encoding="utf-8"))
    assert studies["datasets"] == {"mnist": "data/split", "fashion": "data/fashion"}
