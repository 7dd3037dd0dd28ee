"""Runs of a study: done once, kept, the same however they are spread."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_mlp.arrays import Dataset
from mnist_mlp.errors import InputError
from mnist_mlp.files import save_splits
from studies import runs
from studies.runs import Run, do_runs, run_table
from tests.factory import random_dataset, train_params

SMALL = {"hidden_sizes": [3], "epochs": 2, "batch_size": 10, "lr": 1.0}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Splits of noise in the folder of the test."""
    monkeypatch.chdir(tmp_path)
    write_data(seed=0)
    yield
    runs.load_splits.cache_clear()
    get_reusable_executor().shutdown(wait=True)  # its processes are in this folder


def write_data(seed: int) -> None:
    sizes = {"train": 200, "val": 40, "test": 60}
    splits: dict[str, Dataset] = {name: random_dataset(rows, seed=seed) for name, rows in sizes.items()}
    save_splits(Path("data/split"), splits)
    runs.load_splits.cache_clear()


def some_runs() -> list[Run]:
    return [
        Run(engine, train_params(**SMALL, init_seed=seed)) for seed in (0, 1) for engine in ("custom", "torch")
    ]


def kept() -> list[str]:
    return sorted(path.name for path in Path("studies/.runs").glob("*"))


def refuse_to_train(*_: object) -> None:
    pytest.fail("a kept run was done again")


def test_runs_are_kept_and_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = do_runs(some_runs(), jobs=1)
    assert len(kept()) == 4
    monkeypatch.setattr(runs, "do_run", refuse_to_train)
    assert do_runs(some_runs(), jobs=1) == first


def test_equal_runs_are_done_once() -> None:
    results = do_runs(some_runs()[:1] * 3, jobs=1)
    assert len(kept()) == 1
    assert results[0] == results[1] == results[2]


def test_the_spread_over_processes_changes_nothing() -> None:
    one = do_runs(some_runs(), jobs=1)
    for path in Path("studies/.runs").glob("*.json"):
        path.unlink()
    assert do_runs(some_runs(), jobs=2) == one


def test_results_come_in_the_order_of_the_runs() -> None:
    table = run_table(some_runs(), ["init_seed"], jobs=1)
    assert list(table.columns) == ["engine", "init_seed", "val_accuracy", "test_accuracy"]
    assert table["engine"].tolist() == ["custom", "torch"] * 2
    assert table["init_seed"].tolist() == [0, 0, 1, 1]


def test_an_interrupted_study_keeps_what_is_finished() -> None:
    diverging = Run("custom", train_params(**SMALL | {"hidden_sizes": [500]}, init_std=1e38))
    with pytest.raises(InputError, match="diverged"):
        do_runs([*some_runs()[:2], diverging], jobs=1)
    assert len(kept()) == 2


def test_a_run_is_new_with_another_parameter_other_data_or_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    do_runs(some_runs()[:1], jobs=1)
    do_runs([Run("custom", train_params(**SMALL, init_seed=0, momentum=0.5))], jobs=1)
    assert len(kept()) == 2
    write_data(seed=1)
    do_runs(some_runs()[:1], jobs=1)
    assert len(kept()) == 3
    monkeypatch.setattr(runs, "code_version", lambda: "another")
    do_runs(some_runs()[:1], jobs=1)
    assert len(kept()) == 4


def test_the_code_version_covers_both_engines() -> None:
    patterns = [
        path.relative_to(runs.SOURCE).as_posix()
        for name in runs.NUMERICS
        for path in runs.SOURCE.glob(f"{name}.py")
    ]
    assert {"network/mlp.py", "network/losses.py", "torch_network.py", "training.py", "batches.py"} <= set(
        patterns
    )
    assert {name.removesuffix("/*") for name in runs.NUMERICS} <= {
        Path(p).parts[0].removesuffix(".py") for p in patterns
    }


def test_missing_data_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match=r"data/split/train/images\.npy: no such file; `dvc repro` makes it"):
        do_runs(some_runs(), jobs=1)
