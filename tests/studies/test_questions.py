"""The studies: their parameters, which runs each asks for, and what it makes of their accuracies."""

import io
import json
import subprocess
from importlib import import_module
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mnist_mlp.harness.errors import InputError
from studies import common, gap, next_steps, seeds
from studies.running.runs import Run
from studies.study_params import load_study_params
from tests.studies.conftest import kept, write_data
from tests.support.factory import ROOT

RESULTS = ROOT / "studies/results"
PARAMS = ROOT / "studies/params.yaml"


@pytest.mark.parametrize(
    ("line", "wrong", "key", "got"),
    [
        ("seeds: 10", "seeds: 0", "gap.seeds", "2, got 0"),
        ("backend: loky", "backend: ray", "runs.backend", "got 'ray'"),
        ("tcp://127.0.0.1:8786", "127.0.0.1", "runs.scheduler", "tcp"),
        ("momentum: 0.9", "momentum: 1.0", "next_steps.momentum", "got 1.0"),
        ("    - 10.0\n", "    - 0\n", "next_steps.learning_rates.learning_rate[3]", "got 0"),
        ("    adam:", "    adamw:", "next_steps.learning_rates.adamw", "did you mean adam?"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, line: str, wrong: str, key: str, got: str) -> None:
    text = PARAMS.read_text(encoding="utf-8")
    assert line in text
    bad = tmp_path / "params.yaml"
    bad.write_text(text.replace(line, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_study_params(bad)
    assert any(line.startswith(f"{bad}: {key} ") and got in line for line in str(raised.value).splitlines())


@pytest.mark.parametrize("name", ["gap", "gap_fashion", "next_steps", "next_steps_fashion", "seeds"])
def test_a_study_asks_for_the_committed_runs_and_makes_the_committed_results_of_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = pd.read_csv(RESULTS / f"{name}.csv", dtype=str)

    def look_up(runs: list[Run], varied: list[str]) -> pd.DataFrame:
        table = pd.DataFrame({"engine": run.engine} | {v: getattr(run.params, v) for v in varied} for run in runs)
        wanted = table.copy()
        if "hidden_sizes" in varied:
            wanted["hidden_sizes"] = [" ".join(map(str, sizes)) for sizes in wanted["hidden_sizes"]]
        wanted = pd.read_csv(io.StringIO(wanted.to_csv(index=False)), dtype=str)
        keys = list(wanted.columns)
        found = wanted.merge(committed.drop_duplicates(keys), how="left", on=keys)  # two rungs can be the same run
        return table.assign(**{key: found[key].astype(float) for key in ("val_accuracy", "test_accuracy")})

    study, _, fashion = name.partition("_fash")
    module = import_module(f"studies.{study}")
    images = common.DataSet("fashion" if fashion else "mnist", "splits")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    monkeypatch.setattr(module, "run_table", look_up)
    monkeypatch.setattr(module, "data_set_of_command_line", lambda _: images, raising=False)
    module.main()
    assert (tmp_path / f"{name}.png").is_file()
    for ending in ("csv", "json"):
        assert (tmp_path / f"{name}.{ending}").read_bytes() == (RESULTS / f"{name}.{ending}").read_bytes()


def test_effects_are_those_that_the_accuracies_are_made_of() -> None:
    rows = []
    for levels in product(*gap.FACTORS.values()):
        engine, start, reduction = (
            1 if level == pair[1] else -1 for level, pair in zip(levels, gap.FACTORS.values(), strict=True)
        )
        mean = 0.9 + (0.01 * engine - 0.005 * start + 0.04 * reduction + 0.002 * start * reduction) / 2
        for seed, lucky in enumerate((0.0, 0.0, 0.03 * (engine == 1))):
            accuracy = {"init_seed": seed, "test_accuracy": mean + lucky}
            rows.append(dict(zip(gap.FACTORS, levels, strict=True)) | accuracy)
    found = gap.effects(pd.DataFrame(rows))
    # the engine's estimates are 1, 1 and 4 points: mean 2, standard error 1, and t(0.975, 2) = 4.3027
    assert found["engine"] == {"points": 2.0, "low": -2.3027, "high": 6.3027}
    assert found["weight_init"]["points"] == -0.5
    assert found["weight_init x loss_reduction"]["points"] == 0.2
    # a seed's luck that all cells of a factor share cancels out
    assert found["loss_reduction"] == {"points": 4.0, "low": 4.0, "high": 4.0}


@pytest.mark.usefixtures("folder")
def test_runs_and_results_of_two_data_sets_stand_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["gap", "fashion"])
    with pytest.raises(InputError, match=r"data/fashion: expected the splits .*python -m studies\.split_fashion"):
        gap.main()
    write_data("data/fashion", seed=100)
    gap.main()
    fashion = kept()
    monkeypatch.setattr("sys.argv", ["gap"])
    gap.main()
    assert len(kept()) == 2 * len(fashion) == 32
    assert kept().items() >= fashion.items()
    assert {path.stem for path in Path("studies/results").iterdir()} == {"gap", "gap_fashion"}


def test_where_a_published_accuracy_lies_among_seeds() -> None:
    accuracies = [0.94, 0.95, 0.95, 0.96]
    table = pd.DataFrame({"engine": "custom", "init_seed": range(4), "test_accuracy": accuracies})
    found = seeds.summary(table, {"custom": 0.95})["custom"]
    assert (found["percentile"], found["first_equal"], found["mean"]) == (50, 1, 0.95)
    assert seeds.summary(table, {"custom": 0.955})["custom"]["first_equal"] == -1


def test_the_best_mean_on_validation_images_chooses_the_rate_of_equal_ones_the_smallest() -> None:
    accuracies = {0.1: (0.9, 0.9), 0.3: (0.99, 0.81), 1.0: (0.8, 0.95)}
    rows = [
        {"engine": "custom", "rung": "adam", "lr": lr, "val_accuracy": one}
        for lr, pair in accuracies.items()
        for one in pair
    ]
    assert next_steps.choose(pd.DataFrame(rows)) == {("custom", "adam"): 0.1}


def test_no_committed_learning_rate_is_at_the_end_of_its_candidates() -> None:
    rates = load_study_params(PARAMS).next_steps.learning_rates.model_dump()
    for ladder in json.loads((RESULTS / "next_steps.json").read_text(encoding="utf-8"))["next_steps"].values():
        assert all(min(rates[rung]) < ladder[rung]["lr"] < max(rates[rung]) for rung in rates)


def test_what_studies_need_and_write_is_in_git_or_made_by_the_pipeline() -> None:
    # or `dvc commit` and `dvc exp save` fail after `make repro`, and `dvc status` says "deleted"
    pipeline, studies = (
        yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("dvc.lock", "studies/dvc.lock")
    )
    made = {out["path"] for stage in pipeline["stages"].values() for out in stage["outs"]}
    paths = {one["path"] for stage in studies["stages"].values() for one in stage["deps"] + stage["outs"]} - made
    known = subprocess.check_output(["git", "ls-files", "--", *sorted(paths)], cwd=ROOT, text=True).splitlines()
    assert {path for path in paths if not any(f"{one}/".startswith(f"{path}/") for one in known)} == set()
    assert len(paths) > 20
