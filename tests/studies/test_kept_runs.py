"""Runs of a study: done once, kept, the same however they are spread."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks import many
from benchmarks.training_stages import EPOCHS
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.errors import InputError
from mnist_mlp.training.loop import outputs
from studies.running import runs
from studies.running.kept_runs import run_table, try_runs
from studies.running.runs import Diverged, Result, Run, do_run
from studies.study_params import RunsParams
from tests.studies.conftest import FAST, kept, write_data
from tests.support.factory import train_params

pytestmark = pytest.mark.usefixtures("folder")

HERE = RunsParams(backend="loky", scheduler="tcp://127.0.0.1:8786")
SEED_0, SEED_1 = (train_params(**FAST, init_seed=seed) for seed in (0, 1))
RUNS = [Run(engine, params, runs.DATA) for params in (SEED_0, SEED_1) for engine in ("custom", "torch")]
DIVERGING = Run("custom", train_params(**FAST | {"hidden_sizes": [500]}, init_std=1e38), runs.DATA)


def refuse_to_train(_: Run) -> None:
    pytest.fail("a kept run was done again")


def test_runs_are_kept_and_not_done_again_by_any_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    first = try_runs(RUNS, HERE)
    kept_files = kept()
    shutil.rmtree("studies/.runs")
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    assert try_runs(RUNS, HERE) == first  # however many processes train
    assert kept().keys() == kept_files.keys()
    monkeypatch.setattr(runs, "train", refuse_to_train)
    assert try_runs(RUNS, HERE) == first
    assert try_runs(RUNS, RunsParams(backend="dask", scheduler="tcp://127.0.0.1:1")) == first


def test_equal_runs_are_done_once_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    results = try_runs([*RUNS[:2], RUNS[0]], HERE)
    assert len(kept()) == 2
    assert results[0] == results[2]
    lines = capsys.readouterr().err.splitlines()
    assert ["1 of 2 runs done" in lines[0], "2 of 2 runs done" in lines[1]] == [True, True]


def test_the_table_has_the_order_of_the_runs() -> None:
    table = run_table(RUNS, ["init_seed"])
    assert list(table.columns) == ["engine", "init_seed", "val_accuracy", "test_accuracy"]
    assert table["engine"].tolist() == ["custom", "torch"] * 2
    assert table["init_seed"].tolist() == [0, 0, 1, 1]


def test_a_run_is_new_with_other_parameters_data_or_code(monkeypatch: pytest.MonkeyPatch) -> None:
    try_runs(RUNS[:1], HERE)
    try_runs([Run("custom", train_params(**FAST, init_seed=0, momentum=0.5), runs.DATA)], HERE)
    assert len(kept()) == 2
    write_data("data/split", seed=1)
    try_runs(RUNS[:1], HERE)
    assert len(kept()) == 3
    monkeypatch.setattr(runs, "code_version", lambda: "another")
    try_runs(RUNS[:1], HERE)
    assert len(kept()) == 4


@pytest.mark.parametrize(
    ("name", "counts"), [("network/mlp.py", True), ("torch_engine.py", True), ("harness/errors.py", False)]
)
def test_only_code_that_numbers_follow_from_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    shutil.copytree(runs.SOURCE, tmp_path / "source")
    before = runs.code_version()
    (tmp_path / "source" / name).write_text("# edited", encoding="utf-8")
    monkeypatch.setattr(runs, "SOURCE", tmp_path / "source")
    assert (runs.code_version() != before) == counts


def test_a_worker_with_other_data_or_code_is_refused() -> None:
    with pytest.raises(InputError, match="a worker would give different results: expected data 0; got data"):
        do_run("key", RUNS[0], "data 0")


def test_a_damaged_file_is_refused() -> None:
    try_runs(RUNS[:1], HERE)
    (name,) = kept()
    file = Path("studies/.runs", name)
    for text in (file.read_text(encoding="utf-8").replace('test_accuracy": 0', 'test_accuracy": 1'), "{", "7"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=rf"{name}: expected accuracies from 0 to 1.*delete it"):
            try_runs(RUNS[:1], HERE)


def test_a_run_without_its_images_is_done_again(capsys: pytest.CaptureFixture[str]) -> None:
    first = try_runs(RUNS[:2], HERE)
    name = min(kept())
    Path("studies/.runs", name).write_text('{"val_accuracy": 0.5, "test_accuracy": 0.5}', encoding="utf-8")
    capsys.readouterr()
    assert try_runs(RUNS[:2], HERE) == first
    assert capsys.readouterr().err.startswith("note: 1 kept runs do not say which images they got right, ")


def test_a_run_says_which_images_it_got_right() -> None:
    (result,) = try_runs(RUNS[:1], HERE)
    assert isinstance(result, Result)
    splits, engine = runs.load_splits(runs.DATA), runs.trained(RUNS[0])
    for on, accuracy, text in (("val", result.val_accuracy, result.val_right),
                               ("test", result.test_accuracy, result.test_right)):  # fmt: skip
        right = runs.unpacked(text, len(splits[on].labels))
        np.testing.assert_array_equal(right, outputs(engine, splits[on]).argmax(axis=1) == splits[on].labels)
        assert accuracy == round(right.mean(), 6)
    assert 0 < result.seconds < 60


def test_a_training_that_diverges_is_kept_and_ends_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="training diverged in epoch 1"):
        run_table([RUNS[0], DIVERGING, RUNS[1]], [])
    assert len(kept()) == 2
    first, second = try_runs([RUNS[0], DIVERGING], HERE)
    assert isinstance(first, Result)
    assert isinstance(second, Diverged)
    monkeypatch.setattr(runs, "train", refuse_to_train)
    with pytest.raises(InputError, match="training diverged in epoch 1"):
        run_table([DIVERGING], [])


def test_missing_data_are_no_divergence() -> None:
    shutil.rmtree("data/split/val")
    with pytest.raises(InputError, match=r"data/split/val/images\.npy: no such file; `dvc repro` makes it"):
        try_runs([DIVERGING], HERE)


def test_the_benchmark_of_many_trainings_does_them_and_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    monkeypatch.setattr(runs, "train", lambda run: trained.append((run.engine, run.params.epochs)))
    assert 0 <= many.measure_many(1) < 60
    assert Counter(trained) == {(engine, 1): 1 for engine in ENGINES} | {
        (engine, EPOCHS): many.TRAININGS // 2 for engine in ENGINES
    }
    assert not kept()
