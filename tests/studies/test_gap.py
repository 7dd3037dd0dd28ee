"""The effects of the study gap, against accuracies that are made of known effects."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from mnist_mlp.models import MODELS
from studies.gap import FACTORS, cells, effects, figure, run_cells
from studies.running.runs import Run
from tests.support.factory import train_params

NOISE = (-0.002, 0.0, 0.002)


def accuracies(engine: float, weight_init: float, loss_reduction: float, interaction: float = 0.0) -> pd.DataFrame:
    """Return the table of 8 cells x 3 seeds whose main effects, in accuracy, are the arguments."""
    rows = []
    for levels in product(*FACTORS.values()):
        e, w, r = (1 if level == pair[1] else -1 for level, pair in zip(levels, FACTORS.values(), strict=True))
        mean = 0.9 + (engine * e + weight_init * w + loss_reduction * r + interaction * w * r) / 2
        row = dict(zip(FACTORS, levels, strict=True))
        rows += [row | {"init_seed": seed, "test_accuracy": mean + noise} for seed, noise in enumerate(NOISE)]
    return pd.DataFrame(rows)


def test_effects_are_those_that_the_accuracies_are_made_of() -> None:
    found = effects(accuracies(0.01, -0.005, 0.04, interaction=0.002))
    points = {name: effect["points"] for name, effect in found.items()}
    assert points == {
        "engine": 1.0,
        "weight_init": -0.5,
        "loss_reduction": 4.0,
        "engine x weight_init": pytest.approx(0),
        "engine x loss_reduction": pytest.approx(0),
        "weight_init x loss_reduction": 0.2,
        "engine x weight_init x loss_reduction": pytest.approx(0),
    }


def test_seed_effect_common_to_all_cells_does_not_widen_intervals() -> None:
    for effect in effects(accuracies(0.01, 0, 0)).values():
        assert effect["low"] == pytest.approx(effect["points"]) == pytest.approx(effect["high"])


def test_the_interval_is_students_over_seeds() -> None:
    table = accuracies(0, 0, 0)
    lucky = (table["engine"] == "custom") & (table["init_seed"] == 2)
    table.loc[lucky, "test_accuracy"] += 0.03
    # estimates of the seeds 0, 0 and 3 points: mean 1, standard error 1, and t(0.975, 2) = 4.3027
    assert effects(table)["engine"] == {"points": 1.0, "low": -3.3027, "high": 5.3027}


def test_cells_have_mean_and_standard_deviation() -> None:
    found = cells(accuracies(0, 0, 0.04))
    assert len(found) == 8
    assert found["custom, normal, batch_mean"] == {"mean": 0.92, "std": 0.002}
    assert found["torch, uniform_fan_in, mean"] == {"mean": 0.88, "std": 0.002}


def test_every_cell_is_run_with_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Run] = []

    def note(asked: list[Run], _: list[str]) -> pd.DataFrame:
        runs.extend(asked)
        return pd.DataFrame()

    monkeypatch.setattr("studies.gap.run_table", note)
    run_cells(train_params(lr=0.3), range(10), "data/fashion")
    keys = {(r.engine, r.params.weight_init, r.params.loss_reduction, r.params.init_seed) for r in runs}
    assert len(keys) == len(runs) == 80
    assert {(r.params.lr, r.data) for r in runs} == {(0.3, "data/fashion")}


def test_the_figure_shows_every_run_of_both_engines() -> None:
    (axes,) = figure(accuracies(0.01, 0, 0.04)).axes
    assert sum(np.size(line.get_xdata()) for line in axes.lines) == 24
    assert {line.get_marker() for line in axes.lines} == {model.marker for model in MODELS}
