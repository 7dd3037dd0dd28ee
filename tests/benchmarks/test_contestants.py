"""All contestants train on the same images; what is made of the seconds is right."""

from pathlib import Path

import pytest

from benchmarks.contestants import CONTESTANTS
from benchmarks.processes import Measured, measure_contestant
from benchmarks.results import ONE, RATIOS, TWO, contestant_record, figure, ratio_record, text, throughput_record
from benchmarks.training_stages import EPOCHS, copy_of_working_tree
from mnist_mlp.core.files import save_splits
from tests.support.factory import ROOT, random_dataset

SLOW, FAST = Measured(0.8, 400.0), Measured(0.2, 100.0)
ROUND = {name: SLOW for name in CONTESTANTS if name != "jax float64"} | {"floor float64": FAST}


@pytest.mark.parametrize("name", CONTESTANTS)
def test_a_contestant_trains(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not CONTESTANTS[name].is_installed():
        pytest.skip(f"{CONTESTANTS[name].package} is not installed")
    monkeypatch.chdir(ROOT)  # ours read params.yaml
    train = CONTESTANTS[name].prepare(random_dataset(200, pixels=16))
    train()
    train()


def test_a_process_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    save_splits(tmp_path, {"train": random_dataset(200, pixels=16)})
    measured = measure_contestant("floor float64", tmp_path, 2)
    assert 0 < measured.seconds < 10
    assert 20 < measured.peak_mib < 2000


def test_the_stages_are_measured_in_a_copy_with_few_epochs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    copy_of_working_tree(tmp_path / "copy")
    assert (tmp_path / "copy/stages/train_torch.py").is_file()
    assert (tmp_path / "copy/params.yaml").read_text(encoding="utf-8").count(f"  epochs: {EPOCHS}\n") == 2


def test_records_have_medians_and_ratios_within_a_round() -> None:
    rounds = [ROUND, ROUND | {"custom": FAST}, ROUND]
    found = contestant_record("custom", rounds)
    assert (found["seconds_per_epoch"], found["seconds_per_epoch_min"], found["peak_mib"]) == (0.8, 0.2, 400.0)
    ratio = ratio_record(RATIOS[0], rounds)
    assert (ratio["what"], ratio["ratio"], ratio["min"]) == ("custom / floor float64", 4.0, 1.0)
    records = [contestant_record(name, rounds) for name in CONTESTANTS]
    ratios = [ratio_record(one, rounds) for one in RATIOS]
    results = {
        "machine": "a machine", "before": "a commit", "contestants": records, "ratios": ratios,
        "trainings_per_minute": throughput_record([ROUND | {ONE: Measured(48, 1), TWO: Measured(24, 1)}]),
    }  # fmt: skip
    assert "jax is not installed" in text(results)
    assert f"| custom / jax float64 | {RATIOS[1].at_most:.2f} | not measured |" in text(results)
    assert "10.0 in one process, 20.0 in two processes\n" in text(results)
    assert len(figure(results).axes[0].patches) == len(CONTESTANTS) - 1
