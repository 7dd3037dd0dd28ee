"""A folder with small data and parameters, in which a study takes a second."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from joblib.externals.loky import get_reusable_executor

from mnist_mlp.core.files import save_splits
from studies.running import runs
from tests.support.factory import ROOT, SECTIONS, TRAIN, random_dataset

FAST = {"hidden_sizes": [3], "epochs": 2, "batch_size": 10, "lr": 1.0}
SEEDS = 6
"""Of each engine in the study ``seeds``."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder of the test; runs are done in the test's process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    write_params()
    write_data("data/split", seed=0)
    yield tmp_path
    forget_data()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def write_params(**changes: object) -> None:
    """Write both files of parameters; as JSON, since a YAML writer would write equal lists as aliases."""
    train = TRAIN | FAST | changes
    studies = yaml.safe_load((ROOT / "studies/params.yaml").read_text(encoding="utf-8"))
    studies |= {"gap": {"seeds": 2}, "seeds": {"custom": SEEDS, "torch": SEEDS}}
    Path("studies").mkdir(exist_ok=True)
    for path, content in (
        ("params.yaml", SECTIONS | {"train_custom": train, "train_torch": train}),
        ("studies/params.yaml", studies),
    ):
        Path(path).write_text(json.dumps(content), encoding="utf-8")


def write_data(place: str, seed: int) -> None:
    """Write splits of noise."""
    sizes = {"train": 200, "val": 40, "test": 60}
    save_splits(Path(place), {name: random_dataset(rows, seed=seed) for name, rows in sizes.items()})
    forget_data()


def forget_data() -> None:
    """Let the next run read the splits again."""
    runs.load_splits.cache_clear()
    runs.check_version.cache_clear()


def kept() -> dict[str, int]:
    """Return the finished runs: names and times of their files."""
    return {path.name: path.stat().st_mtime_ns for path in Path("studies/.runs").glob("[!.]*.json")}
