"""Runs of a study: done once, kept, the same however they are spread."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.errors import InputError
from studies.running import backends, kept_runs, runs
from studies.running.kept_runs import do_runs, run_table, try_runs
from studies.running.runs import Diverged, Result, Run
from studies.study_params import RunsParams, load_study_params
from tests.support.factory import ROOT, random_dataset, train_params
from tests.support.warm import programs

SMALL = {"hidden_sizes": [3], "epochs": 2, "batch_size": 10, "lr": 1.0}
HERE = RunsParams(backend="loky", scheduler="tcp://127.0.0.1:8786")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Splits of noise in the folder of the test, and one process to train in: this one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    write_data(seed=0)
    yield
    forget_data()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def write_data(seed: int) -> None:
    sizes = {"train": 200, "val": 40, "test": 60}
    splits: dict[str, Dataset] = {name: random_dataset(rows, seed=seed) for name, rows in sizes.items()}
    save_splits(Path("data/split"), splits)
    forget_data()


def forget_data() -> None:
    runs.load_splits.cache_clear()
    runs.check_version.cache_clear()


def some_runs() -> list[Run]:
    return [
        Run(engine, train_params(**SMALL, init_seed=seed), runs.DATA)
        for seed in (0, 1)
        for engine in ("custom", "torch")
    ]


def kept() -> list[str]:
    return sorted(path.name for path in Path("studies/.runs").glob("*"))


def refuse_to_train(*_: object) -> None:
    pytest.fail("a kept run was done again")


def test_runs_are_kept_and_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = do_runs(some_runs(), HERE)
    assert len(kept()) == 4
    monkeypatch.setattr(backends, "train", refuse_to_train)
    assert do_runs(some_runs(), HERE) == first


def test_equal_runs_are_done_once() -> None:
    results = do_runs(some_runs()[:1] * 3, HERE)
    assert len(kept()) == 1
    assert results[0] == results[1] == results[2]


def test_number_of_processes_does_not_change_results(monkeypatch: pytest.MonkeyPatch) -> None:
    one = do_runs(some_runs(), HERE)
    for path in Path("studies/.runs").glob("*.json"):
        path.unlink()
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    monkeypatch.setattr(sys, "executable", programs.at_once("python"))
    assert do_runs(some_runs(), HERE) == one


def test_results_come_in_the_order_of_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_runs, "load_study_params", lambda: load_study_params(ROOT / "studies/params.yaml"))
    table = run_table(some_runs(), ["init_seed"])
    assert list(table.columns) == ["engine", "init_seed", "val_accuracy", "test_accuracy"]
    assert table["engine"].tolist() == ["custom", "torch"] * 2
    assert table["init_seed"].tolist() == [0, 0, 1, 1]


def test_an_interrupted_study_keeps_what_is_finished() -> None:
    diverging = Run("custom", train_params(**SMALL | {"hidden_sizes": [500]}, init_std=1e38), runs.DATA)
    with pytest.raises(InputError, match="diverged"):
        do_runs([*some_runs()[:2], diverging], HERE)
    assert len(kept()) == 2


def test_a_run_is_new_with_another_parameter_other_data_or_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    do_runs(some_runs()[:1], HERE)
    do_runs([Run("custom", train_params(**SMALL, init_seed=0, momentum=0.5), runs.DATA)], HERE)
    assert len(kept()) == 2
    write_data(seed=1)
    do_runs(some_runs()[:1], HERE)
    assert len(kept()) == 3
    monkeypatch.setattr(runs, "code_version", lambda: "another")
    do_runs(some_runs()[:1], HERE)
    assert len(kept()) == 4


def test_a_worker_with_other_data_or_code_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"a worker would give different results: expected data 0, code 0; got data \w+, "
    ):
        backends.do_run("key", some_runs()[0], "data 0, code 0")


def test_kept_runs_need_no_backend() -> None:
    first = do_runs(some_runs(), HERE)
    nobody = RunsParams(backend="dask", scheduler="tcp://127.0.0.1:1")
    assert do_runs(some_runs(), nobody) == first


@pytest.mark.parametrize("name", ["network/mlp.py", "torch_network.py", "training/loop.py", "core/arrays.py"])
def test_an_edit_to_what_numbers_follow_from_changes_the_code_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copytree(runs.SOURCE, tmp_path / "source")
    monkeypatch.setattr(runs, "SOURCE", tmp_path / "source")
    before = runs.code_version()
    with (tmp_path / "source" / name).open("a", encoding="utf-8") as file:
        file.write("# edited")
    assert runs.code_version() != before


def test_an_edit_to_the_harness_keeps_the_code_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(runs.SOURCE, tmp_path / "source")
    before = runs.code_version()
    (tmp_path / "source/harness/errors.py").unlink()
    monkeypatch.setattr(runs, "SOURCE", tmp_path / "source")
    assert runs.code_version() == before


def test_missing_data_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match=r"data/split/train/images\.npy: no such file; `dvc repro` makes it"):
        do_runs(some_runs(), HERE)


DIVERGING = Run("custom", train_params(**SMALL | {"hidden_sizes": [500]}, init_std=1e38), runs.DATA)


def test_a_training_that_diverges_is_a_result_if_it_was_only_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = try_runs([some_runs()[0], DIVERGING], HERE)
    assert isinstance(first, Result)
    assert isinstance(second, Diverged)
    assert second.diverged.startswith("training diverged in epoch 1: expected a finite loss")
    assert len(kept()) == 2
    monkeypatch.setattr(backends, "train", refuse_to_train)
    assert try_runs([DIVERGING], HERE) == [second]


def test_a_study_refuses_a_training_of_which_it_is_kept_that_it_diverged() -> None:
    try_runs([DIVERGING], HERE)
    with pytest.raises(InputError, match="training diverged in epoch 1"):
        do_runs([DIVERGING], HERE)


def test_missing_data_are_no_divergence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match="no such file"):
        try_runs([DIVERGING], HERE)
