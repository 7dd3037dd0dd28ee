"""Everyone in benchmarks/ trains on the same images; what is made of the figures is right."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contestants import CONTESTANTS, Sizes, Trainer
from benchmarks.data import INK, Data, load, save_noise, save_tiled
from benchmarks.epochs import TARGETS, record, results, targets
from benchmarks.processes import Measured
from benchmarks.scaling import growth_targets
from benchmarks.tables import figure, results_table, targets_table
from mnist_mlp.core.files import save_splits
from tests.support.factory import ROOT, random_dataset

SMALL = {"train": 200, "val": 50, "test": 50}
SLOW_TO_START = {"compiled"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few images of noise."""
    folder = tmp_path_factory.mktemp("splits")
    save_splits(folder, {name: random_dataset(rows, pixels=16) for name, rows in SMALL.items()})
    return folder


@pytest.mark.parametrize("name", sorted(set(CONTESTANTS) - SLOW_TO_START))
def test_a_contestant_trains_and_evaluates(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not CONTESTANTS[name].is_there():
        pytest.skip(f"{CONTESTANTS[name].package} is not installed")
    monkeypatch.chdir(ROOT)  # ours read params.yaml
    trainer = CONTESTANTS[name].start(load(folder), Sizes(hidden=5, batch=50))
    trainer.train()
    trainer.train()
    if trainer.evaluate is not None:
        trainer.evaluate()


def test_the_notebooks_way_learns(folder: Path) -> None:
    from benchmarks.contestants.original import custom, torch

    for start in (custom, torch):
        trainer = start(load(folder), Sizes(hidden=20, batch=10), "float64")
        before = train_error(trainer)
        for _ in range(5):
            trainer.train()
        assert 0 < train_error(trainer) < before


def train_error(trainer: Trainer) -> float:
    assert trainer.evaluate is not None
    splits: Any = trainer.evaluate()
    return float(splits[0][0])


def test_noise_has_the_shape_and_density_of_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.data.ROWS", {"train": 300, "val": 100, "test": 100})
    save_noise(tmp_path)
    data: Data = load(tmp_path)
    assert data.train.images.shape == (300, 28, 28)
    assert abs(float((data.train.images > 0).mean()) - INK) < 0.01


def test_tiled_rows_are_the_rows_repeated(folder: Path, tmp_path: Path) -> None:
    save_tiled(folder, tmp_path, 3)
    assert load(tmp_path).train.images.shape == (600, 4, 4)
    assert (load(tmp_path).train.images[400:] == load(folder).train.images).all()
    assert load(tmp_path).val.images.shape == (50, 4, 4)


FAST, SLOW = Measured(0.2, 0.05, 3.0, 100.0, 50.0), Measured(0.8, 0.2, 9.0, 400.0, 300.0)
ROUND = {
    (name, threads): FAST if name in {"custom float32", "floor"} else SLOW
    for name in CONTESTANTS for threads in (1, 2) if name != "jax"
}  # fmt: skip


def test_a_record_has_the_medians() -> None:
    rounds = [{("custom", 1): one} for one in (FAST, SLOW, FAST)]
    found = record("custom", 1, rounds)
    assert (found["seconds_per_epoch"], found["seconds_total"], found["peak_mib"]) == (0.2, 3.0, 100.0)
    assert (found["seconds_per_epoch_min"], found["seconds_per_epoch_max"]) == (0.2, 0.8)


def test_targets_are_ratios_within_a_round() -> None:
    found = {one["what"]: one for one in targets([ROUND])}
    assert len(found) == len(TARGETS)
    assert found["custom float32: training / scikit-learn"]["ratio"] == 0.25
    assert found["custom float32: training / scikit-learn"]["met"]
    assert found["custom: evaluation / its epoch"]["ratio"] == 0.2
    assert not found["torch: peak memory / the notebook's way"]["met"]


def test_a_missing_contestant_is_reported_as_missing() -> None:
    records = results([ROUND], "a machine")
    assert {one["name"] for one in records if "missing" in one} == {"jax"}
    assert "jax is not installed" in results_table(records)
    assert "| custom float32: training / JAX | 0.85 | a contestant is not installed |" in targets_table(
        targets([ROUND])
    )


def test_growth_is_reported_per_row() -> None:
    scaling = [
        {"name": "custom", "varied": "rows", "size": size, "seconds_per_epoch": seconds, "anonymous_mib": memory}
        for size, seconds, memory in ((1, 0.2, 50.0), (16, 3.6, 60.0))
    ]
    time, memory = growth_targets(scaling)
    assert (time["ratio"], time["met"]) == (1.125, False)
    assert (memory["ratio"], memory["met"]) == (1.2, False)
    other = [scaling[0] | {"varied": varied} for varied in ("hidden", "batch")]
    drawn = figure(results([ROUND], "a machine"), scaling + other)
    assert len(drawn.axes) == 4


def test_the_measuring_process_prints_seconds(folder: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.one", "floor", str(folder), "2", "5", "50"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith('{"train": [')
