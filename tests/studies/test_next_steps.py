"""The ladder: what each rung changes, how learning rates are chosen, what is summed up."""

import json

import numpy as np
import pandas as pd
import pytest

from mnist_mlp.models import MODELS
from studies.next_steps import choose, climb, figure, run_candidates, run_chosen, summary
from studies.running.runs import Run
from studies.study_params import load_study_params
from tests.support.factory import ROOT, TRAIN, train_params

STUDY = load_study_params(ROOT / "studies" / "params.yaml").next_steps
PUBLISHED = train_params(loss_reduction="mean", weight_init="uniform_fan_in")
CHANGED = {
    "notebook": set[str](),
    "learning_rate": set[str](),
    "equal_reduction": {"loss_reduction"},
    "relu_cross_entropy": {"activation", "output_activation", "loss"},
    "momentum": {"momentum"},
    "weight_decay": {"weight_decay"},
    "adam": {"optimizer", "momentum"},
    "two_hidden_layers": {"hidden_sizes"},
}


def test_each_rung_changes_its_own_parameters_and_keeps_those_below() -> None:
    ladder = climb(PUBLISHED, STUDY)
    assert list(ladder) == list(CHANGED)
    below = PUBLISHED
    for rung, params in ladder.items():
        differing = {name for name in TRAIN if getattr(params, name) != getattr(below, name)}
        assert differing == CHANGED[rung], rung
        below = params


def test_each_rung_is_a_network_that_makes_sense() -> None:
    for params in climb(train_params(nesterov=True, momentum=0.5), STUDY).values():
        assert type(params).model_validate(params.model_dump()) == params


def candidates(**val: dict[float, tuple[float, ...]]) -> pd.DataFrame:
    """Return candidates of rungs: the seeds' validation accuracies by learning rate; test accuracies 1 - those."""
    return pd.DataFrame(
        {
            "engine": "custom", "rung": rung, "lr": lr, "init_seed": seed,
            "val_accuracy": accuracy, "test_accuracy": 1 - accuracy,
        }
        for rung, rates in val.items()
        for lr, accuracies in rates.items()
        for seed, accuracy in enumerate(accuracies)
    )  # fmt: skip


def test_the_learning_rate_is_the_one_with_the_best_mean_on_validation() -> None:
    table = candidates(
        adam={0.1: (0.9, 0.9), 0.3: (0.99, 0.7), 1.0: (0.8, 0.95)}, momentum={1.0: (0.5, 0.5), 3.0: (0.1, 0.2)}
    )
    assert choose(table) == {("custom", "adam"): 0.1, ("custom", "momentum"): 1.0}


def test_of_equal_learning_rates_the_smallest_is_chosen() -> None:
    assert choose(candidates(adam={3.0: (0.9, 0.8), 1.0: (0.8, 0.9), 0.3: (0.1, 0.1)})) == {
        ("custom", "adam"): 1.0
    }


def test_test_accuracies_do_not_choose_learning_rates() -> None:
    table = candidates(adam={0.1: (0.9,), 0.3: (0.8,)})
    assert (
        choose(table.assign(test_accuracy=[0.0, 1.0]))
        == choose(table)
        == choose(table.drop(columns="test_accuracy"))
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Collect what is asked for instead of training it."""
    asked: list[Run] = []

    def note(runs: list[Run], varied: list[str]) -> pd.DataFrame:
        asked.extend(runs)
        return pd.DataFrame({"engine": run.engine} | {v: getattr(run.params, v) for v in varied} for run in runs)

    monkeypatch.setattr("studies.next_steps.run_table", note)
    return asked


def test_every_rung_but_the_published_tries_all_its_rates_with_seeds_of_their_own(asked: list[Run]) -> None:
    ladders = {"custom": climb(train_params(), STUDY), "torch": climb(PUBLISHED, STUDY)}
    table = run_candidates(ladders, STUDY, "data/fashion")
    assert set(table["rung"]) == set(CHANGED) - {"notebook"}
    for rung, rates in STUDY.learning_rates.model_dump().items():
        assert set(table["lr"][table["rung"] == rung]) == set(rates)
    run_chosen(ladders, dict.fromkeys(choose(table.assign(val_accuracy=0.5)), 0.25), STUDY, "data/fashion")
    measured = asked[len(table) :]
    assert {run.params.init_seed for run in asked[: len(table)]}.isdisjoint(
        run.params.init_seed for run in measured
    )
    assert len(measured) == len(ladders) * len(CHANGED) * STUDY.seeds
    assert [run.params.lr for run in measured[: STUDY.seeds]] == [
        0.1
    ] * STUDY.seeds  # the published rung keeps its own
    assert {run.params.lr for run in measured} == {0.1, 0.25}


MEASURED = pd.DataFrame(
    {
        "engine": engine, "rung": rung, "lr": 0.1, "init_seed": seed,
        "test_accuracy": 0.9 + 0.01 * seed + (0.02 + 0.001 * seed) * (rung == "adam"),
    }
    for engine in ("custom", "torch") for rung in ("notebook", "adam") for seed in (0, 1, 2)
)  # fmt: skip


def test_the_change_is_the_mean_of_what_it_does_to_each_seed() -> None:
    found = summary(MEASURED)["torch"]
    # accuracies 90, 91, 92: standard error 1 / sqrt(3), t(0.975, 2) = 4.3027
    assert found["notebook"] == {"lr": 0.1, "mean": 91.0, "mean_low": 88.5159, "mean_high": 93.4841}
    # changes 2.0, 2.1, 2.2: much closer to each other than the accuracies are
    assert found["adam"]["change"] == pytest.approx(2.1)
    assert found["adam"]["change_low"] == pytest.approx(1.8516, abs=1e-4)
    assert found["adam"]["change_high"] == pytest.approx(2.3484, abs=1e-4)


def test_the_figure_shows_every_run_and_names_every_rung() -> None:
    (axes,) = figure(MEASURED).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["notebook", "adam"]
    small = [line for line in axes.lines if line.get_markersize() == 3]
    assert sum(np.size(line.get_xdata()) for line in small) == 12
    assert {line.get_marker() for line in small} == {model.marker for model in MODELS}


def test_no_committed_learning_rate_is_at_the_end_of_its_candidates() -> None:
    summed = json.loads((ROOT / "studies/results/next_steps.json").read_text(encoding="utf-8"))["next_steps"]
    rates = STUDY.learning_rates.model_dump()
    at_the_end = [
        (engine, rung, numbers["lr"])
        for engine, rungs in summed.items()
        for rung, numbers in rungs.items()
        if rung != "notebook" and not min(rates[rung]) < numbers["lr"] < max(rates[rung])
    ]
    assert at_the_end == []
